package outbox_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
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

// counted counts the calls that a client makes.
type counted struct{ made atomic.Int64 }

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.made.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}

// TestUse_GoesOnWithoutARestart swaps keys of one account while the program runs,
// with a send that took effect, one that did not, and none at all.
func TestUse_GoesOnWithoutARestart(t *testing.T) {
	t.Parallel()
	for _, trouble := range []string{"", "drop_reply", "reset"} {
		t.Run(trouble, func(t *testing.T) {
			t.Parallel()
			w, id := newSwapped(t, trouble)
			pool := w.groups("pool")
			queued := w.enqueue(number(t, 2), code)
			calls := &counted{}
			next := coolsms.New(otherKey, otherSecret, coolsms.WithBaseURL(w.server.URL), coolsms.WithRetry(0),
				coolsms.WithHTTPClient(&http.Client{Transport: calls}))
			for range 2 { // the second time changes nothing
				if err := w.Use(t.Context(), next, otherKey); err != nil {
					t.Fatal(err)
				}
			}
			if left := w.groups("pool"); left != 0 || pool == 0 {
				t.Errorf("%d of %d empty groups of the first key are left, want none", left, pool)
			}
			later := w.enqueue(number(t, 3), code)
			w.settle(id, queued, later)
			for i, message := range []string{id, queued, later} {
				if got := w.message(message).Status; got != outbox.Delivered || w.texts(number(t, i+1)) != 1 {
					t.Errorf("message %d is %v with %d texts, want delivered with one", i+1, got, w.texts(number(t, i+1)))
				}
			}
			if calls.made.Load() == 0 {
				t.Error("no call was made with the new key")
			}
		})
	}
}

// TestUse_OfAnotherAccountSettlesWhatIsUnderWay goes on with one that knows
// nothing of the groups of before.
func TestUse_OfAnotherAccountSettlesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w, lost := newSwapped(t, "drop_reply")
	queued := w.enqueue(number(t, 2), code)
	other := sandbox.New(sandbox.WithKey("NCSELSE000000001", otherSecret), sandbox.WithReportDelay(0), sandbox.WithCarrierDelay(0))
	t.Cleanup(other.Close)
	client := coolsms.New("NCSELSE000000001", otherSecret, coolsms.WithHTTPClient(&http.Client{Transport: other}), coolsms.WithRetry(0))
	if err := w.Use(t.Context(), client, "NCSELSE000000001"); err != nil {
		t.Fatal(err)
	}
	w.settle(lost, queued)
	if got := w.message(lost).Status; got != outbox.Unknown || w.texts(number(t, 1)) != 1 {
		t.Errorf("what may have been sent is %v with %d texts, want unknown with one", got, w.texts(number(t, 1)))
	}
	if got := w.message(queued).Status; got != outbox.Delivered || len(other.Handset(number(t, 2).National())) != 1 || w.texts(number(t, 2)) != 0 {
		t.Errorf("what was not sent is %v, want delivered by the other account", got)
	}
}

// TestUse_WhatTheNewKeyMayNotReadIsUnknown has the provider say that the group is
// another's, which counts for a group of the key before.
func TestUse_WhatTheNewKeyMayNotReadIsUnknown(t *testing.T) {
	t.Parallel()
	w, id := newSwapped(t, "drop_reply")
	w.control("faults", faultSpec{Method: http.MethodGet, Path: "/messages/v4/groups/*", Kind: "status", Status: 403, Times: -1})
	client := coolsms.New(otherKey, otherSecret, coolsms.WithBaseURL(w.server.URL), coolsms.WithRetry(0))
	if err := w.Use(t.Context(), client, otherKey); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_, _ = w.Step(t.Context()) // the refusal is the point
		w.clock.Advance(time.Second)
	}
	if got := w.message(id).Status; got != outbox.Unknown || w.texts(number(t, 1)) != 1 {
		t.Errorf("the message is %v with %d texts, want unknown with one", got, w.texts(number(t, 1)))
	}
}
