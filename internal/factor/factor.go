// Package factor keeps what members prove themselves with beside their number:
// passkeys, a password, an authenticator app (TOTP) and recovery codes.
//
// Each kind has the same walk: it is added ([Factors.FinishRegister],
// [Factors.SetPassword], [Factors.FinishTOTP], [Factors.NewRecoveryCodes]),
// checked ([Factors.FinishSignIn], [Factors.CheckPassword],
// [Factors.CheckTOTP], [Factors.UseRecoveryCode]) and removed. A check answers
// nil and nothing more: the session that it allows is written by who asked.
//
// Passwords are argon2id, sealed on top (S-49); seeds are sealed (S-53);
// recovery codes are kept as keyed hashes (S-51). A try of one of these is
// counted, and the count committed, before it is compared; the member's budget
// of wrong ones is durable and shared by all nodes.
//
// The package does not decide who may add, remove or ask for which factor, and
// it sends no notices.
package factor

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// The refusals that several kinds of factors share.
var (
	// ErrWrong refuses a proof. It says no more: that a member has no such
	// factor looks the same.
	ErrWrong = fault.New(fault.Forbidden, "factor_wrong", "this does not prove the account: check it and try again")
	// ErrTries refuses to compare: too many wrong ones were tried.
	ErrTries = fault.New(fault.TooMany, "factor_limited",
		"too many wrong ones were tried for this account: wait for Retry-After, or use another factor")
	// ErrLabel refuses what somebody wants to call a passkey.
	ErrLabel = fault.New(fault.Invalid, "label_invalid", "a label has 1 to 50 characters and no control characters")
)

// Kind is a kind of factor.
type Kind string

// The kinds.
const (
	PasskeyKind  Kind = "passkey"
	PasswordKind Kind = "password"
	TOTPKind     Kind = "totp"
	RecoveryKind Kind = "recovery_code"
)

// Change is a factor that was added, set anew, or removed.
type Change struct {
	UserID  string
	Kind    Kind
	Removed bool
}

// Factors keeps the factors of one installation. It is safe for concurrent
// use.
type Factors struct {
	db        *db.DB
	ring      *seal.Ring
	name      string
	origin    *url.URL
	passwords Passwords
	words     []string
	changed   func(tx *db.Tx, c Change)
	metrics   *metrics

	hashing chan struct{} // a place for each hash that is computed at a time
	patient time.Duration // how long a hash waits for a place
	relying func() (*webauthn.WebAuthn, error)
	dummy   func() (string, error)
}

// Options are what factors are made of.
type Options struct {
	DB   *db.DB
	Ring *seal.Ring

	Name      string    // of the service: authenticators show it
	Origin    *url.URL  // the address people see
	Passwords Passwords // the zero value is the default
	Words     []string  // words of the service that no password may consist of, besides its name and host
	// Changed is called in the act of each change, to write what belongs to it
	// or to refuse it, as for a member who has just left; nil for nothing.
	Changed func(tx *db.Tx, c Change)

	Registerer prometheus.Registerer // nil keeps the metrics unregistered
}

// New returns the factors, or an error when the settings of passwords are out
// of their range. What takes time to prepare is prepared at its first use.
func New(o Options) (*Factors, error) {
	passwords, err := o.Passwords.complete()
	if err != nil {
		return nil, err
	}
	f := &Factors{
		db: o.DB, ring: o.Ring, name: o.Name, origin: o.Origin, passwords: passwords, changed: o.Changed,
		words:   ownWords(append([]string{o.Name, o.Origin.Hostname()}, o.Words...)),
		metrics: newMetrics(o.Registerer),
		hashing: make(chan struct{}, runtime.GOMAXPROCS(0)), patient: hashPatience,
	}
	f.relying = sync.OnceValues(f.newRelying)
	f.dummy = sync.OnceValues(f.newDummy)
	return f, nil
}

// With returns the factors with another function to call in the act of each
// change, for a door whose acts have more to write, or other reasons to refuse.
func (f *Factors) With(changed func(tx *db.Tx, c Change)) *Factors {
	with := *f
	with.changed = changed
	return &with
}

// Policy says whether members may have a password.
func (f *Factors) Policy() Policy { return f.passwords.Policy }

// Passkeys reports whether there can be passkeys here. They belong to a name:
// at a bare address, such as http://127.0.0.1:8080, browsers make none.
func (f *Factors) Passkeys() bool {
	_, err := netip.ParseAddr(f.origin.Hostname())
	return err != nil
}

// Held is what a member has.
type Held struct {
	Passkeys      []Passkey // the oldest first
	Password      bool
	TOTP          bool
	RecoveryCodes int // that are left
}

// Second reports whether a factor is asked for after a code: SMS gets round
// neither password nor TOTP (S-50).
func (h Held) Second() bool { return h.Password || h.TOTP }

// StepUp reports whether the member can step up without a text.
func (h Held) StepUp() bool { return h.Second() || len(h.Passkeys) > 0 }

// Held returns what a member has.
func (f *Factors) Held(ctx context.Context, userID string) (h Held, err error) {
	err = f.db.View(ctx, func(tx *db.Tx) (err error) {
		h, err = f.HeldIn(tx, userID)
		return err
	})
	return h, err
}

// HeldIn returns what a member has, inside an act of the caller.
func (f *Factors) HeldIn(tx *db.Tx, userID string) (Held, error) {
	var h Held
	err := tx.Row(heldBy, userID).Scan(&h.Password, &h.TOTP, &h.RecoveryCodes)
	if err == nil {
		err = tx.Each(passkeysOf, []any{userID}, func(scan func(...any) error) error {
			var p Passkey
			var created, used db.Time
			if err := scan(&p.ID, &p.Label, &created, &used); err != nil {
				return err
			}
			p.CreatedAt = created.Std()
			if used != 0 {
				p.UsedAt = used.Std()
			}
			h.Passkeys = append(h.Passkeys, p)
			return nil
		})
	}
	if err != nil {
		return Held{}, fmt.Errorf("reading the factors of %s: %w", userID, err)
	}
	return h, nil
}

// Erase deletes all factors of a member, in the act of leaving.
func (f *Factors) Erase(tx *db.Tx, userID string) {
	for _, statement := range eraseMember {
		tx.Exec(statement, userID)
	}
}

// changes notes a change in its act.
func (f *Factors) changes(tx *db.Tx, c Change) {
	kind := audit.FactorAdded
	if c.Removed {
		kind = audit.FactorRemoved
	}
	audit.Tell(tx, audit.Event{Kind: kind, UserID: c.UserID, Detail: string(c.Kind)})
	if f.changed != nil {
		f.changed(tx, c)
	}
}

// errNone means that there is nothing to remove.
var errNone = errors.New("the member has no such factor")

// remove deletes a factor with a statement on the member's id. That there is
// none is no error.
func (f *Factors) remove(ctx context.Context, userID string, kind Kind, statement string) error {
	err := f.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errNone, statement, userID)
		f.changes(tx, Change{UserID: userID, Kind: kind, Removed: true})
		return nil
	})
	if err != nil && !errors.Is(err, errNone) {
		return fmt.Errorf("removing a %s: %w", kind, err)
	}
	return nil
}

// site is the address people see, as browsers write an origin.
func (f *Factors) site() string { return f.origin.Scheme + "://" + strings.ToLower(f.origin.Host) }
