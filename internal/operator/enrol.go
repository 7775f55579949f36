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

// ErrLastFactor refuses to take away what an operator signs in with.
var ErrLastFactor = fault.New(fault.Conflict, "operator_last_factor",
	"an operator always has a passkey or an authenticator app: add another one first")

// Claim is an open link.
type Claim struct {
	OperatorID string
	Name       string // as it was invited; empty for the first owner
	Role       Role
	First      bool // it is the first owner's
	Until      time.Time

	operators *Operators
	hash      []byte // of the token
}

// Enrolment adds a passkey or an authenticator app to one operator: to one who
// holds a link, and then the account begins to count, or to one who is signed in.
type Enrolment struct {
	factors    *factor.Factors // whose changes write what else belongs to the act
	operatorID string
	account    string // what authenticators show
	session    func(way factor.Kind) *draft
	act        func(s *draft) func(tx *db.Tx, c factor.Change)
}

// Enrol lets the holder of a link join, with a name that they may choose.
// Refusal: [ErrName].
func (c Claim) Enrol(name, locale string, b Browser) (*Enrolment, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	o := c.operators
	return &Enrolment{
		factors: o.factors, operatorID: c.OperatorID, account: name,
		session: func(way factor.Kind) *draft { return newSession(c.OperatorID, way) },
		act: func(s *draft) func(*db.Tx, factor.Change) {
			return func(tx *db.Tx, made factor.Change) {
				c.join(tx, name, localeOf(locale))
				s.write(tx, b)
				by := Act{Actor: c.OperatorID, From: b.From}
				mustKeep(tx, by, "join", c.OperatorID, c.given())
				mustKeep(tx, by, string(made.Kind)+" add", c.OperatorID, "")
				mustKeep(tx, by, "sign-in", c.OperatorID, string(made.Kind))
			}
		},
	}, nil
}

// given is the right that comes with the link and was recorded nowhere before.
func (c Claim) given() string {
	if c.First {
		return string(Owner)
	}
	return ""
}

// join uses the link up and has the account count.
func (c Claim) join(tx *db.Tx, name, locale string) {
	tx.Must(1, ErrLink, useLink, c.hash, c.OperatorID, tx.Now)
	if c.First {
		tx.Must(1, ErrNameTaken, insertOperator, c.OperatorID, name, nameKey(name), string(Owner), locale, tx.Now)
		tx.Must(1, ErrLink, joinFirst, c.OperatorID, tx.Now)
		return
	}
	tx.Must(1, ErrNameTaken, renameOperator, c.OperatorID, name, nameKey(name), locale)
	tx.Must(1, ErrDisabled, joinOperator, c.OperatorID, tx.Now)
}

// Enrol lets somebody who is signed in add to what they sign in with. Refusal:
// [ErrStepUp] unless the session is fresh, and still is in the end.
func (o *Operators) Enrol(ctx context.Context, s Session) (*Enrolment, error) {
	if !o.Fresh(s) {
		return nil, ErrStepUp
	}
	op, err := o.ByID(ctx, s.OperatorID)
	if err != nil {
		return nil, err
	}
	return &Enrolment{
		factors: o.factors, operatorID: s.OperatorID, account: op.Name,
		session: func(factor.Kind) *draft { return &draft{s} },
		act: func(*draft) func(*db.Tx, factor.Change) {
			return func(tx *db.Tx, made factor.Change) {
				s.mustBeFresh(tx)
				mustKeep(tx, s.by(), string(made.Kind)+" add", s.OperatorID, "")
			}
		},
	}, nil
}

// BeginPasskey returns what to ask a browser for, as
// navigator.credentials.create takes it, and the ceremony that the answer belongs
// to. Refusals are those of factor.Factors.BeginRegister.
func (e *Enrolment) BeginPasskey(ctx context.Context) (options json.RawMessage, ceremony string, err error) {
	return e.factors.BeginRegister(ctx, e.operatorID, e.account)
}

// FinishPasskey adds the passkey that a browser answered with. It returns the
// session: a new one of who has just joined, or the one there was. Refusals:
// [ErrLink], [ErrNameTaken], [ErrStepUp], and those of
// factor.Factors.FinishRegister.
func (e *Enrolment) FinishPasskey(ctx context.Context, ceremony string, response []byte, label string) (Session, error) {
	s := e.session(factor.PasskeyKind)
	_, err := e.factors.With(e.act(s)).FinishRegister(ctx, e.operatorID, ceremony, response, label)
	if err != nil {
		return Session{}, fmt.Errorf("adding an operator's passkey: %w", err)
	}
	return s.Session, nil
}

// BeginTOTP returns a key for the operator's authenticator app.
func (e *Enrolment) BeginTOTP(ctx context.Context) (factor.TOTPDraft, error) {
	return e.factors.BeginTOTP(ctx, e.operatorID, e.account)
}

// FinishTOTP confirms the key with a code of the app and returns the session, as
// [Enrolment.FinishPasskey] does. Refusals: [ErrLink], [ErrNameTaken],
// [ErrStepUp], and those of factor.Factors.FinishTOTP.
func (e *Enrolment) FinishTOTP(ctx context.Context, code string) (Session, error) {
	s := e.session(factor.TOTPKind)
	if err := e.factors.With(e.act(s)).FinishTOTP(ctx, e.operatorID, code); err != nil {
		return Session{}, fmt.Errorf("adding an operator's authenticator app: %w", err)
	}
	return s.Session, nil
}

// Held returns what an operator signs in with.
func (o *Operators) Held(ctx context.Context, operatorID string) (factor.Held, error) {
	return o.factors.Held(ctx, operatorID)
}

// RenamePasskey gives a passkey of the session's operator another label. Refusals
// are those of factor.Factors.RenamePasskey.
func (o *Operators) RenamePasskey(ctx context.Context, s Session, passkeyID, label string) error {
	return o.factors.RenamePasskey(ctx, s.OperatorID, passkeyID, label)
}

// RemovePasskey takes a passkey of the session's operator away. Refusals:
// [ErrStepUp], [ErrLastFactor], factor.ErrNoPasskey.
func (o *Operators) RemovePasskey(ctx context.Context, s Session, passkeyID string) error {
	return o.removing(s).RemovePasskey(ctx, s.OperatorID, passkeyID)
}

// RemoveTOTP takes the authenticator app of the session's operator away, if there
// is one. Refusals: [ErrStepUp], [ErrLastFactor].
func (o *Operators) RemoveTOTP(ctx context.Context, s Session) error {
	return o.removing(s).RemoveTOTP(ctx, s.OperatorID)
}

// removing are factors of which a fresh session may take away all but the last.
func (o *Operators) removing(s Session) *factor.Factors {
	return o.factors.With(func(tx *db.Tx, c factor.Change) {
		s.mustBeFresh(tx)
		tx.Must(1, ErrLastFactor, fmt.Sprintf(holdWhoHolds, o.factors.Holds("operators.id")), s.OperatorID)
		mustKeep(tx, s.by(), string(c.Kind)+" remove", s.OperatorID, "")
	})
}

// mustKeep is keep for acts that other rooms make, which ask for no error: the
// act ends with it.
func mustKeep(tx *db.Tx, by Act, what, operatorID, detail string) {
	if err := keep(tx, by, what, operatorID, detail); err != nil {
		tx.Must(1, err, noOperator)
	}
}
