package receipt

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// tokenMost bounds what is read: a receipt has about 700 bytes.
const tokenMost = 4096

// encoding reads only the one spelling of each value.
var encoding = base64.RawURLEncoding.Strict()

// token is a JWS in compact form (RFC 7515 §3.1), taken apart and not yet
// believed.
type token struct {
	kid       string
	signed    []byte // what the signature covers
	payload   []byte
	signature []byte
}

// header is the protected header. The algorithm is fixed (RFC 8725 §3.1): what
// a token says of it is compared and never followed, and a token that brings or
// points to a key of its own is refused.
type header struct {
	Type      string          `json:"typ"`
	Algorithm string          `json:"alg"`
	Key       string          `json:"kid"`
	Critical  json.RawMessage `json:"crit"`
	JKU       json.RawMessage `json:"jku"`
	JWK       json.RawMessage `json:"jwk"`
	X5U       json.RawMessage `json:"x5u"`
	X5C       json.RawMessage `json:"x5c"`
}

// parse takes a token apart.
func parse(text string) (token, error) {
	// A decoder of base64 skips line breaks, so they are looked for here.
	if len(text) > tokenMost || strings.ContainsAny(text, "\r\n") {
		return token{}, ErrMalformed
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return token{}, ErrMalformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = encoding.DecodeString(part); err != nil {
			return token{}, ErrMalformed
		}
	}
	var h header
	if err := json.Unmarshal(decoded[0], &h); err != nil {
		return token{}, ErrMalformed
	}
	if h.Algorithm != "EdDSA" || h.Type != Type || h.Critical != nil ||
		h.JKU != nil || h.JWK != nil || h.X5U != nil || h.X5C != nil {
		return token{}, ErrAlgorithm
	}
	if h.Key == "" || len(decoded[2]) != ed25519.SignatureSize {
		return token{}, ErrMalformed
	}
	return token{
		kid: h.Key, signed: []byte(parts[0] + "." + parts[1]), payload: decoded[1], signature: decoded[2],
	}, nil
}

// claims are the members of the payload (RFC 7519 §4.1, and phone_number of
// OpenID Connect Core §5.1).
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

// receipt reads the payload, whose signature was found right.
func (t token) receipt() (Receipt, error) {
	var c claims
	if err := json.Unmarshal(t.payload, &c); err != nil {
		return Receipt{}, ErrMalformed
	}
	if c.ID == "" || c.Number == "" || c.VerificationID == "" || c.IssuedAt == 0 || c.ExpiresAt == 0 || !c.Verified {
		return Receipt{}, ErrMalformed
	}
	return Receipt{
		ID: c.ID, Issuer: c.Issuer, Audience: c.Audience, Purpose: c.Purpose, Number: c.Number,
		VerificationID: c.VerificationID, Method: c.Method,
		IssuedAt: time.Unix(c.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(c.ExpiresAt, 0).UTC(),
	}, nil
}
