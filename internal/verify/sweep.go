package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	sweepEvery = 10 * time.Second
	sweepMost  = 500 // verifications in one transaction
)

// Sweep ends the verifications whose time is over and erases their codes
// (S-12); they read as expired before that. It returns how many it ended and
// is what Run repeats.
func (v *Verifier) Sweep(ctx context.Context) (int, error) {
	var over []string
	err := v.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(overdue, []any{tx.Now, sweepMost}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			over = append(over, id)
			return err
		})
	})
	if err != nil {
		return 0, fmt.Errorf("looking for expired verifications: %w", err)
	}
	if len(over) == 0 {
		return 0, nil
	}
	err = v.db.Update(ctx, func(tx *db.Tx) error {
		for _, id := range over {
			tx.Exec(expire, id, tx.Now)
			tx.Notify(Topic(id))
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("ending expired verifications: %w", err)
	}
	return len(over), nil
}

// Run sweeps until ctx ends and then returns nil. What failed is handed to
// trouble and tried again.
func (v *Verifier) Run(ctx context.Context, trouble func(error)) error {
	timer := time.NewTimer(sweepEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
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
