package pages_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/pages"
)

const (
	digits   = "01023456789"
	password = "clover radio seven"
)

// until the number of an account is proof of nothing.
const longAgo = 91 * 24 * time.Hour

// member signs up and returns the member's id.
func (w *world) member() string {
	w.Helper()
	v := w.visitor("ko")
	v.join(number, "김하늘")
	userID := v.userID()
	w.Clock.Advance(time.Minute)
	return userID
}

// userID is who is signed in at the browser.
func (v *visitor) userID() string {
	v.Helper()
	user, _, err := v.accounts.BySession(v.Context(), v.cookies["__Host-session"])
	if err != nil {
		v.Fatalf("nobody is signed in: %v", err)
	}
	return user.ID
}

// block closes an account, as an operator does.
func (w *world) block(userID string) {
	w.Helper()
	if err := w.accounts.Block(w.Context(), userID, account.Act{Actor: "command line", Reason: "a test"}); err != nil {
		w.Fatal(err)
	}
}

// isIn fails unless a member is signed in at the browser.
func (v *visitor) isIn(userID string) {
	v.Helper()
	if got := v.userID(); got != userID {
		v.Errorf("%s is signed in, want %s", got, userID)
	}
}

// isOut fails when somebody is signed in at the browser.
func (v *visitor) isOut() {
	v.Helper()
	if v.cookies["__Host-session"] != "" {
		v.Error("somebody is signed in")
	}
}

// withPassword gives a member a password.
func (w *world) withPassword(userID string) string {
	w.Helper()
	if err := w.factors.SetPassword(w.Context(), userID, password); err != nil {
		w.Fatal(err)
	}
	return userID
}

// withTOTP gives a member an authenticator and returns what makes its codes.
func (w *world) withTOTP(userID string) (secret string) {
	w.Helper()
	draft, err := w.factors.BeginTOTP(w.Context(), userID, "김하늘")
	if err == nil {
		secret = strings.ReplaceAll(draft.Secret, " ", "")
		err = w.factors.FinishTOTP(w.Context(), userID, factortest.Code(w, secret, w.Clock.Now()))
	}
	if err != nil {
		w.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	return secret
}

// withCodes gives a member recovery codes.
func (w *world) withCodes(userID string) []string {
	w.Helper()
	codes, err := w.factors.NewRecoveryCodes(w.Context(), userID)
	if err != nil {
		w.Fatal(err)
	}
	return codes
}

// withPasskey gives a member a passkey, which the world's phone holds.
func (w *world) withPasskey(userID string) string {
	w.Helper()
	options, ceremony, err := w.factors.BeginRegister(w.Context(), userID, "김하늘")
	if err == nil {
		_, err = w.factors.FinishRegister(w.Context(), userID, ceremony, w.phone.Create(w, options), "phone")
	}
	if err != nil {
		w.Fatal(err)
	}
	return userID
}

// at goes to a door and proves a number there.
func (v *visitor) at(door, number string) answer {
	v.Helper()
	v.door = door
	v.prove(number)
	return v.get(door)
}

// question is what the script of a page is told.
type question struct {
	Options  json.RawMessage
	Ceremony string
}

// ask does what the script does.
func (v *visitor) ask(path string) (q question) {
	v.Helper()
	rec := v.post(path)
	if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/json" {
		v.Fatalf("%s answered %d", path, rec.Code)
	}
	if err := json.Unmarshal([]byte(rec.body), &q); err != nil {
		v.Fatal(err)
	}
	return q
}

// touch signs in with the newest passkey of the world's phone.
func (v *visitor) touch(status int) answer {
	v.Helper()
	a := v.ask("/passkeys/signin")
	rec := v.post(v.door, "do", "passkey", "ceremony", a.Ceremony, "response", string(v.phone.Get(v, a.Options)))
	if rec.Code != status {
		v.Fatalf("the passkey answered %d, want %d\n%s", rec.Code, status, rec.body)
	}
	return rec
}

// renewed has the terms changed, which no member has agreed to since.
func (w *world) renewed() {
	w.Helper()
	text, err := os.ReadFile("../consent/builtin/consents.toml")
	if err != nil {
		w.Fatal(err)
	}
	items, _, _ := strings.Cut(string(text), "# Announced")
	before, after, _ := strings.Cut(items, `id = "terms"`)
	file := filepath.Join(w.TempDir(), "consents.toml")
	changed := before + `id = "terms"` + strings.Replace(after, `version = "1"`, `version = "2"`, 1)
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		w.Fatal(err)
	}
	book, err := consent.Read(file)
	if err != nil {
		w.Fatal(err)
	}
	w.reopen(func(o *pages.Options) {
		o.Consents = consent.New(consent.Options{DB: w.DB, Book: book, Fill: map[string]string{"service": w.App.Name}})
	})
}

// requiring has nobody join without a password.
func (w *world) requiring() {
	w.Helper()
	w.reopen(func(o *pages.Options) { o.Factors = newFactors(w, factor.Required) })
}
