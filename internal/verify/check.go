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
func (v *Verifier) Check(ctx context.Context, ref Ref, text string, also ...Also) (result Result, err error) {
	defer func() { v.metrics.checked(result, err, v.db.Now().Std()) }()
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
	token := receipt.NewToken()
	var at db.Time
	if !right {
		v.recent.forget(r.ID) // its attempts change
	}
	var found Result // set where it is kept
	err := v.db.Update(ctx, func(tx *db.Tx) (err error) {
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
		tx.Notify(Topic(r.ID))
		if keep == nil {
			return nil
		}
		if found = r.approved(token, at); !right {
			found, err = v.foundWrong(tx, r)
		}
		if err == nil {
			keep(tx, found)
		}
		return err
	})
	switch {
	case err == nil && right:
		v.recent.approve(r.ID)
		return r.approved(token, at), nil
	case err == nil && keep != nil:
		return found, nil
	case err == nil, errors.Is(err, ErrNotPending), errors.Is(err, limit.ErrNumber):
		return v.notApproved(ctx, r, err, keep)
	default:
		return Result{}, fmt.Errorf("checking a code: %w", err)
	}
}

// approved is what a right code makes of a pending verification.
func (r row) approved(token receipt.Token, at db.Time) Result {
	r.Status, r.AttemptsLeft = Approved, r.AttemptsLeft-1
	return Result{Verification: r.Verification, Approved: true, ApprovedAt: at.Std(), Token: token}
}

// foundWrong is what a wrong code has come to, for the act that keeps it. Where
// the verification stands after it is read there: another check may come between
// the act and any later look.
func (v *Verifier) foundWrong(tx *db.Tx, r row) (Result, error) {
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
