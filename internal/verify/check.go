package verify

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/receipt"
)

// Result is what a check found.
type Result struct {
	Verification
	Approved   bool          // this very check approved it:
	ApprovedAt time.Time     // when, and
	Token      receipt.Token // what the approval can be redeemed with elsewhere (S-14)
}

// Receipt returns what a receipt of the approval says.
func (r Result) Receipt() receipt.Receipt {
	return receipt.Receipt{
		Token: r.Token, ApplicationID: r.ApplicationID, Purpose: string(r.Purpose), To: r.To,
		VerificationID: r.ID, ApprovedAt: r.ApprovedAt,
	}
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
		return Result{Verification: r.Verification}, nil
	}
	digits, ok := ReadCode(text, r.CodeLength)
	if !ok {
		return Result{}, ErrCode.Because(fmt.Sprintf("the code has %d digits, %d were read; no attempt was used",
			r.CodeLength, len(digits)))
	}
	return v.decide(ctx, r, v.mac(r.ApplicationID, r.Purpose, r.ID, r.number, code(digits)), also)
}

// decide runs the one guarded update that counts the attempt, compares and
// decides. What is compared here beforehand only says which way the limit is
// asked: nobody learns of it unless the update, in the same act, finds an
// attempt left and is committed.
func (v *Verifier) decide(ctx context.Context, r row, mac []byte, also []Also) (Result, error) {
	right := hmac.Equal(mac, r.mac)
	token := receipt.NewToken()
	var at db.Time
	if !right {
		v.recent.forget(r.ID) // its attempts change
	}
	err := v.db.Update(ctx, func(tx *db.Tx) error {
		event := audit.Event{Kind: audit.Checked, ApplicationID: r.ApplicationID, VerificationID: r.ID}
		if right {
			hour, day, month := limit.Spent(tx.Now)
			tx.Must(1, ErrNotPending, checkRightCode, r.ID, tx.Now, mac, Attempts, hour, day, month, token.Hash())
			at = tx.Now
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
		return nil
	})
	switch {
	case err == nil && right:
		v.recent.approve(r.ID)
		r.Status, r.AttemptsLeft = Approved, r.AttemptsLeft-1
		return Result{Verification: r.Verification, Approved: true, ApprovedAt: at.Std(), Token: token}, nil
	case err == nil, errors.Is(err, ErrNotPending), errors.Is(err, limit.ErrNumber):
		return v.notApproved(ctx, r, err)
	default:
		return Result{}, fmt.Errorf("checking a code: %w", err)
	}
}

// notApproved answers a check that approved nothing with where the
// verification stands: the code was wrong, or the verification has ended. While
// it has not, what kept the code from being counted is a spent limit.
func (v *Verifier) notApproved(ctx context.Context, r row, why error) (Result, error) {
	r, err := v.read(ctx, r.ID, r.ApplicationID)
	if err == nil && r.Status == Pending && why != nil {
		err = v.refusal(ctx, r.number, limit.Guesses)
	}
	if err != nil {
		return Result{}, err
	}
	return Result{Verification: r.Verification}, nil
}
