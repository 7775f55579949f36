package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	sweepEvery = 10 * time.Second
	sweepMost  = 500 // verifications in one transaction
)

// Sweep ends the verifications whose time is over and erases their codes
// (S-12); they read as expired before that. It returns how many it ended and
// is what Run repeats.
func (v *Verifier) Sweep(ctx context.Context) (n int, err error) {
	overdue := false
	err = v.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(anyOverdue, tx.Now).Scan(&overdue)
	})
	if err != nil {
		return 0, fmt.Errorf("looking for expired verifications: %w", err)
	}
	if !overdue {
		return 0, nil
	}
	err = v.db.Update(ctx, func(tx *db.Tx) error {
		var over []audit.Event
		err := tx.Each(expire, []any{tx.Now, sweepMost}, func(scan func(...any) error) error {
			e := audit.Event{Kind: audit.Expired}
			err := scan(&e.VerificationID, &e.ApplicationID)
			over = append(over, e)
			return err
		})
		for _, e := range over {
			audit.Tell(tx, e)
			tx.Notify(Topic(e.VerificationID))
		}
		n = len(over)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("ending expired verifications: %w", err)
	}
	return n, nil
}

// Run sweeps, and counts conversions, until ctx ends and then returns nil. What
// failed is handed to trouble and tried again.
func (v *Verifier) Run(ctx context.Context, trouble func(error)) error {
	timer, convert := time.NewTimer(sweepEvery), time.NewTicker(convertEvery)
	defer timer.Stop()
	defer convert.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-convert.C:
			if err := v.Convert(ctx); err != nil && ctx.Err() == nil {
				trouble(err)
			}
			continue
		case <-timer.C:
		}
		n, err := v.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			trouble(err)
		}
		if n == sweepMost {
			timer.Reset(0)
		} else {
			timer.Reset(sweepEvery)
		}
	}
}
