package coolsms

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"
)

// signer makes Authorization headers
// (https://developers.solapi.com/references/authentication/api-key): an
// HMAC-SHA256 over date and salt. Method, path and body are not signed; what
// guards against replay is that the provider takes a signature once within 15
// minutes of its date.
type signer struct {
	keyEnd string // the last characters of the key, to tell clients apart
	now    func() time.Time
	rand   io.Reader

	// sign holds key and secret. They are kept in a closure, where no verb of
	// fmt and no logger reaches them.
	sign func(date, salt string) string
}

func newSigner(key, secret string) signer {
	macs := &sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(secret)) }}
	return signer{
		keyEnd: key[max(0, len(key)-4):],
		now:    time.Now,
		rand:   rand.Reader,
		sign: func(date, salt string) string {
			mac := macs.Get().(hash.Hash)
			defer macs.Put(mac)
			mac.Reset()
			_, _ = io.WriteString(mac, date)
			_, _ = io.WriteString(mac, salt)
			var sum [sha256.Size]byte
			return "HMAC-SHA256 apiKey=" + key + ", date=" + date + ", salt=" + salt +
				", signature=" + hex.EncodeToString(mac.Sum(sum[:0]))
		},
	}
}

const (
	dateFormat = "2006-01-02T15:04:05Z" // of a UTC time
	saltBytes  = 16                     // 128 bits, 32 characters
)

// header returns an Authorization header for one attempt, with a salt and a
// date of its own.
func (s *signer) header() (string, error) {
	var salt [saltBytes]byte
	if _, err := io.ReadFull(s.rand, salt[:]); err != nil {
		return "", fmt.Errorf("coolsms: reading a salt: %w", err)
	}
	return s.sign(s.now().UTC().Format(dateFormat), hex.EncodeToString(salt[:])), nil
}
