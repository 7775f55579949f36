// Package factortest gives tests of factors and of the packages above them a
// software authenticator: it makes passkeys and signs with them as a browser
// and a phone together do, and misbehaves where a test tells it to. Codes of an
// authenticator app are made by [Code].
package factortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // #nosec G505 -- RFC 6238
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// Authenticator holds passkeys for one person. Its fields may be changed
// between its answers.
type Authenticator struct {
	Origin     string // of the page that asks
	RPID       string // in the place of the one that is asked for; "" for that one
	Unverified bool   // it does not look who holds it
	Counter    uint32 // of its uses; 0 for one that does not count
	UserHandle string // in the place of the passkey's; "" for that one

	passkeys []*passkey
}

type passkey struct {
	id, userHandle []byte
	key            *ecdsa.PrivateKey
}

// New returns an authenticator that is asked by pages of an origin.
func New(origin string) *Authenticator { return &Authenticator{Origin: origin} }

// options are the parts of what is asked that matter here.
type options struct {
	PublicKey struct {
		Challenge string
		RP        struct{ ID string }
		RPID      string
		User      struct{ ID string }

		AllowCredentials   []struct{ ID string }
		ExcludeCredentials []struct{ ID string }
	}
}

var base64URL = base64.RawURLEncoding

func decode(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64URL.DecodeString(text)
	if err != nil {
		t.Fatalf("%q is not base64url: %v", text, err)
	}
	return b
}

func read(t testing.TB, asked json.RawMessage) options {
	t.Helper()
	var o options
	if err := json.Unmarshal(asked, &o); err != nil {
		t.Fatalf("reading what is asked: %v", err)
	}
	return o
}

// Create makes a passkey and returns what a browser posts of it.
func (a *Authenticator) Create(t testing.TB, asked json.RawMessage) []byte {
	t.Helper()
	return a.create(t, asked, []byte(rand.Text()))
}

// CreateAs is [Authenticator.Create] for a passkey that claims an id, in
// base64url, which may be another's.
func (a *Authenticator) CreateAs(t testing.TB, asked json.RawMessage, id string) []byte {
	t.Helper()
	return a.create(t, asked, decode(t, id))
}

func (a *Authenticator) create(t testing.TB, asked json.RawMessage, id []byte) []byte {
	t.Helper()
	o := read(t, asked)
	for _, known := range o.PublicKey.ExcludeCredentials {
		if a.find(decode(t, known.ID)) != nil {
			t.Fatal("the authenticator holds a passkey of this account already")
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &passkey{id: id, userHandle: decode(t, o.PublicKey.User.ID), key: key}
	a.passkeys = append(a.passkeys, p)

	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	public := encode(t, map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	data := a.data(o.PublicKey.RP.ID, 0x40)
	data = append(data, make([]byte, 16)...)                      // no maker
	data = binary.BigEndian.AppendUint16(data, uint16(len(p.id))) // #nosec G115 -- it is short
	data = append(append(data, p.id...), public...)
	return a.answer(t, p, map[string]any{
		"clientDataJSON":    a.client(t, "webauthn.create", o),
		"attestationObject": encode(t, map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data}),
		"transports":        []string{"internal"},
	})
}

// Get signs with a passkey and returns what a browser posts of it: the newest
// of those that are asked for.
func (a *Authenticator) Get(t testing.TB, asked json.RawMessage) []byte {
	t.Helper()
	o := read(t, asked)
	var p *passkey
	if len(o.PublicKey.AllowCredentials) == 0 && len(a.passkeys) > 0 {
		p = a.passkeys[len(a.passkeys)-1]
	}
	for _, allowed := range o.PublicKey.AllowCredentials {
		if known := a.find(decode(t, allowed.ID)); known != nil {
			p = known
		}
	}
	if p == nil {
		t.Fatal("the authenticator holds no passkey that is asked for")
	}
	return a.sign(t, p, o)
}

// GetAny signs with the newest passkey, whichever are asked for.
func (a *Authenticator) GetAny(t testing.TB, asked json.RawMessage) []byte {
	t.Helper()
	return a.sign(t, a.passkeys[len(a.passkeys)-1], read(t, asked))
}

func (a *Authenticator) sign(t testing.TB, p *passkey, o options) []byte {
	t.Helper()
	if a.Counter > 0 {
		a.Counter++
	}
	data := a.data(o.PublicKey.RPID, 0)
	client := a.client(t, "webauthn.get", o)
	clientHash := sha256.Sum256(client)
	sum := sha256.Sum256(append(data[:len(data):len(data)], clientHash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	handle := p.userHandle
	if a.UserHandle != "" {
		handle = []byte(a.UserHandle)
	}
	return a.answer(t, p, map[string]any{
		"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": handle,
	})
}

func (a *Authenticator) find(id []byte) *passkey {
	for _, p := range a.passkeys {
		if string(p.id) == string(id) {
			return p
		}
	}
	return nil
}

// data is the head of the authenticator's data.
func (a *Authenticator) data(rpID string, flags byte) []byte {
	if a.RPID != "" {
		rpID = a.RPID
	}
	flags |= 1 // somebody is there
	if !a.Unverified {
		flags |= 4
	}
	hash := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Counter)
}

func (a *Authenticator) client(t testing.TB, kind string, o options) []byte {
	t.Helper()
	return marshal(t, map[string]any{
		"type": kind, "challenge": o.PublicKey.Challenge, "origin": a.Origin, "crossOrigin": false,
	})
}

// answer is PublicKeyCredential.toJSON.
func (a *Authenticator) answer(t testing.TB, p *passkey, response map[string]any) []byte {
	t.Helper()
	for name, value := range response {
		if b, ok := value.([]byte); ok {
			response[name] = base64URL.EncodeToString(b)
		}
	}
	id := base64URL.EncodeToString(p.id)
	return marshal(t, map[string]any{
		"id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
		"response": response, "clientExtensionResults": map[string]any{},
	})
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := webauthncbor.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Code is what an authenticator app shows at a time for a key as it is typed
// (RFC 6238).
func Code(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatalf("the key is not base32: %v", err)
	}
	mac := hmac.New(sha1.New, seed)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30))) // #nosec G115 -- it is after 1970
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[from:])&0x7fffffff)%1_000_000)
}
