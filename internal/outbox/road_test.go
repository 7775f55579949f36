package outbox_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// away lets no call of the provider through, in one of the ways it can fail.
func (w *world) away(f faultSpec) {
	w.t.Helper()
	f.Path, f.Times = "/**", -1
	w.control("faults", f)
}

// quickest returns the shortest time that a refusal took: a machine that is busy
// with something else is not what is measured.
func (w *world) quickest() time.Duration {
	least := time.Hour
	for range 10 {
		began := time.Now()
		_ = w.Available() // what it says is tested elsewhere
		least = min(least, time.Since(began))
	}
	return least
}

// TestRoad_RefusesStartsWhileTheProviderIsAwayAndHealsByItself plays outages of
// ten minutes (S-114).
func TestRoad_RefusesStartsWhileTheProviderIsAwayAndHealsByItself(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]faultSpec{
		"503": {Kind: "status", Status: 503}, "500": {Kind: "status", Status: 500}, "reset": {Kind: "reset"},
		"an answer of noise": {Kind: "garbage"}, "429": {Kind: "status", Status: 429},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.drain()
			w.away(f)
			lost := w.enqueue(number(t, 1), code)
			for range 60 {
				if w.Available() != nil {
					break
				}
				_, _ = w.Step(t.Context()) // the outage is the point
				w.clock.Advance(time.Second)
			}
			err := w.Available()
			if took := w.quickest(); took > 50*time.Millisecond {
				t.Errorf("the refusal took %v", took)
			}
			if refused := fault.As(err); !errors.Is(err, outbox.ErrProvider) || refused.RetryAfter <= 0 {
				t.Fatalf("during the outage starts are answered %v, want ErrProvider with a wait", err)
			}
			for range 600 {
				_, _ = w.Step(t.Context()) // the outage is the point
				w.clock.Advance(time.Second)
			}
			w.disarm()
			recovery := 0
			for ; w.Available() != nil; recovery++ {
				w.clock.Advance(time.Second)
				_, _ = w.Step(t.Context()) // what is left of the outage
			}
			if recovery > 5 {
				t.Errorf("it took %d s after the outage to answer starts again, want at most 5", recovery)
			}
			saved := w.enqueue(number(t, 2), code)
			w.settle(saved, lost)
			if got := w.message(saved).Status; got != outbox.Delivered || w.texts(number(t, 2)) != 1 {
				t.Errorf("after the outage a message is %v, want delivered", got)
			}
			if got := w.texts(number(t, 1)); got > 1 {
				t.Errorf("the message of the outage was sent %d times", got)
			}
			if w.texts(number(t, 1)) == 0 && w.message(lost).Status != outbox.Dropped {
				t.Errorf("the message of the outage is %v and was not sent", w.message(lost).Status)
			}
		})
	}
}

func TestRoad_ARefusalOfTheProviderIsNoOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.drain()
	w.away(faultSpec{Kind: "status", Status: http.StatusForbidden})
	w.enqueue(number(t, 1), code)
	for range 30 {
		_, _ = w.Step(t.Context()) // the refusals are the point
		w.clock.Advance(time.Second)
	}
	if err := w.Available(); err != nil {
		t.Errorf("after refusals starts are answered %v", err)
	}
}

func TestRoad_KeepsToItsRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.CallsPerSecond = 20
	w.restart()
	began := time.Now()
	ids := make([]string, 30)
	for i := range ids { // three calls each when one is handed over after the other
		ids[i] = w.enqueue(number(t, i), code)
		w.drain()
	}
	w.settle(ids...)
	took, calls := time.Since(began), len(w.sandbox.Requests(0))
	if most := 20 + int(took.Seconds()*20) + 1; calls > most {
		t.Errorf("%d calls in %v, want at most %d", calls, took, most)
	}
	if took < 2*time.Second {
		t.Errorf("%d calls took %v: nothing held them back", calls, took)
	}
}

// TestRun_StopsWhileACallHangs wants a stop to take less than the five seconds
// that serve gives the loops, and what was under way to be settled afterwards.
func TestRun_StopsWhileACallHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.drain()
	w.control("faults", faultSpec{Method: calls["put"][0], Path: calls["put"][1], Kind: "delay", DelayMS: 5500, Times: 1})
	id := w.enqueue(number(t, 1), code)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx) }()
	for w.armed() {
		runtime.Gosched()
	}
	began := time.Now()
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the stop took %v, want under 5 s", took)
	}
	w.restart()
	w.settle(id)
	if got := w.texts(number(t, 1)); got != 1 {
		t.Errorf("%d texts, want 1", got)
	}
}
