-- +goose Up

-- app -----------------------------------------------------------------------

-- What a key may do. Empty purposes are all of them; a key made before this
-- may do what it could.
ALTER TABLE application_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'verify messages provider';
ALTER TABLE application_keys ADD COLUMN purposes TEXT NOT NULL DEFAULT '';
ALTER TABLE application_keys ADD COLUMN expires_at BIGINT;
ALTER TABLE application_keys ADD COLUMN last_used_at BIGINT;
-- The key that was made to follow this one.
ALTER TABLE application_keys ADD COLUMN successor_id TEXT;

-- idempotency ---------------------------------------------------------------

-- What a call with an Idempotency-Key was answered. A row stands for itself:
-- it is found by the keyed hash of key, route and header, and goes by itself.
-- sqlite: without rowid
CREATE TABLE idempotency (
    key_mac       BYTEA    NOT NULL PRIMARY KEY,
    body_mac      BYTEA    NOT NULL,
    status        SMALLINT NOT NULL,
    answer_sealed BYTEA    NOT NULL,
    expires_at    BIGINT   NOT NULL
);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

-- outbox --------------------------------------------------------------------

-- All texts of a number, the newest last.
CREATE INDEX messages_number ON messages (number_mac, id);
