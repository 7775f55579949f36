package pages_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSignUp_SignsInANumberThatHasAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.visitor("ko").join(number, "김하늘")
	w.Clock.Advance(time.Minute)

	v := w.visitor("ko")
	v.start(number)
	a := v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
	if got := a.Header().Get("Location"); got != "/account" {
		t.Fatalf("the right code leads to %q", got)
	}
	if page := v.get("/account"); !strings.Contains(page.body, "김하늘") {
		t.Error("the account page does not show the member")
	}
	if v.cookies["__Host-flow"] != "" {
		t.Error("the flow cookie outlives the flow")
	}
}

// Before possession is proved a known number looks like an unknown one (S-28).
func TestSignUp_TellsNothingAboutANumberBeforeItIsProved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.visitor("ko").join(number, "김하늘")
	w.Clock.Advance(time.Minute)
	look := func(to string) []string {
		v := w.visitor("ko")
		v.get("/signup")
		started := v.do(http.StatusSeeOther, "start", "number", to)
		page := v.get("/signup")
		refused := v.do(http.StatusUnprocessableEntity, "check", "code", "000000")
		var seen []string
		for _, a := range []answer{started, page, refused} {
			body := strings.ReplaceAll(a.body, to, "NUMBER")
			for _, c := range chances {
				body = c.what.ReplaceAllString(body, c.name)
			}
			var names []string
			for name := range a.Header() {
				names = append(names, name)
			}
			slices.Sort(names)
			seen = append(seen, strings.Join(names, " "), body)
		}
		return seen
	}
	if known, unknown := look(number), look("010-9876-5432"); !slices.Equal(known, unknown) {
		t.Error("a number with an account and one without are told apart")
	}
}

// S-10: the code works in the browser that asked for it, and a try from
// elsewhere costs the owner nothing.
func TestSignUp_BelongsToTheBrowserThatStartedIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.visitor("ko")
	owner.start(number)
	code := owner.code("01023456789")

	thief := w.visitor("ko")
	thief.get("/signup")
	id, _, _ := strings.Cut(owner.cookies["__Host-flow"], ".")
	_, secret, _ := strings.Cut(thief.cookies["__Host-flow"], ".")
	thief.cookies["__Host-flow"] = id + "." + secret
	if a := thief.do(http.StatusForbidden, "check", "code", code); !strings.Contains(a.body, `name="number"`) {
		t.Error("a foreign browser is not led back to the number")
	}
	if page := thief.get("/signup"); strings.Contains(page.body, number) || !strings.Contains(page.body, `name="number"`) {
		t.Error("a foreign browser is shown the verification")
	}
	owner.get("/signup")
	owner.do(http.StatusSeeOther, "check", "code", code)
}

func TestSignUp_ReloadsAndSecondTabsSendNothing(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.start(number)
	for range 5 {
		v.get("/signup")
		v.get("/signup/message")
	}
	v.dispatch()
	if texts := v.Provider.Handset("01023456789"); len(texts) != 1 {
		t.Errorf("%d texts came", len(texts))
	}
}

func TestSignUp_TakesACodeHoweverItIsPasted(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(string) string{
		"spaced":    func(c string) string { return c[:3] + " " + c[3:] },
		"hyphened":  func(c string) string { return c[:3] + "-" + c[3:] },
		"fullwidth": func(c string) string { return strings.Map(func(r rune) rune { return r - '0' + '０' }, c) },
		"message": func(c string) string {
			return "[Web발신]\n[한뼘책방] 인증번호 " + c + "\n@id.example.kr #" + c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newWorld(t).visitor("ko")
			v.start(number)
			v.do(http.StatusSeeOther, "check", "code", spell(v.code("01023456789")))
			if page := v.get("/signup"); !strings.Contains(page.body, `name="agree"`) {
				t.Error("the third step does not follow")
			}
		})
	}
}

func TestSignUp_ResendsTheSameDigits(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.start(number)
	first := v.code("01023456789")
	v.Clock.Advance(30 * time.Second)
	v.do(http.StatusSeeOther, "resend")
	if second := v.code("01023456789"); second != first {
		t.Error("the second text has another code")
	}
	if n := len(v.Provider.Handset("01023456789")); n != 2 {
		t.Errorf("%d texts came", n)
	}
}

// A mistyped number is corrected at the code step; language and what was typed
// stay.
func TestSignUp_KeepsNumberAndLanguageWhenTheNumberIsChanged(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.get("/signup?lang=en")
	v.do(http.StatusSeeOther, "start", "number", number)
	v.do(http.StatusSeeOther, "change")
	for range 2 { // also after a reload
		page := v.get("/signup")
		if !strings.Contains(page.body, `value="`+number+`"`) || !strings.Contains(page.body, `lang="en"`) {
			t.Fatal("number or language is lost")
		}
	}
	v.do(http.StatusSeeOther, "start", "number", "010-2345-6788")
	if page := v.get("/signup"); !strings.Contains(page.body, "010-2345-6788") {
		t.Error("the new number is not the one that waits")
	}
}

func TestSignUp_AsksForTheNumberAgainWhenTheApprovalHasRunOut(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.prove(number)
	v.get("/signup")
	v.Clock.Advance(31 * time.Minute)
	a := v.do(http.StatusConflict, "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	if !strings.Contains(a.body, `value="`+number+`"`) {
		t.Error("the number is not kept")
	}
	if page := v.get("/signup"); !strings.Contains(page.body, `name="number"`) {
		t.Error("the third step is still shown")
	}
}

func TestSignUp_NoStepCanBeSkipped(t *testing.T) {
	t.Parallel()
	for _, act := range []string{"check", "resend", "change", "finish"} {
		v := newWorld(t).visitor("ko")
		v.get("/signup")
		v.post("/signup", "do", act, "code", "123456", "name", "김하늘", "agree", "age_14", "agree", "terms")
		if v.cookies["__Host-session"] != "" {
			t.Errorf("%s without a verification signs in", act)
		}
		if page := v.get("/signup"); !strings.Contains(page.body, `name="number"`) {
			t.Errorf("%s without a verification leads past the number", act)
		}
	}
	v := newWorld(t).visitor("ko")
	v.start(number)
	v.post("/signup", "do", "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	if v.cookies["__Host-session"] != "" {
		t.Error("an unproved number signs up")
	}
}

// S-40: a form works in the browser its page was given to.
func TestForms_NeedTheirOwnBrowsersToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.visitor("ko")
	other.get("/signup")
	for _, act := range []string{"start", "check", "resend", "change", "finish"} {
		v := w.visitor("ko")
		v.get("/signup")
		for _, token := range []string{"", other.token, strings.ToUpper(v.token)} {
			v.token = token
			v.do(http.StatusForbidden, act, "number", number)
		}
	}
	w.dispatch()
	if n := len(w.Provider.Handset("01023456789")); n != 0 {
		t.Errorf("%d texts were sent", n)
	}
}

func TestSignOut_NeedsItsTokenAndEndsTheSession(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.join(number, "김하늘") // the token of the flow is no token of the session
	if a := v.post("/signout"); a.Code != http.StatusForbidden {
		t.Fatalf("signing out with a foreign token answered %d", a.Code)
	}
	v.get("/account")
	session := v.cookies["__Host-session"]
	if a := v.post("/signout"); a.Code != http.StatusSeeOther || v.cookies["__Host-session"] != "" {
		t.Fatalf("signing out answered %d", a.Code)
	}
	v.cookies["__Host-session"] = session
	if a := v.get("/account"); a.Code != http.StatusSeeOther {
		t.Error("a token that was signed out still works")
	}
}

// S-36: signing in ends the session the browser had before.
func TestSignUp_EndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.join(number, "김하늘")
	v.get("/signup")
	before := v.cookies["__Host-session"]
	delete(v.cookies, "__Host-session")
	v.start("010-9876-5432")
	v.cookies["__Host-session"] = before // somebody signs in in another tab meanwhile
	v.do(http.StatusSeeOther, "check", "code", v.code("01098765432"))
	v.do(http.StatusSeeOther, "finish", "name", "박바다", "agree", "age_14", "agree", "terms")
	if v.cookies["__Host-session"] == before {
		t.Fatal("the session has not changed")
	}
	v.cookies["__Host-session"] = before
	if a := v.get("/account"); a.Code != http.StatusSeeOther {
		t.Errorf("the session before still works: %d", a.Code)
	}
}

func TestDone_IsShownOnce(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.join(number, "김하늘")
	if page := v.get("/signup"); page.Code != http.StatusOK || !strings.Contains(page.body, `href="/account"`) {
		t.Fatalf("the welcome answered %d", page.Code)
	}
	if again := v.get("/signup"); again.Header().Get("Location") != "/account" {
		t.Errorf("the second time it answered %d", again.Code)
	}
}

// The script's news hold nothing of a person.
func TestMessage_TellsTheFateAndNothingElse(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	news := func() map[string]any {
		a := v.get("/signup/message")
		if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "application/json" {
			t.Fatalf("answered %d as %s", a.Code, a.Header().Get("Content-Type"))
		}
		var body map[string]any
		if err := json.Unmarshal([]byte(a.body), &body); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(a.body, "2345") || len(body) != 4 {
			t.Errorf("the news say %s", a.body)
		}
		return body
	}
	if got := news()["state"]; got != "over" {
		t.Errorf("without a verification the state is %v", got)
	}
	v.start(number)
	if got := news(); got["state"] != "sending" || got["expires"] != 300.0 || got["resend"] != 30.0 {
		t.Errorf("after the start: %v", got)
	}
	v.dispatch()
	if got := news()["state"]; got != "delivered" {
		t.Errorf("with the text on the phone the state is %v", got)
	}
	v.do(http.StatusSeeOther, "change")
	if got := news()["state"]; got != "over" {
		t.Errorf("with the number given up the state is %v", got)
	}
}

func TestLanguage_IsTheOneAskedForThenKeptThenPreferred(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shown := regexp.MustCompile(`<html lang="([a-z]+)">`)
	look := func(v *visitor, path string) string { return shown.FindStringSubmatch(v.get(path).body)[1] }
	for accepted, want := range map[string]string{
		"": "ko", "ko-KR,ko;q=0.9,en;q=0.8": "ko", "en-US,en;q=0.9": "en", "fr-FR,en;q=0.5": "en",
		"ja": "ko", "not a language!": "ko", strings.Repeat("en,", 200): "ko",
	} {
		if got := look(w.visitor(accepted), "/signup"); got != want {
			t.Errorf("Accept-Language %q shows %s, want %s", accepted, got, want)
		}
	}
	v := w.visitor("ko")
	if got := look(v, "/signup?lang=en"); got != "en" {
		t.Errorf("?lang=en shows %s", got)
	}
	if got := look(v, "/signup"); got != "en" {
		t.Errorf("afterwards it shows %s", got)
	}
	if got := look(v, "/signup?lang=xx"); got != "en" {
		t.Errorf("?lang=xx shows %s", got)
	}
}
