// Package sms says what a text message says and how long it is.
//
// A text is one of four fixed templates, filled with the service's name, its
// host and the code; nothing that a requester typed ever stands in one. Its last
// line is an origin-bound one-time code (https://wicg.github.io/sms-one-time-codes/),
// which lets a browser offer the code on that host's pages and nowhere else:
//
//	[신표] 인증번호 123456
//	타인에게 알려주지 마세요
//	@auth.example.kr #123456
//
// The walk: [New] is called with a name and a host when they are configured. It
// decides there and then, for every language and length of code, between the
// long and the short template, and refuses what could ever be too long or holds
// a character that carriers do not know. So [Templates.Text] cannot fail, and
// nothing is decided while a text waits to be sent.
//
// A text has at most 80 bytes in EUC-KR. One message carries 90, and carriers
// put "[Web발신]" and a line break in front, which may or may not count.
package sms

import (
	"fmt"
	"slices"
)

// MaxBytes is the longest text that is handed over, in EUC-KR bytes.
const MaxBytes = 80

// lengths are the lengths of code that texts are prepared for. A code between
// two of them takes the text of the longer.
var lengths = [...]int{6, 8, 10}

// Templates holds the texts of one application. It is safe for concurrent use.
type Templates struct {
	name, host string
	ko, en     [len(lengths)]text
}

// New prepares the texts of an application with that name and host. An
// application that has no pages gives "" as its host, and its texts have no last
// line. The name is brought to NFC, the form in which Hangul can be sent.
//
// It returns ErrName, ErrHost or ErrTooLong, with a detail that says what to
// change.
func New(name, host string) (*Templates, error) {
	name, err := checkName(name)
	if err != nil {
		return nil, err
	}
	if err := checkHost(host); err != nil {
		return nil, err
	}
	t := &Templates{name: name, host: host}
	for i, digits := range slices.Backward(lengths[:]) { // a refusal is about the longest
		if t.ko[i], err = choose(ko, koShort, name, host, digits); err != nil {
			return nil, err
		}
		if t.en[i], err = choose(en, enShort, name, host, digits); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// choose takes the long template if it fits with a code of that many digits,
// else the short one.
func choose(long, short template, name, host string, digits int) (text, error) {
	if x := long.fill(name, host); x.bytes(digits) <= MaxBytes {
		return x, nil
	}
	x := short.fill(name, host)
	if n := x.bytes(digits); n > MaxBytes {
		return text{}, refuse(ErrTooLong, "length", n-MaxBytes, fmt.Sprintf(
			"with the name %q, the host %q and a code of %d digits a text has %d bytes, and %d is the most: shorten name or host by %d (a Korean character counts 2)",
			name, host, digits, n, MaxBytes, n-MaxBytes))
	}
	return x, nil
}

// Name returns the service's name as it stands in the texts.
func (t *Templates) Name() string { return t.name }

// Host returns the host of the last line, or "".
func (t *Templates) Host() string { return t.host }

// Preview is one text as it leaves, with digits that are nobody's code.
type Preview struct {
	Locale string // "ko" or "en"
	Digits int    // of the code; 0 for a notice
	Text   string
	Bytes  int
	// Long is how many bytes the long template takes. With more than [MaxBytes]
	// the short one was chosen.
	Long int
}

// Short reports whether the short template was chosen.
func (p Preview) Short() bool { return p.Long > MaxBytes }

// digits are what stands in a preview for a code.
const digits = "1234567890"

// Previews returns each text there is, by language and length of code.
func (t *Templates) Previews() []Preview {
	var all []Preview
	for _, l := range []struct {
		locale string
		long   template
		texts  *[len(lengths)]text
	}{{"ko", ko, &t.ko}, {"en", en, &t.en}} {
		long := l.long.fill(t.name, t.host)
		for i, n := range lengths {
			all = append(all, Preview{
				Locale: l.locale, Digits: n, Text: t.Text(l.locale, digits[:n]), Bytes: l.texts[i].bytes(n), Long: long.bytes(n),
			})
		}
	}
	return all
}

// Text returns the text that carries the code, of up to ten digits, in the
// language of locale: English for "en", else Korean.
func (t *Templates) Text(locale, code string) string {
	i := 0
	for i < len(lengths)-1 && len(code) > lengths[i] {
		i++
	}
	x := t.ko[i]
	if locale == "en" {
		x = t.en[i]
	}
	if x.bound {
		return x.head + code + x.tail + code
	}
	return x.head + code + x.tail
}
