-- +goose Up

-- audit ---------------------------------------------------------------------

-- From where an act came, and whose data it touched where its subject does not
-- say so. NULL in rows from before, whose hash does not cover them.
ALTER TABLE records ADD COLUMN origin TEXT;
ALTER TABLE records ADD COLUMN person TEXT;

-- The newest record, so that it is missed when it is taken out. One row.
-- sqlite: without rowid
CREATE TABLE record_head (
    id            TEXT   NOT NULL PRIMARY KEY, -- always 'newest'
    number        BIGINT NOT NULL,
    hash          BYTEA  NOT NULL,
    anchor_sealed BYTEA            -- number and hash of a record a minute ago, sealed with the master key
);
INSERT INTO record_head (id, number, hash)
SELECT 'newest', number, hash FROM records WHERE number = (SELECT max(number) FROM records);

-- watch ---------------------------------------------------------------------

-- The sender numbers of the settings, as the provider listed them last, by keyed
-- hash.
-- sqlite: without rowid
CREATE TABLE watched_senders (
    number_mac BYTEA  NOT NULL PRIMARY KEY,
    expires_at BIGINT,          -- NULL for never
    listed_at  BIGINT NOT NULL,
    warned     BIGINT NOT NULL  -- the fewest days left that were warned of; 0 that it has lapsed
);

-- What is asked of the provider now and then, by one node at a time.
-- sqlite: without rowid
CREATE TABLE watch_turns (
    watch  TEXT   NOT NULL PRIMARY KEY, -- 'senders' or 'purse'
    due_at BIGINT NOT NULL
);

-- The account's money as it was asked for last. One row.
-- sqlite: without rowid
CREATE TABLE watched_purse (
    id       TEXT   NOT NULL PRIMARY KEY, -- always 'purse'
    won      BIGINT NOT NULL,
    per_day  BIGINT NOT NULL, -- won that texts cost a day
    asked_at BIGINT NOT NULL,
    warned   TEXT   NOT NULL  -- the alarm that stands, or empty
);

-- provider ------------------------------------------------------------------

-- The key pair of the account with the provider that was put in the place of the
-- settings'. One row, or none.
-- sqlite: without rowid
CREATE TABLE provider_pair (
    id          TEXT   NOT NULL PRIMARY KEY, -- always 'current'
    fingerprint TEXT   NOT NULL,
    pair_sealed BYTEA  NOT NULL,
    set_at      BIGINT NOT NULL
);
