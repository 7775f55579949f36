package limit

import (
	"context"
	"errors"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	tendEvery = time.Second
	walkMost  = 500 // rows looked at in one step
)

// Run tends the limits until ctx ends, then once more, and returns nil. What
// failed is handed to trouble and tried again.
func (l *Limits) Run(ctx context.Context, trouble func(error)) error {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), tendEvery)
			defer cancel()
			if err := l.tend(last, true); err != nil {
				trouble(err)
			}
			return nil
		case <-tick.C:
		}
		if err := l.Tend(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
	}
}

// Tend does what a second asks for: it reads the gates, gives permits back that
// nobody used, raises alarms and writes the decisions.
func (l *Limits) Tend(ctx context.Context) error { return l.tend(ctx, false) }

// tend is Tend; with stopping, and when a budget was changed, all permits are
// given back, also those that could still be used.
func (l *Limits) tend(ctx context.Context, stopping bool) error {
	l.gates.mu.Lock()
	err := l.look(ctx, l.db.Now())
	all := stopping || l.gates.changed
	l.gates.changed = false
	l.gates.mu.Unlock()
	return errors.Join(err, l.returnPermits(ctx, all), l.raiseAlarms(ctx), l.writeNotes(ctx))
}

// How long rows stay that nothing is decided by any more.
const (
	// DecisionsKept is how long decisions stay.
	DecisionsKept = 30 * 24 * time.Hour
	// RowsKept is how long the rows of numbers, browsers and networks stay after
	// their newest send.
	RowsKept = 31 * 24 * time.Hour

	inRowKept  = 365 * 24 * time.Hour // of numbers with wrong codes in a row (S-18)
	countsKept = 2 * 24 * time.Hour   // wrong checks per hour, grants, gates that are over
	wonKept    = 9 * 24 * time.Hour   // days of won: those that Spending looks at
)

// EraseDecisions deletes decisions from before a time, the oldest first and at
// most so many, and returns how many.
func (l *Limits) EraseDecisions(tx *db.Tx, before db.Time, most int) (n int, err error) {
	err = tx.Each(eraseDecisions, []any{before, most}, func(func(...any) error) error { n++; return nil })
	return n, failed("erasing decisions", err)
}

// EraseRows deletes the rows of numbers, browsers and networks whose newest send
// was before a time, when no window of theirs is still running, a little in each
// transaction, and returns how many. A number with wrong codes in a row stays for
// a year. Counts of wrong checks and of grants, and gates that are over, go after
// two days, days of won after nine, and what was counted of decisions with these,
// whatever the time.
func (l *Limits) EraseRows(ctx context.Context, before db.Time) (erased int, err error) {
	now := l.db.Now()
	for _, table := range []struct {
		read, erase string
		ages        []any
	}{
		{walkNumbers, eraseNumber, []any{before, now.Add(-inRowKept)}},
		{walkDevices, eraseDevice, []any{before}},
		{walkNetworks, eraseNetwork, []any{before}},
	} {
		n, err := l.walk(ctx, table.read, table.erase, table.ages...)
		if erased += n; err != nil {
			return erased, failed("erasing old limits", err)
		}
	}
	over := now.Add(-countsKept)
	err = l.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(eraseHours, over.Std().Unix()/3600)
		tx.Exec(eraseOldSends, over.Std().Unix()/3600)
		tx.Exec(eraseDays, seoulDay(now.Add(-wonKept)))
		tx.Exec(eraseGates, over)
		tx.Exec(eraseDecisionHours, now.Add(-DecisionsKept).Std().Unix()/3600)
		tx.Exec(eraseCeilings, over)
		return nil
	})
	return erased, failed("erasing old counts", err)
}

// walk goes through a table in the order of its keys and erases what is older
// than ages. It returns how many rows it found old.
func (l *Limits) walk(ctx context.Context, read, erase string, ages ...any) (erased int, err error) {
	last := []byte{}
	for more := true; more && ctx.Err() == nil; {
		var old [][]byte
		seen := 0
		err := l.db.View(ctx, func(tx *db.Tx) error {
			args := append(append([]any{last}, ages...), walkMost)
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
			return erased, err
		}
		if more = seen == walkMost; len(old) == 0 {
			continue
		}
		err = l.db.Update(ctx, func(tx *db.Tx) error {
			for _, key := range old {
				tx.Exec(erase, append([]any{key}, ages...)...)
			}
			return nil
		})
		if err != nil {
			return erased, err
		}
		erased += len(old)
	}
	return erased, nil
}
