package audit

import "github.com/sinpyo/sinpyo/internal/db"

// events are written for a whole group at once: nearly every act has one.
var events = db.NewBulk("INSERT INTO events (at, kind, application_id, verification_id, user_id, detail)", 6)

// eraseEvents takes out the old ones among the first $2.
const eraseEvents = `
DELETE FROM events WHERE at < $1 AND number IN (SELECT number FROM events ORDER BY number LIMIT $2) RETURNING number`

const lastRecord = `SELECT number, hash FROM records ORDER BY number DESC LIMIT 1`

const insertRecord = `
INSERT INTO records (number, at, actor, act, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const allRecords = `SELECT number, at, actor, act, subject, detail, hash FROM records ORDER BY number`

const eventColumns = `SELECT number, at, kind, application_id, verification_id, user_id, detail FROM events `

const eventsAfter = eventColumns + `WHERE number > $1 AND number <= $2 AND at >= $3 AND at < $4 ORDER BY number LIMIT $5`

const eventsOfUser = eventColumns + `
WHERE user_id = $1 AND user_id <> '' AND at >= $2 AND at < $3 ORDER BY number DESC LIMIT $4`

const eventNumbers = `SELECT coalesce(min(number), 0), coalesce(max(number), 0) FROM events`

const eventFrom = `SELECT number, at FROM events WHERE number >= $1 ORDER BY number LIMIT 1`
