package db_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestClock_NeverStepsBackOverReopen(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := dbtest.NewClock(start)
	first := dbtest.Open(t, url, dbtest.WithClock(clock))
	mustExec(t, first, things)
	clock.Advance(time.Hour)
	if err := first.Update(t.Context(), insert("a")); err != nil {
		t.Fatal(err)
	}
	newest := db.At(start.Add(time.Hour))

	clock.Set(start)
	if now := first.Now(); now != newest {
		t.Errorf("the clock stepped back to %v within one run, want %v", now, newest)
	}
	second := dbtest.Open(t, url, dbtest.WithClock(clock)) // the first has not been closed, as after a crash
	if now := second.Now(); now != newest {
		t.Errorf("the clock stepped back to %v at a start, want %v", now, newest)
	}
	var inside db.Time
	if err := second.Update(t.Context(), func(tx *db.Tx) error {
		inside = tx.Now
		return nil
	}); err != nil || inside != newest {
		t.Errorf("tx.Now = %v, %v; want %v", inside, err, newest)
	}
	clock.Set(start.Add(2 * time.Hour))
	if now, want := second.Now(), db.At(start.Add(2*time.Hour)); now != want {
		t.Errorf("the clock shows %v, want %v", now, want)
	}
}

func TestClock_OrdersActs(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	var mu sync.Mutex
	var last db.Time
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for range 10 {
				if err := d.Update(context.Background(), func(tx *db.Tx) error {
					mu.Lock()
					defer mu.Unlock()
					if tx.Now < last {
						t.Errorf("tx.Now stepped back from %v to %v", last, tx.Now)
					}
					last = tx.Now
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if now := d.Now(); now < last {
		t.Errorf("Now() = %v is before the newest act at %v", now, last)
	}
}

func TestClock_FollowsTheWall(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if off := time.Since(d.Now().Std()); off.Abs() > time.Minute {
		t.Errorf("the clock is %v off", off)
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	at := db.At(time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.FixedZone("KST", 9*60*60)))
	if got, want := at.String(), "2026-03-01T03:00:00.123456Z"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got := at.Add(90 * time.Second).Sub(at); got != 90*time.Second {
		t.Errorf("Add and Sub differ: %v", got)
	}
	if got := db.At(at.Std()); got != at {
		t.Errorf("At(Std()) = %v, want %v", got, at)
	}
	var scanned db.Time
	if err := scanned.Scan("yesterday"); err == nil {
		t.Error("a time was read from text")
	}
}
