package results

import (
	"context"
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// The refusals of whoever wants to see whole numbers.
var (
	ErrReason = fault.New(fault.Invalid, "reason_invalid",
		"say why in 1 to 200 characters, with no name and no number: it is recorded")
	ErrErased = fault.New(fault.Gone, "number_erased", "the number of this message was erased: only its keyed hash is left")
)

const reasonMost = 200

// Act is who does something that is recorded, and why.
type Act struct {
	Actor  string // "command line", or an operator's id
	Reason string
}

// checked returns the act as it is recorded, or [ErrReason].
func (a Act) checked() (Act, error) {
	a.Reason = strings.TrimSpace(a.Reason)
	if n := len([]rune(a.Reason)); n < 1 || n > reasonMost {
		return Act{}, ErrReason
	}
	return a, nil
}

// Unmask returns the whole number of a text and records that it was seen.
// Refusals: [ErrReason], [ErrErased], [outbox.ErrNotFound].
func (r *Results) Unmask(ctx context.Context, messageID string, act Act) (to phone.Number, err error) {
	if act, err = act.checked(); err != nil {
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
		return audit.Keep(tx, audit.Record{Actor: act.Actor, Act: "messages unmask", Subject: messageID, Detail: act.Reason})
	})
	if err != nil {
		return phone.Number{}, fmt.Errorf("showing a number: %w", err)
	}
	return to, nil
}

// Keep records that many numbers are about to be shown whole: what is done with
// them, and why. Refusal: [ErrReason].
func (r *Results) Keep(ctx context.Context, what string, act Act) (err error) {
	if act, err = act.checked(); err != nil {
		return err
	}
	err = r.o.DB.Update(ctx, func(tx *db.Tx) error {
		return audit.Keep(tx, audit.Record{Actor: act.Actor, Act: what, Detail: act.Reason})
	})
	if err != nil {
		return fmt.Errorf("recording %s: %w", what, err)
	}
	return nil
}
