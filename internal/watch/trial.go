package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// ErrRole refuses a test text from a number that the settings do not name.
var ErrRole = fault.New(fault.Invalid, "sender_role_unknown", "the settings name no sender number for this: look at the list again")

const (
	trialLife  = 5 * time.Minute // worth sending
	trialTries = 5               // permits that may lapse before the writer is called too busy
)

// Trial is a test text that an operator wants sent.
type Trial struct {
	ApplicationID string // whose budget it is of
	Role          string // of the sender number: outbox.DefaultSender, outbox.SecondSender, or a purpose
	To            phone.Number
	Text          string
	By            audit.Act
}

// SendTrial sends a test text as every text is sent, under the limits of its
// number and the budgets, and records it. It returns the id of the text.
// Refusals: [ErrRole], [audit.ErrReason], limit.ErrNumber with the wait,
// limit.ErrLocked, limit.ErrBudget, limit.ErrUnreadable, outbox.ErrProvider,
// outbox.ErrBalance, outbox.ErrSender.
func (w *Watch) SendTrial(ctx context.Context, t Trial) (messageID string, err error) {
	if !slices.ContainsFunc(w.outbox.Configured(), func(s outbox.Sender) bool { return s.Role == t.Role }) {
		return "", ErrRole
	}
	if t.By, err = t.By.Reasoned(); err != nil {
		return "", err
	}
	if err := errors.Join(w.outbox.Available(), w.outbox.Sendable(outbox.TrialOf(t.Role))); err != nil {
		return "", err
	}
	c := limit.Case{Number: w.ring.Whole(t.To), Application: t.ApplicationID}
	if err := w.limits.Held(c, w.db.Now()); err != nil {
		return "", err
	}
	for range trialTries {
		messageID, err = w.sendTrial(ctx, t, &limit.Text{Case: c, Lane: limit.Open})
		if !errors.Is(err, limit.ErrLapsed) {
			return messageID, err
		}
	}
	return "", db.ErrBusy
}

// Price returns how many won are reserved for a text.
func (w *Watch) Price() int { return w.limits.Price() }

// sendTrial tries it under one permit.
func (w *Watch) sendTrial(ctx context.Context, t Trial, text *limit.Text) (messageID string, err error) {
	permit, err := w.limits.Permit(ctx, text.Case, false)
	if err != nil {
		return "", err
	}
	d := w.outbox.Draft(t.ApplicationID, "", outbox.TrialOf(t.Role), t.To, t.Text)
	text.Subject = d.ID
	err = w.outbox.Update(ctx, d, func(tx *db.Tx) error {
		if err := permit.Check(tx); err != nil {
			return err
		}
		w.limits.Send(tx, text)
		w.outbox.Enqueue(tx, d, tx.Now.Add(trialLife))
		return audit.Keep(tx, t.By.Record("senders test", d.ID))
	})
	if err == nil {
		w.limits.Sent(text)
		return d.ID, nil
	}
	if !errors.Is(err, db.ErrUnknown) {
		w.limits.GiveBack(permit)
	}
	if errors.Is(err, limit.ErrNumber) {
		return "", w.refusedTrial(ctx, text, err)
	}
	return "", fmt.Errorf("sending a test text: %w", err)
}

// refusedTrial tells for how long the number gets no text.
func (w *Watch) refusedTrial(ctx context.Context, text *limit.Text, why error) (refused error) {
	err := w.db.View(ctx, func(tx *db.Tx) error {
		_, refused = w.limits.Refusal(tx, text, why)
		return nil
	})
	return errors.Join(refused, err)
}
