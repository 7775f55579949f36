// Package account keeps the members: who they are and which browsers are signed
// in. What they agreed to is kept by consent, in the same acts.
//
// The walk: [Accounts.Check] takes the code; [Accounts.Enter] signs in the
// member whose number it is; if there is none, the page asks for a name and
// consents, and [Accounts.Join] opens the account. Both use the approval up in
// the transaction of what it allowed (S-14), so that neither happens twice.
//
// One number opens at most one account, held by a unique constraint (S-34). A
// member's id is random and never a number (S-30). Session tokens are opaque
// and stored hashed (S-35).
package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// The refusals of this package.
var (
	ErrNoAccount = fault.New(fault.NotFound, "account_not_found",
		"the number has no account yet; the approval is still good for opening one")
	ErrName      = fault.New(fault.Invalid, "name_invalid", "a name has 1 to 50 characters and no control characters")
	ErrNoSession = fault.New(fault.Unauthenticated, "session_invalid", "sign in again")

	errTaken = errors.New("the number got an account meanwhile")
)

const nameMost = 50

// User is a member.
type User struct {
	ID           string
	Number       phone.Number
	Name         string
	Locale       string
	CreatedAt    time.Time
	LastProvedAt time.Time // when possession of the number was proved last
}

// Accounts keeps the members of one installation. It is safe for concurrent
// use.
type Accounts struct {
	db       *db.DB
	ring     *seal.Ring
	verify   *verify.Verifier
	consents *consent.Ledger

	metrics *metrics
}

// Options are what accounts are made of.
type Options struct {
	DB       *db.DB
	Ring     *seal.Ring
	Verify   *verify.Verifier
	Consents *consent.Ledger // nil asks the built-in items

	Registerer prometheus.Registerer // nil keeps the metrics unregistered
}

// New returns the accounts.
func New(o Options) *Accounts {
	if o.Consents == nil {
		o.Consents = consent.New(consent.Options{DB: o.DB})
	}
	return &Accounts{db: o.DB, ring: o.Ring, verify: o.Verify, consents: o.Consents, metrics: newMetrics(o.Registerer)}
}

// Check is [verify.Verifier.Check] for somebody who comes in. When this very
// check approves, its act also looks for the account of the number: newcomer
// says that there is none, so that Enter need not be asked.
func (a *Accounts) Check(ctx context.Context, ref verify.Ref, text string) (r verify.Result, newcomer bool, err error) {
	var userID string
	r, err = a.verify.Check(ctx, ref, text, func(tx *db.Tx, number []byte) {
		userID = ""
		tx.Find(userByNumber, number).Into(&userID)
	})
	return r, r.Approved && userID == "", err
}

// Enter signs in to the account of an approved verification's number. It
// returns [ErrNoAccount], and leaves the approval as it was, when the number
// has none. Refusals besides: those of verify.Verifier.Proved.
func (a *Accounts) Enter(ctx context.Context, ref verify.Ref, device string) (_ Session, err error) {
	defer func() { a.metrics.count("sign_in", err) }()
	var userID string
	var number []byte
	err = a.db.View(ctx, func(tx *db.Tx) error {
		to, err := a.verify.Proved(tx, ref)
		if err != nil {
			return err
		}
		number = a.ring.Whole(to)
		err = tx.Row(userByNumber, number).Scan(&userID)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoAccount
		}
		return err
	})
	if err != nil {
		return Session{}, fmt.Errorf("looking for an account: %w", err)
	}
	s := newSession(userID, number)
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		a.verify.Redeem(tx, ref)
		tx.Must(1, ErrNoAccount, proveNumber, userID, number, tx.Now)
		s.write(tx, device)
		audit.Tell(tx, audit.Event{
			Kind: audit.SignedIn, ApplicationID: ref.ApplicationID, VerificationID: ref.ID, UserID: userID, Detail: "sms",
		})
		return nil
	})
	if err != nil {
		return Session{}, fmt.Errorf("signing in: %w", err)
	}
	return s.Session, nil
}

// SignUp asks for an account on an approved verification.
type SignUp struct {
	Verification verify.Ref
	Name         string
	Agreed       []string // ids of the consent items that were ticked
	Locale       string   // the language they were shown in
	Device       string   // label of the browser
}

// Join opens the account of an approved verification's number and signs in,
// in one transaction. If the number got an account meanwhile it signs in to
// that. Refusals: [ErrName], consent.ErrMissing whose detail is the
// item's id, and those of [Accounts.Enter].
func (a *Accounts) Join(ctx context.Context, s SignUp) (_ Session, err error) {
	defer func() { a.metrics.count("join", err) }()
	name, err := cleanName(s.Name)
	if err != nil {
		return Session{}, err
	}
	agreed, err := a.consents.Choose(s.Agreed)
	if err != nil {
		return Session{}, err
	}
	var to phone.Number
	err = a.db.View(ctx, func(tx *db.Tx) (err error) {
		to, err = a.verify.Proved(tx, s.Verification)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	userID := id.New("usr")
	number := a.ring.Number("users", userID, to)
	session := newSession(userID, number.Whole)
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		a.verify.Redeem(tx, s.Verification)
		tx.Must(1, errTaken, insertUser, userID, number.Sealed, number.Whole, number.Tail, number.Prefix,
			name, s.Locale, tx.Now)
		a.consents.Write(tx, userID, s.Locale, consent.SignUp, agreed)
		session.write(tx, s.Device)
		audit.Tell(tx, audit.Event{
			Kind: audit.Joined, ApplicationID: s.Verification.ApplicationID, VerificationID: s.Verification.ID, UserID: userID,
		})
		return nil
	})
	if errors.Is(err, errTaken) {
		return a.Enter(ctx, s.Verification, s.Device)
	}
	if err != nil {
		return Session{}, fmt.Errorf("opening an account: %w", err)
	}
	return session.Session, nil
}

// cleanName trims a name and brings it to NFC.
func cleanName(name string) (string, error) {
	name = norm.NFC.String(strings.TrimSpace(name))
	n := utf8.RuneCountInString(name)
	if !utf8.ValidString(name) || n < 1 || n > nameMost || strings.ContainsFunc(name, unicode.IsControl) {
		return "", ErrName
	}
	return name, nil
}
