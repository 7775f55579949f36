package consent

import (
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
)

// insertAgreements returns the statement for n agreements of one member, "" for
// none.
func insertAgreements(n int) string {
	if n == 0 {
		return ""
	}
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("($1, $2, $3, $4, $%d, $%d, $%d)", 3*i+5, 3*i+6, 3*i+7)
	}
	return "INSERT INTO consents (user_id, locale, agreed_at, screen, item, version, hash) VALUES " + strings.Join(rows, ", ")
}

const columns = `item, version, locale, hash, screen, agreed_at, coalesce(withdrawn_at, 0), coalesce(withdrawn_screen, ''),
    coalesce(reminded_at, 0)`

const agreementsOf = `SELECT ` + columns + ` FROM consents WHERE user_id = $1 ORDER BY agreed_at, item`

// stretchEnd finds the member whose row is so many behind those of another.
const stretchEnd = `SELECT user_id FROM consents WHERE user_id > $1 ORDER BY user_id LIMIT 1 OFFSET $2`

// What a stretch of members agreed to.

const agreementsTo = `SELECT user_id, ` + columns + ` FROM consents
WHERE user_id > $1 AND user_id <= $2 AND item = $3 AND ($4 = '' OR version = $4) ORDER BY user_id, agreed_at`

const countAgreements = `
SELECT item, version, count(*), count(withdrawn_at) FROM consents WHERE user_id > $1 AND user_id <= $2 GROUP BY item, version`

const withdraw = `
UPDATE consents SET withdrawn_at = $3, withdrawn_screen = $4 WHERE user_id = $1 AND item = $2 AND withdrawn_at IS NULL`

// remindDue finds who was reminded of an item last, or agreed to it, before $2.
const remindDue = `
SELECT user_id, max(agreed_at), max(coalesce(reminded_at, agreed_at)) FROM consents
WHERE item = $1 AND withdrawn_at IS NULL
GROUP BY user_id HAVING max(coalesce(reminded_at, agreed_at)) <= $2 ORDER BY user_id`

const noteReminder = `
UPDATE consents SET reminded_at = $3 WHERE user_id = $1 AND item = $2 AND withdrawn_at IS NULL RETURNING item`

const allTexts = `SELECT item, version, locale, hash, first_used_at FROM consent_texts`

const allTitles = `
SELECT item, version, locale, hash, first_used_at, title FROM consent_texts ORDER BY item, version, locale`

const insertText = `
INSERT INTO consent_texts (item, version, locale, hash, title, body, first_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (item, version, locale) DO NOTHING`

const textOf = `SELECT title, body FROM consent_texts WHERE item = $1 AND version = $2 AND locale = $3`

const hasText = `SELECT count(*) FROM consent_texts WHERE item = $1 AND ($2 = '' OR version = $2)`

// keepAgreements moves a member's rows apart. What stands beside $2 and $3 tells
// PostgreSQL their types, and is never NULL where they are.
const keepAgreements = `
INSERT INTO kept_consents (number_mac, left_at, item, agreed_at, version, locale, hash, screen, withdrawn_at, withdrawn_screen)
SELECT coalesce($2, hash), coalesce($3, agreed_at), item, agreed_at, version, locale, hash, screen, withdrawn_at, withdrawn_screen
FROM consents WHERE user_id = $1`

const eraseAgreements = `DELETE FROM consents WHERE user_id = $1`

const keptOf = `SELECT left_at, ` + keptColumns + ` FROM kept_consents WHERE number_mac = $1 ORDER BY left_at, agreed_at, item`

const keptColumns = `item, version, locale, hash, screen, agreed_at, coalesce(withdrawn_at, 0), coalesce(withdrawn_screen, ''),
    CAST(0 AS BIGINT)`

const eraseKept = `
DELETE FROM kept_consents WHERE (number_mac, left_at, item, agreed_at) IN (
    SELECT number_mac, left_at, item, agreed_at FROM kept_consents WHERE left_at < $1 ORDER BY left_at LIMIT $2) RETURNING item`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "consents",
			Why: "what was agreed or withdrawn since has to be entered again"},
		{Table: "consent_texts",
			Why: "texts that were shown"},
		{Table: "kept_consents",
			Why: "what the law keeps"},
	}
}
