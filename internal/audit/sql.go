package audit

const insertEvent = `
INSERT INTO events (at, kind, application_id, verification_id, user_id, detail)
VALUES ($1, $2, $3, $4, $5, $6)`

const lastRecord = `SELECT number, hash FROM records ORDER BY number DESC LIMIT 1`

const insertRecord = `
INSERT INTO records (number, at, actor, act, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const allRecords = `SELECT number, at, actor, act, subject, detail, hash FROM records ORDER BY number`
