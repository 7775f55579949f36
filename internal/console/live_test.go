package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// byItself asks for a page as its own script does.
func byItself(p *consoletest.Person, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(p.Context(), http.MethodGet, p.URL+path, nil)
	r.Header.Set("HX-Request", "true")
	return p.Send(r)
}

// TestLive_AnswersWithWhatChangesAndNoMore has every page that follows what
// happens answer its own script with parts of itself, each for a place that the
// page has.
func TestLive_AnswersWithWhatChangesAndNoMore(t *testing.T) {
	t.Parallel()
	w := busy(t)
	p := w.Owner("en")
	w.Start(theNumber, verify.Login)
	for _, path := range []string{"/", "/?days=1", "/results", link(t, p.Get("/results"), "/results/msg_")} {
		page, part := p.Get(path), byItself(p, path)
		if got := part.Header().Values("Vary"); !strings.Contains(strings.Join(got, " "), "HX-Request") {
			t.Errorf("%s: Vary is %q", path, got)
		}
		if strings.Contains(part.Body.String(), "<html") || strings.Contains(part.Body.String(), "<nav") {
			t.Errorf("%s answers its script with a whole page", path)
		}
		pieces := strings.Split(part.Body.String(), `data-hx-target="#`)[1:]
		if len(pieces) < 2 {
			t.Errorf("%s: only %d parts change\n%s", path, len(pieces), part.Body)
		}
		for _, piece := range pieces {
			if at, _, _ := strings.Cut(piece, `"`); !strings.Contains(page.Body.String(), `id="`+at+`"`) {
				t.Errorf("%s: there is no place %s on the page", path, at)
			}
		}
		says(t, page, http.StatusOK, `data-hx-trigger="every `)
	}
}

// TestLive_KeepsNoSessionFromGoingIdle has an open page ask on and on: after half
// an hour without a person the session is over, and the page is loaded anew,
// which leads to the sign-in and asks no more.
func TestLive_KeepsNoSessionFromGoingIdle(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	p := w.Owner("en")
	for range int(operator.IdleFor/time.Minute) - 1 {
		w.Clock.Advance(time.Minute)
		if a := byItself(p, "/results"); a.Code != http.StatusOK || a.Header().Get("HX-Refresh") != "" {
			t.Fatalf("while the session lasts: %d\n%s", a.Code, a.Body)
		}
	}
	w.Clock.Advance(2 * time.Minute)
	a := byItself(p, "/results")
	if a.Code != http.StatusUnauthorized || a.Header().Get("HX-Refresh") != "true" {
		t.Errorf("after half an hour: %d, HX-Refresh %q", a.Code, a.Header().Get("HX-Refresh"))
	}
	if a := p.Get("/results"); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/signin" {
		t.Errorf("the page loaded anew answers %d to %s", a.Code, a.Header().Get("Location"))
	}
	if a := p.Get("/signin"); strings.Contains(a.Body.String(), "data-hx-get") {
		t.Error("the sign-in asks by itself")
	}
}

// TestLive_EndsWithTheSession signs out while a page stays open elsewhere.
func TestLive_EndsWithTheSession(t *testing.T) {
	t.Parallel()
	p := consoletest.New(t, consoletest.Options{}).Owner("en")
	p.Get("/me")
	p.Leads("/me/signout", "/signin")
	if a := byItself(p, "/"); a.Code != http.StatusUnauthorized || a.Header().Get("HX-Refresh") != "true" {
		t.Errorf("answered %d, HX-Refresh %q", a.Code, a.Header().Get("HX-Refresh"))
	}
}

// TestLive_PutsNewTextsOnTopUnlessSomebodyIsBusyWithTheList tells how many came,
// and moves nothing under the eyes of whoever has scrolled.
func TestLive_PutsNewTextsOnTopUnlessSomebodyIsBusyWithTheList(t *testing.T) {
	t.Parallel()
	w := shop(t, consoletest.Options{})
	p := w.Owner("en")
	page := p.Get("/results")
	was := rows(page)
	seen := resultLink.FindStringSubmatch(page.Body.String())[1]
	if a := byItself(p, "/results?seen="+seen); strings.Contains(a.Body.String(), "new text") || strings.Contains(a.Body.String(), `class="new"`) {
		t.Errorf("nothing came, and something is new\n%s", a.Body)
	} else if strings.Contains(a.Body.String(), "#pager") {
		t.Error("the texts are counted anew though none came")
	}
	w.Start("010-7777-0001", verify.Login)
	w.Clock.Advance(time.Second)
	w.Start("010-7777-0002", verify.Login)

	a := byItself(p, "/results?seen="+seen)
	says(t, a, http.StatusOK, `<span class="unseen">2 new texts</span>`)
	says(t, a, http.StatusOK, "<b>5 texts</b>")
	if diff := cmp.Diff(append([]string{"010-****-0002", "010-****-0001"}, was...), rows(a)); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
	if n := strings.Count(a.Body.String(), `class="new"`); n != 2 {
		t.Errorf("%d texts are new, want 2", n)
	}
	a = byItself(p, "/results?hold=yes&seen="+seen)
	says(t, a, http.StatusOK, `<a class="main" href="/results">2 new texts</a>`)
	if diff := cmp.Diff(was, rows(a)); diff != "" {
		t.Errorf("the list of who has scrolled (-want +got):\n%s", diff)
	}
	if strings.Contains(a.Body.String(), "#pager") {
		t.Error("the list goes on elsewhere while its end stays where it is")
	}
	a = byItself(p, "/results?status=dropped&hold=yes&seen="+seen)
	if strings.Contains(a.Body.String(), "new text") {
		t.Error("texts that the filter does not let pass are counted")
	}
	if a := byItself(p, "/results"); a.Header().Get("HX-Refresh") != "true" {
		t.Error("a page that was empty is not loaded anew")
	}
}

// TestLive_FollowsATextToItsEnd asks while the text is under way, and not after.
func TestLive_FollowsATextToItsEnd(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	p := w.Owner("en")
	ref := w.Start(theNumber, verify.Signup)
	path := link(t, p.Get("/results"), "/results/msg_")
	says(t, p.Get(path), http.StatusOK, `data-hx-get="`+path+`"`)
	if a := byItself(p, path); strings.Contains(a.Body.String(), `data-hx-swap="delete"`) || strings.Contains(a.Body.String(), "The code was entered") {
		t.Errorf("before its end:\n%s", a.Body)
	}
	w.Clock.Advance(9 * time.Second)
	w.Enter(theNumber, ref)
	says(t, byItself(p, path), http.StatusOK, "The code was entered")
	w.Use(ref, "usr_1")
	says(t, byItself(p, path), http.StatusOK, `data-hx-target="#live" data-hx-swap="delete"`)
	if a := p.Get(path); strings.Contains(a.Body.String(), "data-hx-get") {
		t.Error("a text that has come to its end is asked for again")
	}
	a := p.Post(path+"/number", "reason", "ticket 7")
	if says(t, a, http.StatusOK, theNumber); strings.Contains(a.Body.String(), "data-hx-get") {
		t.Error("a page with a whole number asks by itself")
	}
}
