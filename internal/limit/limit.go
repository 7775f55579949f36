// Package limit keeps what a phone number may cost: how many texts are sent to
// it and how many wrong codes are tried against it.
//
// A limit is taken in the transaction of the act it guards (S-26): [Limits.Send]
// in the transaction that writes a message, [Limits.Wrong] in the one that
// counts a wrong code. When a limit is spent the whole act is undone; the caller
// then asks [Limits.Refusal] how long to wait.
//
// A limit of n in a window W never admits n + 1 in any stretch of time shorter
// than W. Sends are counted exactly: a number's row holds the times of its ten
// newest, and the next must lie 30 s, an hour and a day after the first, fifth
// and tenth of them. Wrong checks use GCRA with a burst smaller than the limit,
// as [Rate] explains. Either way one row and one statement do it.
//
// The package does not challenge and does not block networks; it counts their
// sends for the rules to come.
package limit

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrNumber refuses because a limit of the number is spent. The copy that
// reaches the caller says in RetryAfter how long.
var ErrNumber = fault.New(fault.TooMany, "number_limited",
	"the limit of this number is reached: wait for Retry-After and try again")

// The sends a number may get over the whole installation (S-20).
const (
	sendGap     = 30 * time.Second
	sendsInHour = 5
	sendsInDay  = 10
)

// The wrong checks a number admits (S-16).
var (
	wrongHour  = Rate{Limit: 10, Burst: 8, Window: time.Hour}
	wrongDay   = Rate{Limit: 20, Burst: 14, Window: 24 * time.Hour}
	wrongMonth = Rate{Limit: 60, Burst: 40, Window: 30 * 24 * time.Hour}
)

// Limits guards the numbers of one installation. It is safe for concurrent use.
type Limits struct {
	held *held
}

// New returns the limits.
func New() *Limits { return &Limits{held: newHeld()} }

// Held refuses at once when a send to the number was refused before and its
// wait is not over. Sends only ever push the wait further, so what is
// remembered stays true; what was forgotten is found in the database again.
// It keeps a flood of starts for one number off the writer.
func (l *Limits) Held(number []byte, now db.Time) error {
	if until, ok := l.held.get(number, now); ok {
		return ErrNumber.After(until.Sub(now))
	}
	return nil
}

// Send takes one send of the number, or ends the act with [ErrNumber]. The
// subject is the id of what the send is for.
func (l *Limits) Send(tx *db.Tx, number []byte, subject string) {
	tx.Must(1, ErrNumber, takeSend, number, tx.Now,
		tx.Now.Add(-sendGap), tx.Now.Add(-time.Hour), tx.Now.Add(-24*time.Hour), subject)
}

// Subjects are the columns of table number_limits that tell what the newest
// sends to a number were for. They are as many as the sends of an hour: whatever
// was begun within it is among them, so that no index on the number is needed to
// find it.
const Subjects = "number_limits.subject_1, number_limits.subject_2, number_limits.subject_3, " +
	"number_limits.subject_4, number_limits.subject_5"

// From is the rest of an SQL query for the rows of a table, found by their id,
// that the number $1 was sent something for within the last hour.
func From(table string) string { return fmt.Sprintf(subjectsOf, table, Subjects) }

// Condition is a condition of another package for a send, decided by the
// statement that takes it.
type Condition struct{ statement string }

// When makes a condition of an SQL expression, in which $2 is the time, $7 the
// first of its own values, and [Subjects] what the number was sent before. It
// is asked only of a number that was sent to.
func When(expression string) Condition { return Condition{fmt.Sprintf(takeSendWhen, expression)} }

// SendWhen is [Limits.Send] under a condition, which also ends the act with
// [ErrNumber] when it does not hold.
func (l *Limits) SendWhen(tx *db.Tx, c Condition, number []byte, subject string, values ...any) {
	tx.Must(1, ErrNumber, c.statement, append([]any{number, tx.Now,
		tx.Now.Add(-sendGap), tx.Now.Add(-time.Hour), tx.Now.Add(-24 * time.Hour), subject}, values...)...)
}

// Wrong takes one wrong check of the number, or ends the act with
// [ErrNumber]. It stands before the statement that counts the attempt.
func (l *Limits) Wrong(tx *db.Tx, number []byte) {
	tx.Must(1, ErrNumber, takeGuess, number, tx.Now,
		wrongHour.step(), wrongDay.step(), wrongMonth.step(),
		tx.Now.Add(wrongHour.slack()), tx.Now.Add(wrongDay.slack()), tx.Now.Add(wrongMonth.slack()))
}

// Admits is an SQL condition for the statement that approves a right code: the
// wrong checks of the number, given by its column, are not spent. A right code
// is not charged, but a spent limit refuses it all the same: a limit that let
// only the right code through would tell a guesser which one that is. Its
// values are those of [Spent], bound from first on.
func Admits(column string, first int) string {
	return fmt.Sprintf(guessAdmitted, column, first, first+1, first+2)
}

// Spent returns the values of [Admits] at a time: beyond them a limit is spent.
func Spent(now db.Time) (hour, day, month db.Time) {
	return now.Add(wrongHour.slack()), now.Add(wrongDay.slack()), now.Add(wrongMonth.slack())
}

// Network counts one send for the network a request came from.
func (l *Limits) Network(tx *db.Tx, network []byte) {
	tx.Exec(countNetwork, network, tx.Now.Std().Unix()/3600)
}

// Refusal reads why an act met [ErrNumber] and returns it with its wait: of
// the sends, or of the wrong checks.
func (l *Limits) Refusal(tx *db.Tx, number []byte, what Kind) error {
	var sent1, sent5, sent10, hour, day, month db.Time
	err := tx.Row(readNumber, number).Scan(&sent1, &sent5, &sent10, &hour, &day, &month)
	if err != nil {
		return err
	}
	var until db.Time
	if what == Sends {
		until = max(sent1.Add(sendGap), sent5.Add(time.Hour), sent10.Add(24*time.Hour))
		l.held.put(number, until, tx.Now)
	} else {
		until = max(hour.Add(-wrongHour.slack()), day.Add(-wrongDay.slack()), month.Add(-wrongMonth.slack()))
	}
	return ErrNumber.After(max(until.Sub(tx.Now), time.Second))
}

// SendsLeft returns how many texts the number may still get within the hour
// and the day, the pause between two of them apart.
func (l *Limits) SendsLeft(tx *db.Tx, number []byte) (int, error) {
	var hour, day int
	err := tx.Row(countSends, number, tx.Now.Add(-time.Hour), tx.Now.Add(-24*time.Hour)).Scan(&hour, &day)
	if errors.Is(err, sql.ErrNoRows) {
		return sendsInHour, nil
	}
	if err != nil {
		return 0, fmt.Errorf("counting sends: %w", err)
	}
	return max(min(sendsInHour-hour, sendsInDay-day), 0), nil
}

// Clear gives a number its limits back. The row stays: a check looks for it.
func (l *Limits) Clear(tx *db.Tx, number []byte) {
	tx.Exec(clearNumber, number)
	l.held.forget(number)
}

// Kind says which of a number's limits is meant.
type Kind int

// The kinds.
const (
	Sends Kind = iota
	Guesses
)
