package outbox

import (
	"encoding/base64"
	"strings"

	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// A number is looked for by its keyed hash, or by that of its last four digits.
// A token carries the hash, sealed, from the form that the number was typed into
// to the URL of what was found, which thus holds no number (S-46).
const tokenPlace = "messages.number_filter"

// sought is what a token stands for. The zero one is no number.
type sought struct {
	kind byte
	mac  []byte
	tail string // to show what is looked for, masked as in every list
}

// The kinds of sought numbers.
const (
	wholeNumber  = 'n'
	tailOfNumber = 't'
)

const tailLength = 4

// NumberToken returns the token of a number in any usual spelling, or of the
// last four digits of one. Refusals: those of [phone.Parse].
func (o *Outbox) NumberToken(text string) (string, error) {
	text = strings.TrimSpace(text)
	s := sought{kind: tailOfNumber, tail: text}
	if len(text) == tailLength && strings.Trim(text, "0123456789") == "" {
		s.mac = o.ring.Hash(seal.Tail, text)
	} else {
		to, err := phone.Parse(text)
		if err != nil {
			return "", err
		}
		s = sought{kind: wholeNumber, tail: to.Tail(), mac: o.ring.Whole(to)}
	}
	plain := append([]byte{s.kind}, s.tail...)
	plain = append(plain, s.mac...)
	return base64.RawURLEncoding.EncodeToString(o.ring.Seal(tokenPlace, "", plain)), nil
}

// Sought says what a token stands for: the number, masked, and its keyed hash,
// which is nil for one of four digits. Refusal: [ErrFilter].
func (o *Outbox) Sought(token string) (masked string, number []byte, err error) {
	s, err := o.openToken(token)
	switch {
	case err != nil:
		return "", nil, err
	case s.kind == tailOfNumber:
		return "010-****-" + s.tail, nil, nil
	}
	return "010-****-" + s.tail, s.mac, nil
}

func (o *Outbox) soughtBy(f Filter) (sought, error) {
	if f.Number == "" {
		return sought{}, nil
	}
	return o.openToken(f.Number)
}

func (o *Outbox) openToken(token string) (sought, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return sought{}, ErrFilter
	}
	plain, err := o.ring.Open(tokenPlace, "", sealed)
	if err != nil || len(plain) <= 1+tailLength {
		return sought{}, ErrFilter
	}
	return sought{kind: plain[0], tail: string(plain[1 : 1+tailLength]), mac: plain[1+tailLength:]}, nil
}
