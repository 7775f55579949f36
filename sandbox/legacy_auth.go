package sandbox

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the legacy API's default
	"crypto/sha1" //nolint:gosec // the legacy API's better choice
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"time"
)

// maxLegacySalt is the longest salt taken. The documents say 5 to 30
// characters, but SDKs and samples send none, 3 and 36.
const maxLegacySalt = 64

// authenticateLegacy checks the parameters api_key, timestamp, salt and
// signature at the time now. The signature is HMAC(secret, timestamp + salt),
// by md5 or sha1, in hex of either case or in base64. It returns nil or one of
// the five 403s; a parameter that is absent fails the check it is for (G).
func (s *Sandbox) authenticateLegacy(f fields, now time.Time) error {
	secret, ok := s.set.keys[f["api_key"]]
	if !ok {
		return errInvalidKey
	}
	newHash, ok := legacyHash(f["algorithm"])
	if !ok {
		return errAlgorithm
	}
	mac := hmac.New(newHash, []byte(secret))
	mac.Write([]byte(f["timestamp"]))
	mac.Write([]byte(f["salt"]))
	signature := decodeSignature(f["signature"], f["encoding"])
	if len(f["salt"]) > maxLegacySalt || !hmac.Equal(mac.Sum(nil), signature) {
		return errSignature
	}
	seconds, err := strconv.ParseInt(f["timestamp"], 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > skew {
		return errSkewed
	}
	if !s.set.quirks.AllowReplay && !s.replay.first(signature, now) {
		return errReplayed
	}
	return nil
}

func legacyHash(algorithm string) (func() hash.Hash, bool) {
	switch strings.ToLower(algorithm) {
	case "", "md5":
		return md5.New, true
	case "sha1":
		return sha1.New, true
	}
	return nil, false
}

// decodeSignature returns nil for a signature that cannot be read, which no
// signature equals.
func decodeSignature(signature, encoding string) []byte {
	var raw []byte
	var err error
	if strings.EqualFold(encoding, "base64") {
		raw, err = base64.StdEncoding.DecodeString(unblank(signature))
	} else {
		raw, err = hex.DecodeString(signature)
	}
	if err != nil {
		return nil
	}
	return raw
}
