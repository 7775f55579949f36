package traffic

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
)

const revision = `SELECT revision FROM traffic_state WHERE id = 1`

const nextRevision = `UPDATE traffic_state SET revision = revision + 1 WHERE id = 1`

// holdRevision keeps other nodes from changing the sums until the act ends.
const holdRevision = `UPDATE traffic_state SET revision = revision WHERE id = 1`

const rolledBetween = `SELECT hour FROM traffic_hours WHERE hour >= $1 AND hour < $2 ORDER BY hour`

const insertHour = `
INSERT INTO traffic_hours (hour, sent, delivered, failed, codes, entered, won, passkeys) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (hour) DO NOTHING`

const addToHour = `
UPDATE traffic_hours SET sent = sent + $2, delivered = delivered + $3, failed = failed + $4, codes = codes + $5,
    entered = entered + $6, won = won + $7 WHERE hour = $1`

const hoursBetween = `
SELECT hour, sent, delivered, failed, codes, entered, won, passkeys FROM traffic_hours WHERE hour >= $1 AND hour < $2`

const avoidedBetween = `
SELECT CAST(coalesce(sum(passkeys), 0) AS BIGINT) FROM traffic_hours WHERE hour >= $1 AND hour < $2`

// cellSums are the columns of a cell that are added up.
var cellSums = func() []string {
	sums := []string{"messages", "codes", "entered", "won"}
	for _, of := range []string{"arrival", "entry"} {
		sums = append(sums, of+"_ms")
		for i := range buckets {
			sums = append(sums, of+"_"+strconv.Itoa(i))
		}
	}
	return sums
}()

// addCell adds to a cell, which may be the first of its kind.
var addCell = func() string {
	const keys = 7
	var binds, adds []string
	for i := range keys + len(cellSums) {
		binds = append(binds, "$"+strconv.Itoa(i+1))
	}
	for _, sum := range cellSums {
		adds = append(adds, sum+" = traffic_cells."+sum+" + excluded."+sum)
	}
	return `
INSERT INTO traffic_cells (hours, start, application_id, purpose, carrier, status, status_code, ` + strings.Join(cellSums, ", ") + `)
VALUES (` + strings.Join(binds, ", ") + `)
ON CONFLICT (hours, start, application_id, purpose, carrier, status, status_code) DO UPDATE SET
    ` + strings.Join(adds, ", ")
}()

// sumCells adds cells up by status and by an expression that is put in.
var sumCells = func() string {
	sums := make([]string, len(cellSums))
	for i, sum := range cellSums {
		sums[i] = "CAST(sum(" + sum + ") AS BIGINT)"
	}
	return `
SELECT %[1]s, status, ` + strings.Join(sums, ", ") + `
FROM traffic_cells WHERE hours = $1 AND start >= $2 AND start < $3 GROUP BY %[1]s, status`
}()

// sumsBy are the sums by each dimension.
var sumsBy = func() map[Dimension]string {
	by := map[Dimension]string{
		Status:      strings.Replace(fmt.Sprintf(sumCells, "status"), "GROUP BY status, ", "GROUP BY ", 1),
		Application: fmt.Sprintf(sumCells, "application_id"),
	}
	for _, d := range []Dimension{Carrier, StatusCode, Purpose} {
		by[d] = fmt.Sprintf(sumCells, string(d))
	}
	return by
}()

// carrierHours are the codes by carrier and hour.
const carrierHours = `
SELECT start, carrier, CAST(sum(codes) AS BIGINT), CAST(sum(entered) AS BIGINT) FROM traffic_cells
WHERE hours = 1 AND start >= $1 AND start < $2 AND carrier <> '' GROUP BY start, carrier ORDER BY start DESC`

// What is set aside.

const insertAside = `INSERT INTO traffic_aside (message_id, hour, entered_at) VALUES ($1, $2, $3)`

const deleteAside = `DELETE FROM traffic_aside WHERE message_id = $1`

const asideBetween = `SELECT message_id, hour, entered_at FROM traffic_aside WHERE hour >= $1 AND hour < $2 ORDER BY message_id`

// The blocks of numbers.

const insertPrefix = `
INSERT INTO traffic_prefixes (hour, prefix_mac, sends, won, message_id) VALUES ($1, $2, $3, $4, $5)`

const hottest = `
SELECT hour, prefix_mac, sends, won, message_id FROM traffic_prefixes WHERE hour >= $1 AND hour < $2
ORDER BY sends DESC, hour DESC, prefix_mac LIMIT $3`

const erasePrefixes = `
DELETE FROM traffic_prefixes WHERE hour < $1 AND hour IN (SELECT hour FROM traffic_prefixes ORDER BY hour LIMIT $2) RETURNING hour`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "traffic_state",
			Why: "figures"},
		{Table: "traffic_hours",
			Why: "figures"},
		{Table: "traffic_cells",
			Why: "figures"},
		{Table: "traffic_aside",
			Why: "messages that are looked at again"},
		{Table: "traffic_prefixes",
			Why: "figures"},
	}
}
