// Package operator keeps the people who run an installation: who they are, what
// each may do, and how they sign in to the console.
//
// # The walk
//
// There is no account to begin with and no default one. While nobody has joined,
// [Operators.FirstLink] makes a link with which the first owner does; owners make
// one for everybody else by [Operators.Invite]. [Operators.Open] reads a link, and
// [Claim.Enrol] has its holder make a passkey or an authenticator app, by which the
// account begins to count. [Operators.SignIn] and [Operators.SignInByTOTP] open a
// session, [Operators.BySession] says whose it is, [Operators.StepUp] makes it
// fresh again for what matters.
//
// # What holds
//
// An account is one person's and works with a passkey or an authenticator app
// alone, never with a password or a text (S-96). Ten wrong codes in a row lock it
// for an hour (S-98). A session ends after half an hour without use and after
// twelve hours at most, and at once when the role changes or the account is
// disabled. There is always an owner. What is done to an account, and each
// sign-in, is kept as a record in the act itself (S-92, S-94).
//
// The package knows roles and their order. What each of them may do in the
// console is for the console to say.
package operator

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// The refusals about who an operator is.
var (
	ErrName = fault.New(fault.Invalid, "operator_name_invalid",
		"an operator's name has 1 to 50 characters that can be seen, and does not begin with opr_")
	ErrNameTaken  = fault.New(fault.Conflict, "operator_name_taken", "another operator has this name: add something to it")
	ErrNoOperator = fault.New(fault.NotFound, "operator_not_found", "there is no such operator: sinpyo admin list names them all")
	ErrDisabled   = fault.New(fault.Forbidden, "operator_disabled", "the account is disabled: an owner can enable it, or sinpyo admin enable")
)

const (
	nameMost = 50
	idPrefix = "opr"
)

// State says where an account stands.
type State string

// The states.
const (
	Invited  State = "invited" // no factor yet, or none any more
	Active   State = "active"
	Locked   State = "locked" // for an hour, after ten wrong codes
	Disabled State = "disabled"
)

// Operator is a person who runs the installation.
type Operator struct {
	ID     string
	Name   string
	Role   Role
	Locale string // "ko" or "en"

	CreatedAt   time.Time
	JoinedAt    time.Time // since when there is a factor; zero for never
	SignedInAt  time.Time // likewise
	DisabledAt  time.Time // zero while they are not
	LockedUntil time.Time // likewise

	// Told by [Operators.List], [Operators.ByID] and [Operators.ByName] alone.
	Passkeys  int
	TOTP      bool
	LinkUntil time.Time // when the open link ends; zero when there is none
}

// State returns where the account stands.
func (o Operator) State() State {
	switch {
	case !o.DisabledAt.IsZero():
		return Disabled
	case o.JoinedAt.IsZero():
		return Invited
	case !o.LockedUntil.IsZero():
		return Locked
	}
	return Active
}

// Act is who does something to an account, from where, and why. It becomes a
// record (S-94).
type Act = audit.Act

// Browser is where an operator signs in.
type Browser struct {
	Label string // as it is listed
	From  string // the network, cut
}

// Operators keeps the operators of one installation. It is safe for concurrent
// use.
type Operators struct {
	db      *db.DB
	ring    *seal.Ring
	factors *factor.Factors
	metrics *metrics
}

// Options are what operators are made of.
type Options struct {
	DB   *db.DB
	Ring *seal.Ring

	Name   string   // of the service: authenticators show it
	Origin *url.URL // the address of the console

	Registerer prometheus.Registerer // nil keeps the metrics unregistered
}

// New returns the operators.
func New(o Options) (*Operators, error) {
	factors, err := factor.New(factor.Options{DB: o.DB, Ring: o.Ring, Name: o.Name, Origin: o.Origin})
	if err != nil {
		return nil, fmt.Errorf("making the factors of operators: %w", err)
	}
	return &Operators{db: o.DB, ring: o.Ring, factors: factors, metrics: newMetrics(o.Registerer)}, nil
}

// Passkeys reports whether there can be passkeys at the console's address. They
// belong to a name: at http://127.0.0.1:8081 browsers make none.
func (o *Operators) Passkeys() bool { return o.factors.Passkeys() }

// cleanName trims a name and brings it to NFC.
func cleanName(name string) (string, error) {
	name = norm.NFC.String(strings.TrimSpace(name))
	n := utf8.RuneCountInString(name)
	hidden := func(r rune) bool { return !unicode.IsPrint(r) } // it would make two names look alike
	if !utf8.ValidString(name) || n < 1 || n > nameMost || strings.ContainsFunc(name, hidden) ||
		strings.HasPrefix(nameKey(name), idPrefix+"_") {
		return "", ErrName
	}
	return name, nil
}

// nameKey is a name as it is compared: upper and lower case, full width and half
// width, and spaces make no difference.
func nameKey(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(name))), " ")
}

// localeOf returns one of the languages that the console speaks.
func localeOf(text string) string {
	if text == "en" {
		return "en"
	}
	return "ko"
}

// keep writes a record of what was done to an operator's account.
func keep(tx *db.Tx, by Act, what, operatorID, detail string) error {
	return audit.Keep(tx, by.Detailed(detail).Record("admin "+what, operatorID))
}

// orZero returns the time, or the zero time for none.
func orZero(t db.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Std()
}
