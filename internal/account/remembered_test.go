package account_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/account"
)

func TestRemembered_TellsTheNumberOfABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.join(1)
	remembered := func(cookie string) string {
		t.Helper()
		to, ok, err := w.Remembered(t.Context(), cookie)
		if err != nil {
			t.Fatal(err)
		}
		if ok == to.IsZero() {
			t.Errorf("remembered is %v, and the number %v", ok, to)
		}
		return to.E164()
	}
	if got := remembered(cookie); got != numbered(t, 1).E164() {
		t.Fatalf("a browser that signed in is remembered by %q", got)
	}
	for _, forged := range []string{"", "x", "a.b.c.d", cookie + "x", "x" + cookie, cookie[:len(cookie)-1]} {
		if got := remembered(forged); got != "" {
			t.Errorf("%q tells a number", forged)
		}
	}
	w.Clock.Advance(account.DeviceLife - 1)
	if remembered(cookie) == "" {
		t.Error("the browser is forgotten too early")
	}
	w.Clock.Advance(1000)
	if remembered(cookie) != "" {
		t.Error("the browser is remembered for too long")
	}
	again, _ := w.join(2)
	w.Clock.Advance(1000)
	cookie = w.Trust(again, "")
	if err := w.EndAll(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if remembered(cookie) != "" {
		t.Error("a browser that is no longer trusted is remembered")
	}
}
