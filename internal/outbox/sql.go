package outbox

import (
	"strconv"
	"strings"
	"sync"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/seal"
)

var insertMessage = `
INSERT INTO messages (id, application_id, verification_id, number_sealed, number_mac, tail_mac, prefix_mac,
    text_sealed, status, status_code, network, group_id, created_at, deadline, purpose, cost)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`

// insertPast writes many messages at once.
var insertPast = sync.OnceValue(func() *db.Bulk {
	return db.NewBulk(`INSERT INTO messages (id, application_id, verification_id, number_sealed, number_mac, tail_mac, prefix_mac,
    status, status_code, network, group_id, provider_message_id, created_at, deadline, accepted_at, received_at, ended_at, purpose, cost,
    sender, type, entered_at)`, 22)
})

// dropMessage ends a message that waits, and tells the dispatcher of one that
// is under way that nobody wants it.
const dropMessage = `
UPDATE messages SET
    text_sealed = NULL,
    unwanted_at = $2,
    ended_at    = CASE WHEN status = 'queued' THEN $2 ELSE ended_at END,
    group_id    = CASE WHEN status = 'queued' THEN '' ELSE group_id END,
    status      = CASE WHEN status = 'queued' THEN 'dropped' ELSE status END
WHERE id = $1 AND status IN ('queued', 'sending')`

const eraseMessages = `
DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE id < $1 AND ended_at < $2 ORDER BY id LIMIT $3) RETURNING id`

// The reduction of old messages: the mark is the newest one that was reduced.

const reducedTo = `SELECT id FROM outbox_marks WHERE work = 'reduce'`

const reducedNow = `
INSERT INTO outbox_marks (work, id) VALUES ('reduce', $1)
ON CONFLICT (work) DO UPDATE SET id = excluded.id WHERE outbox_marks.id < excluded.id`

const messagesAfter = `SELECT id FROM messages WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3`

const reduceMessages = `
UPDATE messages SET number_sealed = $3, tail_mac = $3, prefix_mac = $3 WHERE id > $1 AND id <= $2`

// enterMessages is asked by number, since no index finds the texts of a
// verification.
const enterMessages = `
UPDATE messages SET entered_at = $3 WHERE number_mac = $1 AND verification_id = $2 AND entered_at IS NULL`

// eraseTo deletes what a number was sent; with $5 = 1 also what has no end.
const eraseTo = `
DELETE FROM messages WHERE id IN (
    SELECT id FROM messages WHERE number_mac = $1 AND application_id = $2 AND created_at <= $3
        AND (ended_at IS NOT NULL OR $5 = 1) ORDER BY id LIMIT $4) RETURNING verification_id`

const leftTo = `SELECT count(*) FROM messages WHERE number_mac = $1 AND application_id = $2 AND created_at <= $3`

const messageByID = `SELECT id, status, status_code, coalesce(accepted_at, created_at) FROM messages WHERE id = $1`

// The searches. What a status is shown as stands in shownStatus: see overdue.

const foundColumns = `
SELECT m.id, m.verification_id, m.number_sealed, m.status, m.status_code, m.network, coalesce(m.group_id, ''),
    coalesce(m.provider_message_id, ''), m.created_at, coalesce(g.opened_at, 0), coalesce(m.accepted_at, 0),
    coalesce(m.received_at, 0), coalesce(m.ended_at, 0), m.cost, m.application_id, m.purpose, m.sender, m.type,
    coalesce(m.entered_at, 0)
FROM messages m LEFT JOIN provider_groups g ON g.id = m.group_id
WHERE `

// A condition that nobody asks for says so in its bind, and PostgreSQL plans
// without it.
const filtered = ` AND m.id < $2
    AND (CAST($3 AS BIGINT) = 0 OR m.created_at >= $3) AND (CAST($4 AS BIGINT) = 0 OR m.created_at < $4)
    AND ($5 = '' OR $5 = CASE WHEN m.ended_at IS NULL AND coalesce(m.accepted_at, m.created_at) < $6 THEN 'unknown' ELSE m.status END)
    AND ($7 = '' OR m.status_code = $7) AND ($8 = '' OR m.type = $8) AND ($9 = '' OR m.sender = $9)
    AND ($10 = '' OR m.purpose = $10) AND ($11 = '' OR m.application_id = $11) AND ($12 = '' OR m.verification_id = $12)
ORDER BY m.id DESC LIMIT $13`

const (
	byNumber = `m.number_mac = $1` + filtered
	byTail   = `m.tail_mac = $1` + filtered
	byTime   = `m.id >= $1` + filtered
)

// countFound counts what a search finds, up to its limit.
func countFound(by string) string {
	return `SELECT count(*) FROM (SELECT m.id FROM messages m WHERE ` + by + `) AS found`
}

const totalsOfNumber = `
SELECT count(*), coalesce(sum(CASE WHEN status = 'delivered' THEN 1 ELSE 0 END), 0), CAST(coalesce(sum(cost), 0) AS BIGINT),
    coalesce(min(created_at), 0)
FROM messages WHERE number_mac = $1`

const foundByID = foundColumns + `m.id = $1`

// touchedBetween reads whose numbers were texted, by id.
const touchedBetween = `
SELECT id, number_mac, number_sealed, created_at FROM messages
WHERE id > $1 AND id < $2 AND created_at >= $3 AND created_at < $4 ORDER BY id LIMIT $5`

const lookMessage = foundColumns + `m.id = $1 AND m.application_id = $2`

const messageBelow = `SELECT id FROM messages WHERE id < $1 ORDER BY id DESC LIMIT 1 OFFSET $2`

// What is counted. A message that nobody hears any more of is unknown: $1 is
// since when.

const sentColumns = `
SELECT id, application_id, purpose, network,
    CASE WHEN ended_at IS NULL AND coalesce(accepted_at, created_at) < $1 THEN 'unknown' ELSE status END,
    status_code, CASE WHEN verification_id = '' THEN 0 ELSE 1 END, created_at, coalesce(received_at, 0),
    CASE WHEN status = 'dropped' THEN 0 ELSE cost END
FROM messages WHERE `

const sentBetween = sentColumns + `id >= $2 AND id < $3 AND created_at >= $4 AND created_at < $5`

var sentOf = forLists(1, 1, func(ids, _ []string) string {
	return sentColumns + `id IN (` + strings.Join(ids, ", ") + `)`
})

// askedBetween are the texts with a code, in the order of their ids.
const askedBetween = `
SELECT verification_id, number_mac, application_id, purpose, created_at, CASE WHEN status = 'dropped' THEN 0 ELSE cost END
FROM messages WHERE id >= $1 AND id < $2 AND created_at >= $3 AND created_at < $4 AND verification_id <> '' ORDER BY id`

const oldestMessage = `SELECT created_at FROM messages ORDER BY id LIMIT 1`

const blocksBetween = `
SELECT prefix_mac, count(*), CAST(sum(cost) AS BIGINT), min(id) FROM messages
WHERE id >= $1 AND id < $2 AND created_at >= $3 AND created_at < $4 AND status <> 'dropped' AND length(prefix_mac) > 0
GROUP BY prefix_mac ORDER BY 2 DESC, 1 LIMIT $5`

// blockTexts are the messages with a code to some blocks.
var blockTexts = func() string {
	binds := make([]string, blocksAtOnce)
	for i := range binds {
		binds[i] = "$" + strconv.Itoa(5+i)
	}
	return `
SELECT prefix_mac, id FROM messages
WHERE id >= $1 AND id < $2 AND created_at >= $3 AND created_at < $4 AND status <> 'dropped' AND verification_id <> ''
    AND prefix_mac IN (` + strings.Join(binds, ", ") + `)`
}()

// The nodes.

// insertNode may be repeated when it was not answered.
const insertNode = `
INSERT INTO nodes (id, name, started_at, lease_until) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`

// A run's lease_until is its beat: others look whether it moves, and never
// compare it with a clock.

const renewNode = `UPDATE nodes SET lease_until = $2 WHERE id = $1`

// holdNode keeps a run from being taken over until the act is committed.
const holdNode = `UPDATE nodes SET name = name WHERE id = $1`

const otherNodes = `SELECT id, name, lease_until FROM nodes WHERE id <> $1`

const deleteNode = `DELETE FROM nodes WHERE id = $1 AND lease_until = $2`

const takeGroups = `
UPDATE provider_groups SET node_id = $2 WHERE node_id = $1 AND ended_at IS NULL RETURNING id, status, fingerprint`

const takeDuty = `
INSERT INTO node_duties (duty, node_id, until) VALUES ($1, $2, $3)
ON CONFLICT (duty) DO UPDATE SET node_id = excluded.node_id, until = excluded.until
WHERE node_duties.node_id = excluded.node_id OR node_duties.until <= $4`

// eraseGroups leaves a group whose messages are there still: a late report is
// asked for by group.
const eraseGroups = `
DELETE FROM provider_groups WHERE id IN (
    SELECT id FROM provider_groups WHERE ended_at < $1 AND ended_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.group_id = provider_groups.id)
    ORDER BY ended_at LIMIT $2) RETURNING id`

// The hand-over.

const insertGroup = `
INSERT INTO provider_groups (id, fingerprint, node_id, status, created_at) VALUES ($1, $2, $3, 'pool', $4)`

const openGroup = `
UPDATE provider_groups SET status = 'open', opened_at = $2 WHERE id = $1 AND status = 'pool' AND node_id = $3`

const sentGroup = `UPDATE provider_groups SET status = 'sent' WHERE id = $1 AND status = 'open' AND node_id = $2`

// holdGroup changes nothing: it finds out whether the group is this run's still.
const holdGroup = `UPDATE provider_groups SET status = 'open' WHERE id = $1 AND status = 'open' AND node_id = $2`

const endGroup = `
UPDATE provider_groups SET status = 'dead', ended_at = $2 WHERE id = $1 AND status = 'open' AND node_id = $3`

const groupStatus = `SELECT status, node_id, fingerprint FROM provider_groups WHERE id = $1`

const groupsOfNode = `
SELECT id, status, fingerprint FROM provider_groups
WHERE ended_at IS NULL AND node_id = $1 AND status IN ('pool', 'open') ORDER BY created_at`

const poolOfOthers = `
SELECT id FROM provider_groups WHERE ended_at IS NULL AND status = 'pool' AND node_id = $1 AND fingerprint <> $2`

const retireGroup = `
UPDATE provider_groups SET status = 'dead', ended_at = $2 WHERE id = $1 AND status = 'pool' AND node_id = $3`

// Claims, acceptances and ends are written for many messages at once.

// claimMessages binds the group and the time, then each id.
var claimMessages = forLists(2, 1, func(ids, _ []string) string {
	return `
UPDATE messages SET status = 'sending', group_id = $1
WHERE status = 'queued' AND deadline > $2 AND id IN (` + strings.Join(ids, ", ") + `)`
})

// acceptMessages binds the time, the code, what one cost, what it was sent from
// and as, then each id with the provider's.
var acceptMessages = forLists(5, 2, func(ids, values []string) string {
	return `
UPDATE messages SET status = 'accepted', status_code = $2, accepted_at = $1, cost = $3, sender = $4, type = $5,
    text_sealed = NULL,
    provider_message_id = ` + byID(ids, values) + `
WHERE status = 'sending' AND id IN (` + strings.Join(ids, ", ") + `)`
})

// settleMessages binds the time, the status, the code and the carrier, then each
// id with when the phone got it.
var settleMessages = forLists(4, 2, func(ids, values []string) string {
	for i, bind := range values {
		values[i] = "CAST(" + bind + " AS BIGINT)" // PostgreSQL takes it for a text otherwise
	}
	return `
UPDATE messages SET status = $2, status_code = $3, network = $4, ended_at = $1, received_at = ` + byID(ids, values) + `
WHERE (status = 'accepted' OR status = 'unknown') AND id IN (` + strings.Join(ids, ", ") + `)`
})

// byID is an SQL expression that has a value of its own for each message.
func byID(ids, values []string) string {
	var b strings.Builder
	b.WriteString("CASE id")
	for i := range ids {
		b.WriteString(" WHEN " + ids[i] + " THEN " + values[i])
	}
	return b.String() + " END"
}

const dropLate = `
UPDATE messages SET status = 'dropped', text_sealed = NULL, group_id = '', unwanted_at = $2, ended_at = $2, cost = 0
WHERE id = $1 AND status = 'queued' AND deadline <= $2`

const releaseDropped = `UPDATE messages SET cost = 0 WHERE id = $1 AND status = 'dropped' AND cost > 0`

// letterColumns are what a letter is made of.
const letterColumns = `id, number_sealed, text_sealed, purpose, created_at, deadline, cost,
    CASE WHEN unwanted_at IS NULL THEN 0 ELSE 1 END`

const sendingOfGroup = `
SELECT ` + letterColumns + ` FROM messages WHERE group_id = $1 AND status = 'sending' ORDER BY id`

var waitingMessages = `
SELECT ` + letterColumns + ` FROM messages
WHERE group_id IS NULL AND status = 'queued' AND created_at < $1 ORDER BY id LIMIT 1000`

const waitingLine = `
SELECT count(*), coalesce(min(created_at), 0) FROM messages WHERE group_id IS NULL AND status = 'queued'`

const rejectMessage = `
UPDATE messages SET status = 'rejected', status_code = $3, provider_message_id = $4, sender = $5, type = $6, ended_at = $2,
    cost = 0, text_sealed = NULL
WHERE id = $1 AND status = 'sending'`

const dropSending = `
UPDATE messages SET status = 'dropped', ended_at = $2, cost = 0, text_sealed = NULL WHERE id = $1 AND status = 'sending'`

const loseMessage = `
UPDATE messages SET status = 'unknown', ended_at = $2, text_sealed = NULL WHERE id = $1 AND status = 'sending'`

const requeueMessage = `
UPDATE messages SET status = 'queued', group_id = NULL WHERE id = $1 AND status = 'sending' AND unwanted_at IS NULL`

// The reports.

const unsettledOfNode = `
SELECT id, provider_message_id, group_id, accepted_at FROM messages
WHERE status = 'accepted' AND group_id IN (
    SELECT id FROM provider_groups WHERE ended_at IS NULL AND status = 'sent' AND node_id = $1)`

const unsettledOfGroup = `
SELECT id, provider_message_id, group_id, accepted_at FROM messages WHERE group_id = $1 AND status = 'accepted'`

const messageOfHint = `SELECT id, status, provider_message_id, group_id, accepted_at FROM messages WHERE id = $1`

const settleGroup = `
UPDATE provider_groups SET status = 'settled', ended_at = $2
WHERE id = $1 AND status = 'sent' AND NOT EXISTS (SELECT 1 FROM messages WHERE group_id = $1 AND status = 'accepted')`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{
		{Table: "messages", Column: "number_sealed", Place: "messages.number"},
		{Table: "messages", Column: "text_sealed", Place: "messages.text"},
	}
}

// What ends with a restore. The reservations of what is dropped stay: the texts
// may have left.

const dropAll = `
UPDATE messages SET status = 'dropped', text_sealed = NULL, group_id = coalesce(group_id, ''), unwanted_at = coalesce(unwanted_at, $1),
    ended_at = $1, cost = 0
WHERE status = 'queued' OR status = 'sending' RETURNING id`

const endGroups = `
UPDATE provider_groups SET status = 'dead', ended_at = $1
WHERE ended_at IS NULL AND (status = 'pool' OR status = 'open') RETURNING id`

const endNodes = `UPDATE nodes SET lease_until = 0 WHERE lease_until > 0 RETURNING id`

// runningNodes leaves out those that have not beaten since.
const runningNodes = `SELECT count(*) FROM nodes WHERE lease_until > $1`

const dropDuties = `DELETE FROM node_duties RETURNING duty`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "messages", Ends: dropAll, What: "texts that had not left",
			Why: "what was on its way then has left since or is too late"},
		{Table: "provider_groups", Ends: endGroups, What: "groups of the provider",
			Why: "a group that was ready or open then was sent since"},
		{Table: "nodes", Ends: endNodes, What: "servers",
			Why: "the servers of then are gone"},
		{Table: "node_duties", Ends: dropDuties, What: "duties of servers",
			Why: "the servers of then are gone"},
		{Table: "outbox_marks",
			Why: "they go on from where they were"},
	}
}
