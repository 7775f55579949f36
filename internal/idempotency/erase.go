package idempotency

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Erase deletes the answers whose time was over before a time, at most so many,
// and returns how many.
func (k *Keeper) Erase(tx *db.Tx, before db.Time, most int) (n int, err error) {
	err = tx.Each(eraseAnswers, []any{before, most}, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing kept answers: %w", err)
	}
	return n, nil
}
