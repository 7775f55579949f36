-- +goose Up

-- factor --------------------------------------------------------------------

-- The passkeys of members. The counter of an authenticator is kept beside the
-- rest, because it moves forward in a guarded update.
CREATE TABLE passkeys (
    id            TEXT   NOT NULL PRIMARY KEY,
    user_id       TEXT   NOT NULL,
    credential_id BYTEA  NOT NULL UNIQUE, -- what the authenticator calls it
    credential    TEXT   NOT NULL,        -- its public key and flags, in JSON
    counter       BIGINT NOT NULL,
    label         TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    used_at       BIGINT
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- What was asked of a member's authenticator, until it answers; and the answered
-- sign-ins, of which nothing is kept before, until they could not be answered
-- again anyway.
-- sqlite: without rowid
CREATE TABLE passkey_ceremonies (
    id         TEXT   NOT NULL PRIMARY KEY,
    act        TEXT   NOT NULL CHECK (act = 'register' OR act = 'sign_in' OR act = 'proof'),
    user_id    TEXT   NOT NULL, -- empty for a sign-in, where nobody is known yet
    asked      TEXT   NOT NULL, -- challenge and conditions, in JSON
    expires_at BIGINT NOT NULL
);

-- sqlite: without rowid
CREATE TABLE passwords (
    user_id     TEXT   NOT NULL PRIMARY KEY,
    hash_sealed BYTEA  NOT NULL, -- argon2id in PHC form, sealed
    set_at      BIGINT NOT NULL
);

-- Seeds of authenticator apps. A draft is shown and not confirmed yet.
-- sqlite: without rowid
CREATE TABLE totp_seeds (
    user_id          TEXT   NOT NULL PRIMARY KEY,
    seed_sealed      BYTEA,
    added_at         BIGINT,
    last_step        BIGINT NOT NULL DEFAULT 0, -- the newest step whose code was used
    draft_sealed     BYTEA,
    draft_expires_at BIGINT NOT NULL DEFAULT 0
);

-- The recovery codes that are left, as keyed hashes.
-- sqlite: without rowid
CREATE TABLE recovery_codes (
    user_id  TEXT   NOT NULL,
    code_mac BYTEA  NOT NULL,
    made_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, code_mac)
);

-- The wrong tries of a member by kind of factor: three GCRA times, by which
-- as many windows are kept.
-- sqlite: without rowid
CREATE TABLE factor_tries (
    user_id     TEXT   NOT NULL,
    factor      TEXT   NOT NULL CHECK (factor = 'password' OR factor = 'totp' OR factor = 'recovery_code'),
    wrong_hour  BIGINT NOT NULL,
    wrong_day   BIGINT NOT NULL,
    wrong_month BIGINT NOT NULL,
    PRIMARY KEY (user_id, factor)
);
