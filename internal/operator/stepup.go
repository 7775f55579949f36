package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// FreshFor is how long after a proof a session may do what matters.
const FreshFor = 5 * time.Minute

// ErrStepUp refuses what matters to a session that is not fresh.
var ErrStepUp = fault.New(fault.Forbidden, "operator_step_up_needed",
	"the last proof in this session is more than five minutes ago: prove yourself again")

// Fresh reports whether the operator showed a factor in this session within the
// last five minutes.
func (o *Operators) Fresh(s Session) bool {
	return !s.ProvedAt.IsZero() && o.db.Now().Sub(db.At(s.ProvedAt)) < FreshFor
}

// mustBeFresh ends the act with [ErrStepUp] unless the session stands and is
// fresh.
func (s Session) mustBeFresh(tx *db.Tx) {
	tx.Must(1, ErrStepUp, holdFresh, s.ID, s.hash, tx.Now.Add(-SessionLife), tx.Now.Add(-IdleFor), tx.Now.Add(-FreshFor))
}

// BeginStepUp returns what to ask the browser of a session for, as
// navigator.credentials.get takes it, and the ceremony that the answer belongs to.
// Refusal: factor.ErrNoPasskey.
func (o *Operators) BeginStepUp(ctx context.Context, s Session) (options json.RawMessage, ceremony string, err error) {
	return o.factors.BeginProof(ctx, s.OperatorID)
}

// StepUp makes a session fresh by a passkey and gives it a new token. Refusals:
// [ErrLocked], [ErrNoSession], and those of factor.Factors.FinishProof.
func (o *Operators) StepUp(ctx context.Context, s Session, ceremony string, response []byte) (_ Session, err error) {
	defer func() { o.metrics.count("step_up", err) }()
	if err := o.notLocked(ctx, s.OperatorID); err != nil {
		return Session{}, err
	}
	if err := o.factors.FinishProof(ctx, s.OperatorID, ceremony, response); err != nil {
		return Session{}, err
	}
	return o.stepUp(ctx, s, factor.PasskeyKind)
}

// StepUpByTOTP makes a session fresh by a code of the authenticator app and gives
// it a new token. Refusals: [ErrLocked], [ErrNoSession], factor.ErrWrong,
// factor.ErrTries.
func (o *Operators) StepUpByTOTP(ctx context.Context, s Session, code string) (_ Session, err error) {
	defer func() { o.metrics.count("step_up", err) }()
	if err := o.checkTOTP(ctx, s.OperatorID, code, s.by(), "step-up refused"); err != nil {
		return Session{}, err
	}
	return o.stepUp(ctx, s, factor.TOTPKind)
}

func (o *Operators) stepUp(ctx context.Context, s Session, way factor.Kind) (Session, error) {
	next := s
	next.renew()
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		next.ProvedAt = tx.Now.Std()
		tx.Must(1, ErrNoSession, renewSession, s.ID, s.hash, next.hash, tx.Now, tx.Now.Add(-SessionLife), tx.Now.Add(-IdleFor))
		tx.Exec(dropTries, s.OperatorID)
		return keep(tx, s.by(), "step-up", s.OperatorID, string(way))
	})
	if err != nil {
		return Session{}, fmt.Errorf("stepping up: %w", err)
	}
	return next, nil
}
