package pages_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
)

// S-50: a text does not get round what a member holds besides.
func TestSecond_IsAskedForAfterTheCode(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]func(v *visitor, userID string) (by, right string){
		"password": func(v *visitor, userID string) (string, string) {
			v.withPassword(userID)
			return "password", password
		},
		"totp": func(v *visitor, userID string) (string, string) {
			secret := v.withTOTP(userID)
			return "totp", factortest.Code(v, secret, v.Clock.Now().Add(time.Minute))
		},
		"recovery_code": func(v *visitor, userID string) (string, string) {
			return "recovery_code", strings.ToLower(v.withCodes(v.withPassword(userID))[3])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newWorld(t).visitor("ko")
			userID := v.member()
			by, right := tt(v, userID)
			v.at("/login", number)
			v.isOut()
			v.do(http.StatusForbidden, "prove", "by", by, "answer", "000000")
			v.isOut()
			if by == "totp" {
				v.Clock.Advance(time.Minute)
			}
			if a := v.do(http.StatusSeeOther, "prove", "by", by, "answer", right); a.Header().Get("Location") != "/account" {
				t.Errorf("a right %s leads to %q", by, a.Header().Get("Location"))
			}
			v.isIn(userID)
			// Back, and the same form once more: nothing is asked or sent again.
			if a := v.do(http.StatusSeeOther, "prove", "by", by, "answer", right); a.Header().Get("Location") != "/account" {
				t.Errorf("the form sent twice leads to %q", a.Header().Get("Location"))
			}
			if a := v.get("/login"); a.Header().Get("Location") != "/account" {
				t.Error("going back shows a used form")
			}
		})
	}
}

func TestSecond_NeedsTheCodeOfThisBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withPassword(w.member())
	v := w.visitor("ko")
	v.door = "/login"
	v.start(number)
	if a := v.do(http.StatusConflict, "prove", "by", "password", "answer", password); !strings.Contains(a.body, `name="code"`) {
		t.Errorf("without a right code the page is another one:\n%s", a.body)
	}
	v.isOut()
	v.do(http.StatusSeeOther, "check", "code", v.code(digits))

	stranger := w.visitor("ko")
	stranger.door = "/login"
	stranger.get("/login")
	id, _, _ := strings.Cut(v.cookies["__Host-flow"], ".")
	_, secret, _ := strings.Cut(stranger.cookies["__Host-flow"], ".")
	stranger.cookies["__Host-flow"] = id + "." + secret
	stranger.do(http.StatusForbidden, "prove", "by", "password", "answer", password)
	stranger.isOut()

	v.Clock.Advance(31 * time.Minute)
	v.do(http.StatusConflict, "prove", "by", "password", "answer", password)
	v.isOut()
}

// What was typed is kept when the language is switched, but for a password.
func TestSecond_KeepsItsStepWhenTheLanguageIsSwitched(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.withTOTP(v.withPassword(v.member()))
	v.at("/login", number)
	for by, kept := range map[string]bool{"totp": true, "password": false} {
		a := v.do(http.StatusOK, "prove", "by", by, "answer", "135790", "lang", "en")
		if !strings.Contains(a.body, `name="by" value="`+by+`"`) || !strings.Contains(a.body, "Your number is confirmed") {
			t.Errorf("%s: the step is lost:\n%s", by, a.body)
		}
		if strings.Contains(a.body, "135790") != kept {
			t.Errorf("%s: what was typed is in the page: %v, want %v", by, !kept, kept)
		}
	}
	v.isOut()
}

func TestBlocked_NobodyComesInAnyWay(t *testing.T) {
	t.Parallel()
	for name, enter := range map[string]func(v *visitor, code string) answer{
		"number":  func(v *visitor, _ string) answer { return v.at("/login", number) },
		"recover": func(v *visitor, _ string) answer { return v.at("/recover", number) },
		"passkey": func(v *visitor, _ string) answer {
			v.door = "/login"
			v.get("/login")
			return v.touch(http.StatusForbidden)
		},
		"both": func(v *visitor, _ string) answer {
			v.Clock.Advance(longAgo)
			v.at("/login", number)
			return v.do(http.StatusForbidden, "prove", "by", "password", "answer", password)
		},
		"one-time code": func(v *visitor, code string) answer {
			v.get("/login/once")
			return v.post("/login/once", "code", code)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newWorld(t).visitor("ko")
			userID := v.withPasskey(v.withPassword(v.member()))
			code, _, err := v.accounts.MakeOnce(v.Context(), userID, account.Act{Actor: "command line", Reason: "a test"})
			if err != nil {
				t.Fatal(err)
			}
			v.block(userID)
			page := enter(v, code)
			if page.Code != http.StatusForbidden || strings.Contains(page.body, "김하늘") {
				t.Errorf("the page answers %d:\n%s", page.Code, page.body)
			}
			v.isOut()
		})
	}
}

func TestOnce_SignsInOneBrowserOnceAndTrustsItNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	userID := w.withPassword(w.member())
	code, _, err := w.accounts.MakeOnce(w.Context(), userID, account.Act{Actor: "command line", Reason: "review"})
	if err != nil {
		t.Fatal(err)
	}
	v := w.visitor("ko")
	v.get("/login/once")
	if a := v.post("/login/once", "code", " "); a.Code != http.StatusBadRequest {
		t.Errorf("nothing typed: %d", a.Code)
	}
	if a := v.post("/login/once", "code", strings.ToLower(strings.ReplaceAll(code, "-", " "))); a.Header().Get("Location") != "/account" {
		t.Fatalf("the code leads to %d %q", a.Code, a.Header().Get("Location"))
	}
	v.isIn(userID)
	if v.cookies["__Host-device"] != "" {
		t.Error("the browser is trusted")
	}
	if a := v.post("/login/once", "code", code); a.Header().Get("Location") != "/account" {
		t.Errorf("the form sent twice: %d %q", a.Code, a.Header().Get("Location"))
	}
	other := w.visitor("ko")
	other.get("/login/once")
	if a := other.post("/login/once", "code", code); a.Code != http.StatusForbidden || !strings.Contains(a.body, `aria-invalid="true"`) {
		t.Errorf("used again: %d", a.Code)
	}
	other.isOut()

	late := w.visitor("ko")
	code, _, err = w.accounts.MakeOnce(w.Context(), userID, account.Act{Actor: "command line", Reason: "review"})
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(24*time.Hour + time.Second)
	late.get("/login/once")
	if a := late.post("/login/once", "code", code); a.Code != http.StatusForbidden {
		t.Errorf("a day later: %d", a.Code)
	}
}

func TestSignUp_AsksForAPasswordWhereOneIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requiring()
	v := w.visitor("ko")
	v.prove(number)
	v.get("/signup")
	all := []string{"name", "김하늘", "agree", "age_14", "agree", "terms"}
	for _, bad := range []string{"", "short", "password1234", "010-2345-6789"} {
		a := v.do(http.StatusBadRequest, "finish", append(all, "password", bad)...)
		if !strings.Contains(a.body, `id="password-note" data-state="error"`) || bad != "" && strings.Contains(a.body, `"`+bad+`"`) {
			t.Errorf("%q is refused with\n%s", bad, a.body)
		}
	}
	v.isOut()
	v.do(http.StatusSeeOther, "finish", append(all, "password", password)...)
	if err := w.factors.CheckPassword(w.Context(), v.userID(), password); err != nil {
		t.Errorf("the password: %v", err)
	}
	if h, err := w.factors.Held(w.Context(), v.userID()); err != nil || !h.Password {
		t.Errorf("the member holds %+v (%v)", h, errors.Join(err))
	}
}
