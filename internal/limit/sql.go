package limit

import (
	"fmt"
	"strings"
)

const takeSend = `
INSERT INTO number_limits (number_mac, sent_1, subject_1) VALUES ($1, $2, $6)
ON CONFLICT (number_mac) DO UPDATE SET
    sent_10 = number_limits.sent_9, sent_9 = number_limits.sent_8, sent_8 = number_limits.sent_7,
    sent_7 = number_limits.sent_6, sent_6 = number_limits.sent_5, sent_5 = number_limits.sent_4,
    sent_4 = number_limits.sent_3, sent_3 = number_limits.sent_2, sent_2 = number_limits.sent_1,
    sent_1 = excluded.sent_1,
    subject_5 = number_limits.subject_4, subject_4 = number_limits.subject_3, subject_3 = number_limits.subject_2,
    subject_2 = number_limits.subject_1, subject_1 = excluded.subject_1
WHERE number_limits.sent_1 <= $3 AND number_limits.sent_5 <= $4 AND number_limits.sent_10 <= $5`

// takeSendWhen is takeSend with a condition of others besides.
const takeSendWhen = takeSend + ` AND (%s)`

const subjectsOf = `
FROM number_limits JOIN %[1]s ON %[1]s.id IN (%[2]s) WHERE number_limits.number_mac = $1`

const takeGuess = `
UPDATE number_limits SET
    wrong_hour  = CASE WHEN wrong_hour  > $2 THEN wrong_hour  ELSE $2 END + $3,
    wrong_day   = CASE WHEN wrong_day   > $2 THEN wrong_day   ELSE $2 END + $4,
    wrong_month = CASE WHEN wrong_month > $2 THEN wrong_month ELSE $2 END + $5
WHERE number_mac = $1 AND wrong_hour <= $6 AND wrong_day <= $7 AND wrong_month <= $8`

// guessAdmitted is the condition of takeGuess, for a statement of others.
const guessAdmitted = `EXISTS (SELECT 1 FROM number_limits
    WHERE number_limits.number_mac = %s AND wrong_hour <= $%d AND wrong_day <= $%d AND wrong_month <= $%d)`

const countNetwork = `
INSERT INTO network_sends (network_mac, hour, sends) VALUES ($1, $2, 1)
ON CONFLICT (network_mac, hour) DO UPDATE SET sends = network_sends.sends + 1`

const readNumber = `
SELECT sent_1, sent_5, sent_10, wrong_hour, wrong_day, wrong_month FROM number_limits WHERE number_mac = $1`

// countSends counts the newest sends after $2 and after $3.
var countSends = `SELECT ` + sendsAfter("$2") + `, ` + sendsAfter("$3") + ` FROM number_limits WHERE number_mac = $1`

func sendsAfter(bind string) string {
	terms := make([]string, sendsInDay)
	for i := range terms {
		terms[i] = fmt.Sprintf("CASE WHEN sent_%d > %s THEN 1 ELSE 0 END", i+1, bind)
	}
	return strings.Join(terms, " + ")
}

const clearNumber = `
UPDATE number_limits SET
    sent_1 = 0, sent_2 = 0, sent_3 = 0, sent_4 = 0, sent_5 = 0,
    sent_6 = 0, sent_7 = 0, sent_8 = 0, sent_9 = 0, sent_10 = 0,
    wrong_hour = 0, wrong_day = 0, wrong_month = 0
WHERE number_mac = $1`
