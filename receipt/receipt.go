// Package receipt checks the receipts of a Sinpyo server without asking it.
//
// A receipt is what POST /v1/verifications/{id}/check answers when it approves:
// a signed token (JWT, RFC 7519) saying that a number was proved, for which
// application, for which purpose and when. It is good for five minutes.
//
// # Checking is not redeeming
//
// A receipt that checks out here is genuine, and may have been shown before:
// whoever holds it can show it as often as they like until it ends. What makes
// it good for one use is POST /v1/receipts/redeem, which a server carries out
// once. Redeem it before doing anything that must not happen twice, such as
// opening an account or changing a number. A check without redeeming is for
// what may be repeated, such as a page that shows the proved number, or for
// refusing nonsense before a call is spent on it. Where redeeming is out of
// reach, keep [Receipt.ID] until [Receipt.ExpiresAt] and refuse it a second time.
//
// # Use
//
// Make one [Checker] per application and keep it: it fetches the server's keys
// when it first needs them, keeps them, and fetches them again when they are
// old or a receipt names a new one. It proves possession of a number and never
// who somebody is.
//
// The package needs nothing but the standard library.
package receipt

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Type is the typ of a receipt's header (RFC 8725 §3.11): no other token of
// the server can pass for one.
const Type = "sinpyo-receipt+jwt"

// Leeway is how far the clocks of the server and of this machine may be apart.
const Leeway = 30 * time.Second

// ErrInvalid is what every receipt that must not be believed ends in; the
// errors below say why and match it with errors.Is. Tell them to your log, and
// one answer to whoever sent it.
var ErrInvalid = errors.New("receipt: not valid")

// The reasons.
var (
	ErrMalformed = fmt.Errorf("%w: it is no receipt", ErrInvalid)
	ErrAlgorithm = fmt.Errorf("%w: its header names another algorithm, type or key than a receipt may", ErrInvalid)
	ErrKey       = fmt.Errorf("%w: the server has no such key", ErrInvalid)
	ErrSignature = fmt.Errorf("%w: its signature is wrong", ErrInvalid)
	ErrIssuer    = fmt.Errorf("%w: another server made it", ErrInvalid)
	ErrAudience  = fmt.Errorf("%w: it was made for another application", ErrInvalid)
	ErrPurpose   = fmt.Errorf("%w: it was made for another purpose", ErrInvalid)
	ErrExpired   = fmt.Errorf("%w: it has ended", ErrInvalid)
	ErrNotYet    = fmt.Errorf("%w: it comes from the future; compare the clocks", ErrInvalid)
)

// ErrKeys says that the server's keys could not be fetched. It tells nothing of
// the receipt; another try may help.
var ErrKeys = errors.New("receipt: the server's keys could not be fetched")

// Receipt is what a receipt says.
type Receipt struct {
	ID             string // 256 random bits; the same for every copy of this receipt
	Issuer         string // public_url of the server
	Audience       string // id of the application it was made for
	Purpose        string // "signup", "login", "recovery", "number_change" or "api"
	Number         string // the proved number, in E.164
	VerificationID string
	Method         string // "sms_code"
	IssuedAt       time.Time
	ExpiresAt      time.Time
}

// Checker checks the receipts that one server makes for one application. It is
// safe for concurrent use.
type Checker struct {
	issuer, audience string
	now              func() time.Time
	keys             Keys    // fixed, or nil:
	fetched          *source // fetched
}

// Option changes what New makes.
type Option func(*Checker)

// WithKeys gives a Checker the server's keys; nothing is fetched then, and a
// rotation of the keys needs a new Checker.
func WithKeys(k Keys) Option { return func(c *Checker) { c.keys = k } }

// WithJWKS says where the keys are, when that is not /.well-known/jwks.json
// below the issuer.
func WithJWKS(address string) Option { return func(c *Checker) { c.fetched.url = address } }

// WithHTTPClient fetches the keys with h. Without it a client of this package's
// own does, which takes at most five seconds and follows no redirect.
func WithHTTPClient(h *http.Client) Option { return func(c *Checker) { c.fetched.client = h } }

// WithClock replaces time.Now.
func WithClock(now func() time.Time) Option { return func(c *Checker) { c.now = now } }

// New returns a checker for the receipts of the server whose public_url is
// issuer, made for the application with the id audience. It fetches nothing
// yet. The keys come over https, or over http from this machine itself.
func New(issuer, audience string, options ...Option) (*Checker, error) {
	issuer = strings.TrimSuffix(issuer, "/")
	c := &Checker{issuer: issuer, audience: audience, now: time.Now, fetched: &source{
		url: issuer + "/.well-known/jwks.json", client: newClient(),
	}}
	for _, option := range options {
		option(c)
	}
	if issuer == "" || audience == "" {
		return nil, errors.New("receipt: issuer and audience are needed")
	}
	if c.keys != nil {
		c.fetched = nil
		return c, nil
	}
	c.fetched.now = c.now
	u, err := url.Parse(c.fetched.url)
	if err != nil {
		return nil, fmt.Errorf("receipt: the address of the keys: %w", err)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("receipt: the keys at %s would come without protection: use https", u.Redacted())
	}
	return c, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Check returns what a receipt says, when it is genuine, still good, and made
// for purpose. Otherwise the error matches [ErrInvalid], or [ErrKeys] when the
// keys to check it with could not be had. ctx bounds the wait for the keys.
//
// A receipt can be checked any number of times; only redeeming uses it up.
func (c *Checker) Check(ctx context.Context, token, purpose string) (Receipt, error) {
	t, err := parse(token)
	if err != nil {
		return Receipt{}, err
	}
	key, err := c.key(ctx, t.kid)
	if err != nil {
		return Receipt{}, err
	}
	if !ed25519.Verify(key, t.signed, t.signature) {
		return Receipt{}, ErrSignature
	}
	r, err := t.receipt()
	if err != nil {
		return Receipt{}, err
	}
	now := c.now()
	switch {
	case r.Issuer != c.issuer:
		return Receipt{}, ErrIssuer
	case r.Audience != c.audience:
		return Receipt{}, ErrAudience
	case r.Purpose != purpose:
		return Receipt{}, ErrPurpose
	case now.After(r.ExpiresAt.Add(Leeway)):
		return Receipt{}, ErrExpired
	case r.IssuedAt.After(now.Add(Leeway)):
		return Receipt{}, ErrNotYet
	}
	return r, nil
}

// key returns the key that a receipt names.
func (c *Checker) key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	if c.fetched != nil {
		return c.fetched.key(ctx, kid)
	}
	if key, ok := c.keys[kid]; ok {
		return key, nil
	}
	return nil, ErrKey
}
