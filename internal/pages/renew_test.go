package pages_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestRenew_AsksForTheChangedTermsAndLeadsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withReturns)
	userID := w.member()
	w.renewed()
	v := w.visitor("ko")
	v.get("/login" + returnTo(shop))
	v.at("/login", number)
	if a := v.get("/login"); a.Header().Get("Location") != "/account/renew" {
		t.Fatalf("signing in leads to %d %q", a.Code, a.Header().Get("Location"))
	}
	v.isIn(userID)
	page := v.get("/account/renew")
	if !strings.Contains(page.body, `value="terms"`) || strings.Contains(page.body, "marketing") || strings.Contains(page.body, "age_14") || strings.Contains(page.body, " checked") {
		t.Errorf("the page asks for something else:\n%s", page.body)
	}
	if a := v.post("/account/renew"); a.Code != http.StatusBadRequest || !strings.Contains(a.body, `aria-invalid="true"`) {
		t.Errorf("nothing ticked: %d", a.Code)
	}
	token := v.token
	v.token = "x"
	if a := v.post("/account/renew", "agree", "terms"); a.Code != http.StatusForbidden || !strings.Contains(a.body, " checked") {
		t.Errorf("a foreign form: %d", a.Code)
	}
	v.token = token
	for _, want := range []string{shop, "/account"} { // the second time in another tab
		if a := v.post("/account/renew", "agree", "terms"); a.Header().Get("Location") != want {
			t.Errorf("agreeing leads to %d %q, want %q", a.Code, a.Header().Get("Location"), want)
		}
	}
	if a := v.get("/account/renew"); a.Header().Get("Location") != "/account" {
		t.Errorf("back after it: %d %q", a.Code, a.Header().Get("Location"))
	}
	if missing, err := w.made.Consents.Missing(t.Context(), userID); err != nil || len(missing) != 0 {
		t.Errorf("missing are %v (%v)", missing, err)
	}
}

func TestRenew_NeedsAMember(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	if a := v.get("/account/renew"); a.Header().Get("Location") != "/login" {
		t.Errorf("a stranger is led to %q", a.Header().Get("Location"))
	}
	if a := v.post("/account/renew", "agree", "terms"); a.Header().Get("Location") != "/login" {
		t.Errorf("a stranger's form leads to %q", a.Header().Get("Location"))
	}
}
