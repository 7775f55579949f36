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
// uses an attempt; limit.ErrNumber when the wrong checks of its lane are spent,
// and limit.ErrLocked when the number is locked for all but a recovery, whose
// approval unlocks it.
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
	guess := &limit.Guess{Case: r.about(), Lane: r.lane, Device: r.device}
	right := hmac.Equal(mac, r.mac)
	var err error
	if right {
		err = v.approve(ctx, r, mac, also, true)
		if errors.Is(err, ErrNotPending) { // or the number has wrong codes in a row
			err = v.approve(ctx, r, mac, also, false)
		}
	} else {
		v.recent.forget(r.ID) // its attempts change
		err = v.countWrong(ctx, r, mac, guess)
	}
	switch {
	case err == nil && right:
		v.recent.approve(r.ID)
		r.Status, r.AttemptsLeft = Approved, r.AttemptsLeft-1
		return Result{Verification: r.Verification, Approved: true}, nil
	case err == nil, errors.Is(err, ErrNotPending), errors.Is(err, limit.ErrNumber):
		return v.notApproved(ctx, r, guess, err)
	default:
		return Result{}, fmt.Errorf("checking a code: %w", err)
	}
}

// approve is the act of a right code: with clean, of a number that has no wrong
// codes in a row, which spares it a statement.
func (v *Verifier) approve(ctx context.Context, r row, mac []byte, also []Also, clean bool) error {
	return v.db.Update(ctx, func(tx *db.Tx) error {
		args := append([]any{r.ID, tx.Now, mac, Attempts}, v.limits.Spent(r.lane, tx.Now, clean)...)
		tx.Must(1, ErrNotPending, checkRightCode(r.lane), args...)
		if !clean {
			v.limits.Right(tx, r.number)
		}
		if r.ResendsLeft < resendsMost {
			v.outbox.Drop(tx, r.Message.ID) // a text sent again that still waits is not needed any more
		}
		for _, do := range also {
			do(tx, r.number)
		}
		audit.Tell(tx, audit.Event{Kind: audit.Checked, ApplicationID: r.ApplicationID, VerificationID: r.ID, Detail: "right"})
		return nil
	})
}

// countWrong is the act of a wrong code.
func (v *Verifier) countWrong(ctx context.Context, r row, mac []byte, guess *limit.Guess) error {
	err := v.db.Update(ctx, func(tx *db.Tx) error {
		v.limits.Wrong(tx, guess)
		tx.Must(1, ErrNotPending, checkWrongCode, r.ID, tx.Now, mac, Attempts)
		audit.Tell(tx, audit.Event{Kind: audit.Checked, ApplicationID: r.ApplicationID, VerificationID: r.ID, Detail: "wrong"})
		return nil
	})
	if err == nil {
		v.limits.Guessed(guess)
	}
	return err
}

// notApproved answers a check that approved nothing with where the
// verification stands: the code was wrong, or the verification has ended. While
// it has not, what kept the code from being counted is a spent limit.
func (v *Verifier) notApproved(ctx context.Context, r row, guess *limit.Guess, why error) (Result, error) {
	r, err := v.read(ctx, r.ID, r.ApplicationID)
	if err == nil && r.Status == Pending && why != nil {
		err = v.refusedGuess(ctx, guess)
	}
	if err != nil {
		return Result{}, err
	}
	return Result{Verification: r.Verification}, nil
}

// refusedGuess finds out why the limits refused a check, and for how long.
func (v *Verifier) refusedGuess(ctx context.Context, guess *limit.Guess) error {
	var refused error
	err := v.db.View(ctx, func(tx *db.Tx) error {
		refused = v.limits.GuessRefusal(tx, guess)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the limits: %w", err)
	}
	return refused
}

// Redeem uses up an approval in the transaction of the act it allows, or ends
// that act with [ErrNotApproved] (S-14). An approval waits 30 minutes. The act
// tells of it in an event: that somebody signed in or joined, or
// audit.Redeemed.
func (v *Verifier) Redeem(tx *db.Tx, ref Ref) {
	tx.Must(1, ErrNotApproved, redeem, ref.ID, ref.ApplicationID, ref.Binding.bytes(), tx.Now, tx.Now.Add(-usableFor))
}
