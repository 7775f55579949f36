package idempotency

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	eraseEvery = time.Hour
	eraseMost  = 500 // answers in one transaction: others wait for it
)

// Erase deletes the answers whose time is over, in small pieces, and returns
// how many.
func (k *Keeper) Erase(ctx context.Context) (erased int, err error) {
	for more := true; more && ctx.Err() == nil; {
		var n int
		err := k.db.Update(ctx, func(tx *db.Tx) error {
			n = 0
			return tx.Each(eraseAnswers, []any{tx.Now, eraseMost}, func(func(...any) error) error { n++; return nil })
		})
		if err != nil {
			return erased, fmt.Errorf("erasing kept answers: %w", err)
		}
		erased += n
		more = n == eraseMost
	}
	return erased, nil
}

// Run erases every hour until ctx ends and then returns nil. What failed is
// handed to trouble and tried again an hour later.
func (k *Keeper) Run(ctx context.Context, trouble func(error)) error {
	tick := time.NewTicker(eraseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := k.Erase(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
	}
}
