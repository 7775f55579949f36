package verify

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

// Erase deletes verifications that ended before a time, the oldest first and at
// most so many, and returns how many (S-95).
func (v *Verifier) Erase(tx *db.Tx, before db.Time, most int) (n int, err error) {
	args := []any{id.Before("ver", before.Std()), before, most}
	err = tx.Each(erase, args, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing verifications: %w", err)
	}
	return n, nil
}

// EraseThese deletes those of some verifications that have ended, before their
// time.
func (v *Verifier) EraseThese(tx *db.Tx, ids []string) {
	for _, verificationID := range ids {
		tx.Exec(eraseOne, verificationID)
	}
}
