-- +goose Up

-- receipt -------------------------------------------------------------------

-- The keys that receipts are signed with, numbered one after another, so that
-- of two nodes that add one at the same time only one does. A key signs from
-- active_at to retired_at and is published before and after that.
-- sqlite: without rowid
CREATE TABLE signing_keys (
    number      BIGINT NOT NULL PRIMARY KEY,
    kid         TEXT   NOT NULL, -- its name in receipts and in the published set
    seed_sealed BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL,
    active_at   BIGINT NOT NULL,
    retired_at  BIGINT           -- when the next one takes over; NULL while none is to
);

-- verify --------------------------------------------------------------------

-- Hash of the token that an approval yields (S-14); NULL until then.
ALTER TABLE verifications ADD COLUMN token_hash BYTEA;

-- account -------------------------------------------------------------------

-- Browsers that were trusted before this are trusted no more.
ALTER TABLE users ADD COLUMN devices_since BIGINT NOT NULL DEFAULT 0;
