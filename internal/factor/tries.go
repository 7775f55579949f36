package factor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

// rate is a limit on wrong tries, kept by GCRA in a single time. burst of them
// may follow at once; after that one comes back every step, so that no stretch
// shorter than the window holds more than limit.
type rate struct {
	limit, burst int
	window       time.Duration
}

func (r rate) step() time.Duration {
	pieces := time.Duration(r.limit - r.burst + 1)
	return (r.window + pieces - 1) / pieces
}

func (r rate) slack() time.Duration { return time.Duration(r.burst-1) * r.step() }

// The wrong tries of a member, of each kind of factor by itself. A month of
// them is what NIST SP 800-63B allows in a row; a code of six digits of which
// three are right at a time is guessed with them once in 3,300 months.
var (
	wrongHour  = rate{limit: 10, burst: 8, window: time.Hour}
	wrongDay   = rate{limit: 30, burst: 20, window: 24 * time.Hour}
	wrongMonth = rate{limit: 100, burst: 60, window: 30 * 24 * time.Hour}
)

// prove counts a try and commits that, and only then has compare say whether it
// is right. A right one gives its try back in the act that accept belongs to;
// accept may refuse there with [ErrWrong], and then nothing is given back. No
// error, crash or hang-up in between gives anything back either.
func (f *Factors) prove(ctx context.Context, userID string, kind Kind, compare func() (accept func(tx *db.Tx), err error)) (err error) {
	defer func() { f.metrics.check(kind, err) }()
	if err := f.count(ctx, userID, kind); err != nil {
		return err
	}
	accept, err := compare()
	if err == nil {
		err = f.db.Update(ctx, func(tx *db.Tx) error {
			giveBack(tx, userID, kind)
			accept(tx)
			return nil
		})
	}
	switch {
	case errors.Is(err, ErrHashing): // nothing was compared
		return errors.Join(err, f.db.Update(ctx, func(tx *db.Tx) error { giveBack(tx, userID, kind); return nil }))
	case errors.Is(err, ErrWrong):
		return errors.Join(err, f.tellWrong(ctx, userID, kind))
	case err != nil:
		return fmt.Errorf("checking a %s: %w", kind, err)
	}
	return nil
}

// count counts a try, or returns [ErrTries] with the time to wait.
func (f *Factors) count(ctx context.Context, userID string, kind Kind) error {
	err := f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrTries, takeTry, userID, string(kind),
			tx.Now.Add(wrongHour.step()), tx.Now.Add(wrongDay.step()), tx.Now.Add(wrongMonth.step()), tx.Now,
			tx.Now.Add(wrongHour.slack()), tx.Now.Add(wrongDay.slack()), tx.Now.Add(wrongMonth.slack()))
		return nil
	})
	if !errors.Is(err, ErrTries) {
		return err
	}
	var hour, day, month db.Time
	err = f.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(selectTries, userID, string(kind)).Scan(&hour, &day, &month)
	})
	if err != nil {
		return fmt.Errorf("reading the tries of a member: %w", err)
	}
	free := max(hour.Add(-wrongHour.slack()), day.Add(-wrongDay.slack()), month.Add(-wrongMonth.slack()))
	return ErrTries.After(max(time.Second, free.Sub(f.db.Now())))
}

// giveBack undoes one count.
func giveBack(tx *db.Tx, userID string, kind Kind) {
	tx.Exec(giveTryBack, userID, string(kind),
		wrongHour.step().Microseconds(), wrongDay.step().Microseconds(), wrongMonth.step().Microseconds())
}

// ForgetTries gives a holder of factors all tries back.
func (f *Factors) ForgetTries(tx *db.Tx, userID string) { tx.Exec(forgetTries, userID) }

// EraseTries deletes counts of tries that hold nothing back any more, of holders
// whose ids are of one kind, such as "opr", at most so many, and returns how many.
func (f *Factors) EraseTries(tx *db.Tx, kind string, now db.Time, most int) (n int, err error) {
	last := len(kind) - 1
	args := []any{kind, kind[:last] + string(kind[last]+1), now, most} // from "opr" to before "ops"
	err = tx.Each(eraseTries, args, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing tries: %w", err)
	}
	return n, nil
}

// tellWrong writes down that a proof was refused.
func (f *Factors) tellWrong(ctx context.Context, userID string, kind Kind) error {
	return f.db.Update(ctx, func(tx *db.Tx) error {
		audit.Tell(tx, audit.Event{Kind: audit.FactorWrong, UserID: userID, Detail: string(kind)})
		return nil
	})
}
