package limit

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/gcra"
)

// The sends a number may get over the whole installation (S-20).
const (
	sendGap     = 30 * time.Second
	sendsInHour = 5
	sendsInDay  = 10
)

// The wrong checks of a number (S-16, S-17), and those in a row (S-18).
var (
	wrongHour  = gcra.Rate{Limit: 10, Burst: 8, Window: time.Hour}
	wrongDay   = gcra.Rate{Limit: 20, Burst: 14, Window: 24 * time.Hour}
	wrongMonth = gcra.Rate{Limit: 60, Burst: 40, Window: 30 * 24 * time.Hour}
	wrongLong  = gcra.Rate{Limit: 50, Burst: 40, Window: 24 * time.Hour}
)

const (
	wrongInRow    = 100 // then the number is locked
	wrongRecovery = 100 // to codes of recoveries, without a success
)

// Lane says which budget the wrong codes of a verification are charged to. It
// is chosen when the verification starts and stays with it.
type Lane string

// The lanes.
const (
	// Open is everybody's: short codes, and the number's windows of wrong
	// checks (S-16).
	Open Lane = "open"
	// Long is where it goes on when those are spent: ten digits and a budget of
	// its own, so that guessing does not shut the number's owner out (S-17).
	Long Lane = "long"
	// Trusted is that of a browser that signed in before: its own budget of
	// sends and of wrong checks (S-19).
	Trusted Lane = "trusted"
	// Recovering is the way out of a locked number: ten digits, ten minutes and
	// a ceiling of its own (S-18).
	Recovering Lane = "recovery"
)

// forever is a bound that nothing reaches.
const forever = db.Time(math.MaxInt64)

// bounds are how far a row of number_limits may have come for an act to pass.
type bounds struct {
	sent1, sent5, sent10   db.Time
	hour, day, month, long db.Time
	inRow, recovery        int64
}

// boundless holds nothing back.
func boundless() bounds {
	return bounds{forever, forever, forever, forever, forever, forever, forever, math.MaxInt64, math.MaxInt64}
}

// sends bounds the texts of the number.
func (b *bounds) sends(now db.Time) {
	b.sent1, b.sent5, b.sent10 = now.Add(-sendGap), now.Add(-time.Hour), now.Add(-24*time.Hour)
}

// wrong bounds the wrong checks of a lane.
func (b *bounds) wrong(lane Lane, now db.Time) {
	switch lane {
	case Open:
		b.hour, b.day, b.month = now.Add(wrongHour.Slack()), now.Add(wrongDay.Slack()), now.Add(wrongMonth.Slack())
	case Long:
		b.long = now.Add(wrongLong.Slack())
	case Recovering, Trusted: // what is counted, and the browser's own
	}
}

// locked bounds the wrong checks in a row; those of recoveries count apart.
func (b *bounds) locked(lane Lane) {
	if lane == Recovering {
		b.recovery = wrongRecovery
	} else {
		b.inRow = wrongInRow
	}
}

// args are all bounds, as takeSend takes them.
func (b bounds) args() []any {
	return []any{b.sent1, b.sent5, b.sent10, b.hour, b.day, b.month, b.long, b.inRow, b.recovery}
}

// guesses are the bounds of a check, which the number's sends do not touch.
func (b bounds) guesses() []any { return []any{b.hour, b.day, b.month, b.long, b.inRow, b.recovery} }

// bounds returns what holds an act back: a text with sends, a check without.
// Wrong checks count for a text only where it begins a verification. A rule in
// shadow holds nothing back.
func (l *Limits) bounds(lane Lane, now db.Time, sends, wrong bool) bounds {
	b := boundless()
	if sends && lane != Trusted && !l.shadows(NumberSends) {
		b.sends(now)
	}
	if wrong && !l.shadows(NumberWrong) {
		b.wrong(lane, now)
	}
	if !l.shadows(NumberLocked) {
		b.locked(lane)
	}
	return b
}

// Text is one text about to be sent, as the limits see it.
type Text struct {
	Case
	Lane    Lane
	Device  Device
	Subject string // the id of what it is sent for
	Begins  bool   // a verification, whose wrong checks must not be spent
	Solved  bool   // a challenge was solved for it

	shadowed [shadowable]int // filled by the act, for Sent
}

// Condition is a condition of another package for a send, decided by the
// statement that takes it.
type Condition struct{ statement string }

// When makes a condition of an SQL expression, in which $2 is the time, $13 the
// first of its own values, and [Subjects] what the number was sent before. It
// is asked only of a number that was sent to, and not in the lane [Trusted],
// whose texts are few by themselves.
func When(expression string) Condition { return Condition{fmt.Sprintf(takeSendWhen, expression)} }

// Subjects are the columns of table number_limits that tell what the newest
// sends to a number were for. They are as many as the sends of an hour: whatever
// was begun within it is among them, so that no index on the number is needed to
// find it.
const Subjects = "number_limits.subject_1, number_limits.subject_2, number_limits.subject_3, " +
	"number_limits.subject_4, number_limits.subject_5"

// From is the rest of an SQL query for the rows of a table, found by their id,
// that the number $1 was sent something for within the last hour.
func From(table string) string { return fmt.Sprintf(subjectsOf, table, Subjects) }

// Send takes one text: of its network, if it begins a verification, and of its
// number or, in the lane [Trusted], of its browser. It ends the act with
// [ErrChallenge], [ErrNumber] or [ErrDevice], whose reason [Limits.Refusal]
// reads. When the act is committed the caller calls [Limits.Sent].
func (l *Limits) Send(tx *db.Tx, t *Text) { l.send(tx, t, takeSend) }

// SendWhen is [Limits.Send] under a condition, which also ends the act with
// [ErrNumber] when it does not hold.
func (l *Limits) SendWhen(tx *db.Tx, c Condition, t *Text, values ...any) {
	l.send(tx, t, c.statement, values...)
}

func (l *Limits) send(tx *db.Tx, t *Text, statement string, values ...any) {
	l.watchSend(tx, t)
	if t.Begins && t.Network != nil {
		l.takeNetwork(tx, t)
	}
	b := l.bounds(t.Lane, tx.Now, true, t.Begins)
	if t.Lane == Trusted {
		tx.Must(1, ErrNumber, takeTrusted, t.Number, tx.Now, b.inRow)
		l.takeDevice(tx, t)
		return
	}
	args := append([]any{t.Number, tx.Now, t.Subject}, b.args()...)
	tx.Must(1, ErrNumber, statement, append(args, values...)...)
}

// Guess is one code about to be checked, as the limits see it.
type Guess struct {
	Case
	Lane   Lane
	Device Device

	shadowed [shadowable]int
}

// Wrong takes one wrong check of the lane's budget and counts it for the rows
// and the installation, or ends the act with [ErrNumber]. It stands before the
// statement that counts the attempt. When the act is committed the caller calls
// [Limits.Guessed].
func (l *Limits) Wrong(tx *db.Tx, g *Guess) {
	l.watchGuess(tx, g)
	tx.Exec(countWrongHour, tx.Now.Std().Unix()/3600)
	var hour, day, month, long, recovery int64
	inRow := int64(1)
	switch g.Lane {
	case Open:
		hour, day, month = wrongHour.Step().Microseconds(), wrongDay.Step().Microseconds(), wrongMonth.Step().Microseconds()
	case Long:
		long = wrongLong.Step().Microseconds()
	case Recovering:
		inRow, recovery = 0, 1
	case Trusted:
	}
	args := []any{g.Number, tx.Now, hour, day, month, long, inRow, recovery}
	tx.Must(1, ErrNumber, takeGuess, append(args, l.bounds(g.Lane, tx.Now, false, true).guesses()...)...)
	if g.Lane == Trusted {
		l.takeDeviceGuess(tx, g)
	}
}

// InRow reads how many wrong checks the number has in a row, those of recoveries
// included, inside an act.
func (l *Limits) InRow(tx *db.Tx, number []byte) *db.Got { return tx.Find(selectInRow, number) }

// Right ends the row of wrong checks, in the act that approves a code.
func (l *Limits) Right(tx *db.Tx, number []byte) { tx.Exec(endRow, number) }

// Admits is an SQL condition for the statement that approves a right code: the
// wrong checks of its lane, given by the columns of number and device, are not
// spent. A right code is not charged, but a spent limit refuses it all the same:
// a limit that let only the right code through would tell a guesser which one
// that is. Its values are those of [Limits.Spent], bound from first on.
func Admits(lane Lane, number, device string, first int) string {
	condition := fmt.Sprintf(guessAdmitted, number, first, first+1, first+2, first+3, first+4, first+5)
	if lane == Trusted {
		condition += fmt.Sprintf(" AND "+deviceGuessAdmitted, device, first+6, first+7, first+8)
	}
	return condition
}

// Spent returns the values of [Admits] at a time: beyond them a limit is spent.
// With clean they admit a number without wrong checks in a row only, for which
// nothing has to be ended by [Limits.Right]: nearly every one.
func (l *Limits) Spent(lane Lane, now db.Time, clean bool) []any {
	b := l.bounds(lane, now, false, true)
	if clean {
		b.inRow, b.recovery = 1, 1
	}
	args := b.guesses()
	if lane == Trusted {
		args = append(args, l.deviceBounds(now, false, true).guesses()...)
	}
	return args
}

// numberRow is what is kept of a number.
type numberRow struct {
	sent1, sent5, sent10   db.Time
	hour, day, month, long db.Time
	inRow, recovery        int64
}

// readNumber reads the row; of a number without one nothing is spent.
func readNumber(tx *db.Tx, number []byte) (r numberRow, err error) {
	err = tx.Row(selectNumber, number).Scan(&r.sent1, &r.sent5, &r.sent10, &r.hour, &r.day, &r.month, &r.long, &r.inRow, &r.recovery)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return numberRow{}, fmt.Errorf("reading the limits of a number: %w", err)
	}
	return r, nil
}

// freeSends returns when the number may get its next text.
func (r numberRow) freeSends() db.Time {
	return max(r.sent1.Add(sendGap), r.sent5.Add(time.Hour), r.sent10.Add(24*time.Hour))
}

// freeOpen returns when the next wrong check passes in the lane Open.
func (r numberRow) freeOpen() db.Time {
	return max(wrongHour.Free(r.hour), wrongDay.Free(r.day), wrongMonth.Free(r.month))
}

// isLocked reports whether nothing but waiting for an operator, or for a
// recovery, opens a lane.
func (r numberRow) isLocked(lane Lane) bool {
	if lane == Recovering {
		return r.recovery >= wrongRecovery
	}
	return r.inRow >= wrongInRow
}
