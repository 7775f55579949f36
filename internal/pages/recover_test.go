package pages_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// S-28, at the door of recovery.
func TestRecover_TellsNothingAboutANumberBeforeItIsProved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withPassword(w.member())
	look := func(to string) (seen []string) {
		v := w.visitor("ko")
		v.door = "/recover"
		for _, a := range []answer{
			v.get("/recover"), v.do(http.StatusSeeOther, "start", "number", to), v.get("/recover"),
			v.do(http.StatusUnprocessableEntity, "check", "code", "0000000000"),
		} {
			body := strings.ReplaceAll(strings.ReplaceAll(a.body, to, "NUMBER"), "010-****-"+to[len(to)-4:], "MASKED")
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

func TestRecover_SignsInWhoseNumberIsEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	userID := w.member()
	v := w.visitor("ko")
	v.at("/recover", number)
	v.isIn(userID)

	stranger := w.visitor("ko")
	if page := stranger.at("/recover", "010-9876-5432"); !strings.Contains(page.body, `href="/signup"`) {
		t.Errorf("a number without account leads to\n%s", page.body)
	}
	stranger.isOut()
}

// A second proof recovers at once, ends the other sessions, and has a lost
// password replaced.
func TestRecover_WithASecondProofAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.visitor("ko")
	owner.join(number, "김하늘")
	userID := w.withPassword(owner.userID())
	codes := w.withCodes(userID)
	w.Clock.Advance(time.Minute)
	v := w.visitor("ko")
	v.at("/recover", number)
	v.do(http.StatusForbidden, "prove", "by", "recovery_code", "answer", "AAAA-AAAA-AAAA-AAAA")
	v.isOut()
	if a := v.do(http.StatusSeeOther, "prove", "by", "recovery_code", "answer", codes[0]); a.Header().Get("Location") != "/login/password" {
		t.Fatalf("a recovery code leads to %q", a.Header().Get("Location"))
	}
	v.isIn(userID)
	if a := owner.get("/account"); a.Code != http.StatusSeeOther {
		t.Error("the other session goes on")
	}

	v.get("/login/password")
	for _, bad := range []string{"", "short", "password1234", "01023456789"} {
		if a := v.post("/login/password", "password", bad); a.Code != http.StatusBadRequest || !strings.Contains(a.body, `aria-invalid="true"`) {
			t.Errorf("the password %q: %d", bad, a.Code)
		}
	}
	const next = "seven radio clover"
	token := v.token
	v.token = "x"
	if a := v.post("/login/password", "password", next); a.Code != http.StatusForbidden {
		t.Errorf("a foreign form: %d", a.Code)
	}
	v.token = token
	if a := v.post("/login/password", "password", next); a.Header().Get("Location") != "/account" {
		t.Errorf("a new password leads to %d %q", a.Code, a.Header().Get("Location"))
	}
	if err := w.factors.CheckPassword(w.Context(), userID, next); err != nil {
		t.Errorf("the new password: %v", err)
	}

	w.Clock.Advance(6 * time.Minute)
	if a := v.post("/login/password", "password", "another one of mine"); a.Header().Get("Location") != "/account/password" {
		t.Errorf("a password long after the proof leads to %d %q", a.Code, a.Header().Get("Location"))
	}
	if err := w.factors.CheckPassword(w.Context(), userID, next); err != nil {
		t.Errorf("the password was changed without a proof: %v", err)
	}
}

func TestRecover_ByWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	userID := w.withPassword(w.member())
	v := w.visitor("ko")
	v.at("/recover", number)
	v.do(http.StatusSeeOther, "wait")
	if page := v.get("/recover"); !strings.Contains(page.body, "11월 23일") || !strings.Contains(page.body, "오후 3:0") {
		t.Errorf("the page does not say when:\n%s", page.body)
	}
	v.isOut()

	w.Clock.Advance(23 * time.Hour) // too early, and the time stays
	v.at("/recover", number)
	v.do(http.StatusSeeOther, "enter")
	v.isOut()
	v.do(http.StatusSeeOther, "wait")

	w.Clock.Advance(62 * time.Minute)
	v.at("/recover", number)
	v.isIn(userID)
	if page := v.get("/login/password"); page.Code != http.StatusOK {
		t.Errorf("no new password is asked for: %d", page.Code)
	}
}

func TestRecover_IsStoppedByTheOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.visitor("ko")
	owner.join(number, "김하늘")
	w.withPassword(owner.userID())
	w.Clock.Advance(time.Minute)
	v := w.visitor("ko")
	v.at("/recover", number)
	v.do(http.StatusSeeOther, "wait")
	_, s, err := w.accounts.BySession(w.Context(), owner.cookies["__Host-session"])
	if err == nil {
		err = w.accounts.CancelRecovery(w.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(25 * time.Hour)
	v.at("/recover", number)
	v.isOut()
}

// With two factors besides the number only two proofs recover (S-50).
func TestRecover_DoesNotWaitRoundTwoFactors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withTOTP(w.withPasskey(w.member()))
	v := w.visitor("ko")
	if page := v.at("/recover", number); strings.Contains(page.body, `value="wait"`) {
		t.Error("waiting is offered")
	}
	v.do(http.StatusSeeOther, "wait")
	w.Clock.Advance(25 * time.Hour)
	v.at("/recover", number)
	v.isOut()
}

// A proof counts at its own door.
func TestDoors_DoNotMixWhatTheyProve(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withPassword(w.member())
	v := w.visitor("ko")
	for _, door := range []string{"/login", "/signup"} {
		w.Clock.Advance(time.Minute)
		v.at("/recover", number)
		if page := v.get(door); !strings.Contains(page.body, `name="number"`) {
			t.Errorf("%s shows\n%s", door, page.body)
		}
		v.door = door
		v.do(http.StatusConflict, "prove", "by", "password", "answer", password)
		v.post(door, "do", "enter")
		v.post(door, "do", "finish", "name", "이바다", "agree", "age_14", "agree", "terms")
		v.isOut()
	}
}
