package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/web"
)

func TestCookies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		secure, strict     bool
		wantSet, wantClear string
	}{
		{true, true, "__Host-flow=abc; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Strict", "__Host-flow=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
		{true, false, "__Host-flow=abc; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax", "__Host-flow=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{false, false, "flow=abc; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax", "flow=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"},
	}
	for _, tt := range tests {
		c := web.Cookies{Secure: tt.secure, Strict: tt.strict}
		w := httptest.NewRecorder()
		c.Set(w, "flow", "abc", 30*time.Minute)
		c.Clear(w, "flow")
		got := w.Header()["Set-Cookie"]
		if len(got) != 2 || got[0] != tt.wantSet || got[1] != tt.wantClear {
			t.Errorf("secure %v: %q, want %q and %q", tt.secure, got, tt.wantSet, tt.wantClear)
		}
		r := httptest.NewRequest("GET", "/", nil)
		if got := c.Get(r, "flow"); got != "" {
			t.Errorf("without a cookie: %q", got)
		}
		set, err := http.ParseSetCookie(got[0])
		if err != nil {
			t.Fatal(err)
		}
		r.AddCookie(set)
		if got := c.Get(r, "flow"); got != "abc" {
			t.Errorf("Get = %q, want abc", got)
		}
	}
}

// A cookie without the prefix could have been planted by a neighbour on
// another subdomain or over plain http.
func TestCookies_SecureIgnoresUnprefixed(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "flow", Value: "planted"})
	if got := (web.Cookies{Secure: true}).Get(r, "flow"); got != "" {
		t.Errorf("Get = %q, want nothing", got)
	}
}
