package account

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

// Leave closes the account of a fresh session. In one act all sessions end,
// what is personal is erased, and what the member agreed to is kept apart under
// the keyed hash of the number; the number is free at once. What was texted to it
// until then is erased by [Accounts.EraseDeparted] (S-106). Refusal: [ErrStepUp].
func (a *Accounts) Leave(ctx context.Context, s Session) (err error) {
	defer func() { a.metrics.count("leave", err) }()
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		s.mustBeFresh(tx)
		found, err := a.standingOf(tx, a.standingByID, s.UserID)
		if err != nil {
			return err
		}
		a.erase(tx, s.UserID, found.number)
		return nil
	})
	if err != nil {
		return fmt.Errorf("closing an account: %w", err)
	}
	return nil
}

// erase deletes a member.
func (a *Accounts) erase(tx *db.Tx, userID string, number []byte) {
	a.consents.Release(tx, userID, number)
	a.factors.Erase(tx, userID)
	tx.Exec(departFormer, userID, noticeLife.Microseconds())
	if number != nil {
		tx.Exec(depart, number, tx.Now)
	}
	for _, statement := range eraseOf {
		tx.Exec(statement, userID)
	}
	tx.Must(1, ErrNoUser, deleteUser, userID)
	audit.Tell(tx, audit.Event{Kind: audit.Closed, UserID: userID})
}

// DepartedKept is how long a code that is out when its member leaves may take to
// end.
const DepartedKept = time.Hour

const (
	departedMost = 100 // numbers in one look, and rows erased in one act
	// departedLast is when what was texted goes even if no end of it is known:
	// a day before the law's five (S-106).
	departedLast = 4 * day
)

// EraseDeparted erases what was texted to the numbers of members who have left,
// until they left and as soon as it has ended, with its verifications, and
// returns how many messages that were. Whoever left after before is left to the
// next time: a code may still be out.
func (a *Accounts) EraseDeparted(ctx context.Context, before db.Time) (erased int, err error) {
	if a.outbox == nil {
		return 0, nil
	}
	after := []byte{}
	for n := departedMost; n == departedMost && ctx.Err() == nil; {
		var numbers [][]byte
		var left []db.Time
		err := a.db.View(ctx, func(tx *db.Tx) error {
			return tx.Each(departedNumbers, []any{after, before, departedMost}, func(scan func(...any) error) error {
				var number []byte
				var at db.Time
				err := scan(&number, &at)
				numbers, left = append(numbers, number), append(left, at)
				return err
			})
		})
		if err != nil {
			return erased, fmt.Errorf("reading who has left: %w", err)
		}
		n = len(numbers)
		for i, number := range numbers {
			gone, err := a.eraseTexts(ctx, number, left[i])
			if erased += gone; err != nil {
				return erased, fmt.Errorf("erasing what was texted: %w", err)
			}
			after = number
		}
	}
	return erased, nil
}

// eraseTexts erases what one number was texted before a time.
func (a *Accounts) eraseTexts(ctx context.Context, number []byte, before db.Time) (erased int, err error) {
	for more := true; more && ctx.Err() == nil; {
		var gone int
		err := a.db.Update(ctx, func(tx *db.Tx) error {
			ids, left, err := a.outbox.EraseTo(tx, a.application, number, before, before.Add(departedLast) <= tx.Now, departedMost)
			if err != nil {
				return err
			}
			a.verify.EraseThese(tx, ids)
			if !left {
				tx.Exec(dropDeparted, number, before)
			}
			gone, more = len(ids), len(ids) == departedMost
			return nil
		})
		if err != nil {
			return erased, err
		}
		erased += gone
	}
	return erased, nil
}
