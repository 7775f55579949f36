package verify

import (
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Resends is how often the text of a verification may be sent again.
const Resends = resendsMost

// Course is what became of a verification, as an operator may see it: no code
// and no number.
type Course struct {
	ID            string
	ApplicationID string
	Purpose       Purpose
	Locale        string // of its texts
	Digits        int    // of its code
	Status        Status
	Attempts      int // checks, the right one included
	Sends         int
	CreatedAt     db.Time
	ApprovedAt    db.Time // when the code was entered; this and what follows: 0 until then
	RedeemedAt    db.Time // when the approval was used
	EndedAt       db.Time
}

// coursesMost are named by one statement; the last one again until they are so
// many.
const coursesMost = 64

// Courses reads what became of verifications, by their ids. Those that were
// erased, or never were, are left out.
func (v *Verifier) Courses(tx *db.Tx, ids []string) (map[string]Course, error) {
	courses := make(map[string]Course, len(ids))
	for len(ids) > 0 {
		args := make([]any, coursesMost)
		for i := range args {
			args[i] = ids[min(i, len(ids)-1)]
		}
		ids = ids[min(coursesMost, len(ids)):]
		err := tx.Each(coursesOf, args, func(scan func(...any) error) error {
			var c Course
			var expires db.Time
			err := scan(&c.ID, &c.ApplicationID, &c.Purpose, &c.Locale, &c.Digits, &c.Status, &c.Attempts, &c.Sends, &c.CreatedAt, &expires,
				&c.ApprovedAt, &c.RedeemedAt, &c.EndedAt)
			if c.Status == Pending && expires <= tx.Now {
				c.Status, c.EndedAt = Expired, expires
			}
			courses[c.ID] = c
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading what became of verifications: %w", err)
		}
	}
	return courses, nil
}
