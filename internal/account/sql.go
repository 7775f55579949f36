package account

import (
	"sync"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const userByNumber = `SELECT id FROM users WHERE number_mac = $1`

// standingBy is the look-up of an account, by the column that is put in, with
// what its other factors come to.
const standingBy = `
SELECT id, number_mac, last_proved_at, devices_since, CASE WHEN blocked_at IS NULL THEN 0 ELSE 1 END, %s
FROM users WHERE %s = $1`

const insertUser = `
INSERT INTO users (id, number_sealed, number_mac, tail_mac, prefix_mac, name, locale, created_at, last_proved_at, active_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8)
ON CONFLICT (number_mac) DO NOTHING`

// insertPast writes many members at once.
var insertPast = sync.OnceValue(func() *db.Bulk {
	return db.NewBulk(`INSERT INTO users (id, number_sealed, number_mac, tail_mac, prefix_mac, name, locale, created_at, last_proved_at,
    active_at)`, 10)
})

// Whoever signs in is awake.

const proveNumber = `
UPDATE users SET last_proved_at = $3, active_at = $3, dormancy_due_at = NULL, dormant_at = NULL
WHERE id = $1 AND number_mac = $2 AND blocked_at IS NULL`

const wakeUser = `
UPDATE users SET active_at = $2, dormancy_due_at = NULL, dormant_at = NULL WHERE id = $1 AND blocked_at IS NULL`

const memberByID = `
SELECT number_sealed, name, locale, created_at, last_proved_at, active_at, coalesce(blocked_at, 0), coalesce(dormant_at, 0)
FROM users WHERE id = $1`

// listUsers lists those with ids below $1, down to $2.
const listUsers = `
SELECT id, number_sealed, created_at, last_proved_at, active_at, state FROM (
    SELECT id, number_sealed, created_at, last_proved_at, active_at, CASE
        WHEN blocked_at IS NOT NULL THEN 'blocked' WHEN dormant_at IS NOT NULL THEN 'dormant'
        WHEN number_sealed IS NULL THEN 'numberless' ELSE 'active' END AS state
    FROM users WHERE id < $1 AND id >= $2) AS listed
WHERE $3 = '' OR state = $3 ORDER BY id DESC LIMIT $4`

const userBelow = `SELECT id FROM users WHERE id < $1 ORDER BY id DESC LIMIT 1 OFFSET $2`

const renameUser = `UPDATE users SET name = $2 WHERE id = $1`

const blockUser = `UPDATE users SET blocked_at = coalesce(blocked_at, $2), devices_since = $2 WHERE id = $1`

const unblockUser = `UPDATE users SET blocked_at = NULL WHERE id = $1`

const deleteUser = `DELETE FROM users WHERE id = $1`

// The number.

const numberOfUser = `SELECT number_sealed FROM users WHERE id = $1`

const detachNumber = `
UPDATE users SET number_sealed = NULL, number_mac = NULL, tail_mac = NULL, prefix_mac = NULL, devices_since = $3
WHERE id = $1 AND number_mac = $2 AND last_proved_at < $4`

const setNumber = `
UPDATE users SET number_sealed = $2, number_mac = $3, tail_mac = $4, prefix_mac = $5, last_proved_at = $6, active_at = $6,
    devices_since = $6, dormancy_due_at = NULL, dormant_at = NULL
WHERE id = $1`

const changeNumber = setNumber + ` AND number_mac = $7 AND blocked_at IS NULL`

const giveNumber = setNumber + ` AND number_mac IS NULL AND blocked_at IS NULL`

const restoreNumber = setNumber

const insertChange = `INSERT INTO number_changes (id, user_id, number_mac, changed_at) VALUES ($1, $2, $3, $4)`

const lastChangeFrom = `
SELECT user_id FROM number_changes WHERE number_mac = $1 AND changed_at > $2 AND undone_at IS NULL ORDER BY changed_at DESC LIMIT 1`

// firstChangeFrom is the oldest one of that member: taking it back takes back
// what came after it.
const firstChangeFrom = `
SELECT changed_at FROM number_changes
WHERE number_mac = $1 AND changed_at > $2 AND undone_at IS NULL AND user_id = $3 ORDER BY changed_at LIMIT 1`

const lastChangeOf = `
SELECT changed_at FROM number_changes WHERE user_id = $1 AND changed_at > $2 AND undone_at IS NULL ORDER BY changed_at DESC LIMIT 1`

const undoChange = `
UPDATE number_changes SET undone_at = $4
WHERE user_id = $1 AND number_mac = $2 AND changed_at = $3 AND undone_at IS NULL AND changed_at > $5`

const undoLater = `UPDATE number_changes SET undone_at = $3 WHERE user_id = $1 AND changed_at >= $2 AND undone_at IS NULL`

const eraseChanges = `
DELETE FROM number_changes WHERE id IN (
    SELECT id FROM number_changes WHERE id < $1 AND changed_at < $2 ORDER BY id LIMIT $3) RETURNING id`

// The sessions.

// holdUser changes nothing, and has whoever deletes the row wait.
const holdUser = `UPDATE users SET locale = locale WHERE id = $1`

const insertSession = `
INSERT INTO sessions (id, token_hash, user_id, device, created_at, expires_at, way, proved_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5)`

const userBySession = `
SELECT s.id, s.way, s.created_at, s.expires_at, coalesce(s.proved_at, 0), s.seen_at,
    u.id, u.number_sealed, u.number_mac, u.name, u.locale, u.created_at, u.last_proved_at
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = $1 AND s.token_hash = $2 AND s.ended_at IS NULL AND s.expires_at > $3`

const seeSession = `UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at <= $3 AND ended_at IS NULL`

const openSessions = `
SELECT id, device, way, created_at, seen_at FROM sessions
WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC, id DESC`

// holdSession and holdFresh change nothing and fail where the session does not
// stand, or is not fresh.

const holdSession = `
UPDATE sessions SET proved_at = proved_at
WHERE id = $1 AND user_id = $2 AND token_hash = $3 AND ended_at IS NULL AND expires_at > $4`

const holdFresh = holdSession + ` AND proved_at > $5`

const renewSession = `
UPDATE sessions SET token_hash = $3, proved_at = $5
WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL AND expires_at > $4`

const endSession = `UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`

const endOwnSession = `UPDATE sessions SET ended_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL`

const endSessions = `UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL`

const endOtherSessions = `UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL`

const endOtherWays = `UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND way <> $3 AND ended_at IS NULL`

const eraseSessions = `
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE id < $1 AND expires_at < $2 ORDER BY id LIMIT $3) RETURNING id`

const trustsDevice = `SELECT 1 FROM users WHERE id = $1 AND number_mac = $2 AND devices_since <= $3`

const numberOf = `SELECT number_sealed, number_mac, devices_since FROM users WHERE id = $1`

const distrustDevices = `UPDATE users SET devices_since = $2 WHERE id = $1`

// The recoveries.

const recoveryOf = `SELECT begun_at, ready_at FROM recoveries WHERE user_id = $1 AND ready_at > $2`

// beginRecovery puts a new one in the place of one that nobody finished.
const beginRecovery = `
INSERT INTO recoveries (user_id, begun_at, ready_at) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET begun_at = excluded.begun_at, ready_at = excluded.ready_at WHERE recoveries.ready_at <= $4`

const finishRecovery = `DELETE FROM recoveries WHERE user_id = $1 AND ready_at <= $2`

const dropRecovery = `DELETE FROM recoveries WHERE user_id = $1`

const eraseRecoveries = `
DELETE FROM recoveries WHERE user_id IN (SELECT user_id FROM recoveries WHERE ready_at <= $1 LIMIT $2) RETURNING user_id`

// The one-time codes.

const insertOnce = `INSERT INTO one_time_codes (code_hash, user_id, expires_at) VALUES ($1, $2, $3)`

const ownerOfOnce = `SELECT user_id FROM one_time_codes WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2`

const useOnce = `UPDATE one_time_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2`

const dropOnce = `DELETE FROM one_time_codes WHERE user_id = $1`

const eraseOnce = `
DELETE FROM one_time_codes WHERE code_hash IN (SELECT code_hash FROM one_time_codes WHERE expires_at <= $1 LIMIT $2)
RETURNING user_id`

// The notices.

const insertNotice = `
INSERT INTO notices (id, user_id, kind, at, number_sealed, due_at) VALUES ($1, $2, $3, $4, $5, $6)`

const noticesOf = `
SELECT kind, at, coalesce(texted_at, 0) FROM notices WHERE user_id = $1 AND kind <> $2 ORDER BY id DESC LIMIT 100`

const dueNotices = `
SELECT n.id, n.kind, n.user_id, u.locale, n.number_sealed, u.number_sealed
FROM notices n JOIN users u ON u.id = n.user_id WHERE n.due_at IS NOT NULL ORDER BY n.due_at LIMIT $1`

const textedNotice = `
UPDATE notices SET texted_at = $2, due_at = NULL, number_sealed = NULL WHERE id = $1 AND due_at IS NOT NULL`

const settleNotice = `UPDATE notices SET due_at = NULL, number_sealed = NULL WHERE id = $1 AND due_at IS NOT NULL`

// takeNotice takes one of the three notices of a day; $3 is a day ago.
const takeNotice = `
INSERT INTO notice_limits (number_mac, sent_1) VALUES ($1, $2)
ON CONFLICT (number_mac) DO UPDATE SET
    sent_3 = notice_limits.sent_2, sent_2 = notice_limits.sent_1, sent_1 = excluded.sent_1
WHERE notice_limits.sent_3 <= $3`

// untoldOwner finds the member of a number who was not told of something lately.
const untoldOwner = `
SELECT users.id FROM users WHERE users.number_mac = $1
    AND NOT EXISTS (SELECT 1 FROM notices WHERE notices.user_id = users.id AND notices.kind = $2 AND notices.at > $3)`

const eraseNotices = `
DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE id < $1 AND at < $2 ORDER BY id LIMIT $3) RETURNING id`

const eraseNoticeLimits = `
DELETE FROM notice_limits WHERE number_mac IN (SELECT number_mac FROM notice_limits WHERE sent_1 <= $1 LIMIT $2)
RETURNING number_mac`

// Leaving.

const depart = `
INSERT INTO departures (number_mac, left_at) VALUES ($1, $2)
ON CONFLICT (number_mac) DO UPDATE SET left_at = excluded.left_at`

// departFormer notes the numbers that the member had before, until they changed
// and were told of it, for which $2 is time enough.
const departFormer = `
INSERT INTO departures (number_mac, left_at)
SELECT number_mac, max(changed_at) + $2 FROM number_changes WHERE user_id = $1 GROUP BY number_mac
ON CONFLICT (number_mac) DO UPDATE SET left_at = excluded.left_at WHERE departures.left_at < excluded.left_at`

// eraseOf deletes what belongs to a member.
var eraseOf = []string{
	`DELETE FROM sessions WHERE user_id = $1`, `DELETE FROM number_changes WHERE user_id = $1`,
	`DELETE FROM notices WHERE user_id = $1`, dropRecovery, dropOnce,
}

const departedNumbers = `
SELECT number_mac, left_at FROM departures WHERE number_mac > $1 AND left_at <= $2 ORDER BY number_mac LIMIT $3`

const dropDeparted = `DELETE FROM departures WHERE number_mac = $1 AND left_at = $2`

// Dormancy. Times from before active_at was written are in last_proved_at.

const idleUsers = `
SELECT id FROM users WHERE id > $1 AND active_at < $2 AND last_proved_at < $2 AND dormancy_due_at IS NULL ORDER BY id LIMIT $3`

const announceDormancy = `
UPDATE users SET dormancy_due_at = $3
WHERE id = $1 AND active_at < $2 AND last_proved_at < $2 AND dormancy_due_at IS NULL`

const dueUsers = `
SELECT id FROM users WHERE id > $1 AND dormancy_due_at <= $2 AND dormant_at IS NULL ORDER BY id LIMIT $3`

const makeDormant = `UPDATE users SET dormant_at = $2 WHERE id = $1 AND dormancy_due_at <= $2 AND dormant_at IS NULL`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{
		{Table: "users", Column: "number_sealed", Place: "users.number"},
		{Table: "notices", Column: "number_sealed", Place: "notices.number"},
	}
}

// What ends with a restore.

const endAllSessions = `UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL RETURNING id`

const dropAllRecoveries = `DELETE FROM recoveries RETURNING user_id`

const dropAllOnce = `DELETE FROM one_time_codes RETURNING user_id`

const settleAllNotices = `
UPDATE notices SET due_at = NULL, number_sealed = NULL WHERE due_at IS NOT NULL RETURNING id`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "users",
			Why: "members who left, were blocked or changed something since are as they were: see docs/backup.md"},
		{Table: "sessions", Ends: endAllSessions, What: "sign-ins of members",
			Why: "one may have been ended since"},
		{Table: "number_changes",
			Why: "taking one back needs a fresh code to the old number"},
		{Table: "recoveries", Ends: dropAllRecoveries, What: "recoveries that waited",
			Why: "one may have been stopped or used since"},
		{Table: "one_time_codes", Ends: dropAllOnce, What: "one-time codes",
			Why: "one may have been used since"},
		{Table: "notices", Ends: settleAllNotices, What: "texts to members about their account",
			Why: "a text that was due may have left since; the account page tells it still"},
		{Table: "notice_limits",
			Why: "they refuse, and let nobody in"},
		{Table: "departures",
			Why: "they erase what was sent"},
	}
}
