package traffic

import (
	"context"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// runwayDays are looked at to tell how fast money is spent.
const runwayDays = 7

// Runway returns for how many days an account's money lasts at the pace of the
// last seven: the last 168 hours, up to now. ok is false while nothing was spent.
func (t *Traffic) Runway(ctx context.Context, balance float64) (days float64, ok bool, err error) {
	to := hourOf(t.db.Now()) + 1
	var won int
	err = t.read(ctx, func(tx *db.Tx) error {
		by, _, err := tally(tx, Window{to - runwayDays*dayHours, to}, Status)
		won = 0
		for _, sum := range by {
			won += sum.Won
		}
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("adding up what was spent: %w", err)
	}
	days, ok = Runway(balance, won)
	return days, ok, nil
}

// Runway returns for how many days money lasts of which so many won were spent in
// seven; ok is false while nothing was spent.
func Runway(balance float64, spent7 int) (days float64, ok bool) {
	if spent7 <= 0 {
		return 0, false
	}
	return max(balance, 0) * runwayDays / float64(spent7), true
}
