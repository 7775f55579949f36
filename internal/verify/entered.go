package verify

import (
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

const (
	// EnteredWithin is how long after a text its code is entered at the latest.
	EnteredWithin = lifetimeMost

	// idSlack is how far the time in an id may be from the time it was written at.
	idSlack = 10 * time.Minute
)

// Entered calls fn with the newest message of each verification that was
// approved, and when that was, for all messages that were written from one time
// on and before another; for some others too. A code counts at the text that
// brought it last.
func Entered(tx *db.Tx, since, until db.Time, fn func(messageID string, at db.Time)) error {
	from := id.Before("ver", since.Add(-lifetimeMost-idSlack).Std())
	to := id.Before("ver", until.Add(idSlack).Std())
	err := tx.Each(enteredBetween, []any{from, to}, func(scan func(...any) error) error {
		var messageID string
		var at db.Time
		err := scan(&messageID, &at)
		fn(messageID, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading which codes were entered: %w", err)
	}
	return nil
}
