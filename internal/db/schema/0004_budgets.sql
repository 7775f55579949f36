-- +goose Up

-- limit ---------------------------------------------------------------------

-- Further budgets of a number: the GCRA time of wrong ten-digit codes (S-17),
-- how many wrong codes came in a row without any success (S-18), and how many of
-- them to codes of a recovery.
ALTER TABLE number_limits ADD COLUMN wrong_long BIGINT NOT NULL DEFAULT 0;
ALTER TABLE number_limits ADD COLUMN wrong_row BIGINT NOT NULL DEFAULT 0;
ALTER TABLE number_limits ADD COLUMN wrong_recovery BIGINT NOT NULL DEFAULT 0;
-- When a browser that signed in before was texted last: such texts are not
-- among the number's own.
ALTER TABLE number_limits ADD COLUMN trusted_at BIGINT NOT NULL DEFAULT 0;

-- One row per browser that signed in before (S-19): its six newest sends, what
-- the newest three were for, and the GCRA times of its wrong checks.
-- sqlite: without rowid
CREATE TABLE device_limits (
    device_hash BYTEA  NOT NULL PRIMARY KEY,
    number_mac  BYTEA  NOT NULL,
    sent_1      BIGINT NOT NULL DEFAULT 0,
    sent_2      BIGINT NOT NULL DEFAULT 0,
    sent_3      BIGINT NOT NULL DEFAULT 0,
    sent_4      BIGINT NOT NULL DEFAULT 0,
    sent_5      BIGINT NOT NULL DEFAULT 0,
    sent_6      BIGINT NOT NULL DEFAULT 0,
    subject_1   TEXT   NOT NULL DEFAULT '',
    subject_2   TEXT   NOT NULL DEFAULT '',
    subject_3   TEXT   NOT NULL DEFAULT '',
    wrong_hour  BIGINT NOT NULL DEFAULT 0,
    wrong_day   BIGINT NOT NULL DEFAULT 0,
    wrong_month BIGINT NOT NULL DEFAULT 0
);

-- One row per network (S-21): when its hundred newest sends were, and to which
-- numbers the newest ten of them went, newest first. Each time is eight
-- hexadecimal digits of seconds, each number eight of its keyed hash, so that
-- they compare as text.
-- sqlite: without rowid
CREATE TABLE network_limits (
    network_mac BYTEA  NOT NULL PRIMARY KEY,
    sent_at     BIGINT NOT NULL, -- the newest
    sends       TEXT   NOT NULL,
    numbers     TEXT   NOT NULL
);

-- Sends granted per second of the last minute, for the installation and for
-- each application (S-22), and the won reserved per day in Seoul, counted in
-- days since the epoch.
-- sqlite: without rowid
CREATE TABLE ceilings (
    scope   TEXT   NOT NULL PRIMARY KEY,
    granted TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
-- sqlite: without rowid
CREATE TABLE won_days (
    day      BIGINT NOT NULL PRIMARY KEY,
    reserved BIGINT NOT NULL
);

-- Wrong checks per hour since the epoch, over all numbers (S-25).
-- sqlite: without rowid
CREATE TABLE wrong_hours (
    hour  BIGINT NOT NULL PRIMARY KEY,
    wrong BIGINT NOT NULL
);

-- What is out of the ordinary now, one row per rule and what it is about: since
-- when, until when it holds at least, and when an alarm was raised last.
-- sqlite: without rowid
CREATE TABLE gates (
    rule      TEXT   NOT NULL,
    scope     TEXT   NOT NULL, -- an application, or empty for the installation
    level     TEXT   NOT NULL CHECK (level = 'open' OR level = 'alarm' OR level = 'challenge'),
    since     BIGINT NOT NULL,
    until     BIGINT NOT NULL,
    raised_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (rule, scope)
);

-- What was refused, challenged, or would have been, and how often in the second
-- before it was written. What was admitted is the verification itself.
CREATE TABLE decisions (
    number         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             BIGINT NOT NULL,
    rule           TEXT   NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome = 'refused' OR outcome = 'challenged' OR outcome = 'shadowed'),
    number_mac     BYTEA  NOT NULL,
    network_mac    BYTEA  NOT NULL,
    application_id TEXT   NOT NULL,
    times          BIGINT NOT NULL
);

-- verify --------------------------------------------------------------------

-- Which budget the wrong codes of a verification are charged to, and whose
-- browser and network started it.
ALTER TABLE verifications ADD COLUMN lane TEXT NOT NULL DEFAULT 'open';
ALTER TABLE verifications ADD COLUMN device_hash BYTEA;
ALTER TABLE verifications ADD COLUMN network_mac BYTEA;
