package outbox_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/sandbox"
)

const (
	otherKey    = "NCSOTHER00000001"
	otherSecret = "other-secret"
)

// swap goes on with another provider key, of the same account or of another.
func (w *world) swap(sameAccount bool) {
	if !sameAccount {
		other := sandbox.New(sandbox.WithKey(otherKey, otherSecret), sandbox.WithReportDelay(0), sandbox.WithCarrierDelay(0))
		w.t.Cleanup(other.Close)
		w.options.Client = coolsms.New(otherKey, otherSecret,
			coolsms.WithHTTPClient(&http.Client{Transport: other}), coolsms.WithRetry(0))
	} else {
		w.options.Client = coolsms.New(otherKey, otherSecret, coolsms.WithBaseURL(w.server.URL), coolsms.WithRetry(0))
	}
	w.options.Key = otherKey
	w.restart()
}

// newSwapped returns a world whose first key is about to be swapped, with a
// message whose send has been answered with nothing.
func newSwapped(t *testing.T, trouble string) (w *world, id string) {
	w = newWorld(t, sandbox.WithKey("NCSFIRST00000001", "first-secret"), sandbox.WithKey(otherKey, otherSecret))
	w.drain()
	if trouble != "" {
		w.control("faults", faultSpec{Method: calls["send"][0], Path: calls["send"][1], Kind: trouble, Times: 1})
	}
	id = w.enqueue(number(t, 1), code)
	if trouble != "" {
		for w.armed() {
			_, _ = w.Step(t.Context()) // the lost answer is the point
		}
	}
	return w, id
}

// TestSwap_WhatTheNewKeyCanReadIsSettled swaps keys of one account, with a send
// that took effect, one that did not, and none at all.
func TestSwap_WhatTheNewKeyCanReadIsSettled(t *testing.T) {
	t.Parallel()
	for _, trouble := range []string{"", "drop_reply", "reset"} {
		t.Run(trouble, func(t *testing.T) {
			t.Parallel()
			w, id := newSwapped(t, trouble)
			pool := w.groups("pool")
			w.swap(true)
			w.settle(id)
			if got := w.message(id).Status; got != outbox.Delivered || w.texts(number(t, 1)) != 1 {
				t.Errorf("the message is %v with %d texts, want delivered with one", got, w.texts(number(t, 1)))
			}
			w.drain()
			if dead := w.groups("dead"); dead < pool {
				t.Errorf("%d groups are dead, want the %d of the first key's pool", dead, pool)
			}
		})
	}
}

// TestSwap_WhatItCannotReadIsUnknown swaps accounts: whether the group was sent
// cannot be known any more, and the message is not sent again.
func TestSwap_WhatItCannotReadIsUnknown(t *testing.T) {
	t.Parallel()
	w, id := newSwapped(t, "drop_reply")
	w.swap(false)
	w.settle(id)
	if got := w.message(id).Status; got != outbox.Unknown || w.texts(number(t, 1)) != 1 {
		t.Errorf("the message is %v with %d texts, want unknown with one", got, w.texts(number(t, 1)))
	}
	next := w.enqueue(number(t, 2), code)
	w.settle(next)
	if got := w.message(next).Status; got != outbox.Delivered {
		t.Errorf("the next message is %v, want delivered by the new account", got)
	}
}

// TestSwap_WhatItMayNotReadIsUnknown has the provider say that the group is
// another's, which settles nothing for a group of one's own key.
func TestSwap_WhatItMayNotReadIsUnknown(t *testing.T) {
	t.Parallel()
	for _, swapped := range []bool{true, false} {
		t.Run(fmt.Sprint(swapped), func(t *testing.T) {
			t.Parallel()
			w, id := newSwapped(t, "drop_reply")
			w.control("faults", faultSpec{Method: http.MethodGet, Path: "/messages/v4/groups/*", Kind: "status", Status: 403, Times: -1})
			want := outbox.Sending
			if swapped {
				w.swap(true)
				want = outbox.Unknown
			}
			for range 20 {
				_, _ = w.Step(t.Context()) // the refusal is the point
				w.clock.Advance(time.Second)
			}
			if got := w.message(id).Status; got != want || w.texts(number(t, 1)) != 1 {
				t.Errorf("the message is %v with %d texts, want %v with one", got, w.texts(number(t, 1)), want)
			}
		})
	}
}

// TestSwap_AKeyThatIsRefusedSettlesNothing keeps a wrong secret from ending
// messages: only a key that the provider knows can tell what is not its own.
func TestSwap_AKeyThatIsRefusedSettlesNothing(t *testing.T) {
	t.Parallel()
	w, id := newSwapped(t, "drop_reply")
	w.options.Client = coolsms.New(otherKey, "wrong", coolsms.WithBaseURL(w.server.URL), coolsms.WithRetry(0))
	w.options.Key = otherKey
	w.restart()
	for range 20 {
		_, _ = w.Step(t.Context()) // the refusal is the point
	}
	if got := w.message(id).Status; got != outbox.Sending {
		t.Errorf("the message is %v, want sending", got)
	}
	w.swap(true)
	w.settle(id)
	if got := w.texts(number(t, 1)); got != 1 || w.message(id).Status != outbox.Delivered {
		t.Errorf("with the right secret there are %d texts of a message that is %v", got, w.message(id).Status)
	}
}
