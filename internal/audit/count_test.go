package audit_test

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestCount_FindsTheEventsOfATime(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(time.Date(2026, 5, 4, 1, 0, 0, 0, time.UTC))
	d := dbtest.New(t, dbtest.WithClock(clock))
	start := db.At(clock.Now())
	count := func(since, until db.Time) (n int) {
		t.Helper()
		err := d.View(t.Context(), func(tx *db.Tx) (err error) {
			n, err = audit.Count(tx, audit.SignedIn, "passkey", since, until)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	oldest := func() (at db.Time, ok bool) {
		t.Helper()
		err := d.View(t.Context(), func(tx *db.Tx) (err error) {
			at, ok, err = audit.Oldest(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return at, ok
	}
	if n := count(start, start.Add(time.Hour)); n != 0 {
		t.Fatalf("%d events among none", n)
	}
	if _, ok := oldest(); ok {
		t.Fatal("there is an oldest event among none")
	}
	for range 300 { // one a minute, among others
		for _, detail := range []string{"passkey", "sms"} {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				audit.Tell(tx, audit.Event{Kind: audit.SignedIn, Detail: detail})
				audit.Tell(tx, audit.Event{Kind: audit.SteppedUp, Detail: "passkey"})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		clock.Advance(time.Minute)
	}
	if at, ok := oldest(); !ok || at != start {
		t.Errorf("the oldest event is of %v (%v), want %v", at, ok, start)
	}
	for _, c := range []struct {
		from, to time.Duration
		want     int
	}{
		{0, 5 * time.Hour, 300}, {-time.Hour, 10 * time.Hour, 300}, {0, time.Minute, 1}, {time.Hour, 2 * time.Hour, 60},
		{299 * time.Minute, 400 * time.Minute, 1}, {6 * time.Hour, 7 * time.Hour, 0}, {-2 * time.Hour, 0, 0},
	} {
		if n := count(start.Add(c.from), start.Add(c.to)); n != c.want {
			t.Errorf("from %v to %v: %d events, want %d", c.from, c.to, n, c.want)
		}
	}
	erased := start.Add(100 * time.Minute)
	err := d.Update(t.Context(), func(tx *db.Tx) error { _, err := audit.Erase(tx, erased, 400); return err })
	if err != nil {
		t.Fatal(err)
	}
	if n := count(start, start.Add(5*time.Hour)); n != 200 {
		t.Errorf("%d events after the oldest hundred were erased, want 200", n)
	}
}
