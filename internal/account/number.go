package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// UndoFor is how long the number that an account had before may take a change
// back.
const UndoFor = 24 * time.Hour

// The refusals of a change. They are told to whoever has proved the number.
var (
	ErrNumberTaken = fault.New(fault.Conflict, "number_taken",
		"the number is that of another account")
	ErrSameNumber = fault.New(fault.Conflict, "number_same",
		"it is the number that the account has")
	ErrNoUndo = fault.New(fault.NotFound, "undo_not_found",
		"this number was not changed for another one within the last 24 hours")
)

// ChangeNumber gives the member of a fresh session the number that an approved
// verification with purpose number_change proves, and the session a new token.
// Their other sessions end, no other browser is trusted any more, and both
// numbers are told (S-33). Refusals: [ErrSameNumber], [ErrNumberTaken],
// [ErrStepUp], and those of verify.Verifier.Proved.
func (a *Accounts) ChangeNumber(ctx context.Context, s Session, ref verify.Ref) (_ Session, err error) {
	defer func() { a.metrics.count("number_change", err) }()
	if !a.Fresh(s) {
		return Session{}, ErrStepUp
	}
	var to phone.Number
	var before standing
	var sealed []byte
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		if to, err = a.verify.Proved(tx, ref, verify.NumberChange); err != nil {
			return err
		}
		if before, err = a.standingOf(tx, a.standingByID, s.UserID); err != nil {
			return err
		}
		if err = tx.Row(numberOfUser, s.UserID).Scan(&sealed); err != nil {
			return err
		}
		return a.mayTake(tx, s.UserID, to)
	})
	if err != nil {
		return Session{}, fmt.Errorf("looking at a change of number: %w", err)
	}
	number := a.ring.Number("users", s.UserID, to)
	next := s
	next.renew()
	next.number = number.Whole
	change := id.New("chg")
	toOld, err := a.forOld(s.UserID, sealed)
	if err != nil {
		return Session{}, err
	}
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		s.mustBeFresh(tx)
		a.verify.Redeem(tx, ref)
		args := []any{s.UserID, number.Sealed, number.Whole, number.Tail, number.Prefix, tx.Now}
		if before.number == nil {
			tx.Must(1, errChanged, giveNumber, args...)
		} else {
			tx.Must(1, errChanged, changeNumber, append(args, before.number)...)
			tx.Exec(insertChange, change, s.UserID, before.number, tx.Now)
			a.tellNumber(tx, s.UserID, NumberChanged, toOld)
		}
		a.tell(tx, s.UserID, NumberNew)
		tx.Exec(endOtherSessions, s.UserID, s.ID, tx.Now)
		tx.Must(1, ErrNoSession, renewSession, s.ID, s.hash, next.hash, tx.Now, db.At(s.ProvedAt))
		next.trustsAt = tx.Now
		a.dropClaims(tx, s.UserID)
		audit.Tell(tx, audit.Event{Kind: audit.NumberChanged, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: s.UserID})
		return nil
	})
	switch {
	case errors.Is(err, db.ErrConstraint):
		return Session{}, ErrNumberTaken // by another act since the look
	case errors.Is(err, errChanged):
		return Session{}, ErrStepUp // the account was changed or blocked from elsewhere
	case err != nil:
		return Session{}, fmt.Errorf("changing a number: %w", err)
	}
	return next, nil
}

// mayTake refuses a number that the member has, or another one.
func (a *Accounts) mayTake(tx *db.Tx, userID string, to phone.Number) error {
	var owner string
	err := tx.Row(userByNumber, a.ring.Whole(to)).Scan(&owner)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case owner == userID:
		return ErrSameNumber
	}
	return ErrNumberTaken
}

// forOld prepares the notice to the number that an account has had until now.
func (a *Accounts) forOld(userID string, sealed []byte) (*address, error) {
	if len(sealed) == 0 {
		return nil, nil //nolint:nilnil // an account without a number tells none
	}
	old, err := a.ring.OpenNumber("users", userID, sealed)
	if err != nil {
		return nil, fmt.Errorf("opening the number of %s: %w", userID, err)
	}
	return a.newAddress(old), nil
}

// Undo gives an account back the number that it had before a change, which an
// approved verification with purpose number_change proves, within 24 hours. All
// sessions of the account end, and so do later changes. Refusals: [ErrNoUndo],
// [ErrNumberTaken], and those of verify.Verifier.Proved.
func (a *Accounts) Undo(ctx context.Context, ref verify.Ref) (err error) {
	defer func() { a.metrics.count("undo", err) }()
	var to phone.Number
	var userID string
	var since db.Time
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		if to, err = a.verify.Proved(tx, ref, verify.NumberChange); err != nil {
			return err
		}
		whole := a.ring.Whole(to)
		args := []any{whole, tx.Now.Add(-UndoFor)}
		err = tx.Row(lastChangeFrom, args...).Scan(&userID)
		if err == nil {
			err = tx.Row(firstChangeFrom, append(args, userID)...).Scan(&since)
		}
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoUndo
		}
		if err != nil {
			return err
		}
		if err = a.mayTake(tx, userID, to); errors.Is(err, ErrSameNumber) {
			return nil // changed back already: what is undone is that others might undo it
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("looking for a change to undo: %w", err)
	}
	number := a.ring.Number("users", userID, to)
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		a.verify.Redeem(tx, ref)
		tx.Must(1, ErrNoUndo, undoChange, userID, number.Whole, since, tx.Now, tx.Now.Add(-UndoFor))
		tx.Exec(undoLater, userID, since, tx.Now)
		tx.Must(1, ErrNoUndo, restoreNumber, userID, number.Sealed, number.Whole, number.Tail, number.Prefix, tx.Now)
		tx.Exec(endSessions, userID, tx.Now)
		a.dropClaims(tx, userID)
		a.tellHere(tx, userID, NumberUndone)
		audit.Tell(tx, audit.Event{Kind: audit.NumberUndone, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: userID})
		return nil
	})
	if errors.Is(err, db.ErrConstraint) {
		return ErrNumberTaken
	}
	if err != nil {
		return fmt.Errorf("undoing a change of number: %w", err)
	}
	return nil
}

// Change is a change of number that can be undone.
type Change struct{ At, Until time.Time }

// UndoOf returns the newest change of a member's number that can still be
// undone, and whether there is one.
func (a *Accounts) UndoOf(ctx context.Context, userID string) (c Change, ok bool, err error) {
	var at db.Time
	err = a.db.View(ctx, func(tx *db.Tx) error {
		return tx.Row(lastChangeOf, userID, tx.Now.Add(-UndoFor)).Scan(&at)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Change{}, false, nil
	}
	if err != nil {
		return Change{}, false, fmt.Errorf("reading changes of a number: %w", err)
	}
	return Change{At: at.Std(), Until: at.Add(UndoFor).Std()}, true, nil
}

// dropClaims ends what somebody else may have begun to get into the account.
func (a *Accounts) dropClaims(tx *db.Tx, userID string) {
	tx.Exec(dropRecovery, userID)
	tx.Exec(dropOnce, userID)
}
