package main

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/config"
)

// crawler knows every route of a whole installation at https://id.example.kr,
// as it was registered, and four people who stand at different places in it.
type crawler struct {
	*testing.T
	*house
	people []*person
}

// person is somebody at a browser.
type person struct {
	name    string
	number  string
	code    string            // that was texted to them
	cookies map[string]string // by name
	token   string            // of the forms of their last page
}

// crawl builds an installation and leads people into it: a stranger, somebody
// who waits for a code, somebody who has proved a number, and a member.
func crawl(t *testing.T) *crawler {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	settings, err := config.Load(config.Source{Environ: []string{"SINPYO_COOLSMS_WEBHOOK_SECRET=a-secret-of-this-test"}, Flags: map[string]string{
		"public_url": "https://id.example.kr", "data_dir": filepath.Join(t.TempDir(), "data"),
		"listen": "", "metrics_listen": "", "console_listen": "", "console_url": "https://console.example.kr", "sandbox_listen": "127.0.0.1:0",
	}})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{settings: settings, log: slog.New(slog.DiscardHandler), registry: newRegistry()}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	if h.open, err = openListeners(ctx, settings, true); err != nil {
		t.Fatal(err)
	}
	h.emulator = startEmulator(h.open.sandbox, h.log)
	h.emulator.adopt(settings)
	if h.db, h.keys, err = openStore(ctx, settings, h.log, h.registry, nil); err != nil {
		t.Fatal(err)
	}
	h.ring = h.keys.Ring()
	if err := h.build(ctx); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.outbox.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})

	c := &crawler{T: t, house: h}
	for i, name := range []string{"stranger", "starter", "newcomer", "member"} {
		c.people = append(c.people, &person{name: name, number: "0102345678" + strconv.Itoa(i+1), cookies: map[string]string{}})
	}
	for _, p := range c.people[1:] {
		c.get(p, "/signup")
		c.mustDo(p, "do", "start", "number", p.number)
		p.code = c.texted(p.number)
	}
	for _, p := range c.people[2:] {
		c.get(p, "/signup")
		c.mustDo(p, "do", "check", "code", p.code)
		c.get(p, "/signup")
	}
	member := c.people[3]
	c.mustDo(member, "do", "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	c.get(member, "/signup")
	c.get(member, "/account")
	return c
}

// texted waits for a code on a phone of the emulator.
func (c *crawler) texted(number string) string {
	c.Helper()
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		if texts := c.emulator.sandbox.Handset(number); len(texts) > 0 {
			return codeInText.FindStringSubmatch(texts[0].Text)[1]
		}
	}
	c.Fatal("no text came")
	return ""
}

// ask makes a request as a person, in the middle of what they are at. Cookies
// of the answer are not kept.
func (c *crawler) ask(p *person, method, path, body string, edits ...func(http.Header)) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.Context(), method, "https://id.example.kr"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, name := range sorted(p.cookies) {
		r.AddCookie(&http.Cookie{Name: name, Value: p.cookies[name]})
	}
	for _, edit := range edits {
		edit(r.Header)
	}
	rec := httptest.NewRecorder()
	c.public.ServeHTTP(rec, r)
	return rec
}

func sorted(m map[string]string) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// sameOrigin is what a browser sends along from our own pages.
func sameOrigin(h http.Header) { h.Set("Sec-Fetch-Site", "same-origin") }

var formToken = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// keep has a person's browser keep what an answer brought.
func (p *person) keep(rec *httptest.ResponseRecorder) {
	for _, cookie := range rec.Result().Cookies() {
		if p.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(p.cookies, cookie.Name)
		}
	}
	if found := formToken.FindStringSubmatch(rec.Body.String()); found != nil {
		p.token = found[1]
	}
}

// get opens a page as a person.
func (c *crawler) get(p *person, path string) *httptest.ResponseRecorder {
	rec := c.ask(p, http.MethodGet, path, "", sameOrigin)
	p.keep(rec)
	return rec
}

// mustDo does an act of the sign-up page that must lead on.
func (c *crawler) mustDo(p *person, fields ...string) {
	c.Helper()
	rec := c.ask(p, http.MethodPost, "/signup", form(p.token, fields...), sameOrigin)
	if rec.Code != http.StatusSeeOther {
		c.Fatalf("%s: %v answered %d\n%s", p.name, fields[1], rec.Code, rec.Body)
	}
	p.keep(rec)
}

func form(token string, fields ...string) string {
	values := url.Values{"token": {token}}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return values.Encode()
}

// route is one that was registered: a path with its wildcards filled in, and the
// method it takes, "" for any.
type route struct{ method, path string }

// all returns every route behind the public listener.
func (c *crawler) all() (all []route) {
	c.Helper()
	for _, pattern := range c.routes.Patterns() {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			method, path = "", pattern
		}
		path = strings.NewReplacer("{$}", "", "/documents/{id}", "/documents/terms", "{version}", "1", "{for}", "leave", "{id}", "ver_1").Replace(path)
		if strings.Contains(path, "{") {
			c.Fatalf("the crawler does not know what to put into %s", pattern)
		}
		all = append(all, route{method, path})
	}
	if len(all) < 20 {
		c.Fatalf("there are %d routes: are they still registered on web.Routes?", len(all))
	}
	return all
}

// paths returns the path of every route once, and one that leads nowhere.
func (c *crawler) paths() []string {
	paths := []string{"/nowhere"}
	for _, r := range c.all() {
		paths = append(paths, r.path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

var (
	safe   = []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	unsafe = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
)

// TestCrawl_EveryAnswerIsGuarded asks for every path by every method, as
// everybody, and looks at headers, cookies and what could tell of a person
// (S-37, S-41, S-42, S-46).
func TestCrawl_EveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	c := crawl(t)
	for _, path := range c.paths() {
		for _, method := range slices.Concat(safe, unsafe) {
			for _, p := range c.people {
				rec := c.ask(p, method, path, "", sameOrigin)
				what := p.name + ": " + method + " " + path
				if rec.Code >= 500 {
					t.Errorf("%s answered %d", what, rec.Code)
				}
				c.checkHeaders(what, path, rec)
				c.checkCookies(what, rec)
				c.checkPlaces(what, p, rec)
			}
		}
	}
	c.unchanged()
}

// checkHeaders wants what S-41 and S-42 ask for.
func (c *crawler) checkHeaders(what, path string, rec *httptest.ResponseRecorder) {
	c.Helper()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "otp-credentials=(self)",
	} {
		if got := rec.Header().Get(name); got != want {
			c.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
	age, _, _ := strings.Cut(strings.TrimPrefix(rec.Header().Get("Strict-Transport-Security"), "max-age="), ";")
	if seconds, err := strconv.Atoi(age); err != nil || seconds < 365*24*3600 {
		c.Errorf("%s: HSTS is %q", what, rec.Header().Get("Strict-Transport-Security"))
	}
	if len(rec.Header().Values("Content-Security-Policy")) != 1 {
		c.Fatalf("%s: %d policies", what, len(rec.Header().Values("Content-Security-Policy")))
	}
	policy := map[string]string{}
	for directive := range strings.SplitSeq(rec.Header().Get("Content-Security-Policy"), ";") {
		name, sources, _ := strings.Cut(strings.TrimSpace(directive), " ")
		policy[name] = sources
	}
	for name, allowed := range map[string]string{
		"default-src": "'none'", "object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'self'",
		"script-src": "'self'", "style-src": "'self'", "font-src": "'self'", "connect-src": "'self'", "img-src": "'self' data:",
	} {
		if policy[name] != allowed {
			c.Errorf("%s: the policy has %s %q, want %q", what, name, policy[name], allowed)
		}
	}
	if got := rec.Header().Get("Cache-Control"); got != "no-store" && (rec.Code != http.StatusOK || !keeps(path)) {
		c.Errorf("%s: Cache-Control is %q", what, got)
	}
}

// keeps reports whether what stands at a path is the same for everybody, so
// that browsers and caches may keep it.
func keeps(path string) bool {
	return strings.HasPrefix(path, "/assets/") || path == "/docs" || strings.HasPrefix(path, "/docs/") ||
		path == "/openapi.json" || path == "/.well-known/jwks.json"
}

// checkCookies wants what S-37 asks for.
func (c *crawler) checkCookies(what string, rec *httptest.ResponseRecorder) {
	c.Helper()
	for _, cookie := range rec.Result().Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" ||
			cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode || len(cookie.Raw) > 1000 {
			c.Errorf("%s: the cookie %s is not as it must be", what, cookie.Name)
		}
	}
}

var places = regexp.MustCompile(`<title>[^<]*|(?:href|src|action)="[^"]*`)

// checkPlaces looks for the person in addresses, titles and cookies (S-46), and
// for a way off the site.
func (c *crawler) checkPlaces(what string, p *person, rec *httptest.ResponseRecorder) {
	c.Helper()
	tells := func(text string) bool {
		text, _ = url.QueryUnescape(html.UnescapeString(text))
		return strings.Contains(text, "김하늘") || strings.Contains(text, "하늘") || strings.Contains(text, "2345") ||
			strings.Contains(text, p.number[7:]) || p.code != "" && strings.Contains(text, p.code)
	}
	to := rec.Header().Get("Location")
	if to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
		c.Errorf("%s leads to %s", what, to)
	}
	found := append(places.FindAllString(rec.Body.String(), -1), to)
	for _, cookie := range rec.Result().Cookies() {
		found = append(found, cookie.Name+"="+cookie.Value)
	}
	for _, place := range found {
		if tells(place) {
			c.Errorf("%s tells of the person in %.40q", what, place)
		}
	}
}

// attacks are what pages of other sites can have a browser send.
var attacks = map[string]func(http.Header){
	"a form of another site": func(h http.Header) {
		h.Set("Sec-Fetch-Site", "cross-site")
		h.Set("Sec-Fetch-Mode", "navigate")
		h.Set("Origin", "https://evil.example")
	},
	"a fetch of another site": func(h http.Header) {
		h.Set("Sec-Fetch-Site", "cross-site")
		h.Set("Sec-Fetch-Mode", "cors")
		h.Set("Origin", "https://evil.example")
		h.Set("Content-Type", "text/plain")
	},
	"a form of a neighbour": func(h http.Header) {
		h.Set("Sec-Fetch-Site", "same-site")
		h.Set("Origin", "https://other.example.kr")
	},
	"a form in an old browser": func(h http.Header) { h.Set("Origin", "https://evil.example") },
	"a form in a sandboxed frame": func(h http.Header) {
		h.Set("Sec-Fetch-Site", "cross-site")
		h.Set("Origin", "null")
	},
	"a form in an old frame": func(h http.Header) { h.Set("Origin", "null") },
}

// TestCrawl_NoOtherSiteCanAct sends every unsafe request as a page of another
// site would, with everything right but where it comes from (S-40). Below /v1/
// nothing rests on a cookie: there the key is missing.
func TestCrawl_NoOtherSiteCanAct(t *testing.T) {
	t.Parallel()
	c := crawl(t)
	for _, path := range c.paths() {
		for _, method := range unsafe {
			for _, p := range c.people {
				for name, attack := range attacks {
					rec := c.ask(p, method, path, c.everything(p, "start"), attack)
					want := rec.Code == http.StatusForbidden
					if strings.HasPrefix(path, "/v1/") {
						want = rec.Code/100 == 4
					}
					if !want || len(rec.Result().Cookies()) > 0 {
						t.Errorf("%s: %s %s by %s answered %d", p.name, method, path, name, rec.Code)
					}
				}
			}
		}
	}
	c.unchanged()
}

// everything is a form with a value for every field there is.
func (c *crawler) everything(p *person, do string) string {
	return form(p.token, "do", do, "number", p.number, "code", p.code, "name", "박바다",
		"agree", "age_14", "agree", "terms", "next", "https://evil.example/", "id", "terms")
}

// behind are the pages that lie behind a member who is signed in: their forms
// lead to the account, whatever they hold.
var behind = []string{"/signup", "/login", "/login/once", "/login/password", "/recover", "/undo", "/welcome", "/account/renew"}

// TestCrawl_NoFormWorksWithoutItsToken sends every form there is from our own
// site, without a token, with one of nobody and with one of somebody else (S-40).
// Who has nothing to do there may be sent on instead, and who is not signed in may
// be told so: see unchanged for what none of it may do.
func TestCrawl_NoFormWorksWithoutItsToken(t *testing.T) {
	t.Parallel()
	c := crawl(t)
	tried := 0
	for _, r := range c.all() {
		if r.method != http.MethodPost || strings.HasPrefix(r.path, "/v1/") || r.path == webhookPath {
			continue
		}
		tried++
		for i, p := range c.people {
			for _, do := range []string{"", "start", "check", "resend", "change", "finish"} {
				for name, token := range map[string]string{
					"no token": "", "a made-up token": strings.Repeat("0", 32), "another's token": c.people[(i+1)%len(c.people)].token,
				} {
					thief := *p
					thief.token = token
					rec := c.ask(p, r.method, r.path, c.everything(&thief, do), sameOrigin)
					visitor := p.cookies["__Host-session"] == ""
					sentOn := rec.Code == http.StatusSeeOther && (visitor || slices.Contains(behind, r.path))
					nobody := rec.Code == http.StatusUnauthorized && visitor
					if rec.Code != http.StatusForbidden && !sentOn && !nobody {
						t.Errorf("%s: %s %q with %s answered %d", p.name, r.path, do, name, rec.Code)
					}
					for _, cookie := range rec.Result().Cookies() {
						if cookie.Name == "__Host-session" || cookie.Name == "__Host-device" {
							t.Errorf("%s: %s %q with %s sets %s", p.name, r.path, do, name, cookie.Name)
						}
					}
				}
			}
		}
	}
	if tried < 3 {
		t.Errorf("there are %d forms: are they still registered by method?", tried)
	}
	c.unchanged()
}

// unchanged sees to it that everybody still stands where they stood: the codes
// work, the member is signed in, and nobody got another text.
func (c *crawler) unchanged() {
	c.Helper()
	stranger, starter, newcomer, member := c.people[0], c.people[1], c.people[2], c.people[3]
	if rec := c.ask(member, http.MethodGet, "/account", "", sameOrigin); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "김하늘") {
		c.Errorf("the member's account answers %d", rec.Code)
	}
	for _, p := range c.people[:3] {
		c.get(p, "/signup")
	}
	c.mustDo(starter, "do", "check", "code", starter.code)
	c.mustDo(newcomer, "do", "finish", "name", "이구름", "agree", "age_14", "agree", "terms")
	for _, p := range c.people {
		want := 1
		if p == stranger {
			want = 0
		}
		if texts := c.emulator.sandbox.Handset(p.number); len(texts) != want {
			c.Errorf("the %s has %d texts", p.name, len(texts))
		}
	}
}
