package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
)

const otherNumber = "010-3456-7890"

// plain is a number as the provider knows it.
func plain(number string) string { return strings.ReplaceAll(number, "-", "") }

// owner is a browser in which somebody has joined and is signed in.
func (w *world) owner(language string) *visitor {
	w.Helper()
	v := w.visitor(language)
	v.join(number, "김하늘")
	v.get("/signup") // the welcome
	return v
}

// age lets a session lose its freshness, and a number its limit of texts.
func (v *visitor) age() { v.Clock.Advance(account.FreshFor + time.Minute) }

// tell sends a form of the last page and wants it to lead somewhere.
func (v *visitor) tell(path, to string, fields ...string) {
	v.Helper()
	a := v.post(path, fields...)
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != to {
		v.Fatalf("%s %v answered %d to %q, want %q\n%s", path, fields, a.Code, a.Header().Get("Location"), to, a.body)
	}
}

// try sends a form of the last page and wants a page with a status and words.
func (v *visitor) try(path string, status int, words string, fields ...string) answer {
	v.Helper()
	a := v.post(path, fields...)
	if a.Code != status || !strings.Contains(a.body, words) {
		v.Fatalf("%s %v answered %d to %q, want %d with %q\n%s", path, fields, a.Code, a.Header().Get("Location"), status, words, a.body)
	}
	return a
}

// see opens a page that must hold some words.
func (v *visitor) see(path string, words ...string) answer {
	v.Helper()
	a := v.get(path)
	if a.Code != http.StatusOK {
		v.Fatalf("%s answered %d to %q", path, a.Code, a.Header().Get("Location"))
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			v.Fatalf("%s does not say %q\n%s", path, word, a.body)
		}
	}
	return a
}

// leads opens a page that must lead to another.
func (v *visitor) leads(path, to string) {
	v.Helper()
	if a := v.get(path); a.Code != http.StatusSeeOther || a.Header().Get("Location") != to {
		v.Fatalf("%s answered %d to %q, want %q", path, a.Code, a.Header().Get("Location"), to)
	}
}

// proveSelf goes through the step-up before a page by a text.
func (v *visitor) proveSelf(name string) {
	v.Helper()
	at := "/account/confirm/" + name
	v.leads("/account/"+name, at)
	v.see(at)
	v.tell(at, at, "do", "start")
	v.see(at)
	v.tell(at, "/account/"+name, "do", "check", "code", v.code(plain(number)))
}

// session is the token that the browser holds.
func (v *visitor) session() string { return v.cookies["__Host-session"] }

// user is who is signed in at the browser.
func (v *visitor) user() account.User {
	v.Helper()
	u, _, err := v.accounts.BySession(v.Context(), v.session())
	if err != nil {
		v.Fatal(err)
	}
	return u
}

// makePasskey makes one on the page of the passkeys.
func (v *visitor) makePasskey() {
	v.Helper()
	v.see("/account/passkeys")
	q := v.ask("/passkeys/create")
	v.tell("/account/passkeys", "/account/passkeys", "do", "add", "ceremony", q.Ceremony, "response", string(v.phone.Create(v, q.Options)))
}

var secretKey = regexp.MustCompile(`<dd translate="no">([A-Z2-7 ]+)</dd>`)

// makeTOTP registers an authenticator app and returns its key.
func (v *visitor) makeTOTP() string {
	v.Helper()
	v.see("/account/totp")
	page := v.try("/account/totp", http.StatusOK, "<svg", "do", "begin")
	secret := secretKey.FindStringSubmatch(page.body)[1]
	v.tell("/account/totp", "/account", "do", "confirm", "code", factortest.Code(v, secret, v.Clock.Now()))
	v.Clock.Advance(30 * time.Second) // the next code is another
	return secret
}

// makePassword sets one.
func (v *visitor) makePassword() {
	v.Helper()
	v.see("/account/password")
	v.tell("/account/password", "/account", "do", "set", "password", password)
}

var listed = regexp.MustCompile(`<li>([A-Z2-7]{4}-[A-Z2-7-]+)</li>`)

// makeCodes makes recovery codes and returns them.
func (v *visitor) makeCodes() []string {
	v.Helper()
	v.see("/account/codes")
	page := v.try("/account/codes", http.StatusOK, "/account")
	var codes []string
	for _, found := range listed.FindAllStringSubmatch(page.body, -1) {
		codes = append(codes, found[1])
	}
	return codes
}

// second is another browser in which the same member is signed in.
func (v *visitor) second() *visitor {
	v.Helper()
	v.Clock.Advance(time.Minute)
	o := v.visitor(v.language)
	o.door = "/login"
	o.start(number)
	o.do(http.StatusSeeOther, "check", "code", v.code(plain(number)))
	return o
}

// ownChances are those of the pages of the account.
var ownChances = []struct {
	what *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`ses_[0-9a-z]{26}`), "ses_ID"},
	{regexp.MustCompile(`pky_[0-9a-z]{26}`), "pky_ID"},
	{secretKey, `<dd translate="no">SECRET</dd>`},
	{regexp.MustCompile(`otpauth://[^"]*`), "otpauth://LINK"},
	{regexp.MustCompile(`(?s)<svg xmlns.*?</svg>`), "<svg>QR</svg>"},
	{listed, "<li>XXXX-XXXX-XXXX-XXXX</li>"},
}

func ownGolden(t testing.TB, name, body string) {
	t.Helper()
	for _, c := range ownChances {
		body = c.what.ReplaceAllString(body, c.name)
	}
	golden(t, name, body)
}
