package operator

import "github.com/sinpyo/sinpyo/internal/db"

// Operators. What is read of them stands in the order of readOperator.

const readFields = `
SELECT o.id, o.name, o.role, o.locale, o.created_at, coalesce(o.joined_at, 0), coalesce(o.signed_in_at, 0), coalesce(o.disabled_at, 0),
    coalesce((SELECT t.locked_until FROM operator_tries t WHERE t.subject = o.id AND t.locked_until > $2), 0),
    coalesce((SELECT l.expires_at FROM operator_links l WHERE l.operator_id = o.id AND l.expires_at > $2), 0)
FROM operators o `

const operatorByID = readFields + `WHERE o.id = $1`

const operatorByName = readFields + `WHERE o.name_key = $1`

const allOperators = `
SELECT o.id, o.name, o.role, o.locale, o.created_at, coalesce(o.joined_at, 0), coalesce(o.signed_in_at, 0), coalesce(o.disabled_at, 0),
    coalesce((SELECT t.locked_until FROM operator_tries t WHERE t.subject = o.id AND t.locked_until > $1), 0),
    coalesce((SELECT l.expires_at FROM operator_links l WHERE l.operator_id = o.id AND l.expires_at > $1), 0)
FROM operators o ORDER BY o.id`

const operatorOfName = `SELECT id FROM operators WHERE name_key = $1`

const isOperator = `SELECT EXISTS (SELECT 1 FROM operators WHERE id = $1)`

const anybodyJoined = `SELECT EXISTS (SELECT 1 FROM operators WHERE joined_at IS NOT NULL)`

const insertOperator = `
INSERT INTO operators (id, name, name_key, role, locale, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name_key) DO NOTHING`

const renameOperator = `
UPDATE operators SET name = $2, name_key = $3, locale = $4
WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM operators other WHERE other.name_key = $3 AND other.id <> $1)`

const joinOperator = `UPDATE operators SET joined_at = $2, signed_in_at = $2 WHERE id = $1 AND disabled_at IS NULL`

// joinFirst refuses when somebody else has joined meanwhile.
const joinFirst = `
UPDATE operators SET joined_at = $2, signed_in_at = $2
WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM operators other WHERE other.joined_at IS NOT NULL)`

const leaveOperator = `UPDATE operators SET joined_at = NULL WHERE id = $1`

const signIn = `
UPDATE operators SET signed_in_at = $2 WHERE id = $1 AND disabled_at IS NULL AND joined_at IS NOT NULL`

const setRole = `UPDATE operators SET role = $2 WHERE id = $1`

const setLocale = `UPDATE operators SET locale = $2 WHERE id = $1`

const disableOperator = `UPDATE operators SET disabled_at = $2 WHERE id = $1`

const enableOperator = `UPDATE operators SET disabled_at = NULL WHERE id = $1`

// holdWithOwners changes nothing and keeps everybody else from changing this
// operator or any owner until the act has ended.
const holdWithOwners = `UPDATE operators SET role = role WHERE id = $1 OR role = 'owner'`

const otherOwners = `
SELECT count(*) FROM operators WHERE role = 'owner' AND joined_at IS NOT NULL AND disabled_at IS NULL AND id <> $1`

// holdWhoHolds changes nothing, and finds nobody who holds no factor.
const holdWhoHolds = `UPDATE operators SET role = role WHERE id = $1 AND %s > 0`

// noOperator changes no row ever.
const noOperator = `UPDATE operators SET role = role WHERE id = ''`

// Links.

const insertLink = `INSERT INTO operator_links (token_hash, operator_id, expires_at) VALUES ($1, $2, $3)`

const selectLink = `
SELECT l.operator_id, l.expires_at, o.name, o.role FROM operator_links l LEFT JOIN operators o ON o.id = l.operator_id
WHERE l.token_hash = $1 AND l.expires_at > $2`

const useLink = `DELETE FROM operator_links WHERE token_hash = $1 AND operator_id = $2 AND expires_at > $3`

const dropLink = `DELETE FROM operator_links WHERE operator_id = $1`

// dropFirstLinks finds first owners by there being no such operator yet.
const dropFirstLinks = `
DELETE FROM operator_links WHERE NOT EXISTS (SELECT 1 FROM operators o WHERE o.id = operator_links.operator_id) RETURNING operator_id`

const eraseLinks = `
DELETE FROM operator_links WHERE operator_id IN (SELECT operator_id FROM operator_links WHERE expires_at <= $1 LIMIT $2)
RETURNING operator_id`

// Sessions.

const insertSession = `
INSERT INTO operator_sessions (id, operator_id, token_hash, way, browser, came_from, created_at, seen_at, proved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)`

const selectSession = `
SELECT s.operator_id, s.way, s.came_from, s.created_at, s.seen_at, s.proved_at
FROM operator_sessions s JOIN operators o ON o.id = s.operator_id
WHERE s.id = $1 AND s.token_hash = $2 AND s.ended_at IS NULL AND s.created_at > $3 AND s.seen_at > $4 AND o.disabled_at IS NULL`

const openSessions = `
SELECT id, browser, came_from, way, created_at, seen_at FROM operator_sessions
WHERE operator_id = $1 AND ended_at IS NULL AND created_at > $2 AND seen_at > $3 ORDER BY id DESC`

const seeSession = `UPDATE operator_sessions SET seen_at = $2 WHERE id = $1 AND ended_at IS NULL AND seen_at <= $3`

// holdFresh changes nothing, and finds no session but one that stands and is
// fresh.
const holdFresh = `
UPDATE operator_sessions SET seen_at = seen_at
WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL AND created_at > $3 AND seen_at > $4 AND proved_at > $5`

const renewSession = `
UPDATE operator_sessions SET token_hash = $3, proved_at = $4, seen_at = $4
WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL AND created_at > $5 AND seen_at > $6`

const endSession = `UPDATE operator_sessions SET ended_at = $3 WHERE id = $1 AND operator_id = $2 AND ended_at IS NULL`

const endSessions = `UPDATE operator_sessions SET ended_at = $2 WHERE operator_id = $1 AND ended_at IS NULL`

const eraseSessions = `
DELETE FROM operator_sessions WHERE id IN (
    SELECT id FROM operator_sessions WHERE id < $1 AND created_at < $2 ORDER BY id LIMIT $3) RETURNING id`

// Tries.

// countTry counts a try unless the account is locked. The last of a row locks it,
// and after the lock a new row begins.
const countTry = `
INSERT INTO operator_tries (subject, wrong, tried_at, locked_until) VALUES ($1, 1, $2, 0)
ON CONFLICT (subject) DO UPDATE SET tried_at = excluded.tried_at,
    wrong = CASE WHEN operator_tries.wrong >= $4 THEN 1 ELSE operator_tries.wrong + 1 END,
    locked_until = CASE WHEN operator_tries.wrong + 1 = $4 THEN CAST($3 AS BIGINT) ELSE 0 END
WHERE operator_tries.locked_until <= $2
RETURNING wrong`

const lockOf = `SELECT locked_until FROM operator_tries WHERE subject = $1`

const touchTries = `UPDATE operator_tries SET tried_at = $2 WHERE subject = $1`

const dropTries = `DELETE FROM operator_tries WHERE subject = $1`

const eraseTries = `
DELETE FROM operator_tries WHERE subject IN (
    SELECT subject FROM operator_tries WHERE locked_until <= $1 AND tried_at < $2 LIMIT $3) RETURNING subject`

// What ends with a restore.

const dropLinks = `DELETE FROM operator_links RETURNING operator_id`

const endAllSessions = `UPDATE operator_sessions SET ended_at = $1 WHERE ended_at IS NULL RETURNING id`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "operators",
			Why: "what was changed since has to be changed again"},
		{Table: "operator_links", Ends: dropLinks, What: "links of operators",
			Why: "one may have been used since"},
		{Table: "operator_sessions", Ends: endAllSessions, What: "sign-ins of operators",
			Why: "one may have been ended since"},
		{Table: "operator_tries",
			Why: "they refuse, and let nobody in"},
	}
}
