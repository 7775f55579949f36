package pages_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/phone"
)

func fourLeft(context.Context, phone.Number) (int, error) { return 4, nil }

func noReset(context.Context, phone.Number) error { return nil }

func TestDevStrip_ResetsTheNumberItSpeaksOf(t *testing.T) {
	t.Parallel()
	var reset []string
	v := newWorld(t, func(o *pages.Options) {
		o.Dev = &pages.DevStrip{Inbox: "http://localhost:8910", Left: fourLeft,
			Reset: func(_ context.Context, n phone.Number) error {
				reset = append(reset, n.E164())
				return nil
			}}
	}).visitor("ko")
	v.start(number)
	v.get("/signup")
	if a := v.post("/dev/reset", "number", number); a.Code != http.StatusSeeOther {
		t.Fatalf("resetting answered %d", a.Code)
	}
	if len(reset) != 1 || reset[0] != "+821023456789" {
		t.Errorf("reset %v", reset)
	}
	v.token = strings.Repeat("0", 32)
	if a := v.post("/dev/reset", "number", number); a.Code != http.StatusForbidden || len(reset) != 1 {
		t.Errorf("a form with a foreign token answered %d and reset %v", a.Code, reset)
	}
}

func TestDevStrip_DoesNotFailThePageItStandsOn(t *testing.T) {
	t.Parallel()
	v := newWorld(t, func(o *pages.Options) {
		o.Dev = &pages.DevStrip{Inbox: "http://localhost:8910",
			Left: func(context.Context, phone.Number) (int, error) { return 0, errors.New("not now") }}
	}).visitor("ko")
	v.start(number)
	if a := v.get("/signup"); a.Code != http.StatusOK || !strings.Contains(a.body, `name="code"`) {
		t.Errorf("the page answered %d", a.Code)
	}
}

func TestDevStrip_IsAbsentOutsideDevMode(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	if a := v.get("/signup"); strings.Contains(a.body, `class="dev"`) {
		t.Error("the page has a dev strip")
	}
	v.get("/signup")
	if a := v.post("/dev/reset", "number", number); a.Code != http.StatusNotFound {
		t.Errorf("/dev/reset answered %d", a.Code)
	}
}
