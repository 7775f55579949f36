package pages_test

import (
	"bytes"
	"compress/gzip"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/catalogue/cataloguetest"
)

// answers returns an answer of every route of the pages.
func answers(t *testing.T, v *visitor) map[string]answer {
	t.Helper()
	all := map[string]answer{
		"GET /":                 v.get("/"),
		"GET /login":            v.get("/login"),
		"GET /signup":           v.get("/signup"),
		"GET /documents":        v.get("/documents/terms"),
		"GET /documents (none)": v.get("/documents/none"),
		"POST /signup (stale)":  v.post("/signup", "token", "x"),
	}
	v.get("/signup")
	all["POST /signup (start)"] = v.do(http.StatusSeeOther, "start", "number", number)
	all["GET /signup (code)"] = v.get("/signup")
	all["GET /signup/message"] = v.get("/signup/message")
	all["POST /signup (wrong)"] = v.do(http.StatusUnprocessableEntity, "check", "code", wrong(v.code("01023456789")))
	all["POST /signup (check)"] = v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
	all["GET /signup (profile)"] = v.get("/signup")
	all["POST /signup (finish)"] = v.do(http.StatusSeeOther, "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	all["GET /signup (done)"] = v.get("/signup")
	all["GET /account"] = v.get("/account")
	all["POST /signout"] = v.post("/signout")
	return all
}

// S-41, S-42: no page may run, load or frame anything foreign, or be kept.
func TestAnswers_CarryTheHeaders(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; " +
			"img-src 'self' data:; connect-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control":              "no-store",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Permissions-Policy":         "otp-credentials=(self)",
	}
	for route, a := range answers(t, newWorld(t).visitor("ko")) {
		for name, value := range want {
			if got := a.Header().Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", route, name, got, value)
			}
		}
		if a.Header().Get("Strict-Transport-Security") == "" {
			t.Errorf("%s has no HSTS", route)
		}
	}
}

var inline = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:[^>]*>[^<])|javascript:|https?://[^"]*`)

// The policy allows no inline style or script, and nothing of another origin.
func TestPages_HoldNothingInlineOrForeign(t *testing.T) {
	t.Parallel()
	for name, page := range cataloguetest.Sources(t, "testdata/*.html") {
		for _, found := range inline.FindAllString(page, -1) {
			if !strings.HasPrefix(found, "http://localhost:8910") { // the dev strip's inbox
				t.Errorf("%s holds %s", name, found)
			}
		}
	}
}

// S-46: nothing of a person stands in an address or a title.
func TestPages_HoldNothingPersonalInAddressesAndTitles(t *testing.T) {
	t.Parallel()
	places := regexp.MustCompile(`<title>[^<]*|(?:href|src|action)="[^"]*`)
	for name, page := range cataloguetest.Sources(t, "testdata/*.html") {
		for _, place := range places.FindAllString(page, -1) {
			if place = html.UnescapeString(place); strings.Contains(place, "2345") || strings.Contains(place, "하늘") {
				t.Errorf("%s holds %s", name, place)
			}
		}
	}
}

// S-37: what every cookie of the pages must be.
func TestCookies_AreHostOnlyAndHidden(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	ages := map[string]int{"__Host-flow": 30 * 60, "__Host-session": 30 * 24 * 3600, "__Host-lang": 365 * 24 * 3600,
		"__Host-device": 180 * 24 * 3600}
	seen := map[string]bool{}
	for _, step := range []func(){
		func() { v.get("/signup?lang=ko") },
		func() { v.do(http.StatusSeeOther, "start", "number", number) },
		func() { v.do(http.StatusSeeOther, "check", "code", v.code("01023456789")) },
		func() { v.do(http.StatusSeeOther, "finish", "name", "김하늘", "agree", "age_14", "agree", "terms") },
		func() { v.get("/signup") },
		func() { v.get("/account"); v.post("/signout") },
	} {
		step()
		for _, c := range v.sets {
			seen[c.Name] = true
			if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" ||
				c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("the cookie %s is set as %s", c.Name, c)
			}
			if strings.Contains(c.Value, "2345") || len(c.Value) > 200 {
				t.Errorf("the cookie %s holds %d bytes", c.Name, len(c.Value))
			}
			if c.MaxAge > 0 && c.MaxAge != ages[c.Name] {
				t.Errorf("the cookie %s is kept for %d s", c.Name, c.MaxAge)
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("the pages set %v", seen)
	}
}

// A page weighs under 60 KB without the font, whose own table of ranges is
// counted with the page here.
func TestPages_AreLight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	largest := 0
	for _, page := range cataloguetest.Sources(t, "testdata/*.html") {
		largest = max(largest, len(page))
	}
	total := largest
	for _, path := range assetPaths(t, w) {
		r := httptest.NewRequest(http.MethodGet, "https://id.example.kr"+path, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		total += rec.Body.Len()
	}
	if total > 60_000 {
		t.Errorf("the heaviest page with style and script has %d bytes", total)
	}
}

// assetPaths returns what the first page loads.
func assetPaths(t *testing.T, w *world) []string {
	t.Helper()
	var paths []string
	for _, found := range regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`).FindAllStringSubmatch(w.visitor("ko").get("/signup").body, -1) {
		paths = append(paths, found[1])
	}
	if len(paths) != 4 {
		t.Fatalf("the page loads %v", paths)
	}
	return paths
}

func TestAssets_AreKeptForGoodAndPackedWhereWanted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor("ko")
	fonts := "/assets/pretendard-1.3.9/woff2-dynamic-subset/PretendardVariable.subset.90.woff2"
	for _, path := range append(assetPaths(t, w), fonts) {
		plain := v.get(path)
		if plain.Code != http.StatusOK || plain.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s answered %d with %q", path, plain.Code, plain.Header().Get("Cache-Control"))
		}
		if plain.Header().Get("Content-Type") == "" || len(plain.sets()) > 0 {
			t.Errorf("%s has no type, or sets a cookie", path)
		}
		r := httptest.NewRequest(http.MethodGet, "https://id.example.kr"+path, nil)
		r.Header.Set("Accept-Encoding", "gzip, br")
		packed := httptest.NewRecorder()
		w.ServeHTTP(packed, r)
		body := io.Reader(packed.Body)
		if packed.Header().Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(packed.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		got, err := io.ReadAll(body)
		if err != nil || !bytes.Equal(got, []byte(plain.body)) {
			t.Errorf("%s differs when packed (%v)", path, err)
		}
	}
	for _, path := range []string{"/assets/", "/assets/none.css", "/assets/pretendard-1.3.9/woff2-dynamic-subset/../OFL.txt", "/assets/pretendard-1.3.9/woff2-dynamic-subset/none.woff2"} {
		if a := v.get(path); a.Code == http.StatusOK {
			t.Errorf("%s answered %d", path, a.Code)
		}
	}
}

func (a answer) sets() []*http.Cookie { return a.Result().Cookies() }
