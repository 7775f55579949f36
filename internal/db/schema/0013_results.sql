-- +goose Up

-- outbox --------------------------------------------------------------------

-- What a text was sent from and as, once the provider has taken it; and when its
-- code was entered, which until then its verification tells.
ALTER TABLE messages ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN type TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN entered_at BIGINT;

-- The texts to numbers that end in the same four digits, the newest last. There
-- are ten thousand such ends, so new rows stand on as many pages and no more.
CREATE INDEX messages_tail ON messages (tail_mac, id);

-- How far the work has come that goes through the messages once, by the id it
-- has reached.
-- sqlite: without rowid
CREATE TABLE outbox_marks (
    work TEXT NOT NULL PRIMARY KEY,
    id   TEXT NOT NULL
);

-- limit ---------------------------------------------------------------------

-- What was refused to a number. Decisions are written beside the acts they are
-- about, so nobody waits for this.
CREATE INDEX decisions_number ON decisions (number_mac, number);

-- audit ---------------------------------------------------------------------

-- What a member did. Those who join have the newest ids.
CREATE INDEX events_user ON events (user_id, number) WHERE user_id <> '';
