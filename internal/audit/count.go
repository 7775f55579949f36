package audit

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Count returns how many events of a kind with a detail happened from one time
// on and before another. It reads nothing of the rest.
func Count(tx *db.Tx, kind Kind, detail string, since, until db.Time) (n int, err error) {
	var after, last int64
	after, err = numberAt(tx, since.Add(-drift))
	if err == nil {
		last, err = numberAt(tx, until.Add(drift))
	}
	if err == nil {
		err = tx.Row(countEvents, after, last, since, until, string(kind), detail).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("counting events: %w", err)
	}
	return n, nil
}

// Oldest returns when the oldest event happened, and whether there is any.
func Oldest(tx *db.Tx) (at db.Time, ok bool, err error) {
	var number int64
	err = tx.Row(eventFrom, 0).Scan(&number, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("looking for the oldest event: %w", err)
	}
	return at, true, nil
}
