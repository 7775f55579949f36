package console_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// passkey answers what a page asks the person's device for.
func passkey(t *testing.T, p *consoletest.Person, path string, answer func(testing.TB, json.RawMessage) []byte, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	a := p.Post(path+"/options", fields...)
	var asked struct {
		Options  json.RawMessage
		Ceremony string
	}
	if err := json.Unmarshal(a.Body.Bytes(), &asked); err != nil {
		t.Fatalf("%s/options answered %d: %v", path, a.Code, err)
	}
	return p.Post(path, append(fields, "ceremony", asked.Ceremony, "response", string(answer(t, asked.Options)))...)
}

// says wants words on a page.
func says(t *testing.T, a *httptest.ResponseRecorder, status int, words string) {
	t.Helper()
	if a.Code != status || !strings.Contains(a.Body.String(), words) {
		t.Errorf("answered %d, want %d and %q\n%s", a.Code, status, words, a.Body)
	}
}

func TestStart_LeadsFromTheLinkToTheOverview(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Person("ko")
	owner.Get("/start")
	owner.Leads("/start", "/start", "do", "open", "code", " "+strings.ToLower(w.FirstLink())+" ")
	says(t, owner.Get("/start"), http.StatusOK, "첫 소유자")
	says(t, owner.Post("/start", "do", "name", "name", " "), http.StatusBadRequest, "1~50자")
	says(t, owner.Post("/start", "do", "name", "name", "김하늘"), http.StatusOK, "패스키 만들기")
	a := passkey(t, owner, "/start", owner.Device.Create, "do", "passkey", "name", "김하늘")
	if a.Header().Get("Location") != "/" || owner.Cookies["console-link"] != "" || owner.Cookies["console"] == "" {
		t.Fatalf("joining answered %d with the cookies %v", a.Code, owner.Cookies)
	}
	page := owner.Get("/")
	says(t, page, http.StatusOK, "계정을 만들었어요")
	says(t, page, http.StatusOK, "소유자 · 서울 시각")
	if strings.Contains(owner.Get("/").Body.String(), "계정을 만들었어요") {
		t.Error("the news are told twice")
	}

	guest := w.Person("en").Join(w.Invite("Mina Choi", operator.Viewer), "Mina Park")
	says(t, guest.Get("/me"), http.StatusOK, "In use")
	page = guest.Get("/")
	says(t, page, http.StatusOK, "Mina Park")
	if strings.Contains(page.Body.String(), "/operators") {
		t.Error("the menu offers a viewer what viewers may not open")
	}
}

func TestStart_RefusesLinks(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	old := w.FirstLink()
	first := w.FirstLink()
	p := w.Person("en")
	for name, code := range map[string]string{"made up": "AAAAA-AAAAA-AAAAA-AAAAA", "replaced": old, "too long": strings.Repeat("A", 5000)} {
		p.Get("/start")
		if a := p.Post("/start", "do", "open", "code", code); a.Code != http.StatusGone || p.Cookies["console-link"] != "" {
			t.Errorf("%s: answered %d", name, a.Code)
		}
	}
	says(t, p.Post("/start", "do", "open", "code", ""), http.StatusBadRequest, "Enter the code")
	p.Leads("/start", "/start", "do", "open", "code", first)
	w.Clock.Advance(operator.FirstLinkFor)
	p.Post("/start", "do", "name", "name", "Mina")
	if p.Cookies["console-link"] != "" {
		t.Error("the browser keeps a link that is over")
	}
	for _, do := range []string{"name", "passkey", "totp", "confirm"} {
		if a := p.Post("/start", "do", do, "name", "Mina", "code", "000000"); a.Code != http.StatusGone {
			t.Errorf("%s without a link answered %d", do, a.Code)
		}
	}
	if a := p.Post("/start/options", "name", "Mina"); a.Code != http.StatusGone {
		t.Errorf("asking for a passkey without a link answered %d", a.Code)
	}
	used := w.FirstLink()
	w.Person("en").Join(used, "Owner")
	p.Get("/start")
	says(t, p.Post("/start", "do", "open", "code", used), http.StatusGone, "Ask for a new link")
}

func TestSignIn_TakesPasskeyOrAppAndLeadsBack(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	owner.Get("/me/passkeys")
	if a := passkey(t, owner, "/me/passkeys", owner.Device.Create, "do", "add"); a.Code != http.StatusSeeOther {
		t.Fatalf("adding a passkey answered %d\n%s", a.Code, a.Body)
	}
	owner.Get("/me")
	owner.Leads("/me/signout", "/signin")
	if owner.Cookies["console"] != "" {
		t.Error("signing out leaves the session's cookie")
	}
	if a := owner.Get("/operators"); a.Header().Get("Location") != "/signin" {
		t.Errorf("who is signed out is led to %q", a.Header().Get("Location"))
	}
	says(t, owner.Get("/signin"), http.StatusOK, "Sign in with a passkey")
	if a := passkey(t, owner, "/signin", owner.Device.Get, "do", "passkey"); a.Header().Get("Location") != "/operators" {
		t.Errorf("signing in by a passkey answered %d to %q", a.Code, a.Header().Get("Location"))
	}
	if a := owner.Get("/signin"); a.Header().Get("Location") != "/" {
		t.Errorf("who is signed in is asked again: %d", a.Code)
	}

	other := w.Person("en")
	other.Get("/signin")
	other.Leads("/signin", "/", "name", strings.ToUpper(owner.Name), "code", owner.Code())
	if other.Cookies["console"] == owner.Cookies["console"] {
		t.Error("two browsers share a session")
	}
}

func TestSignIn_RefusesAlikeAndLocks(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	p := w.Person("en")
	p.Get("/signin")
	says(t, p.Post("/signin", "name", owner.Name, "code", ""), http.StatusBadRequest, "Enter your name and the six digits")
	wrong := func(name string) (int, string) {
		a := p.Post("/signin", "name", name, "code", "000000")
		return a.Code, strings.ReplaceAll(a.Body.String(), name, "NAME")
	}
	code, page := wrong(owner.Name)
	if again, other := wrong("Nobody"); again != code || other != page || code != http.StatusForbidden {
		t.Errorf("a known name answers %d and an unknown one %d, or their pages differ", code, again)
	}
	for range 9 {
		wrong(owner.Name)
	}
	says(t, p.Post("/signin", "name", owner.Name, "code", owner.Code()), http.StatusTooManyRequests, "Try again in 60 minutes")
	says(t, passkey(t, p, "/signin", func(testing.TB, json.RawMessage) []byte { return []byte("{}") }, "do", "passkey"), http.StatusForbidden, "does not work here")
	if p.Cookies["console"] != "" {
		t.Error("a refused browser has a session")
	}
}

func TestSession_EndsWithoutUseAndAfterTwelveHours(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	w.Clock.Advance(operator.IdleFor + time.Minute)
	if a := owner.Get("/"); a.Header().Get("Location") != "/signin" || owner.Cookies["console"] != "" {
		t.Errorf("after half an hour without use: %d", a.Code)
	}
	owner.Get("/signin")
	owner.Leads("/signin", "/", "name", owner.Name, "code", owner.Code())
	for at := time.Duration(0); at < operator.SessionLife; at += 20 * time.Minute {
		if a := owner.Get("/"); a.Code != http.StatusOK {
			t.Fatalf("in use, after %v: %d", at, a.Code)
		}
		w.Clock.Advance(20 * time.Minute)
	}
	if a := owner.Get("/"); a.Code != http.StatusSeeOther {
		t.Errorf("after twelve hours: %d", a.Code)
	}
}

// TestConfirm_LeadsBackToAPageOfOurs: a proof renews the session's token, and the
// way back is never one that a visitor makes up (S-44).
func TestConfirm_LeadsBackToAPageOfOurs(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	before := owner.Cookies["console"]
	w.Clock.Advance(operator.FreshFor)
	owner.Get("/operators/new")
	says(t, owner.Get("/confirm"), http.StatusOK, "Confirm that it is you")
	says(t, owner.Post("/confirm", "code", ""), http.StatusBadRequest, "Enter the six digits")
	says(t, owner.Post("/confirm", "code", "000000"), http.StatusForbidden, "The code is wrong")
	owner.Leads("/confirm", "/operators/new", "code", owner.Code())
	if owner.Cookies["console"] == before {
		t.Error("the proof leaves the token as it was")
	}
	thief := w.Person("en")
	thief.Cookies["console"] = before
	if a := thief.Get("/"); a.Code != http.StatusSeeOther {
		t.Errorf("the token from before the proof answers %d", a.Code)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", "/signin", "/confirm", "/nowhere", "/assets/", "operators", "/nowhere?x=1", "//operators?x=1", "/%2e%2e//evil"} {
		owner.Get("/me")
		owner.Cookies["console-next"] = to
		w.Clock.Advance(operator.FreshFor)
		owner.Get("/confirm")
		owner.Leads("/confirm", "/", "code", owner.Code())
	}
}

func TestForms_CarryTheTokenOfTheirBrowser(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	other := w.Operator("en", "Mina", operator.Owner)
	stranger := w.Person("en")
	stranger.Get("/signin")
	for _, pattern := range w.Routes.Patterns() {
		path, ok := strings.CutPrefix(pattern, "POST ")
		if !ok {
			continue
		}
		path = strings.Replace(path, "{id}", other.ID, 1)
		for name, token := range map[string]string{
			"none": "", "made up": strings.Repeat("0", 32), "another's": other.Token(), "a stranger's": stranger.Token(),
		} {
			r := httptest.NewRequest(http.MethodPost, w.URL+path, strings.NewReader("do=disable&token="+token))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if a := owner.Send(r); a.Code != http.StatusForbidden {
				t.Errorf("%s with the token %s answered %d", path, name, a.Code)
			}
		}
	}
	if a := other.Get("/operators"); a.Code != http.StatusOK {
		t.Errorf("somebody was sent away: %d", a.Code)
	}
}

func TestOperators_AreInvitedChangedAndSentAway(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	owner.Get("/operators/new")
	says(t, owner.Post("/operators/new", "name", "", "role", "viewer"), http.StatusBadRequest, "1 to 50 characters")
	says(t, owner.Post("/operators/new", "name", "Mina", "role", "king"), http.StatusBadRequest, "Choose a role")
	page := owner.Post("/operators/new", "name", "Mina", "role", "support").Body.String()
	_, link, _ := strings.Cut(page, w.URL+"/start#")
	code, _, _ := strings.Cut(link, "<")
	says(t, owner.Post("/operators/new", "name", "mina ", "role", "support"), http.StatusConflict, "Another operator has this name")
	if strings.Contains(owner.Get("/operators").Body.String(), code) || len(code) != 23 {
		t.Errorf("the code %q is shown again, or is none", code)
	}
	mina := w.Person("en").Join(code, "Mina")
	says(t, mina.Get("/operators"), http.StatusForbidden, "It takes the role <b>Owner</b> at least; yours is <b>Support</b>")

	at := "/operators/" + mina.ID
	does := func(person *consoletest.Person, status int, what string, fields ...string) {
		t.Helper()
		person.Prove()
		person.Get("/me")
		person.Get(at)
		if a := person.Post(at, append([]string{"do", what, "reason", "ticket 7"}, fields...)...); a.Code != status {
			t.Fatalf("%s answered %d, want %d\n%s", what, a.Code, status, a.Body)
		}
	}
	does(owner, http.StatusSeeOther, "role", "role", "owner")
	if a := mina.Get("/"); a.Code != http.StatusSeeOther {
		t.Error("a new role leaves the old session")
	}
	does(owner, http.StatusSeeOther, "disable")
	mina.Get("/signin")
	says(t, mina.Post("/signin", "name", "Mina", "code", mina.Code()), http.StatusForbidden, "disabled")
	says(t, owner.Get("/operators"), http.StatusOK, "Disabled")
	does(owner, http.StatusSeeOther, "enable")
	does(owner, http.StatusOK, "reset")
	says(t, owner.Get("/operators"), http.StatusOK, "Invited until")
	at = "/operators/" + owner.ID
	does(owner, http.StatusConflict, "role", "role", "viewer")
	does(owner, http.StatusConflict, "disable")
	does(owner, http.StatusConflict, "reset")
	at = "/operators/opr_nobody"
	does(owner, http.StatusNotFound, "disable")
}

func TestMe_ChangesFactorsLanguageAndSessions(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	owner := w.Owner("en")
	second := w.Person("en")
	second.Get("/signin")
	second.Leads("/signin", "/", "name", owner.Name, "code", owner.Code())
	owner.Get("/me/totp")
	says(t, owner.Post("/me/totp", "do", "remove"), http.StatusConflict, "Add another one first")
	owner.Get("/me/passkeys")
	passkey(t, owner, "/me/passkeys", owner.Device.Create, "do", "add")
	page := owner.Get("/me/passkeys")
	says(t, page, http.StatusOK, "Firefox · Linux")
	_, id, _ := strings.Cut(page.Body.String(), `name="passkey" value="`)
	id, _, _ = strings.Cut(id, `"`)
	owner.Leads("/me/passkeys", "/me/passkeys", "do", "rename", "passkey", id, "label", "Laptop")
	says(t, owner.Get("/me/passkeys"), http.StatusOK, "Laptop")
	says(t, owner.Post("/me/passkeys", "do", "rename", "passkey", id, "label", ""), http.StatusBadRequest, "1 to 50 characters")
	owner.Get("/me/totp")
	owner.Leads("/me/totp", "/me", "do", "remove")
	says(t, owner.Get("/me"), http.StatusOK, "The app is removed")

	page = owner.Get("/me")
	_, session, _ := strings.Cut(page.Body.String(), `name="session" value="`)
	session, _, _ = strings.Cut(session, `"`)
	owner.Leads("/me", "/me", "do", "end", "session", session)
	if a := second.Get("/"); a.Code != http.StatusSeeOther {
		t.Error("the ended session goes on")
	}
	owner.Get("/me")
	owner.Leads("/me", "/me", "do", "language", "language", "ko")
	says(t, owner.Get("/me"), http.StatusOK, "로그인한 브라우저")
	w.Clock.Advance(operator.FreshFor)
	owner.Get("/me")
	owner.Leads("/me", "/confirm", "do", "everywhere")
	owner.Get("/confirm")
	if a := passkey(t, owner, "/confirm", owner.Device.Get, "do", "passkey"); a.Header().Get("Location") != "/me" {
		t.Errorf("a proof by passkey answered %d to %q", a.Code, a.Header().Get("Location"))
	}
	owner.Get("/me")
	owner.Leads("/me", "/signin", "do", "everywhere")
	says(t, owner.Get("/signin"), http.StatusOK, "모든 브라우저에서")
}

// S-97: whoever comes from elsewhere is told so before anything else is looked at.
func TestNetworks_AreTheOnlyOnesAnsweredTo(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{Networks: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}})
	for address, want := range map[string]int{
		"203.0.113.9:1": http.StatusOK, "[2001:db8::1]:1": http.StatusOK, "198.51.100.1:1": http.StatusForbidden, "[::1]:1": http.StatusForbidden, "": http.StatusForbidden,
	} {
		for _, path := range []string{"/signin", "/start"} {
			if a := w.Person("en").At(address).Get(path); a.Code != want {
				t.Errorf("%s from %q answered %d, want %d", path, address, a.Code, want)
			}
		}
	}
	says(t, w.Person("en").At("198.51.100.1:1").Get("/operators"), http.StatusForbidden, "Not from this network")
}

func TestRefusals_AreLoggedWithTheRoleThatMay(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := consoletest.New(t, consoletest.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	w.Owner("en")
	mina := w.Operator("en", "Mina", operator.Viewer)
	mina.Get("/operators")
	for _, words := range []string{`"msg":"access refused"`, `"operator":"` + mina.ID, `"least_role":"owner"`, `"route":"/operators"`} {
		if !strings.Contains(log.String(), words) {
			t.Errorf("the log does not hold %s", words)
		}
	}
	if strings.Contains(log.String(), "Mina") || strings.Contains(log.String(), mina.Cookies["console"]) {
		t.Error("the log holds a name or a token")
	}
}

// TestForms_HaveAPageAtTheirAddress: a proof leads back to where a form was sent.
func TestForms_HaveAPageAtTheirAddress(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	patterns := consoletest.New(t, consoletest.Options{}).Routes.Patterns()
	for _, pattern := range patterns {
		known[pattern] = true
	}
	for _, pattern := range patterns {
		path, ok := strings.CutPrefix(pattern, "POST ")
		if ok && !known["GET "+path] && !strings.HasSuffix(path, "/options") && path != "/me/signout" {
			t.Errorf("there is no page at %s", path)
		}
	}
}
