-- +goose Up

-- outbox: the ended groups, to erase the old ones. Ended is a group's last
-- state, so the index is written once for each.
CREATE INDEX provider_groups_ended ON provider_groups (ended_at) WHERE ended_at IS NOT NULL;

-- keyring -------------------------------------------------------------------

-- The master keys that values in this database are or were sealed under, by the
-- number that stands before each value. check_value tells a key from another one
-- and nothing else of it.
-- sqlite: without rowid
CREATE TABLE sealing_keys (
    id          BIGINT NOT NULL PRIMARY KEY,
    check_value TEXT   NOT NULL,
    added_at    BIGINT NOT NULL,
    active_at   BIGINT,          -- since when values are sealed with it
    retired_at  BIGINT           -- since when nothing is left under it
);

-- The running servers: the newest key each one has, and the one it seals with.
-- sqlite: without rowid
CREATE TABLE sealing_nodes (
    id      TEXT   NOT NULL PRIMARY KEY,
    opens   BIGINT NOT NULL,
    writes  BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
