// Package seal keeps the installation's keys and does with them the three
// things the house needs: it seals what must be read again, it hashes what
// must only be found again, and it proves that the keys belong to the database.
//
// A master key of 256 bits is kept in a file; a key of its own is derived from
// it for each use with HKDF (RFC 5869), so that no two uses share one (S-83).
// A later master key can live beside it and take its place for what is sealed;
// the keys of the hashes stay those of the first. Sealed values are AES-256-GCM with a random nonce; the place they
// stand in is the associated data, so that a value moved to another row or
// column does not open (S-84). Hashes are HMAC-SHA-256.
//
// The package writes no log and its keys print as nothing.
package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"
	"sync/atomic"
)

// Use names what a hash is for; each has a key of its own.
type Use int

// The uses.
const (
	Whole       Use = iota // a whole phone number, to find it
	Tail                   // its last four digits
	Prefix                 // its first seven digits
	Code                   // a one-time code under check (S-12)
	Network                // the address block a request came from
	Fingerprint            // a provider key, to tell it from another
	Idempotency            // an idempotency key and the body that came with it
	Device                 // a trusted browser's cookie (S-19)
	Challenge              // a challenge, to know it again
	Recovery               // a member's recovery code (S-51)
	Operator               // a name that somebody signs in to the console with and nobody has
	uses
)

// labels are the HKDF info strings; changing one changes the key.
var labels = [uses]string{
	"number/whole", "number/tail", "number/prefix", "code", "network", "fingerprint", "idempotency", "device", "challenge",
	"recovery", "operator",
}

// hashSize is how many bytes of an HMAC are kept: 128 bits, plenty against
// chance collisions, and half the index.
const hashSize = 16

// ErrOpen means that a sealed value is damaged, was moved, or belongs to
// another key.
var ErrOpen = errors.New("sealed value does not open with this key in this place")

// Ring holds the derived keys. It is safe for concurrent use.
type Ring struct {
	sealers atomic.Pointer[sealers]
	macs    [uses]sync.Pool // of *hasher
	hashes  [uses][]byte
}

// New derives a ring from a master key of 32 bytes, which is the first of its
// installation.
func New(master []byte) (*Ring, error) {
	if len(master) != 32 {
		return nil, fmt.Errorf("a master key has 32 bytes, not %d", len(master))
	}
	f := &file{keys: []masterKey{{firstKey, master}}}
	return f.ring()
}

// useHash sets the key of a use.
func (r *Ring) useHash(use Use, key []byte) {
	r.hashes[use] = key
	r.macs[use].New = func() any { return &hasher{mac: hmac.New(sha256.New, key)} }
}

func derive(master []byte, label string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "sinpyo/1/"+label, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the key for %s: %w", label, err)
	}
	return key, nil
}

func aad(place, id string) []byte {
	b := make([]byte, 0, len(place)+1+len(id))
	b = append(b, place...)
	b = append(b, '/')
	return append(b, id...)
}

// Fingerprint returns what tells a provider key from another and nothing else of
// it.
func (r *Ring) Fingerprint(key string) string { return hex.EncodeToString(r.Hash(Fingerprint, key)) }

// Hash returns the keyed hash of the parts for a use, 16 bytes. Each part is
// preceded by its length, so that no two lists of parts read alike.
func (r *Ring) Hash(use Use, parts ...string) []byte {
	h := r.macs[use].Get().(*hasher)
	defer r.macs[use].Put(h)
	h.buf = h.buf[:0]
	for _, p := range parts {
		h.buf = binary.BigEndian.AppendUint32(h.buf, uint32(len(p))) // #nosec G115 -- parts are short
		h.buf = append(h.buf, p...)
	}
	h.mac.Reset()
	h.mac.Write(h.buf)
	clear(h.buf) // it may hold a number or a code
	return append([]byte(nil), h.mac.Sum(h.sum[:0])[:hashSize]...)
}

// hasher is an HMAC with the room it works in, kept for the next hash.
type hasher struct {
	mac hash.Hash
	buf []byte
	sum [sha256.Size]byte
}
