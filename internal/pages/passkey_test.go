package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestPasskey_SignsInWithoutANumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	userID := w.withPasskey(w.withPassword(w.member()))
	v := w.visitor("ko")
	v.door = "/login"
	v.get("/login")
	if a := v.touch(http.StatusSeeOther); a.Header().Get("Location") != "/account" {
		t.Errorf("a passkey leads to %q", a.Header().Get("Location"))
	}
	v.isIn(userID)
	if texts := len(w.Provider.Handset(digits)); texts != 1 {
		t.Errorf("%d texts were sent, want the one of joining", texts)
	}
}

func TestPasskey_CountsWithTheNumberThatWasProved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	userID := w.withPasskey(w.withPassword(w.member()))
	v := w.visitor("ko")
	v.at("/login", number)
	v.touch(http.StatusSeeOther)
	v.isIn(userID)
}

// A passkey of one member does not open the account of another's number.
func TestPasskey_OpensItsOwnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withPassword(w.member())
	other := w.visitor("ko")
	other.join("010-9876-5432", "이바다")
	userID := w.withPasskey(other.userID())
	w.Clock.Advance(time.Minute)
	v := w.visitor("ko")
	v.at("/login", number)
	v.touch(http.StatusSeeOther)
	v.isIn(userID)
}

func TestPasskey_RefusalsStandBesideItsButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withPasskey(w.member())
	v := w.visitor("ko")
	v.door = "/login"
	v.get("/login")
	q := v.ask("/passkeys/signin")
	answer := string(w.phone.Get(t, q.Options))
	for name, fields := range map[string][]string{
		"nothing":          {},
		"no ceremony":      {"ceremony", "none", "response", answer},
		"a broken answer":  {"ceremony", q.Ceremony, "response", "{"},
		"an answer to all": {"ceremony", v.ask("/passkeys/signin").Ceremony, "response", answer},
	} {
		a := v.post("/login", append([]string{"do", "passkey"}, fields...)...)
		if a.Code < 400 || a.Code >= 500 || !strings.Contains(a.body, `role="status" data-state="error"`) || !strings.Contains(a.body, "<title>오류: ") {
			t.Errorf("%s: %d\n%s", name, a.Code, a.body)
		}
	}
	v.isOut()
	v.post("/login", "do", "passkey", "ceremony", q.Ceremony, "response", answer)
	if v.cookies["__Host-session"] == "" {
		t.Error("the right answer does not sign in")
	}
	again := w.visitor("ko")
	again.door = "/login"
	again.get("/login")
	if a := again.post("/login", "do", "passkey", "ceremony", q.Ceremony, "response", answer); a.Code != http.StatusGone {
		t.Errorf("the same answer once more: %d", a.Code)
	}
	again.isOut()
}

// What the script asks for needs the page it stands on.
func TestPasskey_QuestionsNeedTheirPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor("ko")
	for path, want := range map[string]int{
		"/passkeys/signin": http.StatusForbidden,
		"/passkeys/create": http.StatusUnauthorized,
		"/passkeys/proof":  http.StatusUnauthorized,
		"/welcome":         http.StatusSeeOther,
	} {
		if a := v.post(path); a.Code != want || a.Header().Get("Location") != "" && a.Header().Get("Location") != "/login" {
			t.Errorf("%s answers nobody with %d, want %d", path, a.Code, want)
		}
	}
	v.join(number, "김하늘")
	v.token = "x"
	for path, want := range map[string]int{
		"/passkeys/create": http.StatusForbidden,
		"/passkeys/proof":  http.StatusForbidden,
		"/welcome":         http.StatusSeeOther,
	} {
		if a := v.post(path); a.Code != want {
			t.Errorf("%s answers a foreign form with %d, want %d", path, a.Code, want)
		}
	}
}

func TestWelcome_MakesAPasskeyAndLeadsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor("ko")
	v.join(number, "김하늘")
	if page := v.get("/signup"); !strings.Contains(page.body, "가로채") || !strings.Contains(page.body, `href="/account/totp"`) {
		t.Error("the welcome does not say what a text cannot protect from (S-52)")
	}
	q := v.ask("/passkeys/create")
	a := v.post("/welcome", "ceremony", q.Ceremony, "response", string(w.phone.Create(t, q.Options)), "to", "none")
	if a.Header().Get("Location") != "/signup" {
		t.Fatalf("making a passkey leads to %d %q", a.Code, a.Header().Get("Location"))
	}
	if page := v.get("/signup"); strings.Contains(page.body, "data-passkey") || !strings.Contains(page.body, `href="/account"`) {
		t.Errorf("the page afterwards:\n%s", page.body)
	}
	if a := v.get("/signup"); a.Header().Get("Location") != "/account" {
		t.Error("the page is shown more than once")
	}
	h, err := w.factors.Held(t.Context(), v.userID())
	if err != nil || len(h.Passkeys) != 1 || h.Passkeys[0].Label != "Chrome · Android" {
		t.Errorf("the member has %+v (%v)", h.Passkeys, err)
	}
}

func TestWelcome_NeedsAFreshProofForAPasskey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor("ko")
	v.join(number, "김하늘")
	v.get("/signup")
	q := v.ask("/passkeys/create")
	answer := string(w.phone.Create(t, q.Options))
	w.Clock.Advance(5*time.Minute + time.Second)
	if a := v.post("/passkeys/create"); a.Code != http.StatusForbidden {
		t.Errorf("a new passkey is asked for after a while: %d", a.Code)
	}
	if a := v.post("/welcome", "ceremony", q.Ceremony, "response", answer); a.Header().Get("Location") != "/account/passkeys" {
		t.Errorf("it leads to %d %q", a.Code, a.Header().Get("Location"))
	}
	if h, err := w.factors.Held(t.Context(), v.userID()); err != nil || len(h.Passkeys) != 0 {
		t.Errorf("the member has %+v (%v)", h.Passkeys, err)
	}
}
