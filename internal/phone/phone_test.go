package phone_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
)

func TestParse_AcceptsUsualSpellings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"01012345678",
		"010-1234-5678",
		"010 1234 5678",
		"010.1234.5678",
		"010/1234/5678",
		" 010-12345678\n",
		"(010) 1234-5678",
		"010–1234—5678",
		"010\u00a01234\u30005678",
		"０１０－１２３４－５６７８",
		"010-１２３４-5678",
		"+821012345678",
		"+82 10 1234 5678",
		"+82-10-1234-5678",
		"＋８２ １０ １２３４ ５６７８",
		"+82010-1234-5678",
		"+82 (0)10-1234-5678",
		"(+82) 10-1234-5678",
		"0082 10 1234 5678",
		"0082-010-1234-5678",
		"821012345678",
		"82 010 1234 5678",
		"\u202a010-1234-5678\u202c",
	} {
		n, err := phone.Parse(text)
		if err != nil || n.E164() != "+821012345678" {
			t.Errorf("Parse(%q) = %q, %v", text, n.E164(), err)
		}
	}
}

func TestParse_NamesWhatItRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code  string
		texts []string
	}{
		{"number_invalid", []string{
			"", " ", "+", "-", "hello", "010", "0101234567", "010-123-4567", "010123456789", "+82101234567", "+8210123456789",
			"010-1234-5678 ext 3", "010-1234-5678x3", "010-1234-5678,3", "010-1234-5678 010-1234-5679", "010-1234-567O",
			"1012345678", "+", "++821012345678", "010+12345678", "010*1234*5678", "٠١٠١٢٣٤٥٦٧٨", "010-1234-5678\x00", "\xff01012345678",
			"010-1234-567²", "+999 1234 5678", "+1 23", "+1 650 253", "+1 650 253 0000 1", "+44 20 7", "+44 1234567890123456", "+210 1234 5678", "+0 1234 5678", "0000000000000", "00", "0082", "+82", "2-312-3456", "02-123", "12", "99999999",
			"070-1", "05", strings.Repeat("0", 21), strings.Repeat(" ", 200) + "01012345678",
		}},
		{"number_landline", []string{"02-312-3456", "02-1234-5678", "031-123-4567", "064-123-4567", "051-1234-5678", "+82 2 312 3456", "+82 (0)31-123-4567", "82 2 1234 5678", "0082-2-312-3456"}},
		{"number_relay", []string{"050-1234-5678", "0505-123-4567", "0507-1234-5678", "+82 50 1234 5678", "０５０－１２３４－５６７８"}},
		{"number_voip", []string{"070-1234-5678", "+82 70 1234 5678", "0082 70 1234 5678"}},
		{"number_special", []string{"1588-1234", "1644-1234", "1877-1234", "15771234", "+82 1588 1234", "060-700-1234", "080-123-4567", "112", "119", "1330", "1588", "+82 112", "030-1234-5678", "012-1234-5678"}},
		{"number_foreign", []string{"+1 650 253 0000", "+1-555-0100-100", "+81 90 1234 5678", "+86 139 1234 5678", "+44 20 7946 0000", "001 1 650 253 0000", "00 44 20 7946 0000", "00700 81 90 1234 5678", "+7 912 345 6789", "+852 5123 4567", "+298 123456"}},
		{"number_legacy", []string{"011-123-4567", "011-1234-5678", "016-123-4567", "017-123-4567", "018-123-4567", "019-1234-5678", "+82 11 123 4567", "+82 19 1234 5678", "＋８２－１６－１２３－４５６７"}},
	} {
		for _, text := range tt.texts {
			n, err := phone.Parse(text)
			f := fault.As(err)
			if f == nil || f.Code != tt.code || f.Kind != fault.Invalid || !n.IsZero() {
				t.Errorf("Parse(%q) = %v, %v; want %s", text, n, f, tt.code)
			}
		}
	}
}

func TestNumber_Forms(t *testing.T) {
	t.Parallel()
	n, err := phone.Parse("010-1234-5678")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, got, want string }{
		{"E164", n.E164(), "+821012345678"},
		{"National", n.National(), "01012345678"},
		{"Display", n.Display(), "010-1234-5678"},
		{"Tail", n.Tail(), "5678"},
		{"Prefix", n.Prefix(), "0101234"},
		{"String", n.String(), "010-****-5678"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	var zero phone.Number
	if got := zero.E164() + zero.National() + zero.Display() + zero.Tail() + zero.Prefix() + zero.String(); got != "" || !zero.IsZero() {
		t.Errorf("the zero Number gives %q", got)
	}
}

// TestNumber_PrintsMasked prints a number by every route there is, also from
// inside unexported fields, where fmt calls no method.
func TestNumber_PrintsMasked(t *testing.T) {
	t.Parallel()
	n, err := phone.Parse("010-1234-5678")
	if err != nil {
		t.Fatal(err)
	}
	hidden := struct {
		n    phone.Number
		list []phone.Number
		m    map[phone.Number]*phone.Number
	}{n, []phone.Number{n}, map[phone.Number]*phone.Number{n: &n}}
	shown := struct{ N phone.Number }{n}

	var out bytes.Buffer
	for _, v := range []any{n, &n, hidden, &hidden, shown, []any{n}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%o", "%t", "%20s"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("a text", "to", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("a text", "to", v)
		if err := json.NewEncoder(&out).Encode(shown); err != nil {
			t.Fatal(err)
		}
	}
	for _, digits := range []string{"12345678", "1234-5678", "0101234", "3132333435363738"} {
		if strings.Contains(out.String(), digits) {
			t.Errorf("the digits %s show in:\n%s", digits, out.String())
		}
	}
	for _, tt := range []struct{ got, want string }{
		{fmt.Sprintf("%v|%+v|%#v|%d", n, n, n, n), "010-****-5678|010-****-5678|010-****-5678|010-****-5678"},
		{fmt.Sprintf("%-15s|", n), "010-****-5678  |"},
		{fmt.Sprint(shown), "{010-****-5678}"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestFromE164_TakesTheStoredFormOnly(t *testing.T) {
	t.Parallel()
	n, err := phone.FromE164("+821012345678")
	if err != nil || n.National() != "01012345678" {
		t.Errorf("FromE164 = %v, %v", n, err)
	}
	for _, text := range []string{"", "01012345678", "+82 1012345678", "+82101234567", "+8210123456789", "+8211234567890", "+821012345a78", "+82101234567８"} {
		_, err := phone.FromE164(text)
		if err == nil || fault.As(err) != nil {
			t.Errorf("FromE164(%q): %v, want an internal error", text, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the text: %v", err)
		}
	}
}

// spelled draws a number and one of its spellings.
func spelled(t *rapid.T) (national, text string) {
	line := rapid.StringMatching(`[0-9]{8}`).Draw(t, "line")
	head := rapid.SampledFrom([]string{"010", "+8210", "+82010", "+82(0)10", "0082 10", "8210", "＋８２１０"}).Draw(t, "head")
	seps := rapid.SampledFrom([]string{"", " ", "-", ".", " - ", "　", "–", "\u202c"})
	text = seps.Draw(t, "before") + head + seps.Draw(t, "first") + line[:4] + seps.Draw(t, "second") + line[4:] + seps.Draw(t, "after")
	if rapid.Bool().Draw(t, "wide") {
		text = strings.Map(func(r rune) rune {
			if '0' <= r && r <= '9' {
				return r - '0' + '０'
			}
			return r
		}, text)
	}
	return "010" + line, text
}

func TestParse_RoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		national, text := spelled(t)
		n, err := phone.Parse(text)
		if err != nil || n.National() != national {
			t.Fatalf("Parse(%q) = %q, %v; want %q", text, n.National(), err, national)
		}
		for _, form := range []string{n.E164(), n.National(), n.Display()} {
			if again, err := phone.Parse(form); err != nil || again != n {
				t.Fatalf("Parse(%q) = %q, %v", form, again.National(), err)
			}
		}
		if again, err := phone.FromE164(n.E164()); err != nil || again != n {
			t.Fatalf("FromE164(%q) = %q, %v", n.E164(), again.National(), err)
		}
		if got := n.Prefix() + n.Tail(); got != national {
			t.Fatalf("prefix and tail make %q, want %q", got, national)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"010-1234-5678", "+82 10 1234 5678", "０１０１２３４５６７８", "0082-10-1234-5678", "02-312-3456", "050-1234-5678", "1588-1234",
		"011-123-4567", "+1 650 253 0000", "00700 1 650 253 0000", "010-1234-5678 ext 3", "\u202a010\u202c", "+82112", "\xff", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := phone.Parse(text)
		if err != nil {
			if k := fault.As(err); k == nil || k.Kind != fault.Invalid || !n.IsZero() {
				t.Fatalf("Parse(%q) = %v, %v", text, n, err)
			}
			return
		}
		if again, err := phone.FromE164(n.E164()); err != nil || again != n {
			t.Fatalf("Parse(%q) gave %q, which cannot be stored", text, n.E164())
		}
		if got := asciiDigits(text); !strings.HasSuffix(got, n.E164()[len("+8210"):]) {
			t.Fatalf("Parse(%q) = %q, other digits than were written", text, n.E164())
		}
	})
}

// asciiDigits is a second, plainer reading of the digits in a text.
func asciiDigits(text string) string {
	text = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9").Replace(text)
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, text)
}

func TestParse_RefusalsCompareWithErrorsIs(t *testing.T) {
	t.Parallel()
	if _, err := phone.Parse("070-1234-5678"); !errors.Is(err, phone.ErrVoIP) || errors.Is(err, phone.ErrRelay) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{"010-1234-5678", "+821012345678", "０１０１２３４５６７８", "02-312-3456", "+1 650 253 0000"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = phone.Parse(text)
			}
		})
	}
}
