package account

import (
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

// NoticesKept is how long notices stay on the account page.
const NoticesKept = 90 * 24 * time.Hour

// EraseSessions deletes sessions whose term was over before a time, the oldest
// first and at most so many, and returns how many. One that was ended early
// stays until then too.
func (a *Accounts) EraseSessions(tx *db.Tx, before db.Time, most int) (int, error) {
	return eraseOld(tx, "sessions", eraseSessions, id.Before("ses", before.Add(-SessionLife).Std()), before, most)
}

// EraseNotices deletes notices from before a time, the oldest first and at most
// so many, and returns how many.
func (a *Accounts) EraseNotices(tx *db.Tx, before db.Time, most int) (int, error) {
	return eraseOld(tx, "notices", eraseNotices, id.Before("ntc", before.Std()), before, most)
}

// EraseChanges deletes changes of numbers from before a time, the oldest first
// and at most so many, and returns how many.
func (a *Accounts) EraseChanges(tx *db.Tx, before db.Time, most int) (int, error) {
	return eraseOld(tx, "changes of numbers", eraseChanges, id.Before("chg", before.Std()), before, most)
}

// EraseClaims deletes recoveries that nobody finished, one-time codes that are
// over and counts of notices that hold nothing back, at most so many of each,
// and returns how many.
func (a *Accounts) EraseClaims(tx *db.Tx, now db.Time, most int) (all int, err error) {
	for _, c := range []struct {
		statement string
		before    db.Time
	}{
		{eraseRecoveries, now.Add(-RecoveryFor)},
		{eraseOnce, now},
		{eraseNoticeLimits, now.Add(-day)},
	} {
		n, err := eraseOld(tx, "claims", c.statement, c.before, most)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

func eraseOld(tx *db.Tx, what, statement string, args ...any) (n int, err error) {
	err = tx.Each(statement, args, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing %s: %w", what, err)
	}
	return n, nil
}
