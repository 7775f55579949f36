package rows

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRow07_KnownAndUnknownNumbersLookAlike compares every answer of both doors
// before a number is proved: of a number that has an account, and of one that
// nobody has seen. Only after the proof may they differ, and they do.
func TestRow07_KnownAndUnknownNumbersLookAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	purposes := []string{"signup", "login", "recovery"}
	known := make([]string, len(purposes)+2) // one for each purpose, one for the pages, one to wait with
	for i := range known {
		known[i] = w.number()
		w.visitor().join(w.any(i), known[i])
	}
	forPages, last := known[len(purposes)], known[len(purposes)+1]
	w.waitFor(45*time.Second, "the half minute after the sign-ups", func() bool {
		return w.tryStart(w.a(), last).status == http.StatusCreated
	})
	for i, purpose := range purposes {
		t.Run("api/"+purpose, func(t *testing.T) {
			t.Parallel()
			w := w.in(t)
			unknown := w.number()
			alike(t, w.apiWalk(known[i], purpose), w.apiWalk(unknown, purpose))
		})
	}
	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		old, fresh, unknown := w.visitor(), w.visitor(), w.number()
		alike(t, old.pageWalk(forPages), fresh.pageWalk(unknown))
		a := old.mustDo(w.b(), "check", "code", w.codeAfter(forPages, 1))
		b := fresh.mustDo(w.b(), "check", "code", w.code(unknown))
		if to, on := a.header.Get("Location"), b.header.Get("Location"); to != "/account" || on != "/signup" {
			t.Errorf("once proved the known number leads to %q and the unknown one to %q", to, on)
		}
	})
}

// apiWalk is what a backend gets to see of a number up to the proof.
func (w *world) apiWalk(number, purpose string) []seen {
	w.Helper()
	before := len(w.texts(number))
	a := w.tryStart(w.a(), number, fields{"purpose": purpose, "binding": "b"})
	id := a.field("id")
	if a.status != http.StatusCreated {
		w.Fatalf("a start answered %v", a)
	}
	code := w.codeAfter(number, before)
	w.ended(w.a(), id) // so that the message stands at the same place
	_, guess := w.tryCheck(w.a(), id, other(code, 0), fields{"binding": "b"})
	_, stranger := w.tryCheck(w.b(), id, code)
	again := w.tryStart(w.b(), number, fields{"purpose": purpose})
	resend := w.call(w.b(), http.MethodPost, "/v1/verifications/"+id+"/resend", fields{"binding": "b"})
	look := w.call(w.b(), http.MethodGet, "/v1/verifications/"+id, nil)
	walk := []seen{}
	for i, a := range []answer{a, guess, stranger, again, resend, look} {
		walk = append(walk, see(fmt.Sprintf("API answer %d", i+1), a))
	}
	return walk
}

// pageWalk is what a browser gets to see of a number up to the proof.
func (v *visitor) pageWalk(number string) []seen {
	v.Helper()
	n := v.a()
	before := len(v.texts(number))
	first := v.get(n, "/signup")
	start := v.mustDo(n, "start", "number", number)
	code := v.codeAfter(number, before)
	v.wait("the text's fate on the page", func() bool {
		return strings.Contains(string(v.get(n, "/signup").body), "문자가 도착했어요")
	})
	walk := []seen{}
	for i, a := range []answer{
		first, start, v.get(n, "/signup"), v.get(v.b(), "/signup/message"),
		v.do(v.b(), "check", "code", other(code, 0)), v.do(n, "resend"), v.do(n, "check", "code", "12"),
	} {
		walk = append(walk, see(fmt.Sprintf("page %d", i+1), a))
	}
	return walk
}

// seen is an answer without what differs from one verification to the next.
type seen struct {
	what   string
	status int
	header map[string]string
	body   string
}

// chances are what chance and time put into answers.
var chances = []struct {
	what *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`(ver|msg|req)_[0-9a-z]{26}`), "$1_ID"},
	{regexp.MustCompile(`name="opened" value="\d+"`), "OPENED"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`), "TIME"},
	{regexp.MustCompile(`value="[0-9a-f]{32}"`), `value="TOKEN"`},
	{regexp.MustCompile(`(\+82|0)10-?0000-?\d{4}`), "NUMBER"},
	{regexp.MustCompile(`data-[a-z]+="\d+"`), `data="SECONDS"`},
	{regexp.MustCompile(`"(expires|resend)":\d+`), `"$1":SECONDS`},
	{regexp.MustCompile(`0\d:\d\d`), "TIMER"},
	{regexp.MustCompile(`(오전|오후) \d+:\d\d`), "CLOCK"},
	{regexp.MustCompile(`\d+초`), "SECONDS"},
	{regexp.MustCompile(`value="\d{6}"`), `value="CODE"`},
	{regexp.MustCompile(`(flow=)[^;]+`), "${1}SECRET"},
}

func plainly(text string) string {
	for _, c := range chances {
		text = c.what.ReplaceAllString(text, c.name)
	}
	return text
}

func see(what string, a answer) seen {
	s := seen{what: what, status: a.status, body: plainly(string(a.body)), header: map[string]string{}}
	for name, values := range a.header {
		switch name {
		case "Date", "X-Request-Id", "Retry-After", "Ratelimit", "Content-Length": // the bodies are compared
			values = []string{"is there"}
		}
		s.header[name] = plainly(strings.Join(values, "\n"))
	}
	return s
}

// alike compares two walks, step by step.
func alike(t *testing.T, known, unknown []seen) {
	t.Helper()
	for i, k := range known {
		u := unknown[i]
		if k.status != u.status {
			t.Errorf("%s: %d for a known number, %d for an unknown one", k.what, k.status, u.status)
		}
		names := slices.Sorted(maps.Keys(k.header))
		if more := slices.Sorted(maps.Keys(u.header)); !slices.Equal(names, more) {
			t.Errorf("%s: headers %v for a known number, %v for an unknown one", k.what, names, more)
		}
		for _, name := range names {
			if k.header[name] != u.header[name] {
				t.Errorf("%s: %s is %q for a known number, %q for an unknown one", k.what, name, k.header[name], u.header[name])
			}
		}
		if diff := cmp.Diff(strings.Split(k.body, "\n"), strings.Split(u.body, "\n")); diff != "" {
			t.Errorf("%s differs (-known +unknown):\n%s", k.what, diff)
		}
	}
}
