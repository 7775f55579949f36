// Package seal keeps the installation's keys and does with them the three
// things the house needs: it seals what must be read again, it hashes what
// must only be found again, and it proves that the keys belong to the database.
//
// One master key of 256 bits is kept in a file; a key of its own is derived
// from it for each use with HKDF (RFC 5869), so that no two uses share one
// (S-83). Sealed values are AES-256-GCM with a random nonce; the place they
// stand in is the associated data, so that a value moved to another row or
// column does not open (S-84). Hashes are HMAC-SHA-256.
//
// The package writes no log and its keys print as nothing.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"sync"
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
	uses
)

// labels are the HKDF info strings; changing one changes the key.
var labels = [uses]string{
	"number/whole", "number/tail", "number/prefix", "code", "network", "fingerprint", "idempotency", "device", "challenge",
}

// hashSize is how many bytes of an HMAC are kept: 128 bits, plenty against
// chance collisions, and half the index.
const hashSize = 16

// keyID stands before each sealed value and names the key that opens it, so
// that a later key can live beside this one (S-83).
const keyID = 1

// ErrOpen means that a sealed value is damaged, was moved, or belongs to
// another key.
var ErrOpen = errors.New("sealed value does not open with this key in this place")

// Ring holds the derived keys. It is safe for concurrent use.
type Ring struct {
	aead  cipher.AEAD
	macs  [uses]sync.Pool // of *hasher
	check string
}

// New derives a ring from a master key of 32 bytes.
func New(master []byte) (*Ring, error) {
	if len(master) != 32 {
		return nil, fmt.Errorf("a master key has 32 bytes, not %d", len(master))
	}
	r := &Ring{}
	for use, label := range labels {
		key, err := derive(master, label)
		if err != nil {
			return nil, err
		}
		r.macs[use].New = func() any { return &hasher{mac: hmac.New(sha256.New, key)} }
	}
	key, err := derive(master, "seal")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("preparing the sealing key: %w", err)
	}
	if r.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("preparing the sealing key: %w", err)
	}
	check, err := derive(master, "check")
	if err != nil {
		return nil, err
	}
	r.check = base64.RawURLEncoding.EncodeToString(check[:hashSize])
	return r, nil
}

func derive(master []byte, label string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "sinpyo/1/"+label, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the key for %s: %w", label, err)
	}
	return key, nil
}

// Check returns a value that only this master key yields and that tells
// nothing of it. It is kept in the database, so that a start with the wrong
// key is seen before anything is read or written with it.
func (r *Ring) Check() string { return r.check }

// Seal encrypts plain for one place, named by its table and column and the
// id of its row.
func (r *Ring) Seal(place, id string, plain []byte) []byte {
	out := make([]byte, 1, 1+r.aead.Overhead()+len(plain))
	out[0] = keyID
	return r.aead.Seal(out, nil, plain, aad(place, id)) // #nosec G407 -- this AEAD draws its nonce itself
}

// Open decrypts what Seal made for the same place, or returns [ErrOpen].
func (r *Ring) Open(place, id string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != keyID {
		return nil, ErrOpen
	}
	plain, err := r.aead.Open(nil, nil, sealed[1:], aad(place, id))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func aad(place, id string) []byte {
	b := make([]byte, 0, len(place)+1+len(id))
	b = append(b, place...)
	b = append(b, '/')
	return append(b, id...)
}

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
