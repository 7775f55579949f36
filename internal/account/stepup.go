package account

import (
	"context"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// FreshFor is how long after a proof a session may do what matters.
const FreshFor = 5 * time.Minute

// ErrOwnFactor refuses a code to the number as the proof of a member who holds
// something better (S-50).
var ErrOwnFactor = fault.New(fault.Forbidden, "own_factor_needed",
	"the member holds a passkey, a password or an authenticator: a code alone is not enough here")

// Fresh reports whether the member proved themselves in this session within the
// last five minutes.
func (a *Accounts) Fresh(s Session) bool {
	return !s.ProvedAt.IsZero() && a.db.Now().Sub(db.At(s.ProvedAt)) < FreshFor
}

// mustBeFresh ends the act with [ErrStepUp] unless the session stands and is
// fresh.
func (s Session) mustBeFresh(tx *db.Tx) {
	tx.Must(1, ErrStepUp, holdFresh, s.ID, s.UserID, s.hash, tx.Now, tx.Now.Add(-FreshFor))
}

// StepUp makes a session fresh whose member has just shown a factor, as the
// caller has made sure of, and gives it a new token (S-36). Refusal:
// [ErrNoSession].
func (a *Accounts) StepUp(ctx context.Context, s Session, way Way) (_ Session, err error) {
	defer func() { a.metrics.count("step_up", err) }()
	if !way.isFactor() {
		return Session{}, errWay
	}
	return a.stepUp(ctx, s, way, func(*db.Tx) {})
}

// MayStepUpBySMS reports whether a code to the member's number does for a
// step-up: there is a number and nothing better.
func (a *Accounts) MayStepUpBySMS(ctx context.Context, s Session) (may bool, err error) {
	err = a.db.View(ctx, func(tx *db.Tx) error {
		held, err := a.factors.HeldIn(tx, s.UserID)
		may = !held.any() && s.number != nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("looking for factors: %w", err)
	}
	return may, nil
}

// StepUpBySMS makes a session fresh by an approval of the member's own number,
// which it uses up. Refusals: [ErrOwnFactor], [ErrNoAccount] when the number is
// not theirs, [ErrNoSession], and those of verify.Verifier.Proved.
func (a *Accounts) StepUpBySMS(ctx context.Context, s Session, ref verify.Ref) (_ Session, err error) {
	defer func() { a.metrics.count("step_up", err) }()
	var found standing
	err = a.db.View(ctx, func(tx *db.Tx) error {
		var err error
		if found, err = a.standing(tx, ref, verify.Login); err != nil {
			return err
		}
		switch {
		case found.userID != s.UserID:
			return ErrNoAccount
		case found.holds != holdsNothing:
			return ErrOwnFactor
		}
		return nil
	})
	if err != nil {
		return Session{}, fmt.Errorf("looking at a proof: %w", err)
	}
	return a.stepUp(ctx, s, SMS, func(tx *db.Tx) {
		a.verify.Redeem(tx, ref)
		tx.Must(1, ErrNoAccount, proveNumber, found.userID, found.number, tx.Now)
	})
}

func (a *Accounts) stepUp(ctx context.Context, s Session, way Way, do func(tx *db.Tx)) (Session, error) {
	next := s
	next.renew()
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		do(tx)
		tx.Must(1, ErrNoSession, renewSession, s.ID, s.hash, next.hash, tx.Now, tx.Now)
		next.ProvedAt, next.trustsAt = tx.Now.Std(), tx.Now
		audit.Tell(tx, audit.Event{Kind: audit.SteppedUp, UserID: s.UserID, Detail: string(way)})
		return nil
	})
	if err != nil {
		return Session{}, fmt.Errorf("stepping up: %w", err)
	}
	return next, nil
}
