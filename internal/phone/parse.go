package phone

import (
	"unicode"
	"unicode/utf8"
	"unique"
)

const (
	maxText   = 128 // bytes of input that are looked at
	maxDigits = 20  // more than any number of any country, prefixes included
)

// Parse reads any usual spelling of a Korean mobile number. What it refuses it
// names: ErrLandline, ErrRelay, ErrVoIP, ErrSpecial, ErrForeign, ErrLegacy, and
// ErrInvalid for everything else, an extension after the number included.
func Parse(text string) (Number, error) {
	s, ok := read(text)
	if !ok {
		return Number{}, ErrInvalid
	}
	if line, ok := s.mobile(); ok {
		var e164 [e164Len]byte
		copy(e164[:], e164Prefix)
		copy(e164[len(e164Prefix):], line)
		return Number{unique.Make(string(e164[:]))}, nil
	}
	return Number{}, refuse(s)
}

// spelling is what is left of a text without its separators.
type spelling struct {
	plus bool // a + stood in front
	buf  [maxDigits]byte
	n    int
}

func (s *spelling) digits() []byte { return s.buf[:s.n] }

// read takes the digits out of a text. It refuses letters and other signs that
// have no place in a number, so that "010-1234-5678 ext 3" is not cut short.
func read(text string) (s spelling, ok bool) {
	if len(text) > maxText {
		return s, false
	}
	for _, r := range text {
		switch {
		case '0' <= r && r <= '9':
		case '０' <= r && r <= '９':
			r += '0' - '０'
		case r == '+' || r == '＋':
			if s.plus || s.n > 0 {
				return s, false
			}
			s.plus = true
			continue
		case isSeparator(r):
			continue
		default:
			return s, false
		}
		if s.n == maxDigits {
			return s, false
		}
		s.buf[s.n] = "0123456789"[r-'0']
		s.n++
	}
	return s, s.n > 0
}

// isSeparator reports whether r may stand between digits: space, dash, dot,
// bracket, stroke, and the invisible marks of writing direction that address
// books put around a copied number.
func isSeparator(r rune) bool {
	switch r {
	case ' ', '-', '.', '(', ')', '/':
		return true
	case utf8.RuneError:
		return false
	}
	if r < utf8.RuneSelf {
		return unicode.IsSpace(r)
	}
	switch r {
	case '（', '）', '－', '．', '／', '−', '·': // U+2212 is the minus sign
		return true
	}
	return unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf)
}

// mobile returns the eight digits after 010, when that is what was written: in
// the national way, or with 82 in front and with or without the 0 after it.
func (s *spelling) mobile() (line []byte, ok bool) {
	d := s.digits()
	if !s.plus {
		if len(d) == 11 && string(d[:3]) == "010" {
			return d[3:], true
		}
		if len(d) > 4 && string(d[:2]) == "00" { // 0082
			d = d[2:]
		}
	}
	switch {
	case len(d) == 12 && string(d[:4]) == "8210":
		return d[4:], true
	case len(d) == 13 && string(d[:5]) == "82010":
		return d[5:], true
	}
	return nil, false
}
