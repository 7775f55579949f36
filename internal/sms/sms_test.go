package sms_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/sms"
)

func mustNew(t testing.TB, name, host string) *sms.Templates {
	t.Helper()
	x, err := sms.New(name, host)
	if err != nil {
		t.Fatalf("New(%q, %q): %v", name, host, err)
	}
	return x
}

func bytesOf(t testing.TB, text string) int {
	t.Helper()
	n, err := sms.Bytes(text)
	if err != nil {
		t.Fatalf("Bytes(%q): %v", text, err)
	}
	return n
}

func TestText_IsTheTemplate(t *testing.T) {
	t.Parallel()
	short := "auth.korea-culture.or.kr"
	for _, tt := range []struct{ name, host, locale, code, want string }{
		{"오픈인증", "auth.example.kr", "ko", "123456", "[오픈인증] 인증번호 123456\n타인에게 알려주지 마세요\n@auth.example.kr #123456"},
		{"한국문화재단", short, "ko", "012345", "[한국문화재단] 인증번호 012345\n@auth.korea-culture.or.kr #012345"},
		{"Acme", "id.acme.com", "en", "123456", "[Acme] Code 123456. Never share it.\n@id.acme.com #123456"},
		{"Acme & Daughters Ltd", short, "en", "123456", "[Acme & Daughters Ltd] Code 123456\n@auth.korea-culture.or.kr #123456"},
		{"오픈인증", "", "ko", "123456", "[오픈인증] 인증번호 123456\n타인에게 알려주지 마세요"},
		{"Acme", "", "en", "1234567890", "[Acme] Code 1234567890. Never share it."},
		{"신표", "localhost", "ja", "123456", "[신표] 인증번호 123456\n타인에게 알려주지 마세요\n@localhost #123456"},
	} {
		if got := mustNew(t, tt.name, tt.host).Text(tt.locale, tt.code); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

// TestText_WorkedCounts is the table of the security requirements, 2.3: the
// bytes of the form that is chosen for 6, 8 and 10 digits.
func TestText_WorkedCounts(t *testing.T) {
	t.Parallel()
	const long, short = true, false
	codes := [3]string{"123456", "12345678", "1234567890"}
	for _, tt := range []struct {
		name, host string
		bytes      [3]int
		long       [3]bool
	}{
		{"오픈인증", "auth.example.kr", [3]int{76, 80, 59}, [3]bool{long, long, short}},
		{"Acme", "id.acme.com", [3]int{68, 72, 76}, [3]bool{long, long, long}},
		{"마이서비스", "login.myservice.co.kr", [3]int{59, 63, 67}, [3]bool{short, short, short}},
		{"한국문화재단", "auth.korea-culture.or.kr", [3]int{64, 68, 72}, [3]bool{short, short, short}},
	} {
		x := mustNew(t, tt.name, tt.host)
		for i, code := range codes {
			text := x.Text("ko", code)
			if got := bytesOf(t, text); got != tt.bytes[i] {
				t.Errorf("%s, %d digits: %d bytes, want %d", tt.name, len(code), got, tt.bytes[i])
			}
			if got := strings.Contains(text, "타인에게"); got != tt.long[i] {
				t.Errorf("%s, %d digits: long = %t, want %t", tt.name, len(code), got, tt.long[i])
			}
		}
	}
	if got := bytesOf(t, "[Web발신]\n"+mustNew(t, "오픈인증", "auth.example.kr").Text("ko", codes[0])); got != 86 {
		t.Errorf("with the carrier's line: %d bytes, want 86", got)
	}
}

func TestText_TakesTheFormOfTheNextLongerCode(t *testing.T) {
	t.Parallel()
	x := mustNew(t, "오픈인증", "auth.example.kr") // 6 and 8 digits long, 10 short
	for code, long := range map[string]bool{"1234567": true, "12345678": true, "123456789": false} {
		if got := strings.Contains(x.Text("ko", code), "타인에게"); got != long {
			t.Errorf("%d digits: long = %t, want %t", len(code), got, long)
		}
	}
}

func TestNew_RefusesAndSaysHowToCure(t *testing.T) {
	t.Parallel()
	const name, host = "신표", "auth.example.kr"
	for _, tt := range []struct {
		name, host string
		want       *fault.Error
		says       string
	}{
		{"", host, sms.ErrName, "1 to 20"},
		{strings.Repeat("가", 21), host, sms.ErrName, "21 characters"},
		{" 신표", host, sms.ErrName, "space"},
		{"신표\u3000", host, sms.ErrName, "space"},
		{"신[표", host, sms.ErrName, "U+005B"},
		{"신]표", host, sms.ErrName, "U+005D"},
		{"a@b", host, sms.ErrName, "U+0040"},
		{"a#b", host, sms.ErrName, "U+0023"},
		{"신표\n@x #1", host, sms.ErrName, "U+000A"},
		{"신\r표", host, sms.ErrName, "U+000D"},
		{"신\t표", host, sms.ErrName, "U+0009"},
		{"신\u00a0표", host, sms.ErrName, "U+00A0"},
		{"신\u00ad표", host, sms.ErrName, "U+00AD"},
		{"신\u3164표", host, sms.ErrName, "U+3164"},
		{"신\u200b표", host, sms.ErrName, "U+200B"},
		{"신표😀", host, sms.ErrName, "U+1F600"},
		{"똠양꿍", host, sms.ErrName, "U+B620"}, // CP949 only
		{"Café", host, sms.ErrName, "U+00E9"},
		{"신\xff표", host, sms.ErrName, "UTF-8"},
		{"(광고) 신표", host, sms.ErrName, "(광고)"},
		{"무료거부", host, sms.ErrName, "무료거부"},
		{"WWW.신표", host, sms.ErrName, "www."},
		{"HTTP 신표", host, sms.ErrName, "http"},
		{"x://y", host, sms.ErrName, "://"},
		{name, "Auth.example.kr", sms.ErrHost, "lower case"},
		{name, "https://auth.example.kr", sms.ErrHost, "without scheme"},
		{name, "auth.example.kr:8443", sms.ErrHost, "port"},
		{name, "auth.example.kr/x", sms.ErrHost, "path"},
		{name, "auth.example.kr ", sms.ErrHost, "host name"},
		{name, "auth..kr", sms.ErrHost, "host name"},
		{name, "auth.example.kr.", sms.ErrHost, "host name"},
		{name, "-a.kr", sms.ErrHost, "host name"},
		{name, "a-.kr", sms.ErrHost, "host name"},
		{name, "신표.kr", sms.ErrHost, "xn--"},
		{name, "a.kr #1\n@b.kr", sms.ErrHost, "host name"},
		{name, strings.Repeat("a", 38) + ".kr", sms.ErrHost, "at most 40"},
		{strings.Repeat("가", 20), "auth.korea-culture.or.kr", sms.ErrTooLong, "shorten name or host by 20"},
	} {
		x, err := sms.New(tt.name, tt.host)
		f := fault.As(err)
		if x != nil || !errors.Is(err, tt.want) || f.Kind != fault.Invalid || !strings.Contains(f.Detail, tt.says) {
			t.Errorf("New(%q, %q) = %v, %v; want %s saying %q", tt.name, tt.host, x, err, tt.want.Code, tt.says)
		}
	}
}

// TestNew_NamesTheRule is what the console finds its words by.
func TestNew_NamesTheRule(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, host, code, rule, what string }{
		{"", "", "service_name_invalid", "length", "0"},
		{"신표 ", "", "service_name_invalid", "space", ""},
		{"WWW.신표", "", "service_name_invalid", "word", "www."},
		{"신[표", "", "service_name_invalid", "character", "["},
		{"신\u200b표", "", "service_name_invalid", "character", "U+200B"},
		{"신표😀", "", "service_name_invalid", "unknown", "😀"},
		{"똠양꿍", "", "service_name_invalid", "unknown", "똠"},
		{"신표", "a.kr/x", "service_host_invalid", "form", "a.kr/x"},
		{"신표", strings.Repeat("a", 41), "service_host_invalid", "length", "41"},
		{strings.Repeat("가", 20), "auth.korea-culture.or.kr", "text_too_long", "length", "20"},
	} {
		_, err := sms.New(tt.name, tt.host)
		var r *sms.Refusal
		if !errors.As(err, &r) || r.Fault.Code != tt.code || r.Rule != tt.rule || r.What != tt.what {
			t.Errorf("New(%q, %q) = %+v, want %s %s %q", tt.name, tt.host, r, tt.code, tt.rule, tt.what)
		}
	}
}

// TestPreviews_AreWhatLeaves is the table of the security requirements, 2.3, with
// what was chosen and how long it is.
func TestPreviews_AreWhatLeaves(t *testing.T) {
	t.Parallel()
	x := mustNew(t, "오픈인증", "auth.example.kr")
	all := x.Previews()
	if len(all) != 6 {
		t.Fatalf("%d previews", len(all))
	}
	for i, want := range []struct{ digits, bytes, long int }{{6, 76, 76}, {8, 80, 80}, {10, 59, 84}, {6, 64, 64}, {8, 68, 68}, {10, 72, 72}} {
		p := all[i]
		if p.Digits != want.digits || p.Bytes != want.bytes || p.Long != want.long || p.Short() != (want.long > sms.MaxBytes) {
			t.Errorf("preview %d: %+v, want %+v", i, p, want)
		}
		if p.Bytes != bytesOf(t, p.Text) || p.Text != x.Text(p.Locale, "1234567890"[:p.Digits]) {
			t.Errorf("preview %d is no text that leaves: %+v", i, p)
		}
	}
}

// TestNew_TakesWhatJustFits walks the room for name and host that the security
// requirements work out (2.3): 44 bytes with the short Korean form and 10 digits.
func TestNew_TakesWhatJustFits(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("가", 10)                      // 20 bytes
	x := mustNew(t, name, strings.Repeat("a", 21)+".kr") // 24
	if got := bytesOf(t, x.Text("ko", "1234567890")); got != sms.MaxBytes {
		t.Errorf("%d bytes, want %d", got, sms.MaxBytes)
	}
	if _, err := sms.New(name, strings.Repeat("a", 22)+".kr"); !errors.Is(err, sms.ErrTooLong) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestNew_BringsTheNameToNFC(t *testing.T) {
	t.Parallel()
	x := mustNew(t, "\u1109\u1175\u11ab\u1111\u116d", "auth.example.kr") // 신표, taken apart
	if x.Name() != "신표" || x.Host() != "auth.example.kr" {
		t.Errorf("name %q, host %q", x.Name(), x.Host())
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "a\nb": 3, "가나다": 6, "漢字": 4, "ㄱ―·™￦": 10, "~": 1} {
		if got := bytesOf(t, text); got != want {
			t.Errorf("Bytes(%q) = %d, want %d", text, got, want)
		}
	}
	for text, says := range map[string]string{
		"가😀나뷁":     "U+1F600",
		"뷁":        "U+BDC1",
		"훩":        "U+D6E9",
		"₩":        "U+20A9",
		"a\u00a0b": "U+00A0",
		"\ufffd":   "U+FFFD",
		"가\xef":    "byte 4 ",
		"a\r\n":    "U+000D",
		"a\x00":    "U+0000",
		"a\x7f":    "U+007F",
	} {
		if n, err := sms.Bytes(text); err == nil || n != 0 || !strings.Contains(err.Error(), says) {
			t.Errorf("Bytes(%q) = %d, %v; want an error that names %s", text, n, err, says)
		}
	}
}

// names draws service names of every kind that New takes.
var names = rapid.Custom(func(t *rapid.T) string {
	hangul := rapid.SampledFrom([]rune("가각간강신표오픈인증마이서비스한국문화재단뮤직힝ㄱ漢字"))
	ascii := rapid.SampledFrom([]rune("abcXYZ019 .,-_&'+!?(){}~"))
	runes := rapid.SliceOfN(rapid.OneOf(hangul, ascii), 1, 20).Draw(t, "name")
	return strings.TrimSpace(string(runes))
})

// TestText_FitsAndParses is rule 7 of the security requirements, 2.4.
func TestText_FitsAndParses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := names.Draw(t, "name")
		host := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?){0,3}`).Draw(t, "host")
		x, err := sms.New(name, host)
		if err != nil {
			if errors.Is(err, sms.ErrTooLong) || name == "" || len(host) > 40 {
				return
			}
			t.Fatalf("New(%q, %q): %v", name, host, err)
		}
		code := rapid.StringMatching(`[0-9]{6,10}`).Draw(t, "code")
		for _, locale := range []string{"ko", "en"} {
			checkText(t, x.Text(locale, code), host, code)
		}
	})
}

func checkText(t rapid.TB, text, host, code string) {
	t.Helper()
	if n, err := sms.Bytes(text); err != nil || n > sms.MaxBytes {
		t.Fatalf("%q has %d bytes (%v)", text, n, err)
	}
	for _, shown := range []string{text, "[Web발신]\n" + text} {
		gotHost, gotCode, ok := originBound(shown)
		if !ok || gotHost != host || gotCode != code {
			t.Fatalf("%q parses to %q, %q, %t; want %q, %q", shown, gotHost, gotCode, ok, host, code)
		}
	}
}

// originBound reads an origin-bound one-time code the way a browser does
// (https://wicg.github.io/sms-one-time-codes/#parsing), without an embedded host.
func originBound(message string) (host, code string, ok bool) {
	isSpace := func(r rune) bool { return strings.ContainsRune("\t\n\f\r ", r) }
	line := message[strings.LastIndexByte(message, '\n')+1:]
	line, ok = strings.CutPrefix(line, "@")
	if !ok {
		return "", "", false
	}
	end := strings.IndexFunc(line, func(r rune) bool { return isSpace(r) || r == '#' || r == '@' || r == '%' })
	if end <= 0 {
		return "", "", false
	}
	host, line = line[:end], line[end:]
	if line, ok = strings.CutPrefix(line, " #"); !ok {
		return "", "", false
	}
	code = line
	if end := strings.IndexFunc(line, isSpace); end >= 0 {
		code = line[:end]
	}
	return host, code, code != ""
}

// FuzzNew tries names that would smuggle in a last line of their own.
func FuzzNew(f *testing.F) {
	for _, name := range []string{
		"신표", "Acme", "x\n@evil.example #1", "@x #1", "x\r\n@x #1", "\u2028@x #1", "[a]", "https://x", "똠", "\u1109\u1175\u11ab", "", "😀", "\xff",
	} {
		f.Add(name, "auth.example.kr")
		f.Add("신표", name)
	}
	f.Fuzz(func(t *testing.T, name, host string) {
		x, err := sms.New(name, host)
		if err != nil {
			if k := fault.As(err); k == nil || k.Kind != fault.Invalid || x != nil {
				t.Fatalf("New(%q, %q) = %v, %v", name, host, x, err)
			}
			return
		}
		text := x.Text("ko", "123456")
		if strings.ContainsAny(x.Name(), "[]@#\r\n") || strings.Count(text, "#") > 1 {
			t.Fatalf("%q got into %q", name, text)
		}
		if host != "" {
			checkText(t, text, host, "123456")
		}
	})
}

var sink string

func BenchmarkText(b *testing.B) {
	x := mustNew(b, "오픈인증", "auth.example.kr")
	b.ReportAllocs()
	for b.Loop() {
		sink = x.Text("ko", "123456")
	}
}

func TestText_AllocatesItsResultOnly(t *testing.T) {
	x := mustNew(t, "오픈인증", "auth.example.kr")
	if n := testing.AllocsPerRun(100, func() { sink = x.Text("ko", "123456") }); n > 1 {
		t.Errorf("%v allocations, want 1", n)
	}
}
