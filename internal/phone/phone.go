// Package phone reads Korean mobile numbers as people write them.
//
// [Parse] takes any usual spelling (010-1234-5678, +82 10 1234 5678, full-width
// digits, the invisible marks that come with a pasted contact) and gives one
// [Number] for each line, or one of the refusals of this package, which name
// what was written instead: a landline, a 050 relay number, a number of another
// country and so on. Only +8210 and eight more digits is accepted (S-27).
//
// The walk: read reduces the spelling to digits; a mobile number ends there.
// The rest is named by the table of Korean prefixes, and what is left by
// libphonenumber, which knows the numbers of the world.
//
// A Number gives its digits through [Number.E164], [Number.National] and
// [Number.Display] only. By every other route it is masked, so that a log line,
// an error or a page cannot show one by accident.
package phone

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"unique"
)

// Number is a Korean mobile number, +8210 and eight digits, or none when zero.
// Numbers compare with ==.
//
// There is no MarshalText and no MarshalJSON: whoever writes a number down says
// which form is meant. As JSON a Number is therefore {}.
type Number struct {
	// The handle, unlike a string, stays hidden from fmt even when the Number
	// sits in an unexported field, where fmt calls no method.
	e164 unique.Handle[string]
}

// The number in E.164 and in national form.
const (
	e164Prefix = "+8210"
	e164Len    = len(e164Prefix) + 8
)

// errNotStored has no Code: it tells of damaged data, not of what a person typed.
var errNotStored = errors.New("the stored number is not +8210 and eight digits")

// FromE164 reads back what E164 returned. Unlike Parse it takes that one form
// and nothing else; its error is internal and does not repeat the text.
func FromE164(s string) (Number, error) {
	if len(s) != e164Len || s[:len(e164Prefix)] != e164Prefix || !isDigits(s[len(e164Prefix):]) {
		return Number{}, errNotStored
	}
	return Number{unique.Make(s)}, nil
}

// IsZero reports whether n is the zero Number.
func (n Number) IsZero() bool { return n == Number{} }

// E164 returns "+821012345678", the form that is stored and that the API
// speaks, or "" for the zero Number.
func (n Number) E164() string {
	if n.IsZero() {
		return ""
	}
	return n.e164.Value()
}

// National returns "01012345678", the form that the SMS provider takes.
func (n Number) National() string { return n.join("") }

// Display returns "010-1234-5678", the form for people.
func (n Number) Display() string { return n.join("-") }

// Tail returns the last four digits, "5678".
func (n Number) Tail() string {
	if n.IsZero() {
		return ""
	}
	return n.E164()[e164Len-4:]
}

// Prefix returns the first seven digits of the national form, "0101234": the
// block the number was handed out in.
func (n Number) Prefix() string {
	if n.IsZero() {
		return ""
	}
	return "010" + n.E164()[len(e164Prefix):e164Len-4]
}

// Thousand returns the thousand numbers that the number is one of: 12345 for
// 010-1234-5678. It is 0 for the zero Number, and for numbers that no carrier has.
func (n Number) Thousand() int {
	if n.IsZero() {
		return 0
	}
	thousand, _ := strconv.Atoi(n.E164()[len(e164Prefix) : e164Len-3]) // digits
	return thousand
}

func (n Number) join(sep string) string {
	if n.IsZero() {
		return ""
	}
	s := n.E164()
	return "010" + sep + s[len(e164Prefix):e164Len-4] + sep + s[e164Len-4:]
}

// String returns "010-****-5678", or "" for the zero Number.
func (n Number) String() string {
	if n.IsZero() {
		return ""
	}
	return "010-****-" + n.Tail()
}

// GoString is String, so that %#v is masked too.
func (n Number) GoString() string { return n.String() }

// LogValue is String.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.String()) }

// Format writes String for every verb, %d and %x included.
func (n Number) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, 's'), n.String())
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
