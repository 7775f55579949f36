package sandbox

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // HMAC-MD5 is a scheme the provider still accepts
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
	"time"
)

// skew is how far a request's date may be from the clock, and how long a
// signature is remembered.
const skew = 15 * time.Minute

// credentials is a v4 Authorization header:
//
//	HMAC-SHA256 apiKey=<key>, date=<date>, salt=<salt>, signature=<hex>
type credentials struct {
	hash      func() hash.Hash
	key       string
	date      string // exactly as sent: it is what was signed
	salt      string
	signature []byte
}

// parseAuthorization reads the header. Official SDKs write the names in
// different cases and orders, so both are free; the last of equal names wins.
func parseAuthorization(header string) (credentials, bool) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(header), " ")
	if !ok || len(header) > 2048 {
		return credentials{}, false
	}
	var c credentials
	switch strings.ToUpper(scheme) {
	case "HMAC-SHA256":
		c.hash = sha256.New
	case "HMAC-MD5":
		c.hash = md5.New
	default:
		return credentials{}, false
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch strings.ToLower(name) {
		case "apikey":
			c.key = value
		case "date":
			c.date = value
		case "salt":
			c.salt = value
		case "signature":
			c.signature, _ = hex.DecodeString(value)
		}
	}
	// Salts outside 12 to 64 characters count as unreadable (G).
	if c.key == "" || c.date == "" || len(c.salt) < 12 || len(c.salt) > 64 || len(c.signature) == 0 {
		return credentials{}, false
	}
	return c, true
}

// authenticate checks one request's header at the time now. It returns nil or
// the refusal to answer: 401 Unauthorized (G) or one of the four 403s.
func (s *Sandbox) authenticate(header string, now time.Time) error {
	c, ok := parseAuthorization(header)
	if !ok {
		return errUnauthorized
	}
	secret, ok := s.set.keys[c.key]
	if !ok {
		return errInvalidKey
	}
	mac := hmac.New(c.hash, []byte(secret))
	mac.Write([]byte(c.date))
	mac.Write([]byte(c.salt))
	if !hmac.Equal(mac.Sum(nil), c.signature) {
		return errSignature
	}
	if !fresh(c.date, now) {
		return errSkewed
	}
	if !s.set.quirks.AllowReplay && !s.replay.first(c.signature, now) {
		return errReplayed
	}
	return nil
}

// fresh reports whether a signed date is within 15 minutes of now, read as it
// was sent or, when it names no true offset, as Korean time: the official PHP
// SDKs send the Seoul wall clock with a literal Z (G: how the provider bears it).
func fresh(date string, now time.Time) bool {
	t, zoned, ok := parseTime(date)
	if !ok {
		return false
	}
	if now.Sub(t).Abs() <= skew {
		return true
	}
	if zoned && !strings.HasSuffix(date, "Z") {
		return false
	}
	_, offset := now.In(korea).Zone()
	return now.Sub(t.Add(-time.Duration(offset)*time.Second)).Abs() <= skew
}

// timeLayouts are the forms of date seen from the official SDKs. A fraction
// after the seconds is accepted by each.
var timeLayouts = []struct {
	layout string
	zoned  bool
}{
	{"2006-01-02T15:04:05Z07:00", true},
	{"2006-01-02T15:04:05Z0700", true},
	{"2006-01-02 15:04:05Z07:00", true},
	{"2006-01-02T15:04:05", false},
	{"2006-01-02 15:04:05", false},
	{"2006-01-02", false},
}

// parseTime reads a date; without a zone it is read as UTC and zoned is false.
func parseTime(s string) (t time.Time, zoned, ok bool) {
	for _, l := range timeLayouts {
		if t, err := time.Parse(l.layout, s); err == nil {
			return t, l.zoned, true
		}
	}
	return time.Time{}, false, false
}
