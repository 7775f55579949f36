-- +goose Up

-- The schema that a program must know at least to work with this database. A
-- migration that only adds leaves it; one that takes something away, which no
-- release but the last may have used, raises it.
INSERT INTO db_facts (name, value) VALUES ('oldest_program', '8');
