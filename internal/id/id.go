// Package id makes identifiers: a prefix that tells the kind and 26 characters
// that sort by time, as in "ver_01kapz...".
//
// The text is a UUIDv7 (RFC 9562 §5.7) in the lower-case Crockford base32 of
// the TypeID format. Time-ordered keys keep new rows side by side in an index.
// Identifiers are no secrets: what must not be guessed uses crypto/rand.Text.
package id

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// New returns a fresh identifier of the given kind, such as New("ver").
func New(prefix string) string {
	u := uuid.Must(uuid.NewV7())
	b := make([]byte, 0, len(prefix)+1+26)
	b = append(b, prefix...)
	b = append(b, '_')
	return string(appendBase32(b, u))
}

// appendBase32 appends the 128 bits of u as 26 digits of five bits, the first
// of which carries only three.
func appendBase32(b []byte, u uuid.UUID) []byte {
	b = append(b, alphabet[u[0]>>5], alphabet[u[0]&31])
	var acc uint32
	bits := 0
	for _, c := range u[1:] {
		acc = acc<<8 | uint32(c)
		for bits += 8; bits >= 5; bits -= 5 {
			b = append(b, alphabet[acc>>(bits-5)&31])
		}
	}
	return b
}

// Made returns when an identifier was made, to the millisecond. ok is false for
// a text that is none.
func Made(text string) (at time.Time, ok bool) {
	_, digits, _ := strings.Cut(text, "_")
	if len(digits) != 26 {
		return time.Time{}, false
	}
	var ms int64
	for i := range 10 { // 48 bits: three, then five each
		value := strings.IndexByte(alphabet, digits[i])
		if value < 0 {
			return time.Time{}, false
		}
		ms = ms<<5 | int64(value)
	}
	return time.UnixMilli(ms).UTC(), true
}

// Before returns what every identifier of the given kind made before t sorts
// below, and none made later: a bound for what is kept for a time.
func Before(prefix string, t time.Time) string {
	var u uuid.UUID
	ms := max(t.UnixMilli(), 0)
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i)) // #nosec G115 -- the lowest byte is meant
	}
	return string(appendBase32([]byte(prefix+"_"), u))
}
