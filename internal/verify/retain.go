package verify

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

// Erase deletes verifications that ended before a time, the oldest first and at
// most so many, and returns how many (S-95). When their codes were entered is
// kept with the texts, which stay longer.
func (v *Verifier) Erase(tx *db.Tx, before db.Time, most int) (n int, err error) {
	type entry struct {
		id     string
		number []byte
		at     db.Time
	}
	var entered []entry
	args := []any{id.Before("ver", before.Std()), before, most}
	err = tx.Each(erase, args, func(scan func(...any) error) error {
		n++
		var e entry
		err := scan(&e.id, &e.number, &e.at)
		if e.at != 0 {
			entered = append(entered, e)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("erasing verifications: %w", err)
	}
	for _, e := range entered {
		v.outbox.Entered(tx, e.id, e.number, e.at)
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
