package sandbox

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
)

// ksx1001 returns the set of characters beyond ASCII that Korean carriers
// deliver: the 94 × 94 table of KS X 1001. Go's EUCKR is the wider CP949, so
// the table is read from the byte range that KS X 1001 alone fills.
var ksx1001 = sync.OnceValue(func() map[rune]bool {
	table := make([]byte, 0, 94*94*2)
	for lead := byte(0xA1); lead <= 0xFE; lead++ {
		for trail := byte(0xA1); trail <= 0xFE; trail++ {
			table = append(table, lead, trail)
		}
	}
	decoded, err := korean.EUCKR.NewDecoder().Bytes(table)
	if err != nil {
		panic("sandbox: decoding KS X 1001: " + err.Error())
	}
	set := make(map[rune]bool, len(table)/2)
	for _, r := range string(decoded) {
		if r != utf8.RuneError && r >= 0x80 {
			set[r] = true
		}
	}
	return set
})

// carrierText is a text as the carriers see it.
type carrierText struct {
	bytes   int  // in EUC-KR: 1 for ASCII, 2 for the rest
	control bool // holds a character that cannot be printed
	outside bool // holds a character outside KS X 1001
}

func measure(s string) carrierText {
	var t carrierText
	var set map[rune]bool
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			t.bytes++
		case r < 0x20 || r == 0x7F || r >= 0x80 && r < 0xA0:
			t.control = true
			t.bytes++
		case r < 0x80:
			t.bytes++
		default:
			if set == nil {
				set = ksx1001()
			}
			t.bytes += 2
			t.outside = t.outside || !set[r]
		}
	}
	return t
}

// replaceOutside puts a question mark in place of every character that the
// carriers do not know (G: what "strict": false does).
func replaceOutside(s string) string {
	set := ksx1001()
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r >= 0x80 && !set[r] {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}
