package factor

import (
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const heldBy = `
SELECT EXISTS (SELECT 1 FROM passwords WHERE user_id = $1),
    EXISTS (SELECT 1 FROM totp_seeds WHERE user_id = $1 AND seed_sealed IS NOT NULL),
    (SELECT count(*) FROM recovery_codes WHERE user_id = $1)`

// holds is what Holds returns, with the column put in three times.
const holds = `CASE
WHEN EXISTS (SELECT 1 FROM passwords f WHERE f.user_id = %[1]s)
    OR EXISTS (SELECT 1 FROM totp_seeds f WHERE f.user_id = %[1]s AND f.seed_sealed IS NOT NULL) THEN 2
WHEN EXISTS (SELECT 1 FROM passkeys f WHERE f.user_id = %[1]s) THEN 1
ELSE 0 END`

// Passkeys.

const passkeysOf = `SELECT id, label, created_at, coalesce(used_at, 0) FROM passkeys WHERE user_id = $1 ORDER BY id`

const credentialsOf = `SELECT id, user_id, credential, counter FROM passkeys WHERE user_id = $1 ORDER BY id`

const credentialByID = `SELECT id, user_id, credential, counter FROM passkeys WHERE credential_id = $1`

const insertPasskey = `
INSERT INTO passkeys (id, user_id, credential_id, credential, counter, label, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (credential_id) DO NOTHING`

// usePasskey moves a counter forward; of authenticators that keep none it is 0.
const usePasskey = `
UPDATE passkeys SET credential = $3, counter = $4, used_at = $5
WHERE id = $1 AND user_id = $2 AND (counter < $4 OR counter = 0 AND $4 = 0)`

const renamePasskey = `UPDATE passkeys SET label = $3 WHERE id = $1 AND user_id = $2`

const deletePasskey = `DELETE FROM passkeys WHERE id = $1 AND user_id = $2`

const insertCeremony = `
INSERT INTO passkey_ceremonies (id, act, user_id, asked, expires_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`

const selectCeremony = `
SELECT asked, expires_at FROM passkey_ceremonies WHERE id = $1 AND act = $2 AND user_id = $3 AND expires_at > $4`

const endCeremony = `DELETE FROM passkey_ceremonies WHERE id = $1 AND user_id = $2`

const eraseCeremonies = `
DELETE FROM passkey_ceremonies WHERE id IN (
    SELECT id FROM passkey_ceremonies WHERE id < $1 AND expires_at < $2 ORDER BY id LIMIT $3) RETURNING id`

// Passwords.

const selectPassword = `SELECT hash_sealed FROM passwords WHERE user_id = $1`

const setPassword = `
INSERT INTO passwords (user_id, hash_sealed, set_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET hash_sealed = excluded.hash_sealed, set_at = excluded.set_at`

// raisePassword replaces a hash by a dearer one of the same password.
const raisePassword = `UPDATE passwords SET hash_sealed = $3 WHERE user_id = $1 AND hash_sealed = $2`

const deletePassword = `DELETE FROM passwords WHERE user_id = $1`

// Authenticator apps.

const selectSeed = `SELECT seed_sealed FROM totp_seeds WHERE user_id = $1 AND seed_sealed IS NOT NULL`

const selectDraft = `
SELECT draft_sealed FROM totp_seeds WHERE user_id = $1 AND draft_sealed IS NOT NULL AND draft_expires_at > $2`

// draftSeed writes a draft, unless there is one that is not over.
const draftSeed = `
INSERT INTO totp_seeds (user_id, draft_sealed, draft_expires_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET draft_sealed = excluded.draft_sealed, draft_expires_at = excluded.draft_expires_at
WHERE totp_seeds.draft_expires_at <= $4`

// confirmSeed makes the draft the seed. The code that confirmed it is used.
const confirmSeed = `
UPDATE totp_seeds SET seed_sealed = $3, last_step = $4, added_at = $5, draft_sealed = NULL, draft_expires_at = 0
WHERE user_id = $1 AND draft_sealed = $2`

const useStep = `UPDATE totp_seeds SET last_step = $2 WHERE user_id = $1 AND last_step < $2 AND seed_sealed IS NOT NULL`

const deleteSeed = `DELETE FROM totp_seeds WHERE user_id = $1 AND seed_sealed IS NOT NULL`

// Recovery codes.

const deleteCodes = `DELETE FROM recovery_codes WHERE user_id = $1`

// insertCodes writes a whole set.
var insertCodes = func() string {
	rows := make([]string, codesInSet)
	for i := range rows {
		rows[i] = fmt.Sprintf("($1, $%d, $2)", i+3)
	}
	return "INSERT INTO recovery_codes (user_id, code_mac, made_at) VALUES " + strings.Join(rows, ", ")
}()

const useCode = `DELETE FROM recovery_codes WHERE user_id = $1 AND code_mac = $2`

// Tries.

// takeTry counts a try. $3 to $5 are now and a step, $6 is now, $7 to $9 are
// how far the times may have come.
const takeTry = `
INSERT INTO factor_tries (user_id, factor, wrong_hour, wrong_day, wrong_month) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, factor) DO UPDATE SET
    wrong_hour = CASE WHEN factor_tries.wrong_hour > $6
        THEN factor_tries.wrong_hour + (excluded.wrong_hour - $6) ELSE excluded.wrong_hour END,
    wrong_day = CASE WHEN factor_tries.wrong_day > $6
        THEN factor_tries.wrong_day + (excluded.wrong_day - $6) ELSE excluded.wrong_day END,
    wrong_month = CASE WHEN factor_tries.wrong_month > $6
        THEN factor_tries.wrong_month + (excluded.wrong_month - $6) ELSE excluded.wrong_month END
WHERE factor_tries.wrong_hour <= $7 AND factor_tries.wrong_day <= $8 AND factor_tries.wrong_month <= $9`

const giveTryBack = `
UPDATE factor_tries SET wrong_hour = wrong_hour - $3, wrong_day = wrong_day - $4, wrong_month = wrong_month - $5
WHERE user_id = $1 AND factor = $2`

const selectTries = `SELECT wrong_hour, wrong_day, wrong_month FROM factor_tries WHERE user_id = $1 AND factor = $2`

const forgetTries = `DELETE FROM factor_tries WHERE user_id = $1`

const eraseTries = `
DELETE FROM factor_tries WHERE (user_id, factor) IN (
    SELECT user_id, factor FROM factor_tries WHERE user_id >= $1 AND user_id < $2
        AND wrong_hour <= $3 AND wrong_day <= $3 AND wrong_month <= $3 LIMIT $4) RETURNING user_id`

// eraseMember are the statements that delete all of a member.
var eraseMember = []string{
	`DELETE FROM passkeys WHERE user_id = $1`,
	`DELETE FROM passkey_ceremonies WHERE user_id = $1`,
	deletePassword,
	`DELETE FROM totp_seeds WHERE user_id = $1`,
	deleteCodes,
	forgetTries,
}

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{
		{Table: "passwords", Column: "hash_sealed", Place: passwordPlace, Key: "user_id"},
		{Table: "totp_seeds", Column: "seed_sealed", Place: seedPlace, Key: "user_id"},
		{Table: "totp_seeds", Column: "draft_sealed", Place: draftPlace, Key: "user_id"},
	}
}

// What ends with a restore. Of an authenticator app the step of now counts as
// used, and the next one, which a clock that goes fast has shown already.

const dropCeremonies = `DELETE FROM passkey_ceremonies RETURNING id`

const passSteps = `
UPDATE totp_seeds SET last_step = CAST($1 AS BIGINT) / 30000000 + 1, draft_sealed = NULL, draft_expires_at = 0
WHERE last_step <= CAST($1 AS BIGINT) / 30000000 RETURNING user_id`

const dropAllCodes = `DELETE FROM recovery_codes RETURNING user_id`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "passkeys",
			Why: "they sign a question that was never asked before"},
		{Table: "passkey_ceremonies", Ends: dropCeremonies, What: "passkey ceremonies",
			Why: "open questions, and what keeps answers from counting twice; older questions of sign-ins are refused by their time"},
		{Table: "passwords",
			Why: "what was changed since has to be changed again"},
		{Table: "totp_seeds", Ends: passSteps, What: "authenticator apps whose last code is spent",
			Why: "a code that was used since is refused"},
		{Table: "recovery_codes", Ends: dropAllCodes, What: "recovery codes",
			Why: "one that was used since would count again"},
		{Table: "factor_tries",
			Why: "they refuse, and let nobody in"},
	}
}
