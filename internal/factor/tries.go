package factor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/gcra"
)

// The wrong tries of a member, of each kind of factor by itself. A month of
// them is what NIST SP 800-63B allows in a row; a code of six digits of which
// three are right at a time is guessed with them once in 3,300 months.
var (
	wrongHour  = gcra.Rate{Limit: 10, Burst: 8, Window: time.Hour}
	wrongDay   = gcra.Rate{Limit: 30, Burst: 20, Window: 24 * time.Hour}
	wrongMonth = gcra.Rate{Limit: 100, Burst: 60, Window: 30 * 24 * time.Hour}
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
			tx.Now.Add(wrongHour.Step()), tx.Now.Add(wrongDay.Step()), tx.Now.Add(wrongMonth.Step()), tx.Now,
			tx.Now.Add(wrongHour.Slack()), tx.Now.Add(wrongDay.Slack()), tx.Now.Add(wrongMonth.Slack()))
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
	free := max(wrongHour.Free(hour), wrongDay.Free(day), wrongMonth.Free(month))
	return ErrTries.After(max(time.Second, free.Sub(f.db.Now())))
}

// giveBack undoes one count.
func giveBack(tx *db.Tx, userID string, kind Kind) {
	tx.Exec(giveTryBack, userID, string(kind),
		wrongHour.Step().Microseconds(), wrongDay.Step().Microseconds(), wrongMonth.Step().Microseconds())
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
