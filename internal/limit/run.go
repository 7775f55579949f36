package limit

import (
	"context"
	"errors"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	tendEvery  = time.Second
	eraseEvery = time.Hour
	eraseMost  = 500 // rows looked at, or decisions erased, in one step
)

// Run tends the limits until ctx ends, then once more, and returns nil. What
// failed is handed to trouble and tried again.
func (l *Limits) Run(ctx context.Context, trouble func(error)) error {
	tend, erase := time.NewTicker(tendEvery), time.NewTicker(eraseEvery)
	defer tend.Stop()
	defer erase.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), tendEvery)
			defer cancel()
			if err := l.tend(last, true); err != nil {
				trouble(err)
			}
			return nil
		case <-erase.C:
			err = l.Erase(ctx)
		case <-tend.C:
			err = l.Tend(ctx)
		}
		if err != nil && ctx.Err() == nil {
			trouble(err)
		}
	}
}

// Tend does what a second asks for: it reads the gates, gives permits back that
// nobody used, raises alarms and writes the decisions.
func (l *Limits) Tend(ctx context.Context) error { return l.tend(ctx, false) }

// tend is Tend; with stopping all permits are given back, also those that could
// still be used.
func (l *Limits) tend(ctx context.Context, stopping bool) error {
	l.gates.mu.Lock()
	err := l.look(ctx, l.db.Now())
	l.gates.mu.Unlock()
	return errors.Join(err, l.returnPermits(ctx, stopping), l.raiseAlarms(ctx), l.writeNotes(ctx))
}

// How long the rows stay that nothing is decided by any more.
const (
	rowsKept   = 31 * 24 * time.Hour  // of numbers, browsers and networks, after the newest send
	inRowKept  = 365 * 24 * time.Hour // of numbers with wrong codes in a row
	countsKept = 2 * 24 * time.Hour   // wrong checks per hour, grants, days, gates that are over
)

// Erase forgets what is old, a little in each transaction:
//
//   - decisions after thirty days;
//   - the rows of numbers, browsers and networks 31 days after their last send,
//     when no window of theirs is still running; a number with wrong codes in a
//     row (S-18) after a year;
//   - counts of wrong checks and of grants, days of won and gates that are over
//     after two days.
//
// Run repeats it every hour.
func (l *Limits) Erase(ctx context.Context) error {
	now := l.db.Now()
	for {
		var n int
		err := l.db.Update(ctx, func(tx *db.Tx) error {
			n = 0
			return tx.Each(eraseDecisions, []any{now.Add(-decisionsKept), eraseMost}, func(func(...any) error) error { n++; return nil })
		})
		if err != nil {
			return failed("erasing decisions", err)
		}
		if n < eraseMost || ctx.Err() != nil {
			break
		}
	}
	old, older := now.Add(-rowsKept), now.Add(-inRowKept)
	err := errors.Join(
		l.walk(ctx, walkNumbers, eraseNumber, old, older),
		l.walk(ctx, walkDevices, eraseDevice, old),
		l.walk(ctx, walkNetworks, eraseNetwork, old))
	if err != nil {
		return failed("erasing old limits", err)
	}
	before := now.Add(-countsKept)
	err = l.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(eraseHours, before.Std().Unix()/3600)
		tx.Exec(eraseOldSends, before.Std().Unix()/3600)
		tx.Exec(eraseDays, seoulDay(before))
		tx.Exec(eraseGates, before)
		tx.Exec(eraseCeilings, before)
		return nil
	})
	return failed("erasing old counts", err)
}

// walk goes through a table in the order of its keys and erases what is older
// than ages.
func (l *Limits) walk(ctx context.Context, read, erase string, ages ...any) error {
	last := []byte{}
	for more := true; more && ctx.Err() == nil; {
		var old [][]byte
		seen := 0
		err := l.db.View(ctx, func(tx *db.Tx) error {
			args := append(append([]any{last}, ages...), eraseMost)
			return tx.Each(read, args, func(scan func(...any) error) error {
				var key []byte
				var over int
				err := scan(&key, &over)
				if seen++; over != 0 {
					old = append(old, key)
				}
				last = key
				return err
			})
		})
		if err != nil {
			return err
		}
		if more = seen == eraseMost; len(old) == 0 {
			continue
		}
		err = l.db.Update(ctx, func(tx *db.Tx) error {
			for _, key := range old {
				tx.Exec(erase, append([]any{key}, ages...)...)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
