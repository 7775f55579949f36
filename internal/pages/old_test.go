package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Row 31: an account whose last proof is over 90 days old is not opened by a
// fresh code from an unknown browser alone, and no waiting time changes that.
func TestRow31_ANumberProvedLongAgoOpensNothingByItself(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after time.Duration
		known bool
		opens bool
	}{
		"89 days, a new browser":   {89 * 24 * time.Hour, false, true},
		"91 days, a new browser":   {longAgo, false, false},
		"91 days, a known browser": {longAgo, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			owner := w.visitor("ko")
			owner.join(number, "김하늘")
			userID := owner.userID()
			delete(owner.cookies, "__Host-session")
			v := w.visitor("ko")
			if tt.known {
				v = owner
			}
			w.Clock.Advance(tt.after)
			v.at("/login", number)
			if tt.opens {
				v.isIn(userID)
				return
			}
			v.isOut()
			for range 3 { // nor does asking again, however long after
				v.do(http.StatusSeeOther, "enter")
				v.Clock.Advance(48 * time.Hour)
				v.at("/recover", number)
				if a := v.do(http.StatusSeeOther, "wait"); a.Header().Get("Location") != "/recover" {
					t.Error("waiting leads on")
				}
				v.do(http.StatusSeeOther, "enter")
				v.isOut()
				v.Clock.Advance(48 * time.Hour)
				v.at("/login", number)
				v.isOut()
			}
		})
	}
}

// The page of an old number tells nothing of the account: not who it is, and not
// what they hold (S-32).
func TestOld_TellsNothingOfTheAccount(t *testing.T) {
	t.Parallel()
	look := func(hold func(w *world, userID string)) []string {
		w := newWorld(t)
		hold(w, w.member())
		w.Clock.Advance(longAgo)
		v := w.visitor("ko")
		var seen []string
		for _, a := range []answer{
			v.at("/login", number), v.get("/login?by=password"), v.get("/login?by=totp"), v.get("/login?by=not_mine"),
			v.do(http.StatusForbidden, "prove", "by", "password", "answer", "not this one"),
			v.do(http.StatusForbidden, "prove", "by", "totp", "answer", "000000"),
			v.do(http.StatusForbidden, "prove", "by", "recovery_code", "answer", "AAAA-AAAA-AAAA-AAAA"),
		} {
			body := a.body
			for _, c := range chances {
				body = c.what.ReplaceAllString(body, c.name)
			}
			if strings.Contains(body, "김하늘") {
				t.Errorf("the member's name stands in\n%s", body)
			}
			seen = append(seen, body)
		}
		return seen
	}
	none := look(func(*world, string) {})
	all := look(func(w *world, userID string) { w.withCodes(w.withPasskey(w.withPassword(userID))) })
	for i := range none {
		if none[i] != all[i] {
			t.Errorf("page %d tells what the member holds", i)
		}
	}
}

func TestOld_OpensWithASecondProof(t *testing.T) {
	t.Parallel()
	for name, prove := range map[string]func(v *visitor){
		"password": func(v *visitor) { v.do(http.StatusSeeOther, "prove", "by", "password", "answer", password) },
		"passkey":  func(v *visitor) { v.touch(http.StatusSeeOther) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			userID := w.withPasskey(w.withPassword(w.member()))
			w.Clock.Advance(longAgo)
			v := w.visitor("ko")
			v.at("/login", number)
			prove(v)
			v.isIn(userID)
			// The number has been proved anew by it.
			w.Clock.Advance(24 * time.Hour)
			if page := w.visitor("ko").at("/login", number); !strings.Contains(page.body, `name="by" value="password"`) {
				t.Errorf("the number counts as old still:\n%s", page.body)
			}
		})
	}
}

// S-32: whoever has the number now starts with an empty account, and the one
// before keeps its id and its passkeys.
func TestNotMine_StartsAnEmptyAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.withPasskey(w.member())
	w.Clock.Advance(longAgo)
	v := w.visitor("ko")
	v.at("/login", number)
	v.get("/login?by=not_mine")
	v.do(http.StatusSeeOther, "not_mine", "by", "not_mine")
	v.do(http.StatusSeeOther, "not_mine", "by", "not_mine") // sent twice
	if page := v.get("/login"); !strings.Contains(page.body, `name="agree"`) || strings.Contains(page.body, "김하늘") {
		t.Fatalf("joining does not go on:\n%s", page.body)
	}
	v.do(http.StatusSeeOther, "finish", "name", "이바다", "agree", "age_14", "agree", "terms")
	if after := v.userID(); after == before {
		t.Error("the account is the one before")
	}
	for _, path := range []string{"/login", "/account"} {
		if page := v.get(path); strings.Contains(page.body, "김하늘") {
			t.Errorf("%s shows the one before:\n%s", path, page.body)
		}
	}

	old := w.visitor("ko")
	old.door = "/login"
	old.get("/login")
	old.touch(http.StatusSeeOther)
	old.isIn(before)
	if page := old.get("/account"); !strings.Contains(page.body, "김하늘") || strings.Contains(page.body, "이바다") {
		t.Error("the one before does not have its account")
	}
}

func TestNotMine_IsNoWayAroundALatelyProvedNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	userID := w.withPassword(w.member())
	v := w.visitor("ko")
	v.at("/login", number)
	if a := v.do(http.StatusConflict, "not_mine"); !strings.Contains(a.body, `name="by" value="password"`) {
		t.Errorf("it leads to\n%s", a.body)
	}
	v.do(http.StatusSeeOther, "prove", "by", "password", "answer", password)
	v.isIn(userID)
}
