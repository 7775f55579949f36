package audit

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Happened is an event and when it happened.
type Happened struct {
	Number int64 // in the order of writing
	At     db.Time
	Event
}

// drift is by how much the order of the events may differ from that of their
// times, where several nodes write them.
const drift = 10 * time.Second

// Between calls each for events of a time, until itself left out, in the order
// in which they were written, from after the number of one on and at most so
// many. It returns the number of the last, or 0 when there are no more.
func Between(tx *db.Tx, since, until db.Time, after int64, most int, each func(Happened) error) (last int64, err error) {
	if after == 0 {
		if after, err = numberAt(tx, since.Add(-drift)); err != nil {
			return 0, err
		}
	}
	end, err := numberAt(tx, until.Add(drift))
	if err != nil {
		return 0, err
	}
	n := 0
	err = tx.Each(eventsAfter, []any{after, end, since, until, most}, func(scan func(...any) error) error {
		h, err := scanned(scan)
		if err != nil {
			return err
		}
		n++
		last = h.Number
		return each(h)
	})
	if err != nil {
		return 0, fmt.Errorf("reading events: %w", err)
	}
	if n < most {
		last = 0
	}
	return last, nil
}

// OfUser returns events of a member between two times, the newest first and at
// most so many.
func OfUser(tx *db.Tx, userID string, since, until db.Time, most int) (list []Happened, err error) {
	err = tx.Each(eventsOfUser, []any{userID, since, until, most}, func(scan func(...any) error) error {
		h, err := scanned(scan)
		list = append(list, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading events of a member: %w", err)
	}
	return list, nil
}

func scanned(scan func(...any) error) (h Happened, err error) {
	err = scan(&h.Number, &h.At, &h.Kind, &h.ApplicationID, &h.VerificationID, &h.UserID, &h.Detail)
	return h, err
}

// numberAt returns a number that the events from a time on are above, and the
// earlier ones not. No index leads from a time to its events: numbers are
// halved, two dozen times at most.
func numberAt(tx *db.Tx, at db.Time) (int64, error) {
	var low, high int64
	if err := tx.Row(eventNumbers).Scan(&low, &high); err != nil {
		return 0, fmt.Errorf("reading the numbers of events: %w", err)
	}
	high++
	for low < high {
		middle := low + (high-low)/2
		var number int64
		var found db.Time
		err := tx.Row(eventFrom, middle).Scan(&number, &found)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return 0, fmt.Errorf("looking for the events of a time: %w", err)
		case err != nil || found >= at:
			high = middle
		default:
			low = number + 1
		}
	}
	return low - 1, nil
}
