package verify

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/receipt"
)

// Result is what a check found.
type Result struct {
	Verification
	Approved   bool          // this very check approved it:
	ApprovedAt time.Time     // when,
	Failures   int64         // after how many wrong codes in a row for the number, and
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
// uses an attempt; limit.ErrNumber when the wrong checks of its lane are spent,
// and limit.ErrLocked when the number is locked for all but a recovery, whose
// approval unlocks it.
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
	c := &checked{row: r, mac: v.mac(r.ApplicationID, r.Purpose, r.ID, r.number, code(digits)), also: also, keep: ref.Keep}
	return v.decide(ctx, c)
}

// checked is a code that was read, on its way to being decided.
type checked struct {
	row
	mac   []byte
	also  []Also
	keep  Keep
	found Result // what the act came to, where it is known there

	failures int64 // before it, in a row; known when the act is done
}

// decide runs the one guarded update that counts the attempt, compares and
// decides. What is compared here beforehand only says which way the limit is
// asked: nobody learns of it unless the update, in the same act, finds an
// attempt left and is committed.
func (v *Verifier) decide(ctx context.Context, c *checked) (Result, error) {
	guess := &limit.Guess{Case: c.about(), Lane: c.lane, Device: c.device}
	right := hmac.Equal(c.mac, c.row.mac)
	crash.At("check.compared")
	var err error
	if right {
		err = v.approve(ctx, c, true)
		if errors.Is(err, ErrNotPending) { // or the number has wrong codes in a row
			err = v.approve(ctx, c, false)
		}
	} else {
		v.recent.forget(c.ID) // its attempts change
		err = v.wrong(ctx, c, guess)
	}
	crash.At("check.decided")
	switch {
	case err == nil && right:
		v.recent.approve(c.ID)
		c.found.Failures = c.failures
		return c.found, nil
	case err == nil && c.keep != nil:
		return c.found, nil
	case err == nil, errors.Is(err, ErrNotPending), errors.Is(err, limit.ErrNumber):
		return v.notApproved(ctx, c, guess, err)
	default:
		return Result{}, fmt.Errorf("checking a code: %w", err)
	}
}

// approve is the act of a right code: with clean, of a number that has no wrong
// codes in a row, which spares it a statement.
func (v *Verifier) approve(ctx context.Context, c *checked, clean bool) error {
	token := receipt.NewToken()
	return v.db.Update(ctx, func(tx *db.Tx) error {
		args := append([]any{c.ID, tx.Now, c.mac, Attempts, token.Hash()}, v.limits.Spent(c.lane, tx.Now, clean)...)
		tx.Must(1, ErrNotPending, checkRightCode(c.lane), args...)
		if !clean {
			v.limits.InRow(tx, c.number).Into(&c.failures)
			v.limits.Right(tx, c.number)
		}
		if c.ResendsLeft < resendsMost {
			v.outbox.Drop(tx, c.Message.ID) // a text sent again that still waits is not needed any more
		}
		for _, do := range c.also {
			do(tx, c.number)
		}
		audit.Tell(tx, audit.Event{Kind: audit.Checked, ApplicationID: c.ApplicationID, VerificationID: c.ID, Detail: "right"})
		tx.Notify(Topic(c.ID))
		c.found = c.approved(token, tx.Now)
		if c.keep != nil {
			c.keep(tx, c.found)
		}
		return nil
	})
}

// approved is what a right code makes of a pending verification.
func (r row) approved(token receipt.Token, at db.Time) Result {
	r.Status, r.AttemptsLeft = Approved, r.AttemptsLeft-1
	return Result{Verification: r.Verification, Approved: true, ApprovedAt: at.Std(), Token: token}
}

// countWrong is the act of a wrong code. Where it leaves the verification is read
// in it when that is kept: another check may come between the act and any later
// look.
func (v *Verifier) countWrong(ctx context.Context, c *checked, guess *limit.Guess) error {
	err := v.db.Update(ctx, func(tx *db.Tx) error {
		v.limits.Wrong(tx, guess)
		tx.Must(1, ErrNotPending, checkWrongCode, c.ID, tx.Now, c.mac, Attempts)
		audit.Tell(tx, audit.Event{Kind: audit.Checked, ApplicationID: c.ApplicationID, VerificationID: c.ID, Detail: "wrong"})
		tx.Notify(Topic(c.ID))
		if c.keep == nil {
			return nil
		}
		after, err := v.readRow(tx, c.ID, c.ApplicationID)
		if err != nil {
			return err
		}
		after.Message = c.Message
		c.found = Result{Verification: after.Verification}
		c.keep(tx, c.found)
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
func (v *Verifier) notApproved(ctx context.Context, c *checked, guess *limit.Guess, why error) (Result, error) {
	r, err := v.read(ctx, c.ID, c.ApplicationID)
	if err == nil && r.Status == Pending && why != nil {
		err = v.refusedGuess(ctx, guess)
	}
	if err != nil {
		return Result{}, err
	}
	found := Result{Verification: r.Verification}
	return found, v.keep(ctx, c.keep, found)
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
