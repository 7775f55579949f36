package outbox_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// rest drives the dispatcher until it has nothing to do, and fails when it never
// has: letters that wait for a number must not keep it busy.
func (w *world) rest() {
	w.t.Helper()
	for range 200 {
		worked, err := w.Step(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if !worked {
			return
		}
	}
	w.t.Fatal("the dispatcher does not come to rest")
}

// lapse has the registration of numbers end now.
func (w *world) lapse(numbers ...string) {
	until := map[string]db.Time{}
	for _, n := range numbers {
		until[n] = w.db.Now()
	}
	w.Expire(until)
}

func TestLapse_StartsAreRefusedFromTheDayOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Expire(map[string]db.Time{firstSender: w.db.Now().Add(time.Minute)})
	w.clock.Advance(time.Minute - time.Microsecond)
	if err := w.Sendable("signup"); err != nil {
		t.Fatalf("before the end texts are answered %v", err)
	}
	w.clock.Advance(time.Microsecond)
	err := w.Sendable("signup")
	if !errors.Is(err, outbox.ErrSender) || fault.As(err).RetryAfter <= 0 {
		t.Fatalf("after the end texts are answered %v, want ErrSender with a wait", err)
	}
	w.Expire(map[string]db.Time{firstSender: w.db.Now().Add(365 * 24 * time.Hour)})
	if err := w.Sendable("signup"); err != nil {
		t.Errorf("once it is renewed texts are answered %v", err)
	}
}

func TestLapse_OnlyWhoHasNoOtherNumberIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second        string
		lapsed        []string
		signup, login bool // may be sent
	}{
		"none":                       {"", nil, true, true},
		"the first":                  {"", []string{firstSender}, false, true},
		"that of a purpose":          {"", []string{loginSender}, true, false},
		"the first, with a second":   {secondSender, []string{firstSender}, true, true},
		"the second":                 {secondSender, []string{secondSender}, true, true},
		"both":                       {secondSender, []string{firstSender, secondSender}, false, true},
		"a purpose's and the second": {secondSender, []string{loginSender, secondSender}, true, false},
		"a number of somebody else":  {"", []string{"0299990000"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSenders(t)
			w.options.SecondSender = c.second
			w.restart()
			w.lapse(c.lapsed...)
			for purpose, want := range map[string]bool{"signup": c.signup, "login": c.login} {
				if err := w.Sendable(purpose); (err == nil) != want {
					t.Errorf("texts for %s are answered %v, want sent %v", purpose, err, want)
				}
			}
		})
	}
}

// TestLapse_WhatIsQueuedWaitsForTheRenewal has a text that nobody refused, such
// as a notice.
func TestLapse_WhatIsQueuedWaitsForTheRenewal(t *testing.T) {
	t.Parallel()
	w := newSenders(t)
	w.options.SecondSender = ""
	w.restart()
	w.rest()
	w.lapse(firstSender)
	held := w.enqueueAt(w.Outbox, "notice", number(t, 1), code)
	other := w.enqueueAt(w.Outbox, "login", number(t, 2), code)
	w.settle(other)
	w.rest()
	if got := w.message(held).Status; got != outbox.Queued || w.texts(number(t, 1)) != 0 {
		t.Fatalf("the text of the lapsed number is %v, and %d are on the phone; want queued and none", got, w.texts(number(t, 1)))
	}
	w.clock.Advance(2 * time.Second)
	w.rest() // the poll finds it and leaves it
	w.restart()
	w.lapse(firstSender)
	w.clock.Advance(2 * time.Second)
	w.rest()
	if got := w.message(held).Status; got != outbox.Queued {
		t.Fatalf("after a restart it is %v, want queued", got)
	}
	w.Expire(nil)
	w.settle(held)
	if got := w.message(held).Status; got != outbox.Delivered || w.from(1) != firstSender {
		t.Errorf("after the renewal it is %v from %s", got, w.from(1))
	}
}

func TestLapse_WhatIsQueuedTooLongIsDroppedAndCostsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options = outbox.Options{Price: 20, Charged: func(*db.Tx, db.Time, int) {}}
	w.restart()
	w.lapse(firstSender)
	held := w.enqueue(number(t, 1), code)
	w.settle(held)
	if got := w.message(held).Status; got != outbox.Dropped || w.texts(number(t, 1)) != 0 || w.cost(held) != 0 {
		t.Errorf("it is %v with %d texts for %d won, want dropped with none for 0", got, w.texts(number(t, 1)), w.cost(held))
	}
}

func TestLapse_TheSecondTakesOver(t *testing.T) {
	t.Parallel()
	w := newSenders(t)
	w.lapse(firstSender)
	id := w.enqueueAt(w.Outbox, "signup", number(t, 1), code)
	w.settle(id)
	if got := w.message(id).Status; got != outbox.Delivered || w.from(1) != secondSender {
		t.Errorf("the text is %v from %s, want delivered from the second number", got, w.from(1))
	}
}

// TestLapse_ABatchUnderWayIsTakenBack has the number lapse between the claim and
// the send, with a put that took effect and one that did not.
func TestLapse_ABatchUnderWayIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, trouble := range []string{"drop_reply", "reset"} {
		t.Run(trouble, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.rest()
			w.control("faults", faultSpec{Method: calls["put"][0], Path: calls["put"][1], Kind: trouble, Times: 1})
			id := w.enqueue(number(t, 1), code)
			for w.armed() {
				_, _ = w.Step(t.Context()) // the lost answer is the point
			}
			w.lapse(firstSender)
			for range 20 {
				_, _ = w.Step(t.Context())
				w.clock.Advance(time.Second)
			}
			if got := w.message(id).Status; got != outbox.Queued || w.texts(number(t, 1)) != 0 {
				t.Fatalf("the text is %v with %d on the phone, want queued with none", got, w.texts(number(t, 1)))
			}
			w.Expire(nil)
			w.settle(id)
			if got := w.message(id).Status; got != outbox.Delivered || w.texts(number(t, 1)) != 1 {
				t.Errorf("after the renewal it is %v with %d texts, want delivered with one", got, w.texts(number(t, 1)))
			}
		})
	}
}

func TestConfigured_ListsTheNumbersOfTheSettings(t *testing.T) {
	t.Parallel()
	got := newSenders(t).Configured()
	want := []outbox.Sender{{Role: outbox.DefaultSender, Number: firstSender}, {Role: outbox.SecondSender, Number: secondSender}, {Role: "login", Number: loginSender}}
	if len(got) != len(want) {
		t.Fatalf("Configured = %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("Configured[%d] = %v, want %v", i, got[i], want[i])
		}
	}
}
