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

	"github.com/sinpyo/sinpyo/test/kit"
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
		known[i] = w.Number()
		w.visitor().join(w.Any(i), known[i])
	}
	forPages, last := known[len(purposes)], known[len(purposes)+1]
	w.WaitFor(45*time.Second, "the half minute after the sign-ups", func() bool {
		return w.TryStart(w.A(), last).Status == http.StatusCreated
	})
	for i, purpose := range purposes {
		t.Run("api/"+purpose, func(t *testing.T) {
			t.Parallel()
			w := w.in(t)
			unknown := w.Number()
			alike(t, w.apiWalk(known[i], purpose), w.apiWalk(unknown, purpose))
		})
	}
	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		w := w.in(t)
		old, fresh, unknown := w.visitor(), w.visitor(), w.Number()
		alike(t, old.pageWalk(forPages), fresh.pageWalk(unknown))
		a := old.mustDo(w.B(), "check", "code", w.CodeAfter(forPages, 1))
		b := fresh.mustDo(w.B(), "check", "code", w.Code(unknown))
		if to, on := a.Header.Get("Location"), b.Header.Get("Location"); to != "/account" || on != "/signup" {
			t.Errorf("once proved the known number leads to %q and the unknown one to %q", to, on)
		}
	})
}

// apiWalk is what a backend gets to see of a number up to the proof.
func (w *world) apiWalk(number, purpose string) []seen {
	w.Helper()
	before := len(w.Texts(number))
	a := w.TryStart(w.A(), number, fields{"purpose": purpose, "binding": "b"})
	id := a.Field("id")
	if a.Status != http.StatusCreated {
		w.Fatalf("a start answered %v", a)
	}
	code := w.CodeAfter(number, before)
	w.Ended(w.A(), id) // so that the message stands at the same place
	_, guess := w.TryCheck(w.A(), id, kit.Other(code, 0), fields{"binding": "b"})
	_, stranger := w.TryCheck(w.B(), id, code)
	again := w.TryStart(w.B(), number, fields{"purpose": purpose})
	resend := w.Call(w.B(), http.MethodPost, "/v1/verifications/"+id+"/resend", fields{"binding": "b"})
	look := w.Call(w.B(), http.MethodGet, "/v1/verifications/"+id, nil)
	walk := []seen{}
	for i, a := range []answer{a, guess, stranger, again, resend, look} {
		walk = append(walk, see(fmt.Sprintf("API answer %d", i+1), a))
	}
	return walk
}

// pageWalk is what a browser gets to see of a number up to the proof.
func (v *visitor) pageWalk(number string) []seen {
	v.Helper()
	n := v.A()
	before := len(v.Texts(number))
	first := v.get(n, "/signup")
	start := v.mustDo(n, "start", "number", number)
	code := v.CodeAfter(number, before)
	v.Wait("the text's fate on the page", func() bool {
		return strings.Contains(string(v.get(n, "/signup").Body), "문자가 도착했어요")
	})
	walk := []seen{}
	for i, a := range []answer{
		first, start, v.get(n, "/signup"), v.get(v.B(), "/signup/message"),
		v.Do(v.B(), "check", "code", kit.Other(code, 0)), v.Do(n, "resend"), v.Do(n, "check", "code", "12"),
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
	s := seen{what: what, status: a.Status, body: plainly(string(a.Body)), header: map[string]string{}}
	for name, values := range a.Header {
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
