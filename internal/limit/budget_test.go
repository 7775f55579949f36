package limit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
)

var why = limit.Act{Actor: "opr_1", From: "203.0.113.0/24", Reason: "an advertisement begins"}

func setBudget(t rapidOrTest, l *limit.Limits, rule limit.Rule, application string, most int) {
	t.Helper()
	if err := l.SetBudget(context.Background(), rule, application, most, why); err != nil {
		t.Fatalf("setting a budget: %v", err)
	}
}

// takeAll takes permits until there is none, and returns how many there were.
func takeAll(t rapidOrTest, l *limit.Limits, c limit.Case) (n int) {
	t.Helper()
	for n < 10_000 {
		if _, ok := permit(t, l, c, false); !ok {
			break
		}
		n++
	}
	return n
}

func TestSetBudget_HoldsOnEveryNodeAtTheNextSlice(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	c := plenty
	c.ApplicationPerMinute = 5
	all := nodes(t, 2, c, clock)
	setBudget(t, all[0], limit.Application, "", 9)
	setBudget(t, all[0], limit.Application, "own", 2)
	if n := takeAll(t, all[1], application("a")); n != 9 {
		t.Errorf("the other node let %d texts through, want the new nine", n)
	}
	if n := takeAll(t, all[1], application("own")); n != 2 {
		t.Errorf("an application with a budget of its own was let through %d times, want 2", n)
	}
	if most, left, _, _ := all[1].Quota("a"); most != 9 || left != 0 {
		t.Errorf("its quota is %d of %d", left, most)
	}
	if err := all[1].ResetBudget(t.Context(), limit.Application, "own", why); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Minute)
	if n := takeAll(t, all[0], application("own")); n != 9 {
		t.Errorf("after its own budget was taken back it was let through %d times, want 9", n)
	}
}

// TestSetBudget_GivesSlicesBackWithinASecond lowers the day's won while a node
// holds a slice of it.
func TestSetBudget_GivesSlicesBackWithinASecond(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	all := nodes(t, 2, plenty, clock)
	if err := all[1].Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 7 { // grants grow: some are held
		permit(t, all[1], application("a"), false)
	}
	setBudget(t, all[0], limit.Won, "", 0)
	clock.Advance(900 * time.Millisecond)
	if err := all[1].Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := permit(t, all[1], application("a"), true); ok {
		t.Error("a slice of the old budget was used after the change was known")
	}
}

// TestSetBudget_NoMinuteHoldsMoreThanTheNewOne changes budgets at random times
// while two nodes hold, use, return and lose slices. From two seconds after a
// change no minute holds more than it allows, and never more than the largest of
// the budgets that held within it.
func TestSetBudget_NoMinuteHoldsMoreThanTheNewOne(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	url := dbtest.URL(t)
	databases := []*db.DB{dbtest.Open(t, url, dbtest.WithClock(clock)), dbtest.Open(t, url, dbtest.WithClock(clock))}
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		runs++
		clock.Advance(48 * time.Hour)
		c := plenty
		c.ApplicationPerMinute = 10
		boot := func(i int) *limit.Limits { return limit.New(limit.Options{DB: databases[i], Ceilings: &c}) }
		all := []*limit.Limits{boot(0), boot(1)}
		app := application(fmt.Sprint("app", runs))
		type change struct {
			at   time.Time
			most int
		}
		changes := []change{{clock.Now().Add(-time.Hour), 10}}
		var used []time.Time
		for range rapid.IntRange(20, 60).Draw(r, "steps") {
			clock.Advance(rapid.SampledFrom([]time.Duration{
				0, 0, 0, time.Millisecond, 400 * time.Millisecond, 1999 * time.Millisecond, 2 * time.Second, 20 * time.Second, 58 * time.Second,
			}).Draw(r, "gap"))
			i := rapid.IntRange(0, 1).Draw(r, "node")
			switch rapid.IntRange(0, 12).Draw(r, "what") {
			case 0:
				most := rapid.SampledFrom([]int{1, 2, 5, 10, 20}).Draw(r, "most")
				setBudget(r, all[i], limit.Application, app.Application, most)
				changes = append(changes, change{clock.Now(), most})
			case 1:
				all[i] = boot(i)
			case 2:
				if err := all[i].Tend(context.Background()); err != nil {
					r.Fatalf("tending: %v", err)
				}
			default:
				p, ok := permit(r, all[i], app, rapid.Bool().Draw(r, "priority"))
				if !ok {
					continue
				}
				clock.Advance(rapid.SampledFrom([]time.Duration{0, 0, time.Second, 3 * time.Second}).Draw(r, "waits"))
				if err := databases[i].View(context.Background(), func(tx *db.Tx) error { return p.Check(tx) }); err != nil {
					all[i].GiveBack(p)
					continue
				}
				used = append(used, clock.Now())
			}
		}
		for first := range used {
			n := 0
			for _, at := range used[first:] {
				if at.Sub(used[first]) < time.Minute {
					n++
				}
			}
			most := 0
			for i, c := range changes {
				ended := i+1 < len(changes) && !changes[i+1].at.Add(2*time.Second).After(used[first])
				if !ended && c.at.Before(used[first].Add(time.Minute)) {
					most = max(most, c.most)
				}
			}
			if n > most {
				r.Fatalf("%d texts in the minute from %v, of which %d were allowed at most: %v", n, used[first], most, changes)
			}
		}
	})
}

func TestSetBudget_IsRecordedWithBeforeAndAfter(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	c := plenty
	l := limit.New(limit.Options{DB: d, Ceilings: &c})
	setBudget(t, l, limit.Won, "", 70_000)
	setBudget(t, l, limit.Won, "", 90_000)
	if err := l.ResetBudget(t.Context(), limit.Won, "", why); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := d.View(t.Context(), func(tx *db.Tx) error {
		list, _, err := audit.List(tx, audit.Filter{})
		for _, k := range list {
			if k.Actor != why.Actor || k.From != why.From {
				t.Errorf("the record is by %s from %s", k.Actor, k.From)
			}
			got = append(got, k.Act+" "+k.Subject+" "+k.Detail)
		}
		return err
	})
	want := []string{
		"limits budget reset won_per_day 90000 -> settings: an advertisement begins",
		"limits budget set won_per_day 70000 -> 90000: an advertisement begins",
		"limits budget set won_per_day settings -> 70000: an advertisement begins",
	}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the records are %q (%v), want %q", got, err, want)
	}
}

func TestSetBudget_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	c := plenty
	l := limit.New(limit.Options{DB: dbtest.New(t), Ceilings: &c})
	for _, b := range []limit.Budget{
		{Rule: limit.Won, Most: -1}, {Rule: limit.Won, Most: 1_000_000_001}, {Rule: limit.Application, Most: 0},
		{Rule: limit.Installation, Most: 1_000_001}, {Rule: limit.NumberSends, Most: 5}, {Rule: limit.Won, Most: 5, Application: "app"},
	} {
		if err := l.SetBudget(t.Context(), b.Rule, b.Application, b.Most, why); !errors.Is(err, limit.ErrBudgetInvalid) {
			t.Errorf("%+v: %v, want ErrBudgetInvalid", b, err)
		}
	}
	if err := l.ResetBudget(t.Context(), limit.Won, "", why); !errors.Is(err, limit.ErrBudgetUnset) {
		t.Errorf("taking back what was never put: %v", err)
	}
	for _, reason := range []string{"", "  ", strings.Repeat("가", 201)} {
		if err := l.SetBudget(t.Context(), limit.Won, "", 5, limit.Act{Actor: "opr_1", Reason: reason}); !errors.Is(err, audit.ErrReason) {
			t.Errorf("a reason of %d letters: %v, want ErrReason", len([]rune(reason)), err)
		}
	}
}

func TestStanding_TellsWhatIsUsed(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.Open(t, dbtest.URL(t), dbtest.WithClock(clock))
	c := limit.Ceilings{ApplicationPerMinute: 10, InstallationPerMinute: 100, WonPerDay: 1000}
	l := limit.New(limit.Options{DB: d, Ceilings: &c})
	setBudget(t, l, limit.Application, "b", 3)
	takeAll(t, l, application("b"))
	standing := func() limit.Standing {
		t.Helper()
		s, err := l.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := standing()
	if s.Day != 60 || s.WonPerDay != 1000 || s.Installation != (limit.Minute{Used: 3, Most: 100}) {
		t.Errorf("the standing is %+v", s)
	}
	if len(s.Applications) != 1 || s.Applications[0] != (limit.Minute{Application: "b", Used: 3, Most: 3}) {
		t.Errorf("the applications are %+v", s.Applications)
	}
	if len(s.Budgets) != 4 || s.Budgets[3].Most != 3 || s.Budgets[3].Setting != 10 || s.Budgets[0].Set {
		t.Errorf("the budgets are %+v", s.Budgets)
	}
	clock.Advance(2 * time.Minute)
	if s := standing(); s.Installation.Used != 0 || len(s.Applications) != 0 || s.Day != 60 {
		t.Errorf("two minutes later the standing is %+v", s)
	}
}

func TestDecidedHours_AddUpWhatWasDecided(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.Open(t, dbtest.URL(t), dbtest.WithClock(clock))
	c := plenty
	c.WonPerDay = 0
	l := limit.New(limit.Options{DB: d, Ceilings: &c})
	first := start.Unix() / 3600
	for range 2 {
		for range 3 {
			permit(t, l, application("a"), false)
		}
		if err := l.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
	}
	clock.Advance(time.Hour)
	permit(t, l, application("a"), false)
	if err := l.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	count := func() []limit.DecidedHour {
		t.Helper()
		list, err := l.DecidedHours(t.Context(), first, first+24)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	list := count()
	if len(list) != 2 || list[0] != (limit.DecidedHour{Hour: first, Rule: limit.Won, Outcome: limit.Refused, Times: 6}) || list[1].Times != 1 {
		t.Errorf("the hours are %+v", list)
	}
	clock.Advance(31 * 24 * time.Hour)
	if _, err := l.EraseRows(t.Context(), db.At(clock.Now().Add(-limit.RowsKept))); err != nil {
		t.Fatal(err)
	}
	if list := count(); len(list) != 0 {
		t.Errorf("a month later there are still %+v", list)
	}
}
