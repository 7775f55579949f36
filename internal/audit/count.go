package audit

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// outOfOrder is how far the times of events may be from the order they were
// written in: nodes have clocks of their own.
const outOfOrder = time.Minute

// Count returns how many events of a kind with a detail happened from one time
// on and before another. It finds them by their numbers, which grow with the
// time, and reads nothing of the rest.
func Count(tx *db.Tx, kind Kind, detail string, since, until db.Time) (n int, err error) {
	var first, last int64
	err = tx.Row(eventEnds).Scan(&first, &last)
	var from, to int64
	if err == nil {
		from, err = eventAt(tx, first, last, since.Add(-outOfOrder))
	}
	if err == nil {
		to, err = eventAt(tx, from, last, until.Add(outOfOrder))
	}
	if err == nil {
		err = tx.Row(countEvents, from, to, since, until, string(kind), detail).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("counting events: %w", err)
	}
	return n, nil
}

// Oldest returns when the oldest event happened, and whether there is any.
func Oldest(tx *db.Tx) (at db.Time, ok bool, err error) {
	err = tx.Row(eventFrom, 0).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("looking for the oldest event: %w", err)
	}
	return at, true, nil
}

// eventAt returns the lowest number between two of which all from there on are
// of a time or later, or the number behind the last.
func eventAt(tx *db.Tx, low, high int64, at db.Time) (int64, error) {
	high++
	for low < high {
		middle := low + (high-low)/2
		var found db.Time
		err := tx.Row(eventFrom, middle).Scan(&found)
		switch {
		case errors.Is(err, sql.ErrNoRows) || err == nil && found >= at:
			high = middle
		case err != nil:
			return 0, err
		default:
			low = middle + 1
		}
	}
	return low, nil
}
