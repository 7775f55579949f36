package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/pages"
)

const (
	shop    = "https://shop.example.kr/welcome?from=id&n=1"
	another = "http://localhost:3000/"
)

func withReturns(o *pages.Options) { o.ReturnTo = []string{shop, another} }

func returnTo(address string) string { return "?return_to=" + url.QueryEscape(address) }

// location is where an answer leads.
func (a answer) location() string { return a.Header().Get("Location") }

func TestReturn_IsKeptThroughTheWholeWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReturns)
	v := w.visitor("ko")
	v.get("/signup" + returnTo(shop))
	v.do(http.StatusSeeOther, "start", "number", "010-9876-5432")
	v.do(http.StatusSeeOther, "change") // a mistyped number
	v.get("/signup")
	v.do(http.StatusOK, "start", "number", number, "lang", "en")
	v.do(http.StatusSeeOther, "start", "number", number)
	v.get("/signup?lang=ko")
	v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
	v.get("/signup")
	v.do(http.StatusSeeOther, "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	if page := v.get("/signup"); !strings.Contains(page.body, `<a class="main" href="https://shop.example.kr/welcome?from=id&amp;n=1">계속하기</a>`) {
		t.Errorf("the welcome leads elsewhere:\n%s", page.body)
	}
	if a := v.get("/signup"); a.location() != "/account" {
		t.Errorf("the address is used twice: %q", a.location())
	}
	if a := v.get("/login" + returnTo(another)); a.Code != http.StatusSeeOther || a.location() != another {
		t.Errorf("somebody who is in is led to %q", a.location())
	}
	if a := v.get("/login"); a.location() != "/account" {
		t.Errorf("the address is used twice: %q", a.location())
	}

	w.Clock.Advance(time.Hour)
	v = w.visitor("ko")
	v.door = "/login"
	v.get("/login" + returnTo(shop))
	v.do(http.StatusSeeOther, "start", "number", number)
	if a := v.do(http.StatusSeeOther, "check", "code", v.code("01023456789")); a.location() != shop {
		t.Errorf("signing in leads to %q", a.location())
	}
	for name, value := range v.cookies {
		if strings.Contains(value, "shop") {
			t.Errorf("the cookie %s holds the address", name)
		}
	}
}

// An address that is not registered counts as none, and takes back one that
// was.
func TestReturn_OfAnUnknownAddressIsIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReturns)
	w.visitor("ko").join(number, "김하늘")
	w.Clock.Advance(time.Hour)
	v := w.visitor("ko")
	v.get("/login" + returnTo(shop))
	if page := v.get("/login" + returnTo("https://evil.example/")); strings.Contains(page.body, "evil") {
		t.Error("the page shows the address")
	}
	v.start(number)
	if a := v.do(http.StatusSeeOther, "check", "code", v.code("01023456789")); a.location() != "/account" {
		t.Errorf("the way ends at %q", a.location())
	}
	// Nor does a cookie name an address that nobody registered.
	v = w.visitor("ko")
	w.Clock.Advance(time.Hour)
	v.start(number)
	v.cookies["__Host-flow"] += "." + "https://evil.example/"
	if a := v.do(http.StatusSeeOther, "check", "code", v.code("01023456789")); a.location() != "/account" {
		t.Errorf("a made-up cookie leads to %q", a.location())
	}
}

// tricks are spellings by which other sites were led astray.
var tricks = []string{
	"", "/", "//evil.example", "///evil.example", "////evil.example/", `/\evil.example`, `\\evil.example`, `\/evil.example`,
	"https:evil.example", "https:/evil.example", "https:///evil.example", "https://evil.example", "http://shop.example.kr/welcome?from=id&n=1",
	"HTTPS://shop.example.kr/welcome?from=id&n=1", "https://SHOP.example.kr/welcome?from=id&n=1", shop + "#", shop + "#@evil.example",
	shop + "&", shop + "/", " " + shop, shop + " ", shop + "\n", shop + "\r\nSet-Cookie: a=b", "\t" + shop, shop + "\x00", "\ufeff" + shop,
	"https://shop.example.kr@evil.example/welcome?from=id&n=1", "https://evil.example@shop.example.kr/welcome?from=id&n=1",
	"https://shop.example.kr:443/welcome?from=id&n=1", "https://shop.example.kr./welcome?from=id&n=1", "https://shop.example.kr.evil.example/welcome?from=id&n=1",
	"https://shop.example.kr%2eevil.example/", "https://shop.example.kr/welcome/../../evil?from=id&n=1", "https://shop.example.kr/welcome?from=id&n=1&return_to=https://evil.example",
	"https://shop.example.kr/welcome%3Ffrom=id&n=1", "https://shop。example。kr/welcome?from=id&n=1", "ｈttps://shop.example.kr/welcome?from=id&n=1",
	"javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "blob:https://shop.example.kr/1",
	"http://localhost:3000", "http://localhost:3000//", "http://localhost:3000/.", "http://127.0.0.1:3000/", "http://localhost:30000/", "http://localhost%3A3000/",
	"/account", "account", "?return_to=" + shop, "https://[::1]/", "http://[::ffff:127.0.0.1]:3000/", "mailto:a@evil.example", "//localhost:3000/",
	strings.Repeat("a", 10_000), "https://" + strings.Repeat("a.", 5_000) + "example/",
}

// FuzzReturn asks for any address at all: whoever is in ends at the account or
// at a registered address, letter by letter (S-44).
func FuzzReturn(f *testing.F) {
	for _, trick := range tricks {
		f.Add(url.QueryEscape(trick))
		f.Add(trick)
		f.Add(shop + "&return_to=" + trick)
	}
	f.Add(url.QueryEscape(shop))
	v := newWorld(f, withReturns).visitor("ko")
	v.join(number, "김하늘")
	session := v.cookies["__Host-session"]
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "https://id.example.kr/signup", nil)
		r.URL.RawQuery = "return_to=" + query
		r.AddCookie(&http.Cookie{Name: "__Host-session", Value: session})
		rec := httptest.NewRecorder()
		v.ServeHTTP(rec, r)
		to := rec.Header()["Location"]
		if rec.Code != http.StatusSeeOther || len(to) != 1 || to[0] != "/account" && to[0] != shop && to[0] != another {
			t.Fatalf("?return_to=%s leads to %q (%d)", query, to, rec.Code)
		}
		if asked := r.URL.Query().Get("return_to"); to[0] != "/account" && asked != to[0] {
			t.Fatalf("%q leads to %q", asked, to[0])
		}
	})
}
