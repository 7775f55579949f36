package canary_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/test/canary"
)

// TestScan_FindsWhatIsPlanted plants each canary in each encoding at many
// places, and wants nothing found before.
func TestScan_FindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	canaries := append(canary.Number("01000001234"),
		canary.Canary{Kind: "code", Value: "0192837465"},
		canary.Canary{Kind: "short code", Value: "019283", Alone: true},
		canary.Canary{Kind: "key", Value: "raw\x00\xff\xfekey"})
	s := canary.NewScanner(canaries)
	around := strings.Repeat(`{"level":"INFO","n":1029384756,"a":"req_01m83hbjsafs98rta6e7w1k084"}`+"\n\x00\xff", 20)
	if hits := s.Scan("nothing", []byte(around)); len(hits) > 0 {
		t.Fatalf("found where nothing was planted: %v", hits)
	}
	spelt := map[string][]string{
		"E.164": {"+821000001234", "number"}, "national": {"01000001234", "number"}, "of the whole world": {"00821000001234", "number"},
		"dashed": {"010-0000-1234", "number with dashes"}, "dashed E.164": {"+82-10-0000-1234", "number with dashes"},
		"spaced": {"+82 10 0000 1234", "number with spaces"}, "code": {"0192837465", "code"}, "key": {"raw\x00\xff\xfekey", "key"},
	}
	for spelling, c := range spelt {
		for name, encode := range map[string]func(string) string{
			"text":      func(s string) string { return s },
			"hex":       func(s string) string { return hex.EncodeToString([]byte(s)) },
			"HEX":       func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
			"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
			"base64url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		} {
			for offset := range 4 {
				inner := "xyz\xfb"[:offset] + c[0] + "\xfe?tail"
				planted := around + encode(inner) + around
				found := false
				for _, hit := range s.Scan("log", []byte(planted)) {
					found = found || hit.Kind == c[1] && strings.HasPrefix(hit.Form, name[:3]) || hit.Kind == c[1] && name == "HEX"
				}
				if !found {
					t.Errorf("the %s as %s behind %d bytes was not found", spelling, name, offset)
				}
			}
		}
	}
}

func TestScan_AShortValueCountsAlone(t *testing.T) {
	t.Parallel()
	s := canary.NewScanner([]canary.Canary{{Kind: "code", Value: "019283", Alone: true}})
	for text, want := range map[string]int{
		"019283": 1, "code=019283&": 1, "#019283\n": 1, "1019283": 0, "019283a": 0, "req_x019283": 0, "인증번호 019283.": 1,
		"MDE5Mjgz": 1, "303139323833": 1,
	} {
		if got := len(s.Scan("log", []byte(text))); got != want {
			t.Errorf("%d hits in %q, want %d", got, text, want)
		}
	}
}
