package sms

import "testing"

var templates = map[string]template{"ko": ko, "ko-short": koShort, "en": en, "en-short": enShort}

// TestTemplates_FixedBytes is the table of the security requirements, 2.1: the
// bytes of a template without name and host, for 6, 8 and 10 digits. The test
// counts a host of one byte.
func TestTemplates_FixedBytes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]int{
		"ko":       {53, 57, 61},
		"ko-short": {28, 32, 36},
		"en":       {41, 45, 49},
		"en-short": {24, 28, 32},
	} {
		x := templates[name].fill("", "h")
		for i, digits := range lengths {
			if got := x.bytes(digits) - 1; got != want[i] {
				t.Errorf("%s with %d digits: %d fixed bytes, want %d", name, digits, got, want[i])
			}
		}
	}
}

func TestTemplates_HoldNoForbiddenWord(t *testing.T) {
	t.Parallel()
	for name, x := range templates {
		if word := lint(string(x)); word != "" {
			t.Errorf("%s holds %q", name, word)
		}
		if _, err := Bytes(string(x)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"(광고) 할인", "무료거부 080", "HTTPS", "WWW.example.kr", "ftp://x"} {
		if lint(text) == "" {
			t.Errorf("lint lets %q pass", text)
		}
	}
}
