package operator

import (
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

// triesKept is how long tries are remembered that hold nothing back.
const triesKept = 24 * time.Hour

// EraseSessions deletes sessions whose term was over before a time, the oldest
// first and at most so many, and returns how many. One that was ended early stays
// until then too.
func (o *Operators) EraseSessions(tx *db.Tx, before db.Time, most int) (int, error) {
	made := before.Add(-SessionLife)
	return eraseOld(tx, "sessions of operators", eraseSessions, id.Before("ops", made.Std()), made, most)
}

// EraseClaims deletes links that are over, with what was begun by them, and counts
// of tries that hold nothing back, at most so many of each, and returns how many.
func (o *Operators) EraseClaims(tx *db.Tx, now db.Time, most int) (int, error) {
	links, err := o.dropLinks(tx, eraseLinks, now, most)
	if err != nil {
		return 0, fmt.Errorf("erasing links: %w", err)
	}
	tries, err := eraseOld(tx, "tries of operators", eraseTries, now, now.Add(-triesKept), most)
	if err != nil {
		return 0, err
	}
	counted, err := o.factors.EraseTries(tx, idPrefix, now, most)
	return links + tries + counted, err
}

func eraseOld(tx *db.Tx, what, statement string, args ...any) (n int, err error) {
	err = tx.Each(statement, args, func(func(...any) error) error { n++; return nil })
	if err != nil {
		return 0, fmt.Errorf("erasing %s: %w", what, err)
	}
	return n, nil
}
