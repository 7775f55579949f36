package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/sandbox"
)

const number = "010-2345-6789"

// states walks to every state a page can be in. Each begins with a fresh world
// and ends with the page.
var states = []struct {
	name string
	walk func(v *visitor) answer
}{
	{"number", func(v *visitor) answer { return v.get("/signup") }},
	{"number-empty", func(v *visitor) answer {
		v.get("/signup")
		return v.do(http.StatusBadRequest, "start", "number", " ")
	}},
	{"number-landline", func(v *visitor) answer {
		v.get("/signup")
		return v.do(http.StatusBadRequest, "start", "number", "02-345-6789")
	}},
	{"number-soon", func(v *visitor) answer {
		v.start(number)
		return v.do(http.StatusTooManyRequests, "start", "number", number)
	}},
	{"number-changed", func(v *visitor) answer {
		v.start(number)
		v.do(http.StatusSeeOther, "change")
		return v.get("/signup")
	}},
	{"number-stale", func(v *visitor) answer {
		v.get("/signup")
		clear(v.cookies)
		return v.do(http.StatusForbidden, "start", "number", number)
	}},
	{"number-elsewhere", func(v *visitor) answer {
		v.start(number)
		v.get("/signup")
		v.do(http.StatusSeeOther, "change")
		return v.do(http.StatusConflict, "check", "of", "another", "code", "123456")
	}},
	{"cookies", func(v *visitor) answer {
		page := v.get("/signup")
		clear(v.cookies)
		return v.do(http.StatusForbidden, "start", "number", number, "opened", opened(page))
	}},
	{"login-number", func(v *visitor) answer { return v.get("/login") }},
	{"login-code", func(v *visitor) answer {
		v.door = "/login"
		v.start(number)
		return v.get("/login")
	}},
	{"login-profile", func(v *visitor) answer {
		v.door = "/login"
		v.prove(number)
		return v.get("/login")
	}},
	{"login-known", func(v *visitor) answer {
		v.remembered()
		return v.get("/login")
	}},
	{"login-known-limited", func(v *visitor) answer {
		v.remembered()
		return v.tire("known")
	}},
	{"login-known-expired", func(v *visitor) answer {
		v.remembered()
		v.do(http.StatusSeeOther, "known")
		v.Clock.Advance(5*time.Minute + time.Second)
		return v.get("/login")
	}},
	{"login-known-undelivered", func(v *visitor) answer {
		v.remembered()
		if err := v.Provider.Decide(sandbox.Fate{To: "01023456789", StatusCode: "3043"}); err != nil {
			v.Fatal(err)
		}
		v.do(http.StatusSeeOther, "known")
		v.dispatch()
		return v.get("/login")
	}},
	{"code", func(v *visitor) answer {
		v.start(number)
		return v.get("/signup")
	}},
	{"code-delivered", func(v *visitor) answer {
		v.start(number)
		v.dispatch()
		return v.get("/signup")
	}},
	{"code-resendable", func(v *visitor) answer {
		v.start(number)
		v.dispatch()
		v.Clock.Advance(30 * time.Second)
		return v.get("/signup")
	}},
	{"code-no-resends", func(v *visitor) answer {
		v.start(number)
		for range 2 {
			v.dispatch()
			v.Clock.Advance(time.Minute)
			v.do(http.StatusSeeOther, "resend")
		}
		v.dispatch()
		return v.get("/signup")
	}},
	{"code-resend-soon", func(v *visitor) answer {
		v.start(number)
		return v.do(http.StatusConflict, "resend")
	}},
	{"code-empty", func(v *visitor) answer {
		v.start(number)
		return v.do(http.StatusBadRequest, "check", "code", "")
	}},
	{"code-short", func(v *visitor) answer {
		v.start(number)
		return v.do(http.StatusBadRequest, "check", "code", "48 29")
	}},
	{"code-long", func(v *visitor) answer {
		v.start(number)
		return v.do(http.StatusBadRequest, "check", "code", "1234567")
	}},
	{"code-wrong", func(v *visitor) answer {
		v.start(number)
		v.code("01023456789")
		return v.do(http.StatusUnprocessableEntity, "check", "code", "000000")
	}},
	{"undelivered-unreachable", func(v *visitor) answer { return v.undelivered("3043") }},
	{"undelivered-cannot-receive", func(v *visitor) answer { return v.undelivered("3032") }},
	{"undelivered-ours", func(v *visitor) answer { return v.undelivered("3020") }},
	{"undelivered-wrong-code", func(v *visitor) answer {
		v.undelivered("3043")
		return v.do(http.StatusUnprocessableEntity, "check", "code", "000000")
	}},
	{"expired", func(v *visitor) answer {
		v.start(number)
		v.Clock.Advance(5*time.Minute + time.Second)
		return v.get("/signup")
	}},
	{"locked", func(v *visitor) answer {
		v.start(number)
		bad := wrong(v.code("01023456789"))
		for range 4 {
			v.do(http.StatusUnprocessableEntity, "check", "code", bad)
		}
		return v.do(http.StatusUnprocessableEntity, "check", "code", bad)
	}},
	{"limited", func(v *visitor) answer {
		v.spend()
		return v.do(http.StatusTooManyRequests, "start", "number", number)
	}},
	{"limited-still", func(v *visitor) answer {
		v.spend()
		v.do(http.StatusSeeOther, "start", "number", "010-3456-7890")
		return v.do(http.StatusTooManyRequests, "start", "number", number)
	}},
	{"profile", func(v *visitor) answer {
		v.prove(number)
		return v.get("/signup")
	}},
	{"profile-missing", func(v *visitor) answer {
		v.prove(number)
		v.get("/signup")
		return v.do(http.StatusBadRequest, "finish", "name", " ", "agree", "marketing_sms")
	}},
	{"profile-consent", func(v *visitor) answer {
		v.prove(number)
		v.get("/signup")
		return v.do(http.StatusBadRequest, "finish", "name", "김하늘", "agree", "age_14")
	}},
	{"done", func(v *visitor) answer {
		v.join(number, "김하늘")
		return v.get("/signup")
	}},
	{"account", func(v *visitor) answer {
		v.join(number, "김하늘")
		return v.get("/account")
	}},
	{"document-terms", func(v *visitor) answer { return v.get("/documents/terms") }},
	{"document-privacy", func(v *visitor) answer { return v.get("/documents/privacy") }},
	{"problem", func(v *visitor) answer { return v.get("/documents/none") }},
}

// undelivered has the text to the number end with a status code.
func (v *visitor) undelivered(status string) answer {
	v.Helper()
	if err := v.Provider.Decide(sandbox.Fate{To: "01023456789", StatusCode: status}); err != nil {
		v.Fatal(err)
	}
	v.start(number)
	v.dispatch()
	return v.get("/signup")
}

// spend uses up the texts the number can get in an hour.
func (v *visitor) spend() {
	v.Helper()
	v.get("/signup")
	for range 5 {
		v.do(http.StatusSeeOther, "start", "number", number)
		v.Clock.Advance(time.Minute)
	}
}

// remembered is a member's browser that has signed out, at the door of members.
func (v *visitor) remembered() {
	v.Helper()
	v.join(number, "김하늘")
	v.get("/account")
	v.post("/signout")
	v.Clock.Advance(time.Hour)
	v.door = "/login"
	v.get("/login")
}

// tire repeats an act, a minute apart, until it is refused.
func (v *visitor) tire(act string) answer {
	v.Helper()
	for range 20 {
		if a := v.post(v.door, "do", act); a.Code != http.StatusSeeOther {
			return a
		}
		v.Clock.Advance(time.Minute)
	}
	v.Fatalf("%s is never refused", act)
	return answer{}
}

// opened is what a page says of when it was given out.
func opened(page answer) string {
	_, rest, _ := strings.Cut(page.body, `name="opened" value="`)
	seconds, _, _ := strings.Cut(rest, `"`)
	return seconds
}

func TestPages_LookAsTheyDid(t *testing.T) {
	t.Parallel()
	for _, state := range states {
		for _, language := range []string{"ko", "en"} {
			t.Run(state.name+"/"+language, func(t *testing.T) {
				t.Parallel()
				page := state.walk(newWorld(t).visitor(language))
				golden(t, state.name+"."+language, page.body)
			})
		}
	}
}

func TestPages_ShowTheDevStrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *pages.Options) {
		o.Dev = &pages.DevStrip{Inbox: "http://localhost:8910", Left: fourLeft, Reset: noReset}
	})
	v := w.visitor("ko")
	v.start(number)
	golden(t, "dev.ko", v.get("/signup").body)
}
