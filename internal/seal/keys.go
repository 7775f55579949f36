package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
)

// sealers are the keys that seal and open. They are replaced as a whole.
type sealers struct {
	writes  byte                     // the id of the key that seals; it stands before each sealed value
	aeads   [lastKey + 1]cipher.AEAD // by id
	streams [lastKey + 1][]byte      // what the keys of streams are derived from, by id
	keys    []Key                    // the newest first
}

// Key names a master key without telling it.
type Key struct {
	ID int
	// Check is a value that only this key yields and that tells nothing of it.
	// It is kept in the database, so that a start with the wrong key is seen
	// before anything is read or written with it.
	Check string
}

// add derives what a master key seals with.
func (s *sealers) add(m masterKey) error {
	key, err := derive(m.bytes, "seal")
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("preparing the sealing key: %w", err)
	}
	if s.aeads[m.id], err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return fmt.Errorf("preparing the sealing key: %w", err)
	}
	if s.streams[m.id], err = derive(m.bytes, streamLabel); err != nil {
		return err
	}
	check, err := derive(m.bytes, "check")
	if err != nil {
		return err
	}
	s.keys = append(s.keys, Key{m.id, base64.RawURLEncoding.EncodeToString(check[:hashSize])})
	return nil
}

// Keys lists the master keys of the ring, the newest first.
func (r *Ring) Keys() []Key { return slices.Clone(r.sealers.Load().keys) }

// Writes returns the id of the key that seals.
func (r *Ring) Writes() int { return int(r.sealers.Load().writes) }

// ErrNoSuchKey means that a ring has no key of an id.
var ErrNoSuchKey = errors.New("the master key file has no such key")

// Use makes the ring seal with the key of an id, or returns [ErrNoSuchKey].
// What other keys have sealed still opens.
func (r *Ring) Use(id int) error {
	now := r.sealers.Load()
	if id < firstKey || id > lastKey || now.aeads[id] == nil {
		return fmt.Errorf("%w: %d", ErrNoSuchKey, id)
	}
	next := *now
	next.writes = byte(id)
	r.sealers.Store(&next)
	return nil
}

// Take gives the ring the master keys of another reading of its file. It
// refuses one whose hashes are not the same, and one without the key that the
// ring seals with.
func (r *Ring) Take(other *Ring) error {
	for use := range r.hashes {
		if !bytes.Equal(r.hashes[use], other.hashes[use]) {
			return errors.New("the master key file has become that of another installation: put your copy back")
		}
	}
	next := *other.sealers.Load()
	next.writes = r.sealers.Load().writes
	if next.aeads[next.writes] == nil {
		return fmt.Errorf("%w: %d", ErrNoSuchKey, next.writes)
	}
	r.sealers.Store(&next)
	return nil
}

// Seal encrypts plain for one place, named by its table and column and the
// id of its row.
func (r *Ring) Seal(place, id string, plain []byte) []byte {
	s := r.sealers.Load()
	aead := s.aeads[s.writes]
	out := make([]byte, 1, 1+aead.Overhead()+len(plain))
	out[0] = s.writes
	return aead.Seal(out, nil, plain, aad(place, id)) // #nosec G407 -- this AEAD draws its nonce itself
}

// Open decrypts what Seal made for the same place, or returns [ErrOpen].
func (r *Ring) Open(place, id string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, ErrOpen
	}
	aead := r.sealers.Load().aeads[sealed[0]]
	if aead == nil {
		return nil, ErrOpen
	}
	plain, err := aead.Open(nil, nil, sealed[1:], aad(place, id))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// Column is a column of sealed values. The package that owns the table lists
// its own, so that they can be sealed anew when the master key changes.
type Column struct {
	Table  string
	Column string
	Place  string // what its values are sealed for
	Key    string // the column whose value is the id they are sealed for; "id" when empty
	Hex    bool   // the key is bytes, and the id is its hexadecimal form
}
