//go:build crashpoints

package verify

import (
	"context"

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
		tx.Must(1, ErrNotPending, countedBefore, c.ID, tx.Now, Attempts-c.AttemptsLeft+1, Attempts)
		return nil
	})
	if err == nil {
		v.limits.Guessed(guess)
	}
	return err
}

const countedBefore = `
UPDATE verifications SET
    attempts = $3,
    status   = CASE WHEN $3 >= $4 THEN 'locked' ELSE status END,
    ended_at = CASE WHEN $3 >= $4 THEN $2 ELSE ended_at END
WHERE id = $1 AND status = 'pending' AND expires_at > $2`
