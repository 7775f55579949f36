// Package receipt makes the receipts that tell a backend which number was
// proved, and keeps the keys they are signed with.
//
// A receipt is a JWT signed with Ed25519 (RFC 8037) whose jti is the token of
// S-14: 256 random bits, of which the verification keeps a hash. The walk: verify
// draws a [Token] for an approval, the REST door has [Receipts.Sign] write it
// down, a backend brings it back, [Receipts.Read] finds it genuine, and verify
// consumes the token in its transaction. Nothing is written to make a receipt,
// and a genuine one is worth nothing once its token is consumed.
//
// Signing keys are sealed rows. A new one is published at least a day before it
// signs, and stays published until the last receipt it signed has ended (S-63),
// so that whoever checks offline with package receipt at the root of the
// repository never meets a key too early or too late.
package receipt

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/receipt"
)

// Life is how long a receipt can be redeemed, counted from the approval (S-14).
const Life = 5 * time.Minute

// The refusals of a receipt.
var (
	// ErrInvalid is one answer for whatever is no receipt for this caller, so
	// that it tells nothing of receipts of others.
	ErrInvalid = fault.New(fault.Invalid, "receipt_invalid",
		"this is no receipt that this server made for this application and purpose")
	ErrUsed    = fault.New(fault.Conflict, "receipt_used", "the receipt was redeemed before")
	ErrExpired = fault.New(fault.Conflict, "receipt_expired",
		"a receipt can be redeemed for five minutes after the check: start a new verification")
)

// Token is the secret of a receipt. It prints as nothing.
type Token struct{ text string }

// NewToken draws a token.
func NewToken() Token {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it ends the program rather than fail
	return Token{base64.RawURLEncoding.EncodeToString(b[:])}
}

// Hash is what may be kept of a token. It is plain SHA-256: there are 256
// random bits to guess.
func (t Token) Hash() []byte {
	sum := sha256.Sum256([]byte(t.text))
	return sum[:]
}

// IsZero reports whether there is no token.
func (t Token) IsZero() bool { return t.text == "" }

// String hides the token.
func (t Token) String() string { return "[token]" }

// LogValue hides the token.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Receipt is what a receipt says.
type Receipt struct {
	Token          Token
	ApplicationID  string
	Purpose        string
	To             phone.Number
	VerificationID string
	ApprovedAt     time.Time // in whole seconds when it was read
}

// Options are what receipts are made with.
type Options struct {
	DB     *db.DB
	Ring   *seal.Ring
	Issuer string // public_url
}

// Receipts signs and reads the receipts of one installation. It is safe for
// concurrent use.
type Receipts struct {
	db     *db.DB
	ring   *seal.Ring
	issuer string
	keys   atomic.Pointer[keySet]
}

// Open returns the receipts of an installation, and makes its first signing key
// when it has none.
func Open(ctx context.Context, o Options) (*Receipts, error) {
	r := &Receipts{db: o.DB, ring: o.Ring, issuer: strings.TrimSuffix(o.Issuer, "/")}
	if err := r.Reload(ctx); err != nil {
		return nil, err
	}
	if len(r.keys.Load().keys) > 0 {
		return r, nil
	}
	// Whichever node is first makes it; the others find it.
	if err := r.add(ctx, 1, 0, "server"); err != nil && !errors.Is(err, errOvertaken) {
		return nil, err
	}
	return r, r.Reload(ctx)
}

// claims are the payload of a receipt.
type claims struct {
	Issuer         string `json:"iss"`
	Audience       string `json:"aud"`
	ID             string `json:"jti"`
	IssuedAt       int64  `json:"iat"`
	ExpiresAt      int64  `json:"exp"`
	Purpose        string `json:"purpose"`
	Number         string `json:"phone_number"`
	Verified       bool   `json:"phone_number_verified"`
	VerificationID string `json:"verification_id"`
	Method         string `json:"method"`
}

// Sign writes a receipt down. It costs one Ed25519 signature; the same receipt
// signed twice with the same key is the same text.
func (r *Receipts) Sign(what Receipt) string {
	at := what.ApprovedAt.Unix()
	payload, err := json.Marshal(claims{
		Issuer: r.issuer, Audience: what.ApplicationID, ID: what.Token.text,
		IssuedAt: at, ExpiresAt: at + int64(Life/time.Second),
		Purpose: what.Purpose, Number: what.To.E164(), Verified: true,
		VerificationID: what.VerificationID, Method: "sms_code",
	})
	if err != nil {
		panic("receipt: the claims have only fields that can be marshalled")
	}
	key := r.keys.Load().at(r.db.Now())
	text := make([]byte, 0, 1024)
	text = append(text, key.header...)
	text = append(text, '.')
	text = base64.RawURLEncoding.AppendEncode(text, payload)
	signature := ed25519.Sign(key.private, text)
	text = append(text, '.')
	return string(base64.RawURLEncoding.AppendEncode(text, signature))
}

// Read returns what a receipt says, when this installation made it for the
// application and the purpose. Whether it is still to be had is for verify to
// find out, in the transaction that consumes it. Refusals: [ErrInvalid] and
// [ErrExpired].
func (r *Receipts) Read(ctx context.Context, text, applicationID, purpose string) (Receipt, error) {
	checker, err := receipt.New(r.issuer, applicationID, receipt.WithKeys(r.keys.Load().public),
		receipt.WithClock(func() time.Time { return r.db.Now().Std() }))
	if err != nil {
		return Receipt{}, fmt.Errorf("making a checker: %w", err)
	}
	said, err := checker.Check(ctx, text, purpose)
	switch {
	case errors.Is(err, receipt.ErrExpired):
		return Receipt{}, ErrExpired
	case errors.Is(err, receipt.ErrInvalid):
		return Receipt{}, ErrInvalid
	case err != nil:
		return Receipt{}, fmt.Errorf("checking a receipt: %w", err)
	}
	to, err := phone.FromE164(said.Number)
	if err != nil {
		return Receipt{}, fmt.Errorf("reading the number of a receipt: %w", err)
	}
	return Receipt{
		Token: Token{said.ID}, ApplicationID: said.Audience, Purpose: said.Purpose, To: to,
		VerificationID: said.VerificationID, ApprovedAt: said.IssuedAt,
	}, nil
}

// Published returns the public keys as a JWK set (RFC 7517 §5), and a strong
// entity tag for it.
func (r *Receipts) Published() (document []byte, etag string) {
	k := r.keys.Load()
	return k.document, k.etag
}
