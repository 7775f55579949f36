package sms

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// The refusals of New. Their details say which rule was broken and how to keep it.
var (
	ErrName    = fault.New(fault.Invalid, "service_name_invalid", "the service name cannot stand in a text")
	ErrHost    = fault.New(fault.Invalid, "service_host_invalid", "the service host cannot stand in a text")
	ErrTooLong = fault.New(fault.Invalid, "text_too_long", "service name and host are too long for one text")
)

// Refusal is a refusal of [New] with the rule that was broken, for who puts it into
// words of their own.
type Refusal struct {
	Fault *fault.Error
	Rule  string // "length", "space", "word", "character", "unknown" or "form"
	What  string // the word or the character; for "length" how long it is, or how much too long
}

// Error returns the detail.
func (r *Refusal) Error() string { return r.Fault.Error() }

// Unwrap returns the refusal without the rule.
func (r *Refusal) Unwrap() error { return r.Fault }

func refuse(what *fault.Error, rule string, about any, detail string) error {
	return &Refusal{what.Because(detail), rule, fmt.Sprint(about)}
}

// The longest name in characters and the longest host in bytes.
const (
	maxName = 20
	maxHost = 40
)

// forbidden are words that make a text an advertisement, which would have to be
// labelled (정보통신망법 50), or a link, which filters hold back (S-101).
var forbidden = []string{"(광고)", "무료거부", "http", "www.", "://"}

// lint returns the forbidden word that a text holds, or "".
func lint(s string) string {
	s = strings.ToLower(s)
	for _, word := range forbidden {
		if strings.Contains(s, word) {
			return word
		}
	}
	return ""
}

// checkName returns the name in NFC. It keeps out whatever could break the form
// of the text (brackets, @, #, line breaks), could not be sent or would not be
// seen. Texts decide trust, so a name is plain or it is refused.
func checkName(name string) (string, error) {
	name = norm.NFC.String(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName {
		return "", refuse(ErrName, "length", n, fmt.Sprintf("the service name has %d characters: give it 1 to %d", n, maxName))
	}
	if strings.TrimSpace(name) != name {
		return "", refuse(ErrName, "space", "", "the service name begins or ends with a space: take it away")
	}
	if word := lint(name); word != "" {
		return "", refuse(ErrName, "word", word, fmt.Sprintf("the service name holds %q, which makes carriers hold texts back: leave it out", word))
	}
	for _, r := range name {
		if strings.ContainsRune("[]@#\n", r) || !visible(r) {
			return "", refuse(ErrName, "character", written(r), fmt.Sprintf("the service name holds the character %U, which must not stand in a text: leave it out", r))
		}
	}
	if _, err := Bytes(name); err != nil {
		return "", refuse(ErrName, "unknown", written(firstUnknown(name)), "service name: "+err.Error())
	}
	return name, nil
}

// firstUnknown returns the first character that carriers do not know.
func firstUnknown(name string) rune {
	for _, r := range name {
		if _, err := Bytes(string(r)); err != nil {
			return r
		}
	}
	return utf8.RuneError
}

// written is a character as a person is told of it.
func written(r rune) string {
	if !visible(r) || r == ' ' {
		return fmt.Sprintf("%U", r)
	}
	return string(r)
}

// visible keeps out what KS X 1001 has and a reader does not see: the soft
// hyphen and the Hangul filler.
func visible(r rune) bool { return unicode.IsGraphic(r) && r != '\u3164' }

// checkHost wants a bare host name in lower case as a browser knows it, so that
// the last line parses: labels of letters, digits and hyphens, parted by dots.
func checkHost(host string) error {
	if host == "" {
		return nil
	}
	if len(host) > maxHost {
		return refuse(ErrHost, "length", len(host), fmt.Sprintf("the host %q has %d bytes: at most %d fit into a text", host, len(host), maxHost))
	}
	for label := range strings.SplitSeq(host, ".") {
		if !isLabel(label) {
			return refuse(ErrHost, "form", host, fmt.Sprintf("%q is no host name: write it like auth.example.kr, in lower case, without scheme, port or path, and a Korean name in its xn-- form", host))
		}
	}
	return nil
}

func isLabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
