package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

const (
	retainEvery = time.Hour
	eraseMost   = 200 // rows of each kind in one transaction: others wait for it
)

// erased counts what a run of the retention job has deleted.
type erased struct{ verifications, messages, events int }

func (e erased) String() string {
	return fmt.Sprintf("%d verifications, %d messages, %d events", e.verifications, e.messages, e.events)
}

// Retain erases the verifications that ended longer ago than they are kept,
// with their messages and events, and records how many (S-95). Run repeats it
// every hour.
func (v *Verifier) Retain(ctx context.Context) error {
	before := v.db.Now().Add(-v.kept)
	var all erased
	for more := true; more && ctx.Err() == nil; {
		now, err := v.erase(ctx, before)
		if err != nil {
			return err
		}
		all.verifications += now.verifications
		all.messages += now.messages
		all.events += now.events
		more = max(now.verifications, now.messages, now.events) == eraseMost
	}
	if all == (erased{}) {
		return nil
	}
	err := v.db.Update(ctx, func(tx *db.Tx) error {
		return audit.Keep(tx, audit.Record{
			Actor: "retention", Act: "erase", Detail: all.String() + " that ended before " + before.Std().Format(time.RFC3339),
		})
	})
	if err != nil {
		return fmt.Errorf("recording what was erased: %w", err)
	}
	return nil
}

// erase deletes one piece.
func (v *Verifier) erase(ctx context.Context, before db.Time) (n erased, err error) {
	err = v.db.Update(ctx, func(tx *db.Tx) (err error) {
		n = erased{}
		args := []any{id.Before("ver", before.Std()), before, eraseMost}
		if err := tx.Each(erase, args, func(func(...any) error) error { n.verifications++; return nil }); err != nil {
			return err
		}
		if n.messages, err = v.outbox.Erase(tx, before, eraseMost); err != nil {
			return err
		}
		n.events, err = audit.Erase(tx, before, eraseMost)
		return err
	})
	if err != nil {
		return erased{}, fmt.Errorf("erasing old verifications: %w", err)
	}
	return n, nil
}
