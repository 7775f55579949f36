package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// TestTouched_ListsWhomALeakConcerns is the drill of S-110: members who were
// texted, one who signed in without a text, and a number that is nobody's.
func TestTouched_ListsWhomALeakConcerns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Clock.Set(time.Now()) // the time that ids are made of
	one, _ := w.join(1)
	two, _ := w.join(2)
	early, silent := one.UserID, two.UserID
	w.Clock.Advance(time.Hour)
	since := w.Clock.Now()
	w.enter(1, "another")
	w.Clock.Advance(time.Minute)
	if _, err := w.EnterByPasskey(t.Context(), silent, account.Browser{}); err != nil {
		t.Fatal(err)
	}
	w.start(verify.Login, 3, verify.Browser("x"))
	w.Clock.Advance(time.Minute)
	until := w.Clock.Now()
	w.start(verify.Login, 4, verify.Browser("y"))

	people := w.touched(since, until)
	var got []string
	for _, p := range people {
		if p.First.Std().Before(since.Truncate(time.Microsecond)) || !p.Last.Std().Before(until) || p.First > p.Last {
			t.Errorf("%s was touched from %s to %s", p.UserID, p.First, p.Last)
		}
		got = append(got, fmt.Sprintf("%s %s", p.UserID, p.Number.Display()))
	}
	want := []string{early + " 010-0000-0001", silent + " 010-0000-0002", " 010-0000-0003"}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the people:\n%s", diff)
	}
	if nobody := w.touched(since.Add(-30*time.Minute), since.Add(-20*time.Minute)); len(nobody) > 0 {
		t.Errorf("in a quiet time: %v", nobody)
	}
	enough := errors.New("enough")
	if err := w.Touched(t.Context(), w.Outbox, since, until, func(account.Person) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("an error of the list: %v", err)
	}
	if text := fmt.Sprintf("%v", people); strings.Contains(text, "00000003") {
		t.Error("a person prints as their number")
	}
}

// touched lists whose data were touched.
func (w *world) touched(since, until time.Time) (people []account.Person) {
	w.Helper()
	err := w.Touched(w.Context(), w.Outbox, since, until, func(p account.Person) error {
		people = append(people, p)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return people
}
