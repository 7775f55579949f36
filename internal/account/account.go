// Package account keeps the members from the day they join to the day they
// leave: who they are and which browsers are signed in. What they agreed to is
// kept by consent, in the same acts.
//
// # The walk
//
// [Accounts.Check] takes the code; [Accounts.Enter] signs in the member whose
// number it is; if there is none, the page asks for a name and consents, and
// [Accounts.Join] opens the account. Both use the approval up in the transaction
// of what it allowed (S-14), so that neither happens twice.
//
// A right code does not always open the account. Where the member holds a
// password or an authenticator it is asked for besides (S-50), and where the
// number was proved so long ago that it may be somebody else's by now, a browser
// that is not known needs a second proof (S-31): the door checks it and comes
// back with [Accounts.EnterWith]. Whoever has the number and not the account says
// so by [Accounts.NotMine] (S-32), and who has lost the second proof goes by
// [Accounts.BeginRecovery] and [Accounts.FinishRecovery].
//
// # What matters
//
// A session is fresh for five minutes after a proof. Only a fresh one changes the
// number, ends all sessions, exports or leaves; [Accounts.StepUp] makes it fresh
// and gives it a new token (S-36). What somebody else might have done is told to
// the member: [Accounts.Tell] writes a notice, [Accounts.Run] texts it.
//
// # What holds
//
// One number opens at most one account, held by a unique constraint (S-34). A
// member's id is random and never a number (S-30). Session tokens are opaque
// and stored hashed (S-35). The package checks no factor but the code: whether a
// password is right is for the door to ask of those who keep it.
package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
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
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/sms"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// The refusals of this package.
var (
	ErrNoAccount = fault.New(fault.NotFound, "account_not_found",
		"the number has no account yet; the approval is still good for opening one")
	ErrName      = fault.New(fault.Invalid, "name_invalid", "a name has 1 to 50 characters and no control characters")
	ErrNoSession = fault.New(fault.Unauthenticated, "session_invalid", "sign in again")
	ErrBlocked   = fault.New(fault.Forbidden, "account_blocked",
		"the account was blocked by the operator, who alone can open it again")
	ErrSecondProof = fault.New(fault.Forbidden, "second_proof_needed",
		"the number was proved long ago and this browser is not known: prove the account by another factor, or say that it is not yours")
	ErrSecondStep = fault.New(fault.Forbidden, "second_step_needed",
		"the account has a password or an authenticator: it is needed besides the code")
	ErrStepUp = fault.New(fault.Forbidden, "step_up_needed",
		"the last proof in this session is more than five minutes ago: prove yourself again")

	errTaken = errors.New("the number got an account meanwhile")
)

const nameMost = 50

// User is a member.
type User struct {
	ID           string
	Number       phone.Number // the zero Number when it has gone to somebody else (S-32)
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

	factors      Factors
	outbox       *outbox.Outbox
	application  string
	texts        *sms.Notices
	proofLife    time.Duration
	recoveryWait time.Duration
	dormantAfter time.Duration
	listMost     int

	standingByNumber, standingByID string // statements that ask the factors along

	seeing sync.Map       // ids of sessions whose use is being noted
	beside sync.WaitGroup // acts that no request waits for

	log     *slog.Logger
	metrics *metrics
}

// Options are what accounts are made of.
type Options struct {
	DB       *db.DB
	Ring     *seal.Ring
	Verify   *verify.Verifier
	Consents *consent.Ledger // nil asks the built-in items

	Factors Factors // nil when members have none but their number

	// Notices are texted through Outbox in the name of an application. Without
	// an Outbox they stand on the account page alone.
	Outbox        *outbox.Outbox
	ApplicationID string
	Notices       *sms.Notices

	ProofDays    int           // after which a number alone does not open an account (S-31); 0 is 90
	RecoveryWait time.Duration // of a recovery without a second proof; 0 is never
	DormantAfter time.Duration // 0 is never

	Log        *slog.Logger          // nil for none
	Registerer prometheus.Registerer // nil keeps the metrics unregistered
}

// New returns the accounts.
func New(o Options) *Accounts {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Consents == nil {
		o.Consents = consent.New(consent.Options{DB: o.DB})
	}
	a := &Accounts{
		db: o.DB, ring: o.Ring, verify: o.Verify, consents: o.Consents, factors: o.Factors,
		outbox: o.Outbox, application: o.ApplicationID, texts: o.Notices,
		proofLife:    time.Duration(cmp.Or(o.ProofDays, proofDays)) * day,
		recoveryWait: o.RecoveryWait, dormantAfter: o.DormantAfter, listMost: listMost,
		log: o.Log, metrics: newMetrics(o.Registerer),
	}
	if a.factors == nil {
		a.factors = noFactors{}
	}
	holds := a.factors.Holds("users.id")
	a.standingByNumber = fmt.Sprintf(standingBy, holds, "number_mac")
	a.standingByID = fmt.Sprintf(standingBy, holds, "id")
	return a
}

const (
	day       = 24 * time.Hour
	proofDays = 90 // a carrier gives no number to somebody else sooner (S-31)
)

// Check is [verify.Verifier.Check] for somebody who comes in. When this very
// check approves, its act also looks for the account of the number: newcomer
// says that there is none, so that Enter need not be asked.
func (a *Accounts) Check(ctx context.Context, ref verify.Ref, text string) (r verify.Result, newcomer bool, err error) {
	var userID string
	r, err = a.verify.Check(ctx, ref, text, func(tx *db.Tx, number []byte) {
		userID = ""
		tx.Find(userByNumber, number).Into(&userID)
	})
	a.tellOfGuessing(ctx, ref, r, userID, err)
	if err != nil {
		return verify.Result{}, false, err
	}
	return r, r.Approved && userID == "", nil
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
		to, err = a.verify.Proved(tx, s.Verification, verify.Login, verify.Signup)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	userID := id.New("usr")
	number := a.ring.Number("users", userID, to)
	session := newSession(userID, number.Whole, SMS)
	err = a.db.Update(ctx, func(tx *db.Tx) error {
		a.verify.Redeem(tx, s.Verification)
		tx.Must(1, errTaken, insertUser, userID, number.Sealed, number.Whole, number.Tail, number.Prefix,
			name, s.Locale, tx.Now)
		a.consents.Write(tx, userID, s.Locale, consent.SignUp, agreed)
		session.write(tx, s.Device, true)
		audit.Tell(tx, audit.Event{
			Kind: audit.Joined, ApplicationID: s.Verification.ApplicationID, VerificationID: s.Verification.ID, UserID: userID,
		})
		return nil
	})
	if errors.Is(err, errTaken) {
		return a.Enter(ctx, s.Verification, Browser{Label: s.Device})
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
