package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// Resend texts the same digits again (S-8): at most twice, after 30 and then
// 60 seconds. It may lengthen the verification's life, never beyond ten
// minutes from its creation, and restores no attempt. While the first text is
// still queued no second is made.
//
// Refusals: [ErrNotFound], [ErrBinding], [ErrNotPending], [ErrNoResends],
// [ErrResendTooSoon] with the wait, [ErrResendTooLate], limit.ErrNumber,
// limit.ErrLocked, limit.ErrBudget, outbox.ErrProvider, outbox.ErrBalance,
// outbox.ErrSender.
func (v *Verifier) Resend(ctx context.Context, a app.Application, ref Ref) (_ Verification, err error) {
	defer func() { v.metrics.resent(err) }()
	if err := v.outbox.Available(); err != nil {
		return Verification{}, err
	}
	r, err := v.readBound(ctx, ref)
	if err != nil {
		return Verification{}, err
	}
	crash.At("resend.read")
	now := v.db.Now()
	if err := r.mayResend(now); err != nil {
		return Verification{}, err
	}
	if err := v.outbox.Sendable(string(r.Purpose)); err != nil {
		return Verification{}, err
	}
	if r.Message.Status == outbox.Queued {
		return r.Verification, v.keep(ctx, ref.Keep, Result{Verification: r.Verification})
	}
	plain, err := v.ring.Open("verifications.code", r.ID, r.sealed)
	if err != nil {
		return Verification{}, fmt.Errorf("opening the code of %s: %w", r.ID, err)
	}
	v.recent.forget(r.ID) // its newest message and its end change
	t := &limit.Text{Case: r.about(), Lane: r.lane, Device: r.device, Subject: r.ID}
	var sent Verification
	err = v.permitted(ctx, t, false, func(permit limit.Permit) (err error) {
		d := v.outbox.Draft(r.ApplicationID, r.ID, string(r.Purpose), r.To, a.Texts.Text(r.Locale, string(plain)))
		sent, err = v.sendAgain(ctx, r, t, permit, d, ref.Keep)
		return err
	})
	switch {
	case err == nil:
		crash.At("resend.committed")
		v.limits.Sent(t)
		return sent, nil
	case errors.Is(err, limit.ErrNumber), errors.Is(err, limit.ErrDevice):
		return Verification{}, v.refusedText(ctx, t, err)
	case fault.As(err) != nil:
		return Verification{}, err
	}
	return Verification{}, fmt.Errorf("sending the code again: %w", err)
}

// sendAgain writes another message of a verification.
func (v *Verifier) sendAgain(
	ctx context.Context, r row, t *limit.Text, permit limit.Permit, d *outbox.Draft, keep Keep,
) (sent Verification, err error) {
	err = v.outbox.Update(ctx, d, func(tx *db.Tx) error {
		if err := permit.Check(tx); err != nil {
			return err
		}
		v.limits.Send(tx, t)
		expires := r.lengthened(tx.Now)
		sent = r.resent(tx.Now, expires, d.ID)
		tx.Must(1, ErrNotPending, resend, r.ID, tx.Now, expires, d.ID, r.Message.ID)
		v.outbox.Enqueue(tx, d, expires.Add(-lastUseful))
		audit.Tell(tx, audit.Event{Kind: audit.Resent, ApplicationID: r.ApplicationID, VerificationID: r.ID})
		tx.Notify(Topic(r.ID))
		if keep != nil {
			keep(tx, Result{Verification: sent})
		}
		return nil
	})
	return sent, err
}

// resent is a verification whose text is sent once more.
func (r row) resent(now, expires db.Time, messageID string) Verification {
	sends := resendsMost + 1 - r.ResendsLeft
	v := r.Verification
	v.ResendsLeft--
	v.ExpiresAt, v.ResendAt = expires.Std(), resendAt(now, sends+1)
	v.Message = outbox.Message{ID: messageID, Status: outbox.Queued}
	return v
}

// refusedText finds out why the limits refused a text, and for how long.
func (v *Verifier) refusedText(ctx context.Context, t *limit.Text, why error) error {
	var refused error
	err := v.db.View(ctx, func(tx *db.Tx) error {
		_, refused = v.limits.Refusal(tx, t, why)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the limits: %w", err)
	}
	return refused
}

// mayResend applies the rules that need no database.
func (r row) mayResend(now db.Time) error {
	switch wait := db.At(r.ResendAt).Sub(now); {
	case r.Status != Pending:
		return ErrNotPending
	case r.ResendsLeft == 0:
		return ErrNoResends
	case r.lengthened(now).Sub(now) < resendUseful:
		return ErrResendTooLate
	case wait > 0:
		return ErrResendTooSoon.After(wait)
	default:
		return nil
	}
}

// lengthened is when the verification ends if its text is sent again now.
func (r row) lengthened(now db.Time) db.Time {
	most := db.At(r.CreatedAt.Add(lifetimeMost))
	return max(min(now.Add(lifetime), most), db.At(r.ExpiresAt))
}

// Cancel ends a pending verification; a text that has not left is not sent.
// Refusals: [ErrNotFound], [ErrBinding], [ErrNotPending].
func (v *Verifier) Cancel(ctx context.Context, ref Ref) (Verification, error) {
	r, err := v.readBound(ctx, ref)
	if err != nil {
		return Verification{}, err
	}
	crash.At("cancel.read")
	v.recent.forget(r.ID)
	canceled := r.Verification
	canceled.Status = Canceled
	err = v.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNotPending, end, r.ID, string(Canceled), tx.Now)
		v.outbox.Drop(tx, r.Message.ID)
		audit.Tell(tx, audit.Event{Kind: audit.Canceled, ApplicationID: r.ApplicationID, VerificationID: r.ID})
		tx.Notify(Topic(r.ID))
		if ref.Keep != nil {
			ref.Keep(tx, Result{Verification: canceled})
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrNotPending) {
		return Verification{}, fmt.Errorf("canceling a verification: %w", err)
	}
	if err != nil {
		return Verification{}, err
	}
	return canceled, nil
}

// resendAt is when the text may be asked for again after so many sends.
func resendAt(sent db.Time, sends int) time.Time {
	wait := resendWaits[min(sends, resendsMost)-1]
	return sent.Add(wait).Std()
}
