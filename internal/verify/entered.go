package verify

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/limit"
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

// Begun is a verification as the limits saw it, and whether its code was entered.
type Begun struct {
	ID        string
	Network   []byte // keyed hash; nil where it was not known
	Lane      limit.Lane
	CreatedAt db.Time
	Approved  bool
}

// EachBegun calls fn with the verification of each text that was written from one
// time on and before another; with some others too.
func EachBegun(tx *db.Tx, since, until db.Time, fn func(Begun)) error {
	from := id.Before("ver", since.Add(-lifetimeMost-idSlack).Std())
	to := id.Before("ver", until.Add(idSlack).Std())
	err := tx.Each(begunBetween, []any{from, to}, func(scan func(...any) error) error {
		var b Begun
		var approved int
		err := scan(&b.ID, &b.Network, &b.Lane, &b.CreatedAt, &approved)
		b.Approved = approved != 0
		fn(b)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading what was begun: %w", err)
	}
	return nil
}

// Oldest returns when the oldest verification was begun, and whether there is
// any.
func Oldest(tx *db.Tx) (at db.Time, ok bool, err error) {
	err = tx.Row(oldestVerification).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("looking for the oldest verification: %w", err)
	}
	return at, true, nil
}
