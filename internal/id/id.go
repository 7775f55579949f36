// Package id makes identifiers: a prefix that tells the kind and 26 characters
// that sort by time, as in "ver_01kapz...".
//
// The text is a UUIDv7 (RFC 9562 §5.7) in the lower-case Crockford base32 of
// the TypeID format. Time-ordered keys keep new rows side by side in an index.
// Identifiers are no secrets: what must not be guessed uses crypto/rand.Text.
package id

import (
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

// At returns the identifier that was made at t with some randomness: the same
// one for the same. It is for data that are made up.
func At(prefix string, t time.Time, random [10]byte) string {
	u := stamped(t)
	copy(u[6:], random[:])
	u[6] = u[6]&0x0f | 0x70 // version 7
	u[8] = u[8]&0x3f | 0x80 // variant of RFC 9562
	return string(appendBase32([]byte(prefix+"_"), u))
}

// Before returns what every identifier of the given kind made before t sorts
// below, and none made later: a bound for what is kept for a time.
func Before(prefix string, t time.Time) string {
	return string(appendBase32([]byte(prefix+"_"), stamped(t)))
}

// stamped returns a UUID of which only the time is set.
func stamped(t time.Time) (u uuid.UUID) {
	ms := max(t.UnixMilli(), 0)
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i)) // #nosec G115 -- the lowest byte is meant
	}
	return u
}
