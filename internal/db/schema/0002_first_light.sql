-- +goose Up

-- Every number is sealed in its row and found through keyed hashes: of the
-- whole number, of its last four digits and of its first seven (S-84). An index
-- stands only where a query uses it: each one on a hash costs every start a page
-- of its own. Times are microseconds since the Unix epoch in UTC.
--
-- The CHECKs spell their ORs out: for IN with three words and more SQLite builds
-- a table of them anew at every write.

-- limit ---------------------------------------------------------------------

-- One row per number: its ten newest sends, newest first, what the newest five
-- were for, and the GCRA times of its wrong checks per hour, day and month.
-- sqlite: without rowid
CREATE TABLE number_limits (
    number_mac  BYTEA  NOT NULL PRIMARY KEY,
    sent_1      BIGINT NOT NULL DEFAULT 0,
    sent_2      BIGINT NOT NULL DEFAULT 0,
    sent_3      BIGINT NOT NULL DEFAULT 0,
    sent_4      BIGINT NOT NULL DEFAULT 0,
    sent_5      BIGINT NOT NULL DEFAULT 0,
    sent_6      BIGINT NOT NULL DEFAULT 0,
    sent_7      BIGINT NOT NULL DEFAULT 0,
    sent_8      BIGINT NOT NULL DEFAULT 0,
    sent_9      BIGINT NOT NULL DEFAULT 0,
    sent_10     BIGINT NOT NULL DEFAULT 0,
    subject_1   TEXT   NOT NULL DEFAULT '',
    subject_2   TEXT   NOT NULL DEFAULT '',
    subject_3   TEXT   NOT NULL DEFAULT '',
    subject_4   TEXT   NOT NULL DEFAULT '',
    subject_5   TEXT   NOT NULL DEFAULT '',
    wrong_hour  BIGINT NOT NULL DEFAULT 0,
    wrong_day   BIGINT NOT NULL DEFAULT 0,
    wrong_month BIGINT NOT NULL DEFAULT 0
);

-- Sends per network and hour: counted, and refusing nothing yet.
-- sqlite: without rowid
CREATE TABLE network_sends (
    network_mac BYTEA  NOT NULL,
    hour        BIGINT NOT NULL,
    sends       BIGINT NOT NULL,
    PRIMARY KEY (network_mac, hour)
);

-- app -----------------------------------------------------------------------

-- sqlite: without rowid
CREATE TABLE applications (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    host       TEXT   NOT NULL, -- of its web pages; empty for none
    languages  TEXT   NOT NULL, -- separated by spaces, the default first
    created_at BIGINT NOT NULL
);

-- sqlite: without rowid
CREATE TABLE application_keys (
    id             TEXT   NOT NULL PRIMARY KEY,
    application_id TEXT   NOT NULL REFERENCES applications (id),
    name           TEXT   NOT NULL,
    secret_hash    BYTEA  NOT NULL UNIQUE,
    created_at     BIGINT NOT NULL,
    revoked_at     BIGINT
);

-- audit ---------------------------------------------------------------------

-- What happened on the way of a sign-up, in the order it was written: rows that
-- are counted cost the least to add, and nothing points to an event.
CREATE TABLE events (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              BIGINT NOT NULL,
    kind            TEXT   NOT NULL,
    application_id  TEXT   NOT NULL,
    verification_id TEXT   NOT NULL,
    user_id         TEXT   NOT NULL,
    detail          TEXT   NOT NULL
);

-- What operators did: each row's hash covers the one before it (S-93).
-- sqlite: without rowid
CREATE TABLE records (
    number  BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT   NOT NULL,
    act     TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    hash    BYTEA  NOT NULL
);

-- outbox --------------------------------------------------------------------

-- The provider's groups that we made, by the provider's id.
-- sqlite: without rowid
CREATE TABLE provider_groups (
    id          TEXT   NOT NULL PRIMARY KEY,
    fingerprint TEXT   NOT NULL, -- of the provider key it was made with
    status      TEXT   NOT NULL CHECK (status = 'pool' OR status = 'open' OR status = 'sent' OR status = 'settled' OR
                        status = 'dead'),
    created_at  BIGINT NOT NULL,
    opened_at   BIGINT,
    ended_at    BIGINT
);
CREATE INDEX provider_groups_live ON provider_groups (created_at) WHERE ended_at IS NULL;

-- sqlite: without rowid
CREATE TABLE messages (
    id                  TEXT   NOT NULL PRIMARY KEY,
    application_id      TEXT   NOT NULL,
    verification_id     TEXT   NOT NULL,
    number_sealed       BYTEA  NOT NULL,
    number_mac          BYTEA  NOT NULL,
    tail_mac            BYTEA  NOT NULL,
    prefix_mac          BYTEA  NOT NULL,
    text_sealed         BYTEA,           -- until it has left or is not wanted any more
    status              TEXT   NOT NULL CHECK (status = 'queued' OR status = 'sending' OR status = 'accepted' OR
                        status = 'delivered' OR status = 'undelivered' OR status = 'rejected' OR
                        status = 'unknown' OR status = 'dropped'),
    status_code         TEXT   NOT NULL, -- the provider's, empty before its first answer
    network             TEXT   NOT NULL, -- the carrier, empty until reported
    group_id            TEXT,            -- NULL while it waits, empty when it never got one
    provider_message_id TEXT,
    created_at          BIGINT NOT NULL,
    deadline            BIGINT NOT NULL, -- it is not handed over after this
    unwanted_at         BIGINT,          -- set when nobody waits for it any more
    accepted_at         BIGINT,
    received_at         BIGINT,          -- when the phone got it, as the provider says
    ended_at            BIGINT
);
CREATE INDEX messages_group ON messages (group_id) WHERE group_id IS NOT NULL;
-- Waiting messages; on a column whose change is rare, since an index on the
-- status would be scanned instead of the key (PostgreSQL without statistics).
CREATE INDEX messages_waiting ON messages (id) WHERE group_id IS NULL;

-- verify --------------------------------------------------------------------

-- sqlite: without rowid
CREATE TABLE verifications (
    id             TEXT     NOT NULL PRIMARY KEY,
    application_id TEXT     NOT NULL,
    purpose        TEXT     NOT NULL CHECK (purpose = 'signup' OR purpose = 'login' OR purpose = 'recovery' OR
                        purpose = 'number_change' OR purpose = 'api'),
    locale         TEXT     NOT NULL,
    status         TEXT     NOT NULL CHECK (status = 'pending' OR status = 'approved' OR status = 'redeemed' OR
                        status = 'locked' OR status = 'expired' OR status = 'superseded' OR status = 'canceled'),
    number_sealed  BYTEA    NOT NULL,
    number_mac     BYTEA    NOT NULL,
    tail_mac       BYTEA    NOT NULL,
    prefix_mac     BYTEA    NOT NULL,
    binding        BYTEA    NOT NULL, -- hash; empty when only the application is bound
    code_length    SMALLINT NOT NULL,
    code_sealed    BYTEA,             -- both until the verification ends (S-12)
    code_mac       BYTEA,
    attempts       SMALLINT NOT NULL DEFAULT 0,
    sends          SMALLINT NOT NULL DEFAULT 1,
    message_id     TEXT     NOT NULL, -- the newest
    metadata       TEXT     NOT NULL, -- JSON object, empty for none
    created_at     BIGINT   NOT NULL,
    sent_at        BIGINT   NOT NULL, -- when the newest message was asked for
    expires_at     BIGINT   NOT NULL,
    ended_at       BIGINT,            -- when it stopped being pending
    approved_at    BIGINT,
    redeemed_at    BIGINT
);
CREATE INDEX verifications_open ON verifications (expires_at) WHERE ended_at IS NULL;

-- account -------------------------------------------------------------------
-- One package writes the three tables, a user before what points to it and in
-- the same act, so no constraint looks the user up again for each row.

-- sqlite: without rowid
CREATE TABLE users (
    id             TEXT   NOT NULL PRIMARY KEY,
    number_sealed  BYTEA  NOT NULL,
    number_mac     BYTEA  NOT NULL UNIQUE, -- one number, one account (S-34)
    tail_mac       BYTEA  NOT NULL,
    prefix_mac     BYTEA  NOT NULL,
    name           TEXT   NOT NULL,
    locale         TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    last_proved_at BIGINT NOT NULL        -- when possession of the number was proved last (S-31)
);

-- sqlite: without rowid
CREATE TABLE consents (
    user_id      TEXT   NOT NULL,
    item         TEXT   NOT NULL,
    version      TEXT   NOT NULL,
    locale       TEXT   NOT NULL, -- the language it was read in
    agreed_at    BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (user_id, item, version)
);

-- A token names its session, which is found by its own id: ids sort by time,
-- and new rows stand side by side, which those of a key by hash would not.
-- sqlite: without rowid
CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    token_hash BYTEA  NOT NULL,
    user_id    TEXT   NOT NULL,
    device     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT
);
CREATE INDEX sessions_user ON sessions (user_id, created_at);
