//go:build crashpoints

package verify

import (
	"context"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// CounterAfterCompare takes a broken step in place of the right one, to see that
// the simulation finds it: the attempts are those that were read before the
// comparison and are written after it, one more.
var CounterAfterCompare bool

func (v *Verifier) wrong(ctx context.Context, c *checked, guess *limit.Guess) error {
	if !CounterAfterCompare {
		return v.countWrong(ctx, c, guess)
	}
	err := v.db.Update(ctx, func(tx *db.Tx) error {
		v.limits.Wrong(tx, guess)
		tx.Must(1, ErrNotPending, countedBefore, c.ID, tx.Now, c.mac, Attempts, Attempts-c.AttemptsLeft+1)
		return nil
	})
	if err == nil {
		v.limits.Guessed(guess)
	}
	return err
}

// countedBefore is checkWrongCode with the attempts as they will be in $5.
var countedBefore = strings.NewReplacer("attempts + 1", "$5", " AND attempts < $4", "").Replace(checkWrongCode)
