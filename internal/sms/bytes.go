package sms

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"
)

// Bytes returns how many bytes a text takes in EUC-KR, the carriers' encoding:
// one for ASCII and line feeds, two for every character of KS X 1001. The error
// names the first character that cannot be sent by its code point: carriers know
// no other characters, and refuse control characters.
func Bytes(text string) (int, error) {
	var (
		n   int
		euc [4]byte
		enc transform.Transformer
	)
	for i, size := 0, 0; i < len(text); i += size {
		var r rune
		switch r, size = utf8.DecodeRuneInString(text[i:]); {
		case r == utf8.RuneError && size == 1:
			return 0, fmt.Errorf("byte %d of the text is not UTF-8", i+1)
		case r < ' ' && r != '\n', r == '\x7f':
			return 0, fmt.Errorf("the control character %U cannot be sent in a text", r)
		case r < utf8.RuneSelf:
			n++
			continue
		case enc == nil:
			enc = korean.EUCKR.NewEncoder().Transformer
		}
		// The encoder knows the wider CP949, whose own syllables have a byte
		// below 0xA1; carriers take KS X 1001 alone.
		w, _, err := enc.Transform(euc[:], []byte(text[i:i+size]), true)
		if err != nil || w != 2 || euc[0] < 0xA1 || euc[1] < 0xA1 {
			return 0, fmt.Errorf("the character %U cannot be sent in a text: it is not in KS X 1001", r)
		}
		n += 2
	}
	return n, nil
}
