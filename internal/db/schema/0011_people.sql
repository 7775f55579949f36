-- +goose Up

-- account -------------------------------------------------------------------

-- A member may come to have no number: whoever got it from the carrier says
-- that the account is not theirs (S-32). No database but one takes NOT NULL off
-- a column, so the table is made anew. Renaming the old one first keeps every
-- other writer out until all of this is committed; a program that was started
-- before goes on with the new one.
ALTER TABLE users RENAME TO users_before;

-- sqlite: without rowid
CREATE TABLE users (
    id              TEXT   NOT NULL PRIMARY KEY,
    number_sealed   BYTEA,                     -- these four NULL together
    number_mac      BYTEA  UNIQUE,             -- one number, one account (S-34)
    tail_mac        BYTEA,
    prefix_mac      BYTEA,
    name            TEXT   NOT NULL,
    locale          TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    last_proved_at  BIGINT NOT NULL,           -- when possession of the number was proved last (S-31)
    devices_since   BIGINT NOT NULL DEFAULT 0, -- browsers that were trusted before this are trusted no more
    active_at       BIGINT NOT NULL DEFAULT 0, -- when they signed in last, in whatever way
    blocked_at      BIGINT,                    -- by an operator
    dormancy_due_at BIGINT,                    -- announced: they become dormant then
    dormant_at      BIGINT                     -- until they sign in again
);

INSERT INTO users (id, number_sealed, number_mac, tail_mac, prefix_mac, name, locale, created_at, last_proved_at, devices_since, active_at)
SELECT id, number_sealed, number_mac, tail_mac, prefix_mac, name, locale, created_at, last_proved_at, devices_since, last_proved_at
FROM users_before ORDER BY id;

DROP TABLE users_before;

-- How the browser was signed in, when a proof was shown there last, and when it
-- was last seen, about an hour coarse.
ALTER TABLE sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'sms';
ALTER TABLE sessions ADD COLUMN proved_at BIGINT;
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;

-- One row per change of a number, with the keyed hash of the one that it was
-- before: whoever proves that one within a day takes the change back (S-33).
-- sqlite: without rowid
CREATE TABLE number_changes (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    number_mac BYTEA  NOT NULL,
    changed_at BIGINT NOT NULL,
    undone_at  BIGINT
);
CREATE INDEX number_changes_number ON number_changes (number_mac);
CREATE INDEX number_changes_user ON number_changes (user_id);

-- Recoveries that wait for their time.
-- sqlite: without rowid
CREATE TABLE recoveries (
    user_id  TEXT   NOT NULL PRIMARY KEY,
    begun_at BIGINT NOT NULL,
    ready_at BIGINT NOT NULL
);

-- Codes that an operator made for one sign-in of one member.
-- sqlite: without rowid
CREATE TABLE one_time_codes (
    code_hash  BYTEA  NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX one_time_codes_user ON one_time_codes (user_id);

-- What a member is told, on the account page and by a text. due_at is set while
-- the text waits to be written; it goes to the member's number, or to the one
-- sealed here, which is then no longer theirs.
-- sqlite: without rowid
CREATE TABLE notices (
    id            TEXT   NOT NULL PRIMARY KEY,
    user_id       TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    number_sealed BYTEA,
    due_at        BIGINT,
    texted_at     BIGINT
);
CREATE INDEX notices_user ON notices (user_id, id);
CREATE INDEX notices_due ON notices (due_at) WHERE due_at IS NOT NULL;

-- The three newest notices that a number was texted.
-- sqlite: without rowid
CREATE TABLE notice_limits (
    number_mac BYTEA  NOT NULL PRIMARY KEY,
    sent_1     BIGINT NOT NULL,
    sent_2     BIGINT NOT NULL DEFAULT 0,
    sent_3     BIGINT NOT NULL DEFAULT 0
);

-- Numbers whose members have left: what was sent to them until then is erased
-- before its time (S-106).
-- sqlite: without rowid
CREATE TABLE departures (
    number_mac BYTEA  NOT NULL PRIMARY KEY,
    left_at    BIGINT NOT NULL
);
