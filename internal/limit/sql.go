package limit

import (
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
)

// takeSend takes one text of a number. Its bounds $4 to $12 are those of
// [bounds], in that order.
const takeSend = `
INSERT INTO number_limits (number_mac, sent_1, subject_1) VALUES ($1, $2, $3)
ON CONFLICT (number_mac) DO UPDATE SET
    sent_10 = number_limits.sent_9, sent_9 = number_limits.sent_8, sent_8 = number_limits.sent_7,
    sent_7 = number_limits.sent_6, sent_6 = number_limits.sent_5, sent_5 = number_limits.sent_4,
    sent_4 = number_limits.sent_3, sent_3 = number_limits.sent_2, sent_2 = number_limits.sent_1,
    sent_1 = excluded.sent_1,
    subject_5 = number_limits.subject_4, subject_4 = number_limits.subject_3, subject_3 = number_limits.subject_2,
    subject_2 = number_limits.subject_1, subject_1 = excluded.subject_1
WHERE number_limits.sent_1 <= $4 AND number_limits.sent_5 <= $5 AND number_limits.sent_10 <= $6
    AND number_limits.wrong_hour <= $7 AND number_limits.wrong_day <= $8 AND number_limits.wrong_month <= $9
    AND number_limits.wrong_long <= $10 AND number_limits.wrong_row < $11 AND number_limits.wrong_recovery < $12`

// takeSendWhen is takeSend with a condition of others besides.
const takeSendWhen = takeSend + ` AND (%s)`

const subjectsOf = `
FROM number_limits JOIN %[1]s ON %[1]s.id IN (%[2]s) WHERE number_limits.number_mac = $1`

// takeTrusted makes sure of the row that a check looks for, and that the number
// is not locked. What is sent stands at the browser.
const takeTrusted = `
INSERT INTO number_limits (number_mac, trusted_at) VALUES ($1, $2)
ON CONFLICT (number_mac) DO UPDATE SET trusted_at = excluded.trusted_at WHERE number_limits.wrong_row < $3`

const takeGuess = `
UPDATE number_limits SET
    wrong_hour     = CASE WHEN wrong_hour  > $2 THEN wrong_hour  ELSE $2 END + $3,
    wrong_day      = CASE WHEN wrong_day   > $2 THEN wrong_day   ELSE $2 END + $4,
    wrong_month    = CASE WHEN wrong_month > $2 THEN wrong_month ELSE $2 END + $5,
    wrong_long     = CASE WHEN wrong_long  > $2 THEN wrong_long  ELSE $2 END + $6,
    wrong_row      = wrong_row + $7,
    wrong_recovery = wrong_recovery + $8
WHERE number_mac = $1 AND wrong_hour <= $9 AND wrong_day <= $10 AND wrong_month <= $11 AND wrong_long <= $12
    AND wrong_row < $13 AND wrong_recovery < $14`

// guessAdmitted is the condition of takeGuess, for a statement of others. It is
// a value and no EXISTS: of that PostgreSQL makes a join, which without
// statistics begins with the whole table.
const guessAdmitted = `(SELECT wrong_hour <= $%[2]d AND wrong_day <= $%[3]d AND wrong_month <= $%[4]d
        AND wrong_long <= $%[5]d AND wrong_row < $%[6]d AND wrong_recovery < $%[7]d
    FROM number_limits WHERE number_limits.number_mac = %[1]s)`

const endRow = `
UPDATE number_limits SET wrong_row = 0, wrong_recovery = 0 WHERE number_mac = $1 AND wrong_row + wrong_recovery > 0`

const selectInRow = `SELECT wrong_row + wrong_recovery FROM number_limits WHERE number_mac = $1`

const selectNumber = `
SELECT sent_1, sent_5, sent_10, wrong_hour, wrong_day, wrong_month, wrong_long, wrong_row, wrong_recovery
FROM number_limits WHERE number_mac = $1`

// numberSpent finds the row that a rule in shadow would have refused.
const numberSpent = `
SELECT 1 FROM number_limits WHERE number_mac = $1 AND NOT (sent_1 <= $2 AND sent_5 <= $3 AND sent_10 <= $4
    AND wrong_hour <= $5 AND wrong_day <= $6 AND wrong_month <= $7 AND wrong_long <= $8
    AND wrong_row < $9 AND wrong_recovery < $10)`

// countSends counts the newest sends after $2 and after $3.
var countSends = `SELECT ` + sendsAfter("$2", sendsInDay) + `, ` + sendsAfter("$3", sendsInDay) +
	` FROM number_limits WHERE number_mac = $1`

func sendsAfter(bind string, most int) string {
	terms := make([]string, most)
	for i := range terms {
		terms[i] = fmt.Sprintf("CASE WHEN sent_%d > %s THEN 1 ELSE 0 END", i+1, bind)
	}
	return strings.Join(terms, " + ")
}

const clearNumber = `
UPDATE number_limits SET
    sent_1 = 0, sent_2 = 0, sent_3 = 0, sent_4 = 0, sent_5 = 0,
    sent_6 = 0, sent_7 = 0, sent_8 = 0, sent_9 = 0, sent_10 = 0,
    wrong_hour = 0, wrong_day = 0, wrong_month = 0, wrong_long = 0, wrong_row = 0, wrong_recovery = 0
WHERE number_mac = $1`

// The browsers that signed in before.

const takeDevice = `
INSERT INTO device_limits (device_hash, number_mac, sent_1, subject_1) VALUES ($1, $2, $3, $4)
ON CONFLICT (device_hash) DO UPDATE SET
    number_mac = excluded.number_mac,
    sent_6 = device_limits.sent_5, sent_5 = device_limits.sent_4, sent_4 = device_limits.sent_3,
    sent_3 = device_limits.sent_2, sent_2 = device_limits.sent_1, sent_1 = excluded.sent_1,
    subject_3 = device_limits.subject_2, subject_2 = device_limits.subject_1, subject_1 = excluded.subject_1
WHERE device_limits.sent_1 <= $5 AND device_limits.sent_3 <= $6 AND device_limits.sent_6 <= $7
    AND device_limits.wrong_hour <= $8 AND device_limits.wrong_day <= $9 AND device_limits.wrong_month <= $10`

const deviceSubjectsOf = `
FROM device_limits JOIN %[1]s ON %[1]s.id IN (device_limits.subject_1, device_limits.subject_2, device_limits.subject_3)
WHERE device_limits.device_hash = $1`

const takeDeviceGuess = `
UPDATE device_limits SET
    wrong_hour  = CASE WHEN wrong_hour  > $2 THEN wrong_hour  ELSE $2 END + $3,
    wrong_day   = CASE WHEN wrong_day   > $2 THEN wrong_day   ELSE $2 END + $4,
    wrong_month = CASE WHEN wrong_month > $2 THEN wrong_month ELSE $2 END + $5
WHERE device_hash = $1 AND wrong_hour <= $6 AND wrong_day <= $7 AND wrong_month <= $8`

const deviceGuessAdmitted = `(SELECT device_limits.wrong_hour <= $%[2]d AND device_limits.wrong_day <= $%[3]d
        AND device_limits.wrong_month <= $%[4]d
    FROM device_limits WHERE device_limits.device_hash = %[1]s)`

const selectDevice = `
SELECT sent_1, sent_3, sent_6, wrong_hour, wrong_day, wrong_month FROM device_limits WHERE device_hash = $1`

const deviceSpent = `
SELECT 1 FROM device_limits WHERE device_hash = $1 AND NOT (sent_1 <= $2 AND sent_3 <= $3 AND sent_6 <= $4
    AND wrong_hour <= $5 AND wrong_day <= $6 AND wrong_month <= $7)`

var devicesOfNumber = `
SELECT device_hash, ` + sendsAfter("$2", deviceSendsInDay) + `, ` + sendsAfter("$3", deviceSendsInDay) + `,
    sent_1, sent_3, sent_6, wrong_hour, wrong_day, wrong_month
FROM device_limits WHERE number_mac = $1 ORDER BY sent_1 DESC LIMIT 100`

const clearDevices = `
UPDATE device_limits SET sent_1 = 0, sent_2 = 0, sent_3 = 0, sent_4 = 0, sent_5 = 0, sent_6 = 0,
    wrong_hour = 0, wrong_day = 0, wrong_month = 0
WHERE number_mac = $1`

// The networks. A send is written in front of the log; a number as well, and
// is taken out of the place where it stood before.

var takeNetwork = fmt.Sprintf(`
INSERT INTO network_limits (network_mac, sent_at, sends, numbers)
VALUES ($1, $2, CAST($3 AS TEXT), CAST($3 AS TEXT) || CAST($4 AS TEXT))
ON CONFLICT (network_mac) DO UPDATE SET
    sent_at = excluded.sent_at,
    sends   = excluded.sends || substr(network_limits.sends, 1, %d),
    numbers = excluded.numbers || CASE%s
        ELSE substr(network_limits.numbers, 1, %d) END
WHERE %s`, (networkSendsInDay-1)*stampSize, withoutNumber(), (networkNumbersInHour-1)*entrySize, networkAdmits("$4", "$5", "$6"))

// networkSpent finds the row that the rule in shadow would have refused.
var networkSpent = `SELECT 1 FROM network_limits WHERE network_mac = $1 AND NOT (` + networkAdmits("$2", "$3", "$4") + `)`

// withoutNumber cuts the number out of whichever of the ten places it has.
func withoutNumber() string {
	var b strings.Builder
	for i := range networkNumbersInHour {
		fmt.Fprintf(&b, "\n        WHEN %s = CAST($4 AS TEXT) THEN substr(network_limits.numbers, 1, %d) || substr(network_limits.numbers, %d)",
			tagAt(i), i*entrySize, (i+1)*entrySize+1)
	}
	return b.String()
}

// networkAdmits is the condition of a send: the thirtieth before it is older
// than an hour, the hundredth older than a day, and its number is among the
// newest ten or the tenth of them is older than an hour. What is not there is
// empty, and before every time.
func networkAdmits(tag, hour, day string) string {
	known := make([]string, networkNumbersInHour)
	for i := range known {
		known[i] = fmt.Sprintf("%s = CAST(%s AS TEXT)", tagAt(i), tag)
	}
	return fmt.Sprintf(`substr(network_limits.sends, %d, %d) < %s AND substr(network_limits.sends, %d, %d) < %s
    AND (substr(network_limits.numbers, %d, %d) < %s OR %s)`,
		(networkSendsInHour-1)*stampSize+1, stampSize, hour, (networkSendsInDay-1)*stampSize+1, stampSize, day,
		(networkNumbersInHour-1)*entrySize+1, stampSize, hour, strings.Join(known, " OR "))
}

func tagAt(i int) string {
	return fmt.Sprintf("substr(network_limits.numbers, %d, %d)", i*entrySize+stampSize+1, tagSize)
}

const selectNetwork = `SELECT sends, numbers FROM network_limits WHERE network_mac = $1`

// The ceilings. A row is locked before it is read: nodes take turns.

const lockCeiling = `
INSERT INTO ceilings (scope, granted, at) VALUES ($1, '', $2) ON CONFLICT (scope) DO UPDATE SET at = excluded.at`

// selectCeilings reads two rows of grants and, with them, the budgets that stand
// in the place of the settings' for an application: one statement, since every
// slice waits for it.
const selectCeilings = `
SELECT scope, granted, '', 0 FROM ceilings WHERE scope = $1 OR scope = $2
UNION ALL SELECT scope, '', rule, most FROM budgets WHERE scope = '' OR scope = $3`

// grantedSince are the rows of grants that were touched after $1.
const grantedSince = `SELECT scope, granted FROM ceilings WHERE at > $1 ORDER BY scope`

// The budgets.

const selectBudgets = `SELECT rule, scope, most, set_at FROM budgets ORDER BY rule, scope`

const putBudget = `
INSERT INTO budgets (rule, scope, most, set_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (rule, scope) DO UPDATE SET most = excluded.most, set_at = excluded.set_at`

const dropBudget = `DELETE FROM budgets WHERE rule = $1 AND scope = $2`

const writeCeiling = `UPDATE ceilings SET granted = $2 WHERE scope = $1`

const lockDay = `
INSERT INTO won_days (day, reserved) VALUES ($1, 0) ON CONFLICT (day) DO UPDATE SET reserved = won_days.reserved`

const selectDay = `SELECT reserved FROM won_days WHERE day = $1`

// spentDays is how many days of those before $2 and not before $1 there are from
// the first on which something was spent, and how much it was.
const spentDays = `
SELECT CAST(coalesce($2 - min(day), 0) AS BIGINT), CAST(coalesce(sum(reserved), 0) AS BIGINT)
FROM won_days WHERE day >= $1 AND day < $2 AND reserved > 0`

const chargeDay = `
UPDATE won_days SET reserved = CASE WHEN reserved + $2 > 0 THEN reserved + $2 ELSE 0 END WHERE day = $1`

// The gates.

const countWrongHour = `
INSERT INTO wrong_hours (hour, wrong) VALUES ($1, 1) ON CONFLICT (hour) DO UPDATE SET wrong = wrong_hours.wrong + 1`

const sumWrong = `SELECT CAST(coalesce(sum(wrong), 0) AS BIGINT) FROM wrong_hours WHERE hour >= $1`

const selectGates = `SELECT rule, scope, level, since, until FROM gates`

const setGate = `
INSERT INTO gates (rule, scope, level, since, until) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (rule, scope) DO UPDATE SET
    since = CASE WHEN gates.level = excluded.level THEN gates.since ELSE excluded.since END,
    level = excluded.level, until = excluded.until`

// raiseAlarm notes that an alarm is raised, unless one was within the hour
// before.
const raiseAlarm = `
INSERT INTO gates (rule, scope, level, since, until, raised_at) VALUES ($1, $2, 'alarm', $3, $4, $3)
ON CONFLICT (rule, scope) DO UPDATE SET
    since = CASE WHEN gates.level = 'open' THEN excluded.since ELSE gates.since END,
    until = CASE WHEN gates.until > excluded.until THEN gates.until ELSE excluded.until END,
    level = CASE WHEN gates.level = 'open' THEN 'alarm' ELSE gates.level END,
    raised_at = excluded.raised_at
WHERE gates.raised_at <= $5`

// The decisions.

const insertDecision = `
INSERT INTO decisions (at, rule, outcome, number_mac, network_mac, application_id, times) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const eraseDecisions = `
DELETE FROM decisions WHERE at < $1 AND number IN (SELECT number FROM decisions ORDER BY number LIMIT $2) RETURNING number`

const countDecision = `
INSERT INTO decision_hours (hour, rule, outcome, times) VALUES ($1, $2, $3, $4)
ON CONFLICT (hour, rule, outcome) DO UPDATE SET times = decision_hours.times + excluded.times`

const decisionHours = `
SELECT hour, rule, outcome, times FROM decision_hours WHERE hour >= $1 AND hour < $2 ORDER BY hour, rule, outcome`

// What is old.

const eraseDecisionHours = `DELETE FROM decision_hours WHERE hour < $1`

const eraseHours = `DELETE FROM wrong_hours WHERE hour < $1`

// eraseOldSends forgets what an older version counted.
const eraseOldSends = `DELETE FROM network_sends WHERE hour < $1`

const eraseDays = `DELETE FROM won_days WHERE day < $1`

const eraseGates = `DELETE FROM gates WHERE until < $1 AND raised_at < $1 AND (level = 'open' OR level = 'alarm')`

const eraseCeilings = `DELETE FROM ceilings WHERE at < $1`

// Rows with random keys are walked in the order of their keys, so that a run
// reads little at a time. $2, and $3 of numbers, are the times before which rows are
// forgotten.

const walkNumbers = `
SELECT number_mac, CASE WHEN ` + oldNumber + ` THEN 1 ELSE 0 END FROM number_limits
WHERE number_mac > $1 ORDER BY number_mac LIMIT $4`

const eraseNumber = `DELETE FROM number_limits WHERE number_mac = $1 AND ` + oldNumber

// oldNumber: nothing in the row can refuse anything any more; what was wrong in
// a row counts for a year.
const oldNumber = `sent_1 < $2 AND trusted_at < $2 AND wrong_month < $2 AND wrong_long < $2
    AND (wrong_row + wrong_recovery = 0 OR (sent_1 < $3 AND trusted_at < $3))`

const walkDevices = `
SELECT device_hash, CASE WHEN ` + oldDevice + ` THEN 1 ELSE 0 END FROM device_limits
WHERE device_hash > $1 ORDER BY device_hash LIMIT $3`

const eraseDevice = `DELETE FROM device_limits WHERE device_hash = $1 AND ` + oldDevice

const oldDevice = `sent_1 < $2 AND wrong_month < $2`

const walkNetworks = `
SELECT network_mac, CASE WHEN ` + oldNetwork + ` THEN 1 ELSE 0 END FROM network_limits
WHERE network_mac > $1 ORDER BY network_mac LIMIT $3`

const eraseNetwork = `DELETE FROM network_limits WHERE network_mac = $1 AND ` + oldNetwork

const oldNetwork = `sent_at < $2`

const decisionsOfNumber = `
SELECT at, rule, outcome, application_id, times FROM decisions WHERE number_mac = $1 AND at >= $2 AND at < $3
ORDER BY number DESC LIMIT $4`

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []db.Fate {
	return []db.Fate{
		{Table: "number_limits",
			Why: "what was sent and tried since is forgotten; codes that were open then are ended"},
		{Table: "network_sends",
			Why: "they count, and let nobody in"},
		{Table: "device_limits",
			Why: "as number_limits"},
		{Table: "network_limits",
			Why: "as number_limits"},
		{Table: "ceilings",
			Why: "of the last minute, which is over"},
		{Table: "won_days",
			Why: "what was spent since is forgotten; the provider knows it"},
		{Table: "wrong_hours",
			Why: "they count, and let nobody in"},
		{Table: "gates",
			Why: "they close what is out of the ordinary, and open by themselves"},
		{Table: "decisions",
			Why: "history"},
		{Table: "budgets",
			Why: "set by an operator; what was set since has to be set again"},
		{Table: "decision_hours",
			Why: "history"},
	}
}
