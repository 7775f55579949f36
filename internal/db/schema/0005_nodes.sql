-- +goose Up

-- outbox: several nodes, senders, cost -----------------------------------------

-- One row per run of the program that takes part in the hand-over on PostgreSQL.
-- Whoever deletes the row of a run whose lease is over takes over its groups.
-- sqlite: without rowid
CREATE TABLE nodes (
    id          TEXT   NOT NULL PRIMARY KEY, -- of the run
    name        TEXT   NOT NULL,             -- of the node, kept in its data_dir: a restart takes up its own work at once
    started_at  BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);

-- What one node does for all, until a time.
-- sqlite: without rowid
CREATE TABLE node_duties (
    duty    TEXT   NOT NULL PRIMARY KEY,
    node_id TEXT   NOT NULL,
    until   BIGINT NOT NULL
);

-- The groups from before there were nodes belong to a run that is over.
INSERT INTO nodes (id, name, started_at, lease_until) VALUES ('', '', 0, 0);

ALTER TABLE provider_groups ADD COLUMN node_id TEXT NOT NULL DEFAULT ''; -- the run that hands it over; always empty on SQLite

ALTER TABLE messages ADD COLUMN purpose TEXT NOT NULL DEFAULT ''; -- chooses the sender number

ALTER TABLE messages ADD COLUMN cost BIGINT NOT NULL DEFAULT 0; -- in won: what is reserved for it, then what the provider took
