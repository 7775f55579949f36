package verify

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// Result is what a check found.
type Result struct {
	Verification
	Approved bool // this very check approved it
}

// Also is what a caller wants done in the act that approves a code.
type Also func(tx *db.Tx, number []byte)

// Check compares what was typed or pasted with the code. Each of also is
// called in the act that approves it, with the keyed hash of the number.
//
// A wrong code is a result, not an error: Status tells where the verification
// stands after it. So is a verification that has ended; nothing is compared
// then. Refusals: [ErrNotFound], [ErrBinding] and [ErrCode], none of which
// uses an attempt, and limit.ErrNumber when the number's wrong checks are
// spent.
func (v *Verifier) Check(ctx context.Context, ref Ref, text string, also ...Also) (Result, error) {
	r, known := v.recent.get(ref)
	if !known || r.Status != Pending {
		var err error
		if r, err = v.read(ctx, ref.ID, ref.ApplicationID); err != nil {
			return Result{}, err
		}
	}
	if !r.boundTo(ref.Binding) {
		return Result{}, ErrBinding
	}
	if r.Status != Pending {
		ended := Result{Verification: r.Verification}
		return ended, v.keep(ctx, ref.Keep, ended)
	}
	digits, ok := ReadCode(text, r.CodeLength)
	if !ok {
		return Result{}, ErrCode.Because(fmt.Sprintf("the code has %d digits, %d were read; no attempt was used",
			r.CodeLength, len(digits)))
	}
	return v.decide(ctx, r, v.mac(r.ApplicationID, r.Purpose, r.ID, r.number, code(digits)), also, ref.Keep)
}

// decide runs the one guarded update that counts the attempt, compares and
// decides. What is compared here beforehand only says which way the limit is
// asked: nobody learns of it unless the update, in the same act, finds an
// attempt left and is committed.
func (v *Verifier) decide(ctx context.Context, r row, mac []byte, also []Also, keep Keep) (Result, error) {
	right := hmac.Equal(mac, r.mac)
	if !right {
		v.recent.forget(r.ID) // its attempts change
	}
	var found Result // set where it is kept
	err := v.db.Update(ctx, func(tx *db.Tx) (err error) {
		event := audit.Event{Kind: audit.Checked, ApplicationID: r.ApplicationID, VerificationID: r.ID}
		if right {
			hour, day, month := limit.Spent(tx.Now)
			tx.Must(1, ErrNotPending, checkRightCode, r.ID, tx.Now, mac, Attempts, hour, day, month)
			if r.ResendsLeft < resendsMost {
				v.outbox.Drop(tx, r.Message.ID) // a text sent again that still waits is not needed any more
			}
			for _, do := range also {
				do(tx, r.number)
			}
			event.Detail = "right"
		} else {
			v.limits.Wrong(tx, r.number)
			tx.Must(1, ErrNotPending, checkWrongCode, r.ID, tx.Now, mac, Attempts)
			event.Detail = "wrong"
		}
		audit.Tell(tx, event)
		tx.Notify(Topic(r.ID))
		if keep == nil {
			return nil
		}
		if found, err = v.found(tx, r, right); err == nil {
			keep(tx, found)
		}
		return err
	})
	switch {
	case err == nil && right:
		v.recent.approve(r.ID)
		return r.approved(), nil
	case err == nil && keep != nil:
		return found, nil
	case err == nil, errors.Is(err, ErrNotPending), errors.Is(err, limit.ErrNumber):
		return v.notApproved(ctx, r, err, keep)
	default:
		return Result{}, fmt.Errorf("checking a code: %w", err)
	}
}

// approved is what a right code makes of a pending verification.
func (r row) approved() Result {
	r.Status, r.AttemptsLeft = Approved, r.AttemptsLeft-1
	return Result{Verification: r.Verification, Approved: true}
}

// found is what a check has come to, for the act that keeps it. Where the
// verification stands after a wrong code is read there: another check may come
// between the act and any later look.
func (v *Verifier) found(tx *db.Tx, r row, right bool) (Result, error) {
	if right {
		return r.approved(), nil
	}
	after, err := v.readRow(tx, r.ID, r.ApplicationID)
	after.Message = r.Message
	return Result{Verification: after.Verification}, err
}

// notApproved answers a check that approved nothing with where the
// verification stands: the code was wrong, or the verification has ended. While
// it has not, what kept the code from being counted is a spent limit.
func (v *Verifier) notApproved(ctx context.Context, r row, why error, keep Keep) (Result, error) {
	r, err := v.read(ctx, r.ID, r.ApplicationID)
	if err == nil && r.Status == Pending && why != nil {
		err = v.refusal(ctx, r.number, limit.Guesses)
	}
	if err != nil {
		return Result{}, err
	}
	found := Result{Verification: r.Verification}
	return found, v.keep(ctx, keep, found)
}

// Redeem uses up an approval in the transaction of the act it allows, or ends
// that act with [ErrNotApproved] (S-14). An approval waits 30 minutes.
func (v *Verifier) Redeem(tx *db.Tx, ref Ref) {
	tx.Must(1, ErrNotApproved, redeem, ref.ID, ref.ApplicationID, ref.Binding.bytes(), tx.Now, tx.Now.Add(-usableFor))
	tx.Notify(Topic(ref.ID))
}
