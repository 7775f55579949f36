-- +goose Up

-- operator ------------------------------------------------------------------

-- The people who run the installation. One who was invited, or whose factors
-- were taken away, has not joined until the link was used. Rows stay: the
-- records of what operators did point to them.
-- sqlite: without rowid
CREATE TABLE operators (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    name_key     TEXT   NOT NULL UNIQUE, -- the name as it is compared
    role         TEXT   NOT NULL CHECK (role = 'viewer' OR role = 'support' OR role = 'operator' OR role = 'owner'),
    locale       TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    joined_at    BIGINT,                 -- since when they have a factor (S-96)
    signed_in_at BIGINT,
    disabled_at  BIGINT
);

-- Links that wait to be used, at most one for each operator. That of the first
-- one names an operator who is not there yet.
-- sqlite: without rowid
CREATE TABLE operator_links (
    token_hash  BYTEA  NOT NULL PRIMARY KEY,
    operator_id TEXT   NOT NULL UNIQUE,
    expires_at  BIGINT NOT NULL
);

-- sqlite: without rowid
CREATE TABLE operator_sessions (
    id          TEXT   NOT NULL PRIMARY KEY,
    operator_id TEXT   NOT NULL,
    token_hash  BYTEA  NOT NULL,
    way         TEXT   NOT NULL, -- the factor it was opened with
    browser     TEXT   NOT NULL,
    came_from   TEXT   NOT NULL, -- the network, cut
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL, -- a minute coarse
    proved_at   BIGINT NOT NULL,
    ended_at    BIGINT
);
CREATE INDEX operator_sessions_operator ON operator_sessions (operator_id);

-- Tries to sign in with a code since the last right one, of an operator or of a
-- name that nobody has (S-98).
-- sqlite: without rowid
CREATE TABLE operator_tries (
    subject      TEXT   NOT NULL PRIMARY KEY,
    wrong        BIGINT NOT NULL,
    tried_at     BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
