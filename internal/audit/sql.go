package audit

import (
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// events are written for a whole group at once: nearly every act has one.
var events = db.NewBulk("INSERT INTO events (at, kind, application_id, verification_id, user_id, detail)", 6)

// eraseEvents takes out the old ones among the first $2.
const eraseEvents = `
DELETE FROM events WHERE at < $1 AND number IN (SELECT number FROM events ORDER BY number LIMIT $2) RETURNING number`

const countEvents = `
SELECT count(*) FROM events
WHERE number > $1 AND number <= $2 AND at >= $3 AND at < $4 AND kind = $5 AND detail = $6`

const lastRecord = `SELECT number, hash FROM records ORDER BY number DESC LIMIT 1`

const insertRecord = `
INSERT INTO records (number, at, actor, act, subject, detail, origin, person, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const recordsAfter = `
SELECT number, at, actor, act, subject, detail, origin, person, hash FROM records WHERE number > $1 ORDER BY number`

const hashOfRecord = `SELECT hash FROM records WHERE number = $1`

const listRecords = `
SELECT number, at, actor, coalesce(origin, ''), act, subject, coalesce(person, ''), detail FROM records
WHERE number < $1 AND at >= $2 AND at < $3 AND ($4 = '' OR actor = $4)
    AND ($5 = '' OR act = $5 OR substr(act, 1, length(CAST($5 AS TEXT)) + 1) = CAST($5 AS TEXT) || ' ')
    AND ($6 = '' OR subject = $6) AND ($7 = '' OR person = $7 OR subject = $7)
ORDER BY number DESC LIMIT $8`

// unmaskings are the acts by which one whole number is shown.
const unmaskings = `
SELECT number, at, actor, coalesce(origin, ''), act, subject, coalesce(person, ''), detail FROM records
WHERE number > $1 AND person = $2 AND act IN ('messages unmask', 'users unmask')
ORDER BY number DESC LIMIT $3`

// lockHead makes others wait who append, on any node.
const lockHead = `
INSERT INTO record_head (id, number, hash) VALUES ('newest', 0, $1)
ON CONFLICT (id) DO UPDATE SET number = record_head.number RETURNING number, hash`

const moveHead = `UPDATE record_head SET number = $1, hash = $2 WHERE id = 'newest'`

const selectHead = `SELECT number, hash, anchor_sealed FROM record_head WHERE id = 'newest'`

const sealHead = `UPDATE record_head SET anchor_sealed = $1 WHERE id = 'newest'`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{{Table: "record_head", Column: "anchor_sealed", Place: anchorPlace}}
}

const eventColumns = `SELECT number, at, kind, application_id, verification_id, user_id, detail FROM events `

const eventsAfter = eventColumns + `WHERE number > $1 AND number <= $2 AND at >= $3 AND at < $4 ORDER BY number LIMIT $5`

const eventsOfUser = eventColumns + `
WHERE user_id = $1 AND user_id <> '' AND at >= $2 AND at < $3 ORDER BY number DESC LIMIT $4`

// eventNumbers asks for each by itself: for both in one SQLite reads all events.
const eventNumbers = `
SELECT coalesce((SELECT number FROM events ORDER BY number LIMIT 1), 0),
    coalesce((SELECT number FROM events ORDER BY number DESC LIMIT 1), 0)`

const eventFrom = `SELECT number, at FROM events WHERE number >= $1 ORDER BY number LIMIT 1`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "events",
			Why: "history"},
		{Table: "records",
			Why: "history, and the restore is added to it"},
		{Table: "record_head",
			Why: "it belongs to the records"},
	}
}
