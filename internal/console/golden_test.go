package console_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// states leads the first owner to every page in every state.
var states = []struct {
	name string
	walk func(o *consoletest.Person) *httptest.ResponseRecorder
}{
	{"start", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Person(o.Language).Get("/start") }},
	{"start-refused", func(o *consoletest.Person) *httptest.ResponseRecorder {
		p := o.Person(o.Language)
		p.Get("/start")
		return p.Post("/start", "do", "open", "code", "AAAAA-AAAAA-AAAAA-AAAAA")
	}},
	{"join", func(o *consoletest.Person) *httptest.ResponseRecorder { return invited(o).Get("/start") }},
	{"join-taken", func(o *consoletest.Person) *httptest.ResponseRecorder {
		p := invited(o)
		p.Secret = consoletest.SecretOn(p.Post("/start", "do", "totp", "name", o.Name).Body.String())
		return p.Post("/start", "do", "confirm", "name", o.Name, "code", p.Code())
	}},
	{"ways", func(o *consoletest.Person) *httptest.ResponseRecorder {
		return invited(o).Post("/start", "do", "name", "name", "이바다")
	}},
	{"ways-refused", func(o *consoletest.Person) *httptest.ResponseRecorder {
		return invited(o).Post("/start", "do", "passkey", "name", "이바다", "ceremony", "none", "response", "{}")
	}},
	{"draft", func(o *consoletest.Person) *httptest.ResponseRecorder {
		return invited(o).Post("/start", "do", "totp", "name", "이바다")
	}},
	{"draft-wrong", func(o *consoletest.Person) *httptest.ResponseRecorder {
		p := invited(o)
		p.Post("/start", "do", "totp", "name", "이바다")
		return p.Post("/start", "do", "confirm", "name", "이바다", "code", "000000")
	}},
	{"signin", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Person(o.Language).Get("/signin") }},
	{"signin-refused", func(o *consoletest.Person) *httptest.ResponseRecorder {
		p := o.Person(o.Language)
		p.Get("/signin")
		return p.Post("/signin", "name", o.Name, "code", "000000")
	}},
	{"signin-passkey", func(o *consoletest.Person) *httptest.ResponseRecorder {
		p := o.Person(o.Language)
		p.Get("/signin")
		return p.Post("/signin", "do", "passkey", "ceremony", "none", "response", "{}")
	}},
	{"confirm", func(o *consoletest.Person) *httptest.ResponseRecorder {
		o.Clock.Advance(operator.FreshFor)
		return o.Get("/confirm")
	}},
	{"confirm-wrong", func(o *consoletest.Person) *httptest.ResponseRecorder {
		o.Clock.Advance(operator.FreshFor)
		o.Get("/confirm")
		return o.Post("/confirm", "code", "000000")
	}},
	{"overview", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Get("/") }},
	{"me", func(o *consoletest.Person) *httptest.ResponseRecorder {
		p := o.Person(o.Language)
		p.Get("/signin")
		p.Leads("/signin", "/", "name", o.Name, "code", o.Code())
		return o.Get("/me")
	}},
	{"passkeys-none", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Get("/me/passkeys") }},
	{"totp", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Get("/me/totp") }},
	{"totp-last", func(o *consoletest.Person) *httptest.ResponseRecorder {
		o.Get("/me/totp")
		return o.Post("/me/totp", "do", "remove")
	}},
	{"operators", func(o *consoletest.Person) *httptest.ResponseRecorder {
		o.Operator(o.Language, "박서준", operator.Manager)
		away := o.Operator(o.Language, "정우주", operator.Viewer)
		if err := o.Operators.Disable(o.Context(), away.ID, operator.Act{Actor: "command line"}); err != nil {
			o.Fatal(err)
		}
		o.Invite("한가람", operator.Support)
		o.Clock.Advance(time.Minute)
		return o.Get("/operators")
	}},
	{"operator", func(o *consoletest.Person) *httptest.ResponseRecorder {
		return o.Get("/operators/" + o.Operator(o.Language, "박서준", operator.Manager).ID)
	}},
	{"operator-self", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Get("/operators/" + o.ID) }},
	{"operator-last", func(o *consoletest.Person) *httptest.ResponseRecorder {
		o.Get("/operators/" + o.ID)
		return o.Post("/operators/"+o.ID, "do", "role", "role", "viewer")
	}},
	{"operator-disabled", func(o *consoletest.Person) *httptest.ResponseRecorder {
		away := o.Operator(o.Language, "정우주", operator.Viewer)
		o.Get("/operators/" + away.ID)
		o.Leads("/operators/"+away.ID, "/operators", "do", "disable", "reason", "퇴사")
		return o.Get("/operators/" + away.ID)
	}},
	{"operator-locked", func(o *consoletest.Person) *httptest.ResponseRecorder {
		locked := o.Operator(o.Language, "박서준", operator.Manager)
		guesser := o.Person(o.Language)
		guesser.Get("/signin")
		for range 11 {
			guesser.Post("/signin", "name", locked.Name, "code", "000000")
		}
		return o.Get("/operators/" + locked.ID)
	}},
	{"invite", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Get("/operators/new") }},
	{"invite-taken", func(o *consoletest.Person) *httptest.ResponseRecorder {
		o.Get("/operators/new")
		return o.Post("/operators/new", "name", o.Name, "role", "support")
	}},
	{"link", func(o *consoletest.Person) *httptest.ResponseRecorder {
		o.Get("/operators/new")
		return o.Post("/operators/new", "name", "이바다", "role", "support")
	}},
	{"forbidden", func(o *consoletest.Person) *httptest.ResponseRecorder {
		return o.Operator(o.Language, "정우주", operator.Viewer).Get("/operators")
	}},
	{"missing", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Person(o.Language).Get("/nowhere") }},
	{"stale", func(o *consoletest.Person) *httptest.ResponseRecorder { return o.Person(o.Language).Post("/signin") }},
}

// invited returns somebody who has opened a link.
func invited(o *consoletest.Person) *consoletest.Person {
	p := o.Person(o.Language)
	p.Get("/start")
	p.Leads("/start", "/start", "do", "open", "code", o.Invite("이바다", operator.Manager))
	p.Get("/start")
	return p
}

// Chance and content stand in the golden files under fixed names.
var chances = []struct {
	what *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`value="[0-9a-f]{32}"`), `value="TOKEN"`},
	{regexp.MustCompile(`(/assets/[a-z]+)-[0-9a-f]{12}\.`), `$1-HASH.`},
	{regexp.MustCompile(`\b(req|opr|ops|msg|ver|usr|ses|sig|key|app)_[0-9a-z]{26}`), "${1}_ID"},
	{regexp.MustCompile(`value="[A-Z2-7]{5}(-[A-Z2-7]{5}){3}"`), `value="CODE"`},
	{regexp.MustCompile(`\bsinpyo_[A-Z2-7]{52}`), "SECRET"},
	{regexp.MustCompile(`\b(G4V|M4V)[0-9A-Z]{20,}`), "${1}ID"},
	{regexp.MustCompile(`(number=|/numbers?/|cursor=|name="number" value=")[\w-]{60,}`), "${1}SEALED"},
	{regexp.MustCompile(`--mark \d+:[0-9a-f]{64}`), "--mark MARK"},
	{regexp.MustCompile(`http://localhost:\d+/start#[A-Z2-7-]{23}`), "LINK"},
	{regexp.MustCompile(`(?s)<svg [^>]*shape-rendering.*?</svg>|<div class="qr">.*?</div>`), `<div class="qr">QR</div>`},
	{regexp.MustCompile(`<dd translate="no">[A-Z2-7 ]+</dd>`), `<dd translate="no">SECRET</dd>`},
	{regexp.MustCompile(`--mark \d+:[0-9a-f]{64}`), "--mark MARK"},
	{regexp.MustCompile(`href="otpauth:[^"]*"`), `href="OTPAUTH"`},
}

func TestPages_LookAsTheyDid(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		for _, language := range []string{"ko", "en"} {
			t.Run(state.name+"/"+language, func(t *testing.T) {
				t.Parallel()
				owner := consoletest.New(t, consoletest.Options{}).Owner(language)
				a := state.walk(owner)
				if strings.Contains(a.Body.String(), "ZgotmplZ") {
					t.Error("html/template refuses a value")
				}
				golden(t, state.name+"."+language, a.Body.String())
			})
		}
	}
}

// golden compares a page with testdata/name.html.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, c := range chances {
		got = c.what.ReplaceAllString(got, c.name)
	}
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test ./internal/console -update writes it anew\n%s", file, diff)
	}
}
