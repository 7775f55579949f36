package limit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/gcra"
)

// Use is how far one budget is spent.
type Use struct {
	Rule  Rule
	Of    string        // "number", "trusted browser"
	What  string        // "texts", "wrong codes"
	Most  int           // in Per
	Per   time.Duration // 0 where only a success or an operator gives back
	Left  int           // at once; more comes back with time
	Until db.Time       // nothing passes before; 0 when something does
}

// Usage reads how far each budget of a number is spent, and those of the
// browsers that signed in with it before.
func (l *Limits) Usage(tx *db.Tx, number []byte) ([]Use, error) {
	row, err := readNumber(tx, number)
	if err != nil {
		return nil, err
	}
	hour, day, err := countedSends(tx, number)
	if err != nil {
		return nil, err
	}
	now := tx.Now
	paused := 1
	if row.sent1.Add(sendGap) > now {
		paused = 0
	}
	uses := []Use{
		sends("number", 1, sendGap, paused, row.sent1, now),
		sends("number", sendsInHour, time.Hour, sendsInHour-hour, row.sent5, now),
		sends("number", sendsInDay, 24*time.Hour, sendsInDay-day, row.sent10, now),
		wrong("number", wrongHour, row.hour, now),
		wrong("number", wrongDay, row.day, now),
		wrong("number", wrongMonth, row.month, now),
		wrong("number, 10 digits", wrongLong, row.long, now),
		{Rule: NumberLocked, Of: "number, in a row", What: "wrong codes", Most: wrongInRow, Left: max(wrongInRow-int(row.inRow), 0)},
		{Rule: NumberLocked, Of: "number, recovery", What: "wrong codes", Most: wrongRecovery, Left: max(wrongRecovery-int(row.recovery), 0)},
	}
	return l.deviceUsage(tx, number, uses)
}

// UsageNow is [Limits.Usage] in a transaction of its own.
func (l *Limits) UsageNow(ctx context.Context, number []byte) (uses []Use, err error) {
	err = l.db.View(ctx, func(tx *db.Tx) error { uses, err = l.Usage(tx, number); return err })
	return uses, err
}

func (l *Limits) deviceUsage(tx *db.Tx, number []byte, uses []Use) ([]Use, error) {
	const of = "trusted browser"
	args := []any{number, tx.Now.Add(-time.Hour), tx.Now.Add(-24 * time.Hour)}
	err := tx.Each(devicesOfNumber, args, func(scan func(...any) error) error {
		var hash []byte
		var hour, day int
		var r deviceRow
		if err := scan(&hash, &hour, &day, &r.sent1, &r.sent3, &r.sent6, &r.hour, &r.day, &r.month); err != nil {
			return err
		}
		uses = append(uses,
			sends(of, deviceSendsInHour, time.Hour, deviceSendsInHour-hour, r.sent3, tx.Now),
			sends(of, deviceSendsInDay, 24*time.Hour, deviceSendsInDay-day, r.sent6, tx.Now),
			wrong(of, wrongHour, r.hour, tx.Now), wrong(of, wrongDay, r.day, tx.Now), wrong(of, wrongMonth, r.month, tx.Now))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the limits of browsers: %w", err)
	}
	return uses, nil
}

// sends is the use of a count of texts whose most-th newest was at last.
func sends(of string, most int, per time.Duration, left int, last, now db.Time) Use {
	u := Use{Rule: NumberSends, Of: of, What: "texts", Most: most, Per: per, Left: max(left, 0)}
	if free := last.Add(per); free > now {
		u.Left, u.Until = 0, free
	}
	return u
}

// wrong is the use of a rate of wrong checks.
func wrong(of string, r gcra.Rate, tat, now db.Time) Use {
	u := Use{Rule: NumberWrong, Of: of, What: "wrong codes", Most: r.Limit, Per: r.Window, Left: r.Left(tat, now)}
	if free := r.Free(tat); free > now {
		u.Until = free
	}
	return u
}

// countedSends counts the number's texts of the last hour and day.
func countedSends(tx *db.Tx, number []byte) (hour, day int, err error) {
	err = tx.Row(countSends, number, tx.Now.Add(-time.Hour), tx.Now.Add(-24*time.Hour)).Scan(&hour, &day)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("counting sends: %w", err)
	}
	return hour, day, nil
}
