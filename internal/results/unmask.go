package results

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// The refusals of whoever wants to see whole numbers.
var (
	ErrReason = audit.ErrReason
	ErrErased = fault.New(fault.Gone, "number_erased", "the number of this message was erased: only its keyed hash is left")
)

// Act is who does something that is recorded, and why.
type Act = audit.Act

// Unmask returns the whole number of a text and records that it was seen: the
// number by its keyed hash, so that [Timeline] can say who saw it.
// Refusals: [ErrReason], [ErrErased], [outbox.ErrNotFound].
func (r *Results) Unmask(ctx context.Context, messageID string, act Act) (to phone.Number, err error) {
	if act, err = act.Reasoned(); err != nil {
		return phone.Number{}, err
	}
	err = r.o.DB.Update(ctx, func(tx *db.Tx) error {
		m, err := r.o.Outbox.Lookup(tx, messageID)
		if err != nil {
			return err
		}
		if to = m.To; to.IsZero() {
			return ErrErased
		}
		record := act.Record("messages unmask", messageID)
		record.Person = hex.EncodeToString(r.o.Ring.Whole(to))
		return audit.Keep(tx, record)
	})
	if err != nil {
		return phone.Number{}, fmt.Errorf("showing a number: %w", err)
	}
	return to, nil
}

// Keep records that many numbers are about to be shown whole: what is done with
// them, and why. Refusal: [ErrReason].
func (r *Results) Keep(ctx context.Context, what string, act Act) (err error) {
	if act, err = act.Reasoned(); err != nil {
		return err
	}
	err = r.o.DB.Update(ctx, func(tx *db.Tx) error {
		return audit.Keep(tx, act.Record(what, ""))
	})
	if err != nil {
		return fmt.Errorf("recording %s: %w", what, err)
	}
	return nil
}
