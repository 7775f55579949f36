// Package verify proves control of a phone number by a one-time code.
//
// # The walk
//
// [Verifier.Start] takes the number's limit and writes the verification, its
// message and its event in one transaction; the text leaves after the commit.
// [Verifier.Check] counts the attempt, compares and decides in one guarded
// update, committed before any answer leaves (S-4). An approved verification
// is used up by [Verifier.Redeem] in the transaction of the act it allows.
//
// A verification belongs to the application, the purpose, the number and, when
// it was started with a [Binding], the browser or caller that started it; a
// check from elsewhere is refused without comparing and without using an
// attempt (S-9 to S-11).
//
// The package never says who somebody is: a code proves possession of a number
// and nothing else. It keeps no code in clear (S-12).
package verify

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// Attempts is how many codes a verification lets be checked (S-5).
const Attempts = 5

// The rules of a verification (S-1, S-2, S-7, S-8 and their limits).
const (
	lifetime     = 5 * time.Minute  // but of a recovery
	lifetimeMost = 10 * time.Minute // from creation, whatever is resent
	resendsMost  = 2
	pendingMost  = 3                // of one number
	lastUseful   = time.Minute      // a text is not sent with less than this to live
	resendUseful = 90 * time.Second // nor sent again with less than this
	usableFor    = 30 * time.Minute // an approval waits this long to be redeemed
)

// resendWaits are the waits before the first and the second resend.
var resendWaits = [resendsMost]time.Duration{30 * time.Second, time.Minute}

// The refusals of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "verification_not_found",
		"there is no such verification for this application")
	ErrBinding = fault.New(fault.Forbidden, "binding_mismatch",
		"this verification was started by another browser or with another binding; no attempt was used")
	ErrCode = fault.New(fault.Invalid, "code_unreadable",
		"the code could not be read: send its digits; no attempt was used")
	ErrNotPending = fault.New(fault.Conflict, "verification_ended",
		"the verification has ended: start a new one")
	ErrNotApproved = fault.New(fault.Conflict, "verification_not_approved",
		"the verification is not approved, or its approval was used or has lapsed")
	ErrResendTooSoon = fault.New(fault.Conflict, "resend_too_soon",
		"wait for Retry-After before asking for the text again")
	ErrResendTooLate = fault.New(fault.Conflict, "resend_too_late",
		"too little time would be left: start a new verification")
	ErrNoResends = fault.New(fault.Conflict, "resends_spent",
		"the text was sent again as often as is allowed: start a new verification")
)

// Purpose says what an approval may be used for.
type Purpose string

// The purposes.
const (
	Signup       Purpose = "signup"
	Login        Purpose = "login"
	Recovery     Purpose = "recovery"
	NumberChange Purpose = "number_change"
	API          Purpose = "api"
)

// Purposes lists all purposes.
func Purposes() []Purpose { return []Purpose{Signup, Login, Recovery, NumberChange, API} }

// Status is where a verification stands.
type Status string

// The statuses.
const (
	Pending    Status = "pending"    // a code is out and may be checked
	Approved   Status = "approved"   // the right code came; it may be redeemed once
	Redeemed   Status = "redeemed"   // used up by the act it allowed
	Locked     Status = "locked"     // five wrong codes: not even the right one works
	Expired    Status = "expired"    // its time ran out
	Superseded Status = "superseded" // the same browser or binding started anew
	Canceled   Status = "canceled"   // whoever started it gave up
)

// moves lists where a status may go; every way leads forward.
var moves = map[Status][]Status{
	Pending:  {Approved, Locked, Expired, Superseded, Canceled},
	Approved: {Redeemed},
}

// CanBecome reports whether a verification in status s may move to next.
func (s Status) CanBecome(next Status) bool { return slices.Contains(moves[s], next) }

// Binding ties a verification to whoever started it. Only its hash is kept.
// The zero Binding ties it to the application alone.
type Binding struct{ hash []byte }

// Browser returns the binding of a browser's flow secret (S-10).
func Browser(secret string) Binding { return newBinding("browser", secret) }

// Client returns the binding a backend sent (S-11); empty text gives the zero
// Binding.
func Client(text string) Binding {
	if text == "" {
		return Binding{}
	}
	return newBinding("client", text)
}

// newBinding hashes with the kind, so that a backend cannot pass for a browser.
func newBinding(kind, secret string) Binding {
	sum := sha256.Sum256([]byte(kind + "\x00" + secret))
	return Binding{hash: sum[:]}
}

// bytes returns the hash, empty and never nil.
func (b Binding) bytes() []byte {
	if b.hash == nil {
		return []byte{}
	}
	return b.hash
}

// Verification is one effort to prove control of one number.
type Verification struct {
	ID            string
	ApplicationID string
	To            phone.Number
	Purpose       Purpose
	Locale        string
	Status        Status // a pending one whose time is over reads as expired
	CodeLength    int
	AttemptsLeft  int
	ResendsLeft   int
	CreatedAt     time.Time
	ExpiresAt     time.Time
	ResendAt      time.Time // when the text may be asked for again
	Metadata      map[string]string
	Message       outbox.Message // the newest
}

// Ref names a verification and says who speaks of it.
type Ref struct {
	ID            string
	ApplicationID string
	Binding       Binding
	Keep          Keep // of Check, Resend and Cancel; may be nil
}

// Topic is what is notified when a verification has changed.
func Topic(id string) string { return "ver:" + id }

// Keep is called in the act that makes a result, as its last step, so that
// what was answered is kept with what was done. Where there was nothing to do
// it has an act of its own: a call that returned no error has had its result
// kept.
type Keep func(tx *db.Tx, r Result)

// keep keeps a result that came of no act.
func (v *Verifier) keep(ctx context.Context, keep Keep, r Result) error {
	if keep == nil {
		return nil
	}
	err := v.db.Update(ctx, func(tx *db.Tx) error {
		keep(tx, r)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	return nil
}

// Options are what a verifier is made of.
type Options struct {
	DB     *db.DB
	Ring   *seal.Ring
	Outbox *outbox.Outbox
	Limits *limit.Limits
	Rand   io.Reader // of the codes; crypto/rand.Reader but in tests

	Registerer prometheus.Registerer // nil keeps the metrics unregistered
}

// Verifier runs the verifications of one installation. It is safe for
// concurrent use.
type Verifier struct {
	db     *db.DB
	ring   *seal.Ring
	outbox *outbox.Outbox
	limits *limit.Limits
	rand   io.Reader
	recent *recent

	converted *conversions
	metrics   *metrics
}

// New returns a verifier.
func New(o Options) *Verifier {
	return &Verifier{
		db: o.DB, ring: o.Ring, outbox: o.Outbox, limits: o.Limits, rand: o.Rand,
		recent: newRecent(), converted: newConversions(), metrics: newMetrics(o.Registerer),
	}
}

// Read returns a verification to its application's backend, which need not
// show the binding. Refusal: [ErrNotFound], for another application's too.
func (v *Verifier) Read(ctx context.Context, applicationID, id string) (Verification, error) {
	r, err := v.read(ctx, id, applicationID)
	return r.Verification, err
}

// Get returns a verification to whoever started it. Refusals: [ErrNotFound],
// [ErrBinding].
func (v *Verifier) Get(ctx context.Context, ref Ref) (Verification, error) {
	r, err := v.readBound(ctx, ref)
	return r.Verification, err
}

// Watch is Get for a page that is open: the message's fate is asked for more
// often while it is called.
func (v *Verifier) Watch(ctx context.Context, ref Ref) (Verification, error) {
	r, err := v.readBound(ctx, ref)
	if err == nil {
		v.outbox.Watch(r.Message.ID)
	}
	return r.Verification, err
}

// Follow is Read for a stream that is open: the message's fate is asked for
// more often while it is called.
func (v *Verifier) Follow(ctx context.Context, applicationID, id string) (Verification, error) {
	r, err := v.read(ctx, id, applicationID)
	if err == nil {
		v.outbox.Watch(r.Message.ID)
	}
	return r.Verification, err
}

// networkOf returns the keyed hash of the block that an address counts for:
// itself, or its /64. An address that is not known, or is this machine's own,
// tells no network: behind a proxy that nobody told the server to trust all
// people would seem to share one.
func (v *Verifier) networkOf(addr netip.Addr) []byte {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.IsLoopback() {
		return nil
	}
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return v.ring.Hash(seal.Network, p.String())
		}
	}
	return v.ring.Hash(seal.Network, addr.String())
}
