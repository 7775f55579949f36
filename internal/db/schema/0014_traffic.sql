-- +goose Up

-- traffic -------------------------------------------------------------------

-- Raised by every act that changes the tables below, so that whoever reads
-- several of them can tell that they belong together.
-- sqlite: without rowid
CREATE TABLE traffic_state (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL
);

INSERT INTO traffic_state (id, revision) VALUES (1, 0);

-- The hours since the epoch that have been added up, each with its sums. What is
-- set aside is not in them.
-- sqlite: without rowid
CREATE TABLE traffic_hours (
    hour      BIGINT NOT NULL PRIMARY KEY,
    sent      BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    failed    BIGINT NOT NULL,
    codes     BIGINT NOT NULL, -- of those sent: texts with a code
    entered   BIGINT NOT NULL,
    won       BIGINT NOT NULL,
    passkeys  BIGINT NOT NULL  -- sign-ins with a passkey
);

-- The same by what the texts were, for each hour and for each day in Seoul.
-- How many took how long stands in buckets: their bounds are in Go.
-- sqlite: without rowid
CREATE TABLE traffic_cells (
    hours          BIGINT NOT NULL, -- how many: 1 or 24
    start          BIGINT NOT NULL, -- the first of them
    application_id TEXT   NOT NULL,
    purpose        TEXT   NOT NULL,
    carrier        TEXT   NOT NULL, -- empty where no report named one
    status         TEXT   NOT NULL,
    status_code    TEXT   NOT NULL,
    messages       BIGINT NOT NULL,
    codes          BIGINT NOT NULL,
    entered        BIGINT NOT NULL,
    won            BIGINT NOT NULL,
    arrival_ms     BIGINT NOT NULL, -- from the request to the phone, all together
    arrival_0      BIGINT NOT NULL,
    arrival_1      BIGINT NOT NULL,
    arrival_2      BIGINT NOT NULL,
    arrival_3      BIGINT NOT NULL,
    arrival_4      BIGINT NOT NULL,
    arrival_5      BIGINT NOT NULL,
    arrival_6      BIGINT NOT NULL,
    arrival_7      BIGINT NOT NULL,
    arrival_8      BIGINT NOT NULL,
    arrival_9      BIGINT NOT NULL,
    arrival_10     BIGINT NOT NULL,
    arrival_11     BIGINT NOT NULL,
    arrival_12     BIGINT NOT NULL,
    arrival_13     BIGINT NOT NULL,
    arrival_14     BIGINT NOT NULL,
    arrival_15     BIGINT NOT NULL,
    entry_ms       BIGINT NOT NULL, -- from the phone to the code entered
    entry_0        BIGINT NOT NULL,
    entry_1        BIGINT NOT NULL,
    entry_2        BIGINT NOT NULL,
    entry_3        BIGINT NOT NULL,
    entry_4        BIGINT NOT NULL,
    entry_5        BIGINT NOT NULL,
    entry_6        BIGINT NOT NULL,
    entry_7        BIGINT NOT NULL,
    entry_8        BIGINT NOT NULL,
    entry_9        BIGINT NOT NULL,
    entry_10       BIGINT NOT NULL,
    entry_11       BIGINT NOT NULL,
    entry_12       BIGINT NOT NULL,
    entry_13       BIGINT NOT NULL,
    entry_14       BIGINT NOT NULL,
    entry_15       BIGINT NOT NULL,
    PRIMARY KEY (hours, start, application_id, purpose, carrier, status, status_code)
);

-- Messages of those hours that had no end yet, or one that a late report may
-- change. They are looked at one by one until they have.
-- sqlite: without rowid
CREATE TABLE traffic_aside (
    message_id TEXT   NOT NULL PRIMARY KEY,
    hour       BIGINT NOT NULL,
    entered_at BIGINT NOT NULL -- when its code was entered; 0 when it was not
);

-- The blocks of numbers that were texted most in each of those hours, by the
-- keyed hash of their first seven digits.
-- sqlite: without rowid
CREATE TABLE traffic_prefixes (
    hour       BIGINT NOT NULL,
    prefix_mac BYTEA  NOT NULL,
    sends      BIGINT NOT NULL,
    won        BIGINT NOT NULL,
    message_id TEXT   NOT NULL, -- the first of them
    PRIMARY KEY (hour, prefix_mac)
);
