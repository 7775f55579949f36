package operator

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrSignIn refuses to sign somebody in. It says no more: that nobody has the
// name looks the same.
var ErrSignIn = fault.New(fault.Forbidden, "operator_sign_in_refused",
	"the name or the code is wrong, or the passkey is no operator's; ten wrong codes in a row lock an account for an hour")

// unknown is who acts where nobody has shown who they are.
const unknown = "unknown"

// BeginSignIn returns what to ask a browser for when somebody signs in with a
// passkey, as navigator.credentials.get takes it, and the ceremony that the answer
// belongs to. Nobody is named and nothing is stored.
func (o *Operators) BeginSignIn() (options json.RawMessage, ceremony string, err error) {
	return o.factors.BeginSignIn()
}

// SignIn opens a session for the operator whose passkey a browser answered with.
// Refusals: [ErrSignIn] for a passkey of somebody else, [ErrLocked],
// [ErrDisabled], factor.ErrCeremony, factor.ErrPasskey.
func (o *Operators) SignIn(ctx context.Context, ceremony string, response []byte, b Browser) (_ Session, err error) {
	defer func() { o.metrics.count("sign_in", err) }()
	operatorID, err := o.factors.FinishBeside(ctx, ceremony, response)
	if err != nil {
		return Session{}, err
	}
	if _, err := o.ByID(ctx, operatorID); errors.Is(err, ErrNoOperator) {
		return Session{}, ErrSignIn // a member's, where the pages have the same host
	} else if err != nil {
		return Session{}, err
	}
	if _, err := o.count(ctx, operatorID); err != nil { // of somebody disabled, who could fill the records
		return Session{}, err
	}
	return o.open(ctx, operatorID, factor.PasskeyKind, b)
}

// SignInByTOTP opens a session for the operator of a name with a code of the
// authenticator app. Refusals: [ErrSignIn], [ErrLocked], factor.ErrTries, all
// three for a name that nobody has too, and [ErrDisabled] after a right code.
func (o *Operators) SignInByTOTP(ctx context.Context, name, code string, b Browser) (_ Session, err error) {
	defer func() { o.metrics.count("sign_in", err) }()
	operatorID, err := o.subject(ctx, name)
	if err != nil {
		return Session{}, err
	}
	err = o.checkTOTP(ctx, operatorID, code, Act{Actor: unknown, From: b.From}, "sign-in refused")
	if errors.Is(err, factor.ErrWrong) {
		return Session{}, errors.Join(ErrSignIn, err)
	}
	if err != nil {
		return Session{}, err
	}
	return o.open(ctx, operatorID, factor.TOTPKind, b)
}

// subject returns the id of the operator of a name. For a name that nobody has it
// returns an id that nobody has, always the same one, so that its tries are
// counted and answered as an operator's are.
func (o *Operators) subject(ctx context.Context, name string) (operatorID string, err error) {
	key := nameKey(name)
	err = o.db.View(ctx, func(tx *db.Tx) error { return tx.Row(operatorOfName, key).Scan(&operatorID) })
	if errors.Is(err, sql.ErrNoRows) {
		return o.nobody(key), nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for an operator: %w", err)
	}
	return operatorID, nil
}

// open writes the session of somebody who has shown a factor.
func (o *Operators) open(ctx context.Context, operatorID string, way factor.Kind, b Browser) (Session, error) {
	s := newSession(operatorID, way)
	by := Act{Actor: operatorID, From: b.From}
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, ErrDisabled, signIn, operatorID, tx.Now)
		tx.Exec(dropTries, operatorID)
		s.write(tx, b)
		return keep(tx, by, "sign-in", operatorID, string(way))
	})
	if errors.Is(err, ErrDisabled) {
		return Session{}, errors.Join(err, o.refuse(ctx, operatorID, by, "sign-in refused", "disabled"))
	}
	if err != nil {
		return Session{}, fmt.Errorf("signing an operator in: %w", err)
	}
	return s.Session, nil
}
