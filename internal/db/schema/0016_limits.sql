-- +goose Up

-- limit ---------------------------------------------------------------------

-- Budgets that stand in the place of the settings'.
-- sqlite: without rowid
CREATE TABLE budgets (
    rule   TEXT   NOT NULL CHECK (rule = 'won_per_day' OR rule = 'installation_per_minute' OR rule = 'application_per_minute'),
    scope  TEXT   NOT NULL, -- an application, or empty for all
    most   BIGINT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (rule, scope)
);

-- How often each rule decided in each hour since the epoch, so that a month of
-- it is read at once.
-- sqlite: without rowid
CREATE TABLE decision_hours (
    hour    BIGINT NOT NULL,
    rule    TEXT   NOT NULL,
    outcome TEXT   NOT NULL,
    times   BIGINT NOT NULL,
    PRIMARY KEY (hour, rule, outcome)
);

INSERT INTO decision_hours (hour, rule, outcome, times)
SELECT at / 3600000000, rule, outcome, CAST(sum(times) AS BIGINT) FROM decisions GROUP BY at / 3600000000, rule, outcome;
