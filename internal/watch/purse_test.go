package watch_test

import (
	"math"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/watch"
	"github.com/sinpyo/sinpyo/sandbox"
)

func (w *world) charge(balance int64) { w.sandbox.SetMoney(sandbox.Account{Balance: balance}) }

func (w *world) purse() watch.Purse {
	w.Helper()
	p, ok, err := w.node().Purse(w.Context())
	if err != nil || !ok {
		w.Fatalf("the money is not known (%v)", err)
	}
	return p
}

func TestRunway_IsWholeDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		won, perDay, want int
		ok                bool
	}{{1000, 100, 10, true}, {1099, 100, 10, true}, {99, 100, 0, true}, {0, 100, 0, true}, {-5, 100, 0, true}, {1000, 0, 0, false}} {
		if got, ok := watch.Runway(c.won, c.perDay); got != c.want || ok != c.ok {
			t.Errorf("Runway(%d, %d) = %d, %v; want %d, %v", c.won, c.perDay, got, ok, c.want, c.ok)
		}
	}
}

// TestPurse_WarnsWhenTheMoneyLastsForFewDays goes down to the line, about it, and
// up again.
func TestPurse_WarnsWhenTheMoneyLastsForFewDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.perDay = 1000
	for _, c := range []struct {
		balance int64
		alarm   limit.Rule
		raised  int // so far
	}{
		{100_000, "", 0}, {7000, "", 0}, {6999, limit.RunwayShort, 1}, {3000, limit.RunwayShort, 1}, {7500, limit.RunwayShort, 1},
		{8000, "", 1}, {7000, "", 1}, {100, limit.RunwayShort, 2},
	} {
		w.charge(c.balance)
		w.pass(6 * time.Hour)
		if p := w.purse(); p.Won != int(c.balance) || p.Alarm != c.alarm || w.alarms(limit.RunwayShort) != c.raised {
			t.Fatalf("with %d won: %+v and %d alarms; want %q and %d", c.balance, p, w.alarms(limit.RunwayShort), c.alarm, c.raised)
		}
		if days, _ := w.node().gauge(t, "sinpyo_provider_runway_days", ""); days != float64(c.balance/1000) {
			t.Errorf("with %d won the metric says %v days", c.balance, days)
		}
	}
	if len(w.texts) != 2 {
		t.Errorf("the operator got %d texts, want 2", len(w.texts))
	}
}

func TestPurse_ARestartWarnsOfNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.perDay = 1000
	w.charge(2000)
	w.pass(6 * time.Hour)
	for range 3 {
		w.restart()
		w.pass(6 * time.Hour)
	}
	if n := w.alarms(limit.RunwayShort); n != 1 {
		t.Errorf("%d alarms, want 1", n)
	}
}

func TestPurse_WhoSpendsNothingIsWarnedOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.charge(10)
	w.pass(6 * time.Hour)
	if p := w.purse(); p.Alarm != "" || len(w.texts) != 0 {
		t.Errorf("the alarm %q stands and %d texts were sent", p.Alarm, len(w.texts))
	}
	if days, _ := w.node().gauge(t, "sinpyo_provider_runway_days", ""); !math.IsInf(days, 1) {
		t.Errorf("the metric says %v days, want no end", days)
	}
}

// TestPurse_AtTheFloorAnAlarmIsRaisedAtOnce does not wait for the hour: the
// dispatcher sees it within a minute.
func TestPurse_AtTheFloorAnAlarmIsRaisedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.floor = 5000
	n := w.restart()
	w.perDay = 100
	w.look()
	dispatch := func() {
		for range 50 {
			if worked, err := n.outbox.Step(t.Context()); !worked || err != nil {
				break
			}
		}
	}
	dispatch()
	w.charge(4999)
	w.clock.Advance(2 * time.Minute)
	dispatch()
	if !n.outbox.BelowFloor() {
		t.Fatal("the dispatcher has not seen it")
	}
	w.look()
	w.look()
	if got := w.alarms(limit.BalanceFloor); got != 1 || w.purse().Alarm != limit.BalanceFloor {
		t.Fatalf("%d alarms and %q, want one", got, w.purse().Alarm)
	}
	w.charge(5000)
	w.pass(6 * time.Hour)
	if p := w.purse(); p.Alarm != "" {
		t.Errorf("after it was charged the alarm %q stands", p.Alarm)
	}
}

func TestPurse_WhatWasKnownStaysWhileTheProviderIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.perDay = 1000
	w.charge(50_000)
	w.pass(6 * time.Hour)
	before := w.purse()
	w.gone()
	w.pass(2 * day)
	if got := w.purse(); got != before {
		t.Errorf("the money is %+v, want %+v as before", got, before)
	}
}
