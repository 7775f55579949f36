package limit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// plenty are ceilings that nothing reaches; a test lowers the one it is about.
var plenty = limit.Ceilings{ApplicationPerMinute: 1_000_000, InstallationPerMinute: 1_000_000, WonPerDay: 1_000_000_000}

// nodes are several installations of limits over one database and one clock.
func nodes(t *testing.T, n int, c limit.Ceilings, clock *dbtest.Clock) []*limit.Limits {
	t.Helper()
	url := dbtest.URL(t)
	out := make([]*limit.Limits, n)
	for i := range out {
		out[i] = limit.New(limit.Options{DB: dbtest.Open(t, url, dbtest.WithClock(clock)), Ceilings: &c})
	}
	return out
}

func application(id string) limit.Case { return limit.Case{Number: []byte("number"), Application: id} }

// permit takes a permit and reports whether there was one.
func permit(t rapidOrTest, l *limit.Limits, c limit.Case, priority bool) (limit.Permit, bool) {
	t.Helper()
	p, err := l.Permit(context.Background(), c, priority)
	if e := fault.As(err); err != nil && (!errors.Is(err, limit.ErrBudget) || e.RetryAfter <= 0) {
		t.Fatalf("taking a permit: %v", err)
	}
	return p, err == nil
}

func TestPermit_AdmitsTheWholeCeilingAndNoMore(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 7, 120} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			clock := dbtest.NewClock(start)
			c := plenty
			c.ApplicationPerMinute = n
			l := nodes(t, 1, c, clock)[0]
			for i := range n {
				if _, ok := permit(t, l, application("a"), false); !ok {
					t.Fatalf("permit %d of %d was refused", i+1, n)
				}
			}
			_, err := l.Permit(t.Context(), application("a"), false)
			if !errors.Is(err, limit.ErrBudget) {
				t.Fatalf("one permit more: %v, want ErrBudget", err)
			}
			if _, ok := permit(t, l, application("b"), false); !ok {
				t.Fatal("another application is refused too")
			}
			clock.Advance(fault.As(err).RetryAfter)
			if _, ok := permit(t, l, application("a"), false); !ok {
				t.Fatal("a permit was refused after its wait")
			}
		})
	}
}

// TestPermit_NoMinuteHoldsOneTooMany drives two nodes through random histories
// of starts, of permits that are given back, held for a while or never used, and
// of nodes that die, and looks at every stretch of a minute.
func TestPermit_NoMinuteHoldsOneTooMany(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	url := dbtest.URL(t)
	databases := []*db.DB{dbtest.Open(t, url, dbtest.WithClock(clock)), dbtest.Open(t, url, dbtest.WithClock(clock))}
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		runs++
		clock.Advance(2 * time.Hour)
		c := plenty
		c.ApplicationPerMinute = rapid.SampledFrom([]int{1, 2, 3, 5, 20}).Draw(r, "most")
		boot := func(i int) *limit.Limits { return limit.New(limit.Options{DB: databases[i], Ceilings: &c}) }
		all := []*limit.Limits{boot(0), boot(1)}
		app := application(fmt.Sprint("app", runs))
		var used []time.Time
		for range rapid.IntRange(10, 40).Draw(r, "steps") {
			clock.Advance(rapid.SampledFrom([]time.Duration{
				0, 0, time.Millisecond, 400 * time.Millisecond, 1999 * time.Millisecond, 2 * time.Second, 7 * time.Second, 58 * time.Second,
			}).Draw(r, "gap"))
			i := rapid.IntRange(0, 1).Draw(r, "node")
			if rapid.IntRange(0, 20).Draw(r, "dies") == 0 {
				all[i] = boot(i)
			}
			p, ok := permit(r, all[i], app, rapid.Bool().Draw(r, "priority"))
			if !ok {
				continue
			}
			clock.Advance(rapid.SampledFrom([]time.Duration{0, 0, time.Second, 3 * time.Second}).Draw(r, "waits"))
			lapsed := databases[i].View(context.Background(), func(tx *db.Tx) error { return p.Check(tx) })
			switch {
			case lapsed != nil || rapid.IntRange(0, 5).Draw(r, "gives back") == 0:
				all[i].GiveBack(p)
			default:
				used = append(used, clock.Now())
			}
			if rapid.IntRange(0, 9).Draw(r, "rests") == 0 {
				if err := all[i].Tend(context.Background()); err != nil {
					r.Fatalf("tending: %v", err)
				}
			}
		}
		most := c.ApplicationPerMinute
		for i := most; i < len(used); i++ {
			if span := used[i].Sub(used[i-most]); span < time.Minute {
				r.Fatalf("%d texts within %v: the ceiling is %d a minute", most+1, span, most)
			}
		}
	})
}

// TestPermit_ARefusalGivesNothingBack spends the won that are kept for priority, so
// that less than nothing is left for others, and then has one of them refused for
// the ceiling of its application.
func TestPermit_ARefusalGivesNothingBack(t *testing.T) {
	t.Parallel()
	c := plenty
	c.ApplicationPerMinute, c.WonPerDay = 2, 50*limit.TextPrice
	l := nodes(t, 1, c, dbtest.NewClock(start))[0]
	taken := 0
	for i := range 40 {
		for range 3 {
			if _, ok := permit(t, l, application(fmt.Sprint(i)), true); ok {
				taken++
			}
		}
		permit(t, l, application(fmt.Sprint(i)), false)
	}
	if taken != 50 {
		t.Errorf("%d texts were let through, want the fifty that the day's won pay for", taken)
	}
}

func TestPermit_RacingNodesStayWithinTheInstallation(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	c := plenty
	c.InstallationPerMinute = 37
	all := nodes(t, 2, c, clock)
	var taken atomic.Int32
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if _, ok := permit(t, all[i%2], application(fmt.Sprint(i%5)), false); ok {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n > 37 || n == 0 {
		t.Fatalf("%d permits, want some and at most 37", n)
	}
}

// TestPermit_RacingNodesNeverSpendOneWonTooMany is row 18.
func TestPermit_RacingNodesNeverSpendOneWonTooMany(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	c := plenty
	c.WonPerDay = 1010 // 50 texts and a half; 40 of them for everybody
	all := nodes(t, 2, c, clock)
	spend := func(priority bool) int {
		var taken atomic.Int32
		var wg sync.WaitGroup
		for i := range 120 {
			wg.Go(func() {
				if _, ok := permit(t, all[i%2], application("a"), priority); ok {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		clock.Advance(3 * time.Second)
		for _, l := range all {
			if err := l.Tend(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return int(taken.Load())
	}
	ordinary := spend(false) + spend(false)
	if ordinary != 40 {
		t.Errorf("%d ordinary texts, want 40: the last fifth is kept", ordinary)
	}
	if first := spend(true) + spend(true); first != 10 {
		t.Errorf("%d texts with priority after that, want 10", first)
	}
	_, err := all[0].Permit(t.Context(), application("a"), true)
	want := time.Date(2026, 5, 4, 15, 0, 0, 0, time.UTC).Sub(clock.Now()) // midnight in Seoul
	if got := fault.As(err); got == nil || !errors.Is(err, limit.ErrBudget) || got.RetryAfter != want {
		t.Fatalf("a text beyond the day's won: %v, want ErrBudget with %v", err, want)
	}
	clock.Advance(want)
	if _, ok := permit(t, all[1], application("a"), false); !ok {
		t.Fatal("the next day has no won")
	}
}

func TestRelease_GivesTheWonOfADroppedTextBack(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	c := plenty
	c.WonPerDay = 25 // one text, and only with priority
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d, Ceilings: &c})
	if _, ok := permit(t, l, application("a"), true); !ok {
		t.Fatal("the only text of the day was refused")
	}
	if _, ok := permit(t, l, application("a"), true); ok {
		t.Fatal("a second text was admitted")
	}
	clock.Advance(time.Second)
	take(t, d, func(tx *db.Tx) { l.Release(tx, tx.Now, l.Price()) })
	if _, ok := permit(t, l, application("a"), true); !ok {
		t.Fatal("the won of a dropped text did not come back")
	}
	take(t, d, func(tx *db.Tx) { l.Release(tx, tx.Now, 10*l.Price()) })
	clock.Advance(time.Second)
	if _, ok := permit(t, l, application("a"), true); !ok {
		t.Fatal("the won of a dropped text did not come back")
	}
	if _, ok := permit(t, l, application("a"), true); ok {
		t.Fatal("releasing more than was reserved made the day longer")
	}
}

func TestPermit_LapsesBeforeALateAct(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	c := plenty
	l := limit.New(limit.Options{DB: d, Ceilings: &c})
	p, _ := permit(t, l, application("a"), false)
	clock.Advance(2 * time.Second)
	err := d.Update(t.Context(), func(tx *db.Tx) error { return p.Check(tx) })
	if !errors.Is(err, limit.ErrLapsed) {
		t.Fatalf("a permit of two seconds ago: %v, want ErrLapsed", err)
	}
}

// TestRun_AStopGivesPermitsBack has a node stop that holds permits it did not
// use.
func TestRun_AStopGivesPermitsBack(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	c := plenty
	c.WonPerDay = 1000
	all := nodes(t, 2, c, clock)
	for range 3 {
		permit(t, all[0], application("a"), true)
	}
	clock.Advance(2 * time.Second)
	permit(t, all[0], application("a"), true) // is granted as many as it used before
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := all[0].Run(stopped, func(err error) { t.Error(err) }); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for ; taken < 100; taken++ {
		if _, ok := permit(t, all[1], application("a"), true); !ok {
			break
		}
	}
	if taken != 1000/20-4 {
		t.Fatalf("the other node could send %d texts, want all but the four that were sent", taken)
	}
}
