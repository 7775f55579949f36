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
		return "", ErrName.Because(fmt.Sprintf("the service name has %d characters: give it 1 to %d", n, maxName))
	}
	if strings.TrimSpace(name) != name {
		return "", ErrName.Because("the service name begins or ends with a space: take it away")
	}
	if word := lint(name); word != "" {
		return "", ErrName.Because(fmt.Sprintf("the service name holds %q, which makes carriers hold texts back: leave it out", word))
	}
	for _, r := range name {
		if strings.ContainsRune("[]@#\n", r) || !visible(r) {
			return "", ErrName.Because(fmt.Sprintf("the service name holds the character %U, which must not stand in a text: leave it out", r))
		}
	}
	if _, err := Bytes(name); err != nil {
		return "", ErrName.Because("service name: " + err.Error())
	}
	return name, nil
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
		return ErrHost.Because(fmt.Sprintf("the host %q has %d bytes: at most %d fit into a text", host, len(host), maxHost))
	}
	for label := range strings.SplitSeq(host, ".") {
		if !isLabel(label) {
			return ErrHost.Because(fmt.Sprintf("%q is no host name: write it like auth.example.kr, in lower case, without scheme, port or path, and a Korean name in its xn-- form", host))
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
