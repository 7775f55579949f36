-- +goose Up

-- The room's own tables: what is true of the whole installation, and how far
-- its one clock has gone.

-- sqlite: without rowid
CREATE TABLE db_facts (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- No time in any row is later than at; a clock that starts, starts from there.
-- sqlite: without rowid
CREATE TABLE db_clock (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    at BIGINT NOT NULL
);

INSERT INTO db_clock (id, at) VALUES (1, 0);
