package verify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/receipt"
)

// Redeem uses up an approval in the transaction of the act it allows, or ends
// that act with [ErrNotApproved] (S-14). An approval waits 30 minutes. The act
// tells of it in an event: that somebody signed in or joined, or
// audit.Redeemed.
func (v *Verifier) Redeem(tx *db.Tx, ref Ref) {
	tx.Must(1, ErrNotApproved, redeem, ref.ID, ref.ApplicationID, ref.Binding.bytes(), tx.Now, tx.Now.Add(-usableFor))
	tx.Notify(Topic(ref.ID))
}

// Hold makes sure, in the act that relies on it, that an approval still stands,
// or ends that act with [ErrNotApproved]. It leaves the approval as it is, for
// the act that is to come and uses it up.
func (v *Verifier) Hold(tx *db.Tx, ref Ref) {
	tx.Must(1, ErrNotApproved, hold, ref.ID, ref.ApplicationID, ref.Binding.bytes(), tx.Now.Add(-usableFor))
}

// RedeemReceipt uses up the approval whose token a receipt carries: once,
// within five minutes, for the application and the purpose it was made for
// (S-14). The receipt is one that receipt.Receipts.Read found genuine. A keep
// is called with nothing: what was redeemed is known before.
//
// Refusals: receipt.ErrUsed, receipt.ErrExpired and, when the verification has
// no such token, receipt.ErrInvalid.
func (v *Verifier) RedeemReceipt(ctx context.Context, r receipt.Receipt, keep Keep) error {
	hash := r.Token.Hash()
	err := v.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrNotApproved, redeemReceipt,
			r.VerificationID, r.ApplicationID, r.Purpose, hash, tx.Now, tx.Now.Add(-receipt.Life))
		audit.Tell(tx, audit.Event{Kind: audit.Redeemed, ApplicationID: r.ApplicationID, VerificationID: r.VerificationID})
		tx.Notify(Topic(r.VerificationID))
		if keep != nil {
			keep(tx, Result{})
		}
		return nil
	})
	if errors.Is(err, ErrNotApproved) {
		return v.refusedReceipt(ctx, r, hash)
	}
	if err != nil {
		return fmt.Errorf("redeeming a receipt: %w", err)
	}
	return nil
}

// refusedReceipt finds out why a genuine receipt cannot be redeemed.
func (v *Verifier) refusedReceipt(ctx context.Context, r receipt.Receipt, hash []byte) error {
	var status Status
	err := v.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(statusOfReceipt, r.VerificationID, r.ApplicationID, r.Purpose, hash).Scan(&status)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return receipt.ErrInvalid
	case err != nil:
		return fmt.Errorf("looking for a receipt's verification: %w", err)
	case status == Redeemed:
		return receipt.ErrUsed
	}
	return receipt.ErrExpired
}
