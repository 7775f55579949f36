-- +goose Up

-- consent -------------------------------------------------------------------

-- Every agreement is a row of its own, agreeing again after a withdrawal
-- included, so the moment takes the place of the version in the key. The rename
-- keeps programs from before this waiting until the new table has the rows of
-- the old one; they go on writing to it without the new columns.
ALTER TABLE consents RENAME TO consents_before;

-- sqlite: without rowid
CREATE TABLE consents (
    user_id          TEXT   NOT NULL,
    item             TEXT   NOT NULL,
    agreed_at        BIGINT NOT NULL,
    version          TEXT   NOT NULL,
    locale           TEXT   NOT NULL,            -- the language it was read in
    hash             BYTEA,                      -- of the text; NULL from before texts were kept
    screen           TEXT   NOT NULL DEFAULT '', -- where it was asked; empty from before that was kept
    withdrawn_at     BIGINT,
    withdrawn_screen TEXT,
    reminded_at      BIGINT,                     -- when a reminder of advertising was noted last (S-104)
    PRIMARY KEY (user_id, item, agreed_at)
);

INSERT INTO consents (user_id, item, agreed_at, version, locale, withdrawn_at)
SELECT user_id, item, agreed_at, version, locale, withdrawn_at FROM consents_before;

DROP TABLE consents_before;

-- Each text that was ever shown, as it was the first time. Rows are never
-- changed and never erased: they are what somebody agreed to.
-- sqlite: without rowid
CREATE TABLE consent_texts (
    item          TEXT   NOT NULL,
    version       TEXT   NOT NULL,
    locale        TEXT   NOT NULL,
    hash          BYTEA  NOT NULL, -- SHA-256 of title, empty line and body
    title         TEXT   NOT NULL,
    body          TEXT   NOT NULL,
    first_used_at BIGINT NOT NULL,
    PRIMARY KEY (item, version, locale)
);

-- What members who left had agreed to, kept apart under the keyed hash of their
-- number and nothing else of them (S-106).
-- sqlite: without rowid
CREATE TABLE kept_consents (
    number_mac       BYTEA  NOT NULL,
    left_at          BIGINT NOT NULL,
    item             TEXT   NOT NULL,
    agreed_at        BIGINT NOT NULL,
    version          TEXT   NOT NULL,
    locale           TEXT   NOT NULL,
    hash             BYTEA,
    screen           TEXT   NOT NULL,
    withdrawn_at     BIGINT,
    withdrawn_screen TEXT,
    PRIMARY KEY (number_mac, left_at, item, agreed_at)
);
CREATE INDEX kept_consents_left ON kept_consents (left_at);
