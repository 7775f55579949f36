package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// S-19: a browser is the same one when its owner signs in again, and nothing in
// its cookie tells the number.
func TestDevice_OutlivesSigningOut(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.join(number, "김하늘")
	first := v.cookies["__Host-device"]
	v.get("/signup")
	v.get("/account")
	v.post("/signout")
	if v.cookies["__Host-session"] != "" || v.cookies["__Host-device"] != first || first == "" {
		t.Fatal("signing out keeps the session, or takes the device along")
	}
	v.Clock.Advance(time.Hour)
	v.start(number)
	v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
	again := v.cookies["__Host-device"]
	id, _, _ := strings.Cut(first, ".")
	if again == first || !strings.HasPrefix(again, id+".") {
		t.Error("signing in again makes another browser of it, or renews nothing")
	}
	v.cookies["__Host-device"] = "forged"
	v.Clock.Advance(time.Hour)
	v.get("/account")
	v.post("/signout")
	v.start(number) // a forged one is no trusted browser, and no trouble
}
