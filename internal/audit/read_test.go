package audit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

// TestBetween_FindsTheEventsOfATime compares what is found by halving numbers
// with all there is, for many spans, and with numbers missing.
func TestBetween_FindsTheEventsOfATime(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))
	d := dbtest.New(t, dbtest.WithClock(clock))
	began := db.At(clock.Now())
	for i := range 60 {
		clock.Advance(time.Duration(i%7) * time.Second)
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			audit.Tell(tx, audit.Event{Kind: audit.Joined, UserID: fmt.Sprintf("usr_%d", i%3), VerificationID: fmt.Sprintf("ver_%d", i)})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`DELETE FROM events WHERE number < 5 OR number > 20 AND number < 30`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := between(t, d, 0, began.Add(time.Hour), 1000)
	if len(all) < 40 {
		t.Fatalf("%d events in all", len(all))
	}
	for from := time.Duration(-20) * time.Second; from < 220*time.Second; from += 7 * time.Second {
		since, until := began.Add(from), began.Add(from+30*time.Second)
		want := slices.Collect(func(yield func(audit.Happened) bool) {
			for _, h := range all {
				if h.At >= since && h.At < until && !yield(h) {
					return
				}
			}
		})
		for _, most := range []int{1, 3, 100} {
			if diff := cmp.Diff(want, between(t, d, since, until, most)); diff != "" {
				t.Errorf("from %v by %d:\n%s", from, most, diff)
			}
		}
	}
	err = d.View(t.Context(), func(tx *db.Tx) error {
		list, err := audit.OfUser(tx, "usr_1", 0, began.Add(time.Hour), 5)
		if len(list) != 5 || list[0].At < list[4].At || list[0].UserID != "usr_1" {
			t.Errorf("of a member: %+v", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// between reads the events of a time, so many at once.
func between(t *testing.T, d *db.DB, since, until db.Time, most int) (found []audit.Happened) {
	t.Helper()
	for last := int64(0); ; {
		err := d.View(t.Context(), func(tx *db.Tx) (err error) {
			last, err = audit.Between(tx, since, until, last, most, func(h audit.Happened) error {
				found = append(found, h)
				return nil
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if last == 0 {
			return found
		}
	}
}

func TestBetween_OfNoEventsIsNothing(t *testing.T) {
	t.Parallel()
	if found := between(t, dbtest.New(t), 0, 1<<60, 10); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
