package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Release takes a member's agreements out of the ledger, in the act of leaving,
// and keeps them apart under the keyed hash of the number (S-106). Without a
// number nobody could ask about them any more, and they are erased.
func (l *Ledger) Release(tx *db.Tx, userID string, number []byte) {
	if len(number) > 0 {
		tx.Exec(keepAgreements, userID, number, tx.Now)
	}
	tx.Exec(eraseAgreements, userID)
}

// EraseKept deletes kept agreements of members who left before a time, the
// oldest first and at most so many, and returns how many.
func (l *Ledger) EraseKept(tx *db.Tx, before db.Time, most int) (n int, err error) {
	err = tx.Each(eraseKept, []any{before, most}, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing kept consents: %w", err)
	}
	return n, nil
}

// Kept is an agreement of somebody who left.
type Kept struct {
	Agreement
	LeftAt time.Time `json:"left_at"`
}

// Kept lists what members of a number, given by its keyed hash, had agreed to
// when they left.
func (l *Ledger) Kept(ctx context.Context, number []byte) ([]Kept, error) {
	var list []Kept
	err := l.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(keptOf, []any{number}, func(scan func(...any) error) error {
			var left db.Time
			a, err := scanAgreement(scan, &left)
			list = append(list, Kept{a, left.Std()})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading kept consents: %w", err)
	}
	return list, nil
}
