// Package canary looks for secrets where none may stand (S-12, S-37, S-82,
// S-90).
//
// A [Scanner] is told what is secret, each a [Canary] that stands nowhere by
// chance: a number of the reserved range, a code, a key. It finds them in any
// data as they are, and in hexadecimal or base64, whatever stands before and
// after. The tests run the program through a load of sign-ups and refusals and
// scan all that it leaves behind: output, metrics, traces, database.
package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Canary is something that must not be found.
type Canary struct {
	Kind  string // "number", "code", "provider secret"
	Value string
	// Alone is set for a value so short that it is a part of other things by
	// chance: as text it then counts only where no letter or digit adjoins.
	Alone bool
}

// Number returns the canaries of a Korean mobile number, given in its national
// form of eleven digits: each spelling holds one of them.
func Number(national string) []Canary {
	digits := strings.TrimPrefix(national, "0")
	return []Canary{
		{Kind: "number", Value: digits}, // +82 10…, 0082 10… and 010… alike
		{Kind: "number with dashes", Value: digits[:2] + "-" + digits[2:6] + "-" + digits[6:]},
		{Kind: "number with dashes", Value: digits[2:6] + "-" + digits[6:]},
		{Kind: "number with spaces", Value: digits[:2] + " " + digits[2:6] + " " + digits[6:]},
	}
}

// pattern is one form of a canary.
type pattern struct {
	*Canary
	form  string
	bytes []byte
	alone bool
}

// window is how many bytes of a pattern lead to it.
const window = 6

// Scanner finds canaries. It is safe for concurrent use once made.
type Scanner struct {
	byHead map[[window]byte][]pattern
	count  int
}

// NewScanner returns a scanner for some canaries. It panics when one is too
// short to be told from chance.
func NewScanner(canaries []Canary) *Scanner {
	s := &Scanner{byHead: map[[window]byte][]pattern{}}
	for _, c := range canaries {
		if len(c.Value) < window {
			panic("canary: a value under six bytes stands anywhere by chance")
		}
		for _, p := range forms(&c) {
			head := [window]byte(p.bytes)
			s.byHead[head] = append(s.byHead[head], p)
		}
		s.count++
	}
	return s
}

// Len returns how many canaries there are.
func (s *Scanner) Len() int { return s.count }

// forms writes a canary down in every way that is looked for.
func forms(c *Canary) []pattern {
	value := []byte(c.Value)
	all := []pattern{
		{c, "text", value, c.Alone},
		{c, "hex", []byte(hex.EncodeToString(value)), false},
		{c, "HEX", []byte(strings.ToUpper(hex.EncodeToString(value))), false},
	}
	for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for offset := range 3 {
			all = append(all, pattern{c, fmt.Sprintf("%s at %d", name, offset), inBase64(encoding, value, offset), false})
		}
	}
	return all
}

// inBase64 returns the characters that value becomes, wherever it stands with
// so many bytes before it, modulo 3: those that depend on neighbours are left out.
func inBase64(encoding *base64.Encoding, value []byte, offset int) []byte {
	text := encoding.EncodeToString(append(make([]byte, offset), value...))
	first := (offset*8 + 5) / 6
	last := (offset + len(value)) * 8 / 6
	return []byte(text[first:last])
}

// Hit is a canary that was found.
type Hit struct {
	Where  string
	Kind   string
	Form   string
	Offset int
}

// String tells where what kind of canary stands, and not the canary.
func (h Hit) String() string {
	return fmt.Sprintf("a %s stands as %s in %s, at byte %d", h.Kind, h.Form, h.Where, h.Offset)
}

// Scan returns what of the canaries stands in data.
func (s *Scanner) Scan(where string, data []byte) (hits []Hit) {
	for i := 0; i+window <= len(data); i++ {
		for _, p := range s.byHead[[window]byte(data[i:i+window])] {
			end := i + len(p.bytes)
			if !bytes.HasPrefix(data[i:], p.bytes) || p.alone && (wordAt(data, i-1) || wordAt(data, end)) {
				continue
			}
			hits = append(hits, Hit{where, p.Kind, p.form, i})
		}
	}
	return slices.CompactFunc(hits, func(a, b Hit) bool { return a.Offset == b.Offset && a.Kind == b.Kind })
}

// wordAt reports whether a letter, a digit or a byte that is no ASCII text
// stands at i.
func wordAt(data []byte, i int) bool {
	if i < 0 || i >= len(data) {
		return false
	}
	b := data[i]
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
