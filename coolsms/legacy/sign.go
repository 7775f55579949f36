package legacy

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // the provider's default; as an HMAC it is not broken
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the provider's other algorithm; as an HMAC it is not broken
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/url"
	"strconv"
	"time"
)

// Algorithm is the hash that signatures are made with.
type Algorithm string

// The algorithms that the provider knows.
const (
	MD5  Algorithm = "md5"
	SHA1 Algorithm = "sha1"
)

func (a Algorithm) hash() func() hash.Hash {
	switch a {
	case MD5:
		return md5.New
	case SHA1:
		return sha1.New
	}
	return nil
}

// Encoding is how signatures are written.
type Encoding string

// The encodings that the provider knows.
const (
	Hex    Encoding = "hex"
	Base64 Encoding = "base64"
)

func (e Encoding) encode() func([]byte) string {
	switch e {
	case Hex:
		return hex.EncodeToString
	case Base64:
		return base64.StdEncoding.EncodeToString
	}
	return nil
}

// signer makes the parameters that prove who calls: an HMAC over timestamp and
// salt. Method, path and the other parameters are not signed; what guards
// against replay is that the provider takes a signature once within 15 minutes
// of its timestamp.
type signer struct {
	keyEnd    string // the last characters of the key, to tell clients apart
	algorithm Algorithm
	encoding  Encoding
	now       func() time.Time
	rand      io.Reader

	// sign holds key and secret. They are kept in a closure, where no verb of
	// fmt and no logger reaches them.
	sign func(a Algorithm, timestamp, salt string) (key string, sum []byte)
}

func newSigner(key, secret string) signer {
	return signer{
		keyEnd:    key[max(0, len(key)-4):],
		algorithm: MD5,
		encoding:  Hex,
		now:       time.Now,
		rand:      rand.Reader,
		sign: func(a Algorithm, timestamp, salt string) (string, []byte) {
			mac := hmac.New(a.hash(), []byte(secret))
			_, _ = io.WriteString(mac, timestamp)
			_, _ = io.WriteString(mac, salt)
			return key, mac.Sum(nil)
		},
	}
}

// saltBytes makes salts of 30 characters, the most that the documents allow.
const saltBytes = 15

// parameters returns those for one attempt, with a salt and a timestamp of its
// own.
func (s *signer) parameters() (url.Values, error) {
	var random [saltBytes]byte
	if _, err := io.ReadFull(s.rand, random[:]); err != nil {
		return nil, fmt.Errorf("coolsms/legacy: reading a salt: %w", err)
	}
	timestamp, salt := strconv.FormatInt(s.now().Unix(), 10), hex.EncodeToString(random[:])
	key, sum := s.sign(s.algorithm, timestamp, salt)
	v := url.Values{
		"api_key":   {key},
		"timestamp": {timestamp},
		"salt":      {salt},
		"signature": {s.encoding.encode()(sum)},
	}
	if s.algorithm != MD5 {
		v.Set("algorithm", string(s.algorithm))
	}
	if s.encoding != Hex {
		v.Set("encoding", string(s.encoding))
	}
	return v, nil
}
