package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/doctor"
)

// consoleRoutes are the addresses of the console, wildcards filled in.
func consoleRoutes(t *testing.T, h *house) (all []route) {
	t.Helper()
	for _, pattern := range h.consoling.Patterns() {
		method, path, ok := strings.Cut(pattern, " ")
		if ok {
			all = append(all, route{method, strings.NewReplacer("{$}", "", "{id}", "opr_1").Replace(path)})
		}
	}
	if len(all) < 20 {
		t.Fatalf("there are %d routes: are they still registered on web.Routes?", len(all))
	}
	return all
}

// TestConsole_IsOffThePublicListener asks the public listener for every address of
// the console, under both names, and the console for those of the pages (S-97).
func TestConsole_IsOffThePublicListener(t *testing.T) {
	t.Parallel()
	c := crawl(t)
	ours := []string{"/", "/assets/"} // where the pages have something of their own
	for _, r := range consoleRoutes(t, c.house) {
		if slices.Contains(ours, r.path) {
			continue
		}
		for _, host := range []string{"id.example.kr", "console.example.kr"} {
			req := httptest.NewRequestWithContext(t.Context(), r.method, "https://"+host+r.path, nil)
			sameOrigin(req.Header)
			rec := httptest.NewRecorder()
			c.public.ServeHTTP(rec, req)
			if want := map[string]int{"id.example.kr": http.StatusNotFound, "console.example.kr": http.StatusBadRequest}[host]; rec.Code != want {
				t.Errorf("%s %s of %s answered %d, want %d", r.method, r.path, host, rec.Code, want)
			}
		}
	}
	for _, r := range c.all() {
		if slices.Contains(ours, r.path) || r.path == "/" {
			continue
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://console.example.kr"+r.path, nil)
		for name, value := range c.people[3].cookies { // a member is nobody there
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		rec := httptest.NewRecorder()
		c.console.ServeHTTP(rec, req)
		if rec.Code != http.StatusNotFound {
			t.Errorf("the console answered %d for %s", rec.Code, r.path)
		}
	}
}

// TestConsole_GuardsEveryAnswer looks at headers and cookies of every answer of the
// console, by every method, as nobody (S-37, S-41, S-97).
func TestConsole_GuardsEveryAnswer(t *testing.T) {
	t.Parallel()
	c := crawl(t)
	routes := append(consoleRoutes(t, c.house), route{"GET", "/nowhere"})
	cookies := 0
	for _, r := range routes {
		for _, method := range slices.Concat(safe, unsafe) {
			req := httptest.NewRequestWithContext(t.Context(), method, "https://console.example.kr"+r.path, nil)
			sameOrigin(req.Header)
			rec := httptest.NewRecorder()
			c.console.ServeHTTP(rec, req)
			what := method + " " + r.path
			if rec.Code >= 500 {
				t.Errorf("%s answered %d", what, rec.Code)
			}
			c.checkHeaders(what, r.path, rec)
			for _, cookie := range rec.Result().Cookies() {
				cookies++
				if !strings.HasPrefix(cookie.Name, "__Host-console") || !cookie.Secure || !cookie.HttpOnly ||
					cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" {
					t.Errorf("%s: the cookie %s is not as it must be", what, cookie.Name)
				}
			}
			if to := rec.Header().Get("Location"); to != "" && !strings.HasPrefix(to, "/") {
				t.Errorf("%s leads to %s", what, to)
			}
		}
		for name, attack := range attacks {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://console.example.kr"+r.path, nil)
			attack(req.Header)
			rec := httptest.NewRecorder()
			c.console.ServeHTTP(rec, req)
			if rec.Code != http.StatusForbidden || len(rec.Result().Cookies()) > 0 {
				t.Errorf("%s by %s answered %d", r.path, name, rec.Code)
			}
		}
	}
	if cookies == 0 {
		t.Error("no answer has a cookie: is this the console?")
	}
}

// TestConsole_ExaminesTheRunningInstallation makes the doctor's checks as the
// console does: beside the server, and on settings of their own.
func TestConsole_ExaminesTheRunningInstallation(t *testing.T) {
	t.Parallel()
	c := crawl(t)
	before := pairOf(c.settings)
	found, err := c.examine(t.Context())
	if err != nil || len(found) != len((&examiner{settings: c.settings}).checks()) {
		t.Fatalf("%d findings (%v)", len(found), err)
	}
	for _, f := range found {
		if f.Detail.English == "" || f.Detail.Korean == "" {
			t.Errorf("check %d, %s, tells nothing in a language: %+v", f.Number, f.Name, f)
		}
		if slices.Contains([]string{"database", "provider", "key", "sender"}, f.Name) && f.State != doctor.OK {
			t.Errorf("check %d, %s: %+v", f.Number, f.Name, f)
		}
		if f.State == doctor.Failed && f.Cure == f.Cause {
			t.Errorf("check %d, %s, says nothing to do: %+v", f.Number, f.Name, f)
		}
	}
	if pairOf(c.settings) != before {
		t.Error("the checks have changed the settings of the server")
	}
}

// TestServe_PrintsTheLinkOfTheFirstOwner starts twice: each start has a link of its
// own while there is nobody, and none but the newest works.
func TestServe_PrintsTheLinkOfTheFirstOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/data"
	printed := regexp.MustCompile(`^(http://localhost:\d+)/start#([A-Z2-7]{5}-){3}[A-Z2-7]{5}$`)
	var links []string
	for range 2 {
		p := start(t, dir)
		link, _, _ := strings.Cut(p.places["owner"], " ")
		found := printed.FindStringSubmatch(link)
		if found == nil || found[1] != p.places["console"] {
			t.Fatalf("serve prints the console at %q and the link %q", p.places["console"], link)
		}
		res, err := http.Get(link) //nolint:noctx // the program is stopped in the end
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("the link answers %d (%v)", res.StatusCode, err)
		}
		if p.stop() != statusDone {
			t.Error("the program did not stop in order")
		}
		if strings.Contains(p.errOut.String(), link[strings.Index(link, "#")+1:]) {
			t.Error("the log holds the link")
		}
		links = append(links, link)
	}
	if links[0] == links[1] {
		t.Error("two starts print one link")
	}
}
