package outbox

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// Reduce takes the number out of messages that were written before a time, the
// oldest first and at most so many, and returns how many. What is left of it is
// the keyed hash of the whole number, by which a message is still found; not
// those of its end and its beginning, of which there are so few that they tell
// much of it together.
func (o *Outbox) Reduce(tx *db.Tx, before db.Time, most int) (n int, err error) {
	reduced := ""
	if err := tx.Row(reducedTo).Scan(&reduced); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("reading which messages are reduced: %w", err)
	}
	last := reduced
	args := []any{reduced, id.Before("msg", before.Std()), most}
	err = tx.Each(messagesAfter, args, func(scan func(...any) error) error {
		n++
		return scan(&last)
	})
	if err != nil {
		return 0, fmt.Errorf("reading old messages: %w", err)
	}
	if n > 0 {
		tx.Exec(reduceMessages, reduced, last, []byte{})
		tx.Exec(reducedNow, last)
	}
	return n, nil
}

// Entered notes when the code of a verification was entered, at the messages
// that carried it to a number. It is called when the verification is erased.
func (o *Outbox) Entered(tx *db.Tx, verificationID string, number []byte, at db.Time) {
	tx.Exec(enterMessages, number, verificationID, at)
}

// Texted is a number that was texted.
type Texted struct {
	MessageID string
	Hash      []byte       // keyed
	Number    phone.Number // none once it was erased
	At        db.Time
}

// TextedBetween calls each for the messages written between two times, the
// oldest first and beginning after the one named, at most so many. It returns
// the last one's id, or "" when there are no more.
func (o *Outbox) TextedBetween(tx *db.Tx, since, until db.Time, after string, most int, each func(Texted) error) (last string, err error) {
	after = max(after, id.Before("msg", since.Std().Add(-slack)))
	n := 0
	args := []any{after, id.Before("msg", until.Std().Add(slack)), since, until, most}
	err = tx.Each(touchedBetween, args, func(scan func(...any) error) error {
		var m Texted
		var sealed []byte
		if err := scan(&m.MessageID, &m.Hash, &sealed, &m.At); err != nil {
			return err
		}
		n++
		last = m.MessageID
		if len(sealed) > 0 {
			var err error
			if m.Number, err = o.ring.OpenNumber("messages", m.MessageID, sealed); err != nil {
				return fmt.Errorf("opening the number of message %s: %w", m.MessageID, err)
			}
		}
		return each(m)
	})
	if err != nil {
		return "", fmt.Errorf("reading who was texted: %w", err)
	}
	if n < most {
		last = ""
	}
	return last, nil
}
