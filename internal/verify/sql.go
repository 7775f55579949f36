package verify

import (
	"strconv"
	"strings"
	"sync"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// fewPending keeps a number from having $13 pending verifications and one more.
// A number that was never sent to has none, so it is asked where the limit of
// sends is.
var fewPending = limit.When(`SELECT count(*) < $13 FROM verifications
    WHERE id IN (` + limit.Subjects + `) AND status = 'pending' AND expires_at > $2`)

const insertVerification = `
INSERT INTO verifications (id, application_id, purpose, locale, status, number_sealed, number_mac, tail_mac, prefix_mac,
    binding, code_length, code_sealed, code_mac, message_id, metadata, created_at, sent_at, expires_at,
    lane, device_hash, network_mac)
VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $17, $18, $19)`

// insertPast writes many verifications at once.
var insertPast = sync.OnceValue(func() *db.Bulk {
	return db.NewBulk(`INSERT INTO verifications (id, application_id, purpose, locale, status, number_sealed, number_mac, tail_mac,
    prefix_mac, binding, code_length, attempts, sends, message_id, metadata, created_at, sent_at, expires_at, ended_at, approved_at,
    redeemed_at)`, 21)
})

const anyAtAll = `SELECT EXISTS (SELECT 1 FROM verifications)`

var countPending = `SELECT count(*), coalesce(min(expires_at), 0)` + limit.From("verifications") +
	` AND status = 'pending' AND expires_at > $2`

var pendingOfBinding = `SELECT id, message_id` + limit.From("verifications") + ofBinding

// pendingOfDevice finds what a trusted browser was texted of its own.
var pendingOfDevice = `SELECT id, message_id` + limit.FromDevice("verifications") + ofBinding

const ofBinding = ` AND application_id = $2 AND purpose = $3 AND binding = $4 AND status = 'pending' AND expires_at > $5`

const readVerification = `
SELECT id, application_id, purpose, locale, status, number_sealed, number_mac, binding, code_length, code_sealed, code_mac,
    attempts, sends, message_id, metadata, created_at, sent_at, expires_at, lane, device_hash, network_mac
FROM verifications WHERE id = $1 AND application_id = $2`

// A check counts, compares and decides at once, in one of two statements: the
// caller has compared before and knows which one can find its row. What they
// compare are keyed hashes, so how long that takes tells nothing of the code.

const checkWrongCode = `
UPDATE verifications SET
    attempts    = attempts + 1,
    status      = CASE WHEN attempts + 1 >= $4 THEN 'locked' ELSE status END,
    ended_at    = CASE WHEN attempts + 1 >= $4 THEN $2 ELSE ended_at END,
    code_sealed = CASE WHEN attempts + 1 >= $4 THEN NULL ELSE code_sealed END,
    code_mac    = CASE WHEN attempts + 1 >= $4 THEN NULL ELSE code_mac END
WHERE id = $1 AND status = 'pending' AND attempts < $4 AND expires_at > $2 AND code_mac <> $3`

// checkRightCode takes nothing from the limit of its lane and yet has to be
// admitted by it.
func checkRightCode(lane limit.Lane) string {
	if lane == limit.Trusted {
		return checkRightTrusted
	}
	return checkRight
}

var (
	checkRight        = approveCode + limit.Admits(limit.Open, "verifications.number_mac", "", 6)
	checkRightTrusted = approveCode + limit.Admits(limit.Trusted, "verifications.number_mac", "verifications.device_hash", 6)
)

const approveCode = `
UPDATE verifications SET
    attempts = attempts + 1, status = 'approved', approved_at = $2, ended_at = $2, code_sealed = NULL, code_mac = NULL,
    token_hash = $5
WHERE id = $1 AND status = 'pending' AND attempts < $4 AND expires_at > $2 AND code_mac = $3
    AND `

const resend = `
UPDATE verifications SET sends = sends + 1, sent_at = $2, expires_at = $3, message_id = $4
WHERE id = $1 AND status = 'pending' AND message_id = $5 AND expires_at > $2`

const end = `
UPDATE verifications SET status = $2, code_sealed = NULL, code_mac = NULL, ended_at = $3
WHERE id = $1 AND status = 'pending' AND expires_at > $3`

const redeem = `
UPDATE verifications SET status = 'redeemed', redeemed_at = $4
WHERE id = $1 AND application_id = $2 AND binding = $3 AND status = 'approved' AND approved_at > $5`

// hold changes nothing and fails where redeem would.
const hold = `
UPDATE verifications SET status = status
WHERE id = $1 AND application_id = $2 AND binding = $3 AND status = 'approved' AND approved_at > $4`

const redeemReceipt = `
UPDATE verifications SET status = 'redeemed', redeemed_at = $5
WHERE id = $1 AND application_id = $2 AND purpose = $3 AND token_hash = $4 AND status = 'approved' AND approved_at > $6`

const statusOfReceipt = `
SELECT status FROM verifications WHERE id = $1 AND application_id = $2 AND purpose = $3 AND token_hash = $4`

const erase = `
DELETE FROM verifications WHERE id IN (SELECT id FROM verifications WHERE id < $1 AND ended_at < $2 ORDER BY id LIMIT $3)
RETURNING id, number_mac, coalesce(approved_at, 0)`

// coursesOf names as many as coursesMost.
var coursesOf = `
SELECT id, application_id, purpose, locale, code_length, status, attempts, sends, created_at, expires_at, coalesce(approved_at, 0),
    coalesce(redeemed_at, 0), coalesce(ended_at, 0)
FROM verifications WHERE id IN (` + binds(coursesMost) + `)`

// binds writes so many binds from the first on.
func binds(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(list, ", ")
}

const eraseOne = `DELETE FROM verifications WHERE id = $1 AND ended_at IS NOT NULL`

const anyOverdue = `SELECT EXISTS (SELECT 1 FROM verifications WHERE ended_at IS NULL AND expires_at <= $1)`

// expire ends a piece of what is overdue.
const expire = `
UPDATE verifications SET status = 'expired', code_sealed = NULL, code_mac = NULL, ended_at = $1
WHERE status = 'pending' AND id IN (
    SELECT id FROM verifications WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2)
RETURNING id, application_id`

// conversion counts, per application, the verifications begun within a time and
// those of them that were approved.
const conversion = `
SELECT application_id, count(*), count(approved_at) FROM verifications WHERE id >= $1 AND id < $2 GROUP BY application_id`

const enteredBetween = `
SELECT message_id, approved_at FROM verifications WHERE id >= $1 AND id < $2 AND approved_at IS NOT NULL`

const begunBetween = `
SELECT id, network_mac, lane, created_at, CASE WHEN approved_at IS NULL THEN 0 ELSE 1 END FROM verifications WHERE id >= $1 AND id < $2`

const oldestVerification = `SELECT created_at FROM verifications ORDER BY id LIMIT 1`

// Sealed lists the columns of this package that hold sealed values.
func Sealed() []seal.Column {
	return []seal.Column{
		{Table: "verifications", Column: "number_sealed", Place: "verifications.number"},
		{Table: "verifications", Column: "code_sealed", Place: "verifications.code"},
	}
}

// endAll ends what is pending, and spends every approval that could still be used.
const endAll = `
UPDATE verifications SET
    redeemed_at = CASE WHEN status = 'approved' THEN $1 ELSE redeemed_at END,
    ended_at    = coalesce(ended_at, $1),
    status      = CASE WHEN status = 'approved' THEN 'redeemed' ELSE 'expired' END,
    code_sealed = NULL, code_mac = NULL
WHERE status = 'pending' OR status = 'approved' AND approved_at > CAST($1 AS BIGINT) - 3600000000
RETURNING id`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "verifications", Ends: endAll, What: "verifications that were open",
			Why: "an approval could have been used since, and a code as well: both are spent"},
	}
}
