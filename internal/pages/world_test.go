package pages_test

import (
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

// world is the pages above a verifier, behind a real door: at 3:04 on an
// afternoon in Seoul.
type world struct {
	*verifytest.World
	http.Handler
	accounts *account.Accounts
	factors  *factor.Factors
	phone    *factortest.Authenticator
	made     pages.Options
}

const (
	host   = "id.example.kr"
	origin = "https://" + host
)

func newWorld(t testing.TB, options ...func(*pages.Options)) *world {
	t.Helper()
	w := &world{World: verifytest.New(t, verifytest.Options{
		Name: "한뼘책방", Host: "id.example.kr", At: time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC),
	})}
	ledger := consent.New(consent.Options{DB: w.DB, Fill: map[string]string{
		"service": w.App.Name, "retention_days": "90", "message_days": "730", "left_consents_days": "1095",
	}})
	w.factors = newFactors(w, factor.Optional)
	w.accounts = account.New(account.Options{
		DB: w.DB, Ring: w.Ring, Verify: w.Verifier, Consents: ledger, Factors: account.NewFactors(w.factors), RecoveryWait: 24 * time.Hour,
	})
	o := pages.Options{
		Verify: w.Verifier, Challenges: challenge.New(w.DB, w.Ring), Consents: ledger,
		Accounts: w.accounts, Factors: w.factors,
		Application: w.App, Cookies: web.Cookies{Secure: true},
		ServiceName: w.App.Name, Sender: verifytest.Sender, Arrival: w.Outbox.Arrival, Now: w.Clock.Now,
	}
	w.phone, w.made = factortest.New(origin), o
	w.reopen(options...)
	return w
}

// reopen serves pages that some options change, as after a restart.
func (w *world) reopen(options ...func(*pages.Options)) {
	w.Helper()
	for _, option := range options {
		option(&w.made)
	}
	w.factors = w.made.Factors
	site, err := pages.New(w.made)
	if err != nil {
		w.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Mount(mux)
	w.Handler, err = web.New(web.Options{
		Name: "public", Handler: mux, Log: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
		Now: w.Clock.Now, PublicURL: &url.URL{Scheme: "https", Host: host}, Refuse: site.Refuse,
	})
	if err != nil {
		w.Fatal(err)
	}
}

// newFactors returns factors under a policy, whose hashes are as cheap as the
// settings allow.
func newFactors(w *world, policy factor.Policy) *factor.Factors {
	w.Helper()
	f, err := factor.New(factor.Options{
		DB: w.DB, Ring: w.Ring, Name: w.App.Name, Origin: &url.URL{Scheme: "https", Host: host},
		Passwords: factor.Passwords{Policy: policy, MemoryMiB: 19, Time: 2},
		Changed: func(tx *db.Tx, c factor.Change) {
			w.accounts.FactorChanged(tx, c.UserID, string(c.Kind), c.Removed)
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return f
}

// dispatch drives the outbox, and the carrier for a while, until all texts have
// their fate.
func (w *world) dispatch() {
	w.Helper()
	for range 8 {
		w.Drive()
		w.Clock.Advance(500 * time.Millisecond)
		w.Provider.Settle()
	}
}

// code returns the newest code that was texted to a number.
func (w *world) code(number string) string {
	w.Helper()
	w.dispatch()
	texts := w.Provider.Handset(number)
	if len(texts) == 0 {
		w.Fatal("no text came")
	}
	_, code, _ := strings.Cut(texts[0].Text, " #")
	return code
}

// wrong returns a code that is not the right one.
func wrong(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }

// visitor is a person at a browser.
type visitor struct {
	*world
	language string
	door     string // the address its forms go to
	address  string // it comes from; "" is one that all share
	cookies  map[string]string
	sets     []*http.Cookie // cookies of the last answer
	token    string         // of the forms of the last page
}

func (w *world) visitor(language string) *visitor {
	return &visitor{world: w, language: language, door: "/signup", cookies: map[string]string{}}
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	body string
}

func (v *visitor) send(r *http.Request) answer {
	v.Helper()
	r.Header.Set("Accept-Language", v.language)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36")
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if v.address != "" {
		r.RemoteAddr = v.address
	}
	rec := httptest.NewRecorder()
	v.ServeHTTP(rec, r)
	v.sets = rec.Result().Cookies()
	for _, c := range v.sets {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	a := answer{rec, rec.Body.String()}
	if found := tokenField.FindStringSubmatch(a.body); found != nil {
		v.token = found[1]
	}
	return a
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// get opens a page.
func (v *visitor) get(path string) answer {
	v.Helper()
	return v.send(httptest.NewRequest(http.MethodGet, "https://id.example.kr"+path, nil))
}

// post sends a form of the last page: field, value, field, value.
func (v *visitor) post(path string, fields ...string) answer {
	v.Helper()
	form := url.Values{"token": {v.token}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "https://id.example.kr"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.send(r)
}

// do is an act in the hall that must be answered with a given status.
func (v *visitor) do(status int, act string, fields ...string) answer {
	v.Helper()
	a := v.post(v.door, append([]string{"do", act}, fields...)...)
	if a.Code != status {
		v.Fatalf("%s answered %d, want %d\n%s", act, a.Code, status, a.body)
	}
	if status == http.StatusSeeOther && act != "check" && act != "prove" && act != "enter" {
		if got := a.Header().Get("Location"); got != v.door {
			v.Fatalf("%s leads to %q", act, got)
		}
	}
	return a
}

// start opens the first page and has a code texted to a number.
func (v *visitor) start(number string) {
	v.Helper()
	v.get(v.door)
	v.do(http.StatusSeeOther, "start", "number", number)
}

// prove goes on to the third step.
func (v *visitor) prove(number string) {
	v.Helper()
	v.start(number)
	v.do(http.StatusSeeOther, "check", "code", v.code(strings.ReplaceAll(number, "-", "")))
}

// join signs up.
func (v *visitor) join(number, name string) {
	v.Helper()
	v.prove(number)
	v.get(v.door)
	v.do(http.StatusSeeOther, "finish", "name", name, "agree", "age_14", "agree", "terms")
}

// Chance and content stand in the golden files under fixed names.
var chances = []struct {
	what *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`value="[0-9a-f]{32}"`), `value="TOKEN"`},
	{regexp.MustCompile(`(/assets/[a-z]+)-[0-9a-f]{12}\.`), `$1-HASH.`},
	{regexp.MustCompile(`name="opened" value="\d+"`), `name="opened" value="SECONDS"`},
	{regexp.MustCompile(`req_[0-9a-z]{26}`), "req_ID"},
	{regexp.MustCompile(`name="challenge" value="[\w-]{32}"`), `name="challenge" value="CHALLENGE"`},
}

// golden compares a page with testdata/name.html.
func golden(t testing.TB, name, got string) {
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
		t.Errorf("%s (-want +got); go test ./internal/pages -update writes it anew\n%s", file, diff)
	}
}
