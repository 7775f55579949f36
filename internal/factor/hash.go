package factor

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrHashing refuses because more passwords are being hashed than the machine
// keeps up with.
var ErrHashing = fault.New(fault.Unavailable, "hashing_busy", "too many passwords are being checked: try again after Retry-After").
	After(2 * time.Second)

const (
	// hashPatience is how long a password waits for its turn: longer than
	// somebody who typed it would.
	hashPatience = 5 * time.Second

	saltSize = 16
	keySize  = 32
)

// phc is an argon2id hash in the form of the PHC string format:
// $argon2id$v=19$m=65536,t=3,p=1$salt$key.
type phc struct {
	memory, time uint32 // KiB and passes
	threads      uint8
	salt, key    []byte
}

var unpadded = base64.RawStdEncoding.Strict()

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
		unpadded.EncodeToString(h.salt), unpadded.EncodeToString(h.key))
}

// parsePHC reads a stored hash. Its failure quotes nothing of it.
func parsePHC(text string) (h phc, err error) {
	part := strings.Split(text, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errors.New("a stored hash is not argon2id")
	}
	_, err = fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads)
	if err == nil {
		h.salt, err = unpadded.DecodeString(part[4])
	}
	if err == nil {
		h.key, err = unpadded.DecodeString(part[5])
	}
	if err != nil || h.time == 0 || h.threads == 0 || len(h.key) == 0 {
		return phc{}, errors.New("a stored hash is damaged")
	}
	return h, nil
}

// derive computes the key of a password, in its turn. Only so many are computed
// at a time as there are processors, since each takes its memory for itself
// (S-49).
func (f *Factors) derive(ctx context.Context, h phc, password string, size int) ([]byte, error) {
	patience := time.NewTimer(f.patient)
	defer patience.Stop()
	select {
	case f.hashing <- struct{}{}:
		defer func() { <-f.hashing }()
	case <-patience.C:
		return nil, ErrHashing
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(size)), nil // #nosec G115 -- of a key
}

// setting is a hash still to be computed, as dear as the settings ask for.
func (f *Factors) setting() phc {
	return phc{memory: uint32(f.passwords.MemoryMiB) << 10, time: uint32(f.passwords.Time), threads: 1} // #nosec G115 -- in range
}

// hash returns the hash of a password.
func (f *Factors) hash(ctx context.Context, password string) (string, error) {
	h := f.setting()
	h.salt = make([]byte, saltSize)
	if _, err := rand.Read(h.salt); err != nil {
		return "", fmt.Errorf("drawing a salt: %w", err)
	}
	var err error
	if h.key, err = f.derive(ctx, h, password, keySize); err != nil {
		return "", err
	}
	return h.String(), nil
}

// newHash returns the hash of a member's password, sealed.
func (f *Factors) newHash(ctx context.Context, userID, password string) ([]byte, error) {
	text, err := f.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	return f.ring.Seal(passwordPlace, userID, []byte(text)), nil
}

// newDummy returns the hash that members without a password are compared with.
// Nothing has it: its key is random.
func (f *Factors) newDummy() (string, error) {
	h := f.setting()
	h.salt, h.key = make([]byte, saltSize), make([]byte, keySize)
	if _, err := rand.Read(h.salt); err != nil {
		return "", fmt.Errorf("drawing a salt: %w", err)
	}
	if _, err := rand.Read(h.key); err != nil {
		return "", fmt.Errorf("drawing a key: %w", err)
	}
	return h.String(), nil
}

// compareHash reports whether a stored hash is that of a password.
func (f *Factors) compareHash(ctx context.Context, stored, password string) (bool, error) {
	h, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	key, err := f.derive(ctx, h, password, len(h.key))
	return err == nil && subtle.ConstantTimeCompare(key, h.key) == 1, err
}

// cheaper reports whether a stored hash is cheaper than the settings ask for.
func (f *Factors) cheaper(stored string) bool {
	h, err := parsePHC(stored)
	now := f.setting()
	return err == nil && (h.memory < now.memory || h.time < now.time)
}
