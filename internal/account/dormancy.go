package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	// DormancyNotice is how long ahead dormancy is announced (S-108).
	DormancyNotice = 30 * day

	dormancyMost = 200 // members in one look
)

// Dormancy announces to members who have not signed in for long that they are to
// become dormant, and ends the sessions of those to whom that was announced 30
// days ago. Whoever signs in is awake again. It returns how many members became
// dormant.
func (a *Accounts) Dormancy(ctx context.Context, _ db.Time) (dormant int, err error) {
	if a.dormantAfter == 0 {
		return 0, nil
	}
	since := a.db.Now().Add(DormancyNotice - a.dormantAfter)
	_, err = a.eachIdle(ctx, idleUsers, since, func(tx *db.Tx, userID string) {
		tx.Must(1, errChanged, announceDormancy, userID, since, tx.Now.Add(DormancyNotice))
		a.tell(tx, userID, DormantSoon)
	})
	if err != nil {
		return 0, fmt.Errorf("announcing dormancy: %w", err)
	}
	dormant, err = a.eachIdle(ctx, dueUsers, a.db.Now(), func(tx *db.Tx, userID string) {
		tx.Must(1, errChanged, makeDormant, userID, tx.Now)
		tx.Exec(endSessions, userID, tx.Now)
		audit.Tell(tx, audit.Event{Kind: audit.Dormant, UserID: userID})
	})
	if err != nil {
		return dormant, fmt.Errorf("making members dormant: %w", err)
	}
	return dormant, nil
}

// eachIdle goes through the members that a query finds by a time, in the order
// of their ids, with an act for each. One who has signed in since the look, or
// was found by another node, is left out.
func (a *Accounts) eachIdle(ctx context.Context, query string, at db.Time, do func(tx *db.Tx, userID string)) (done int, err error) {
	last := ""
	for more := true; more && ctx.Err() == nil; {
		var found []string
		err := a.db.View(ctx, func(tx *db.Tx) error {
			return tx.Each(query, []any{last, at, dormancyMost}, func(scan func(...any) error) error {
				var userID string
				err := scan(&userID)
				found = append(found, userID)
				return err
			})
		})
		if err != nil {
			return done, err
		}
		for _, userID := range found {
			last = userID
			err := a.db.Update(ctx, func(tx *db.Tx) error {
				do(tx, userID)
				return nil
			})
			switch {
			case err == nil:
				done++
			case !errors.Is(err, errChanged):
				return done, err
			}
		}
		more = len(found) == dormancyMost
	}
	return done, nil
}
