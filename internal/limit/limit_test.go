package limit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
)

var start = time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC)

// window is a promise: no more than most admissions in any stretch of length.
type window struct {
	most   int
	length time.Duration
}

var (
	sendWindows  = []window{{1, 30 * time.Second}, {5, time.Hour}, {10, 24 * time.Hour}}
	guessWindows = []window{{10, time.Hour}, {20, 24 * time.Hour}, {60, 30 * 24 * time.Hour}}
)

// take runs one act that does nothing but take a limit, and reports whether
// it was admitted.
func take(t rapidOrTest, d *db.DB, act func(tx *db.Tx)) bool {
	t.Helper()
	err := d.Update(context.Background(), func(tx *db.Tx) error {
		act(tx)
		return nil
	})
	if err != nil && !errors.Is(err, limit.ErrNumber) {
		t.Fatalf("taking a limit: %v", err)
	}
	return err == nil
}

// text is one text to a number, for a subject.
func text(number []byte, subject string) *limit.Text {
	return &limit.Text{Case: limit.Case{Number: number}, Lane: limit.Open, Subject: subject}
}

// guess is one code of a number under check.
func guess(number []byte, lane limit.Lane) *limit.Guess {
	return &limit.Guess{Case: limit.Case{Number: number}, Lane: lane}
}

type rapidOrTest interface {
	Helper()
	Fatalf(format string, args ...any)
}

// TestWindows_NeverAdmitOneMore drives random histories of attempts and looks
// at every stretch between admissions.
func TestWindows_NeverAdmitOneMore(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	limits := limit.New(limit.Options{DB: d})
	var runs byte
	gaps := []time.Duration{
		0, time.Microsecond, time.Second, 30*time.Second - time.Microsecond, 30 * time.Second, time.Minute,
		12 * time.Minute, 30 * time.Minute, time.Hour - time.Microsecond, time.Hour, 4 * time.Hour, 24 * time.Hour, 36 * time.Hour,
	}
	rapid.Check(t, func(r *rapid.T) {
		runs++
		number := []byte{runs, byte(rapid.IntRange(0, 255).Draw(r, "number"))}
		if rapid.Bool().Draw(r, "sends") {
			history(r, clock, gaps, sendWindows, func() bool {
				return take(r, d, func(tx *db.Tx) { limits.Send(tx, text(number, "id")) })
			})
			return
		}
		// A number's row exists once something was sent to it.
		clock.Advance(48 * time.Hour)
		take(r, d, func(tx *db.Tx) { limits.Send(tx, text(number, "id")) })
		history(r, clock, gaps, guessWindows, func() bool {
			return take(r, d, func(tx *db.Tx) { limits.Wrong(tx, guess(number, limit.Open)) })
		})
	})
}

func history(r *rapid.T, clock *dbtest.Clock, gaps []time.Duration, windows []window, admit func() bool) {
	var admitted []time.Time
	for _, gap := range rapid.SliceOfN(rapid.SampledFrom(gaps), 20, 60).Draw(r, "gaps") {
		clock.Advance(gap)
		if admit() {
			admitted = append(admitted, clock.Now())
		}
	}
	if len(admitted) == 0 {
		r.Fatalf("nothing was admitted at all")
	}
	for _, w := range windows {
		for i := w.most; i < len(admitted); i++ {
			if span := admitted[i].Sub(admitted[i-w.most]); span < w.length {
				r.Fatalf("%d admissions within %v: the promise is %d in %v", w.most+1, span, w.most, w.length)
			}
		}
	}
}

func TestSend_AdmitsTheWholeLimit(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	limits := limit.New(limit.Options{DB: d})
	send := func() bool {
		return take(t, d, func(tx *db.Tx) { limits.Send(tx, text([]byte("number"), "id")) })
	}
	for i := range 5 {
		if !send() {
			t.Fatalf("send %d of 5 in the hour was refused", i+1)
		}
		if send() {
			t.Fatal("a second send within 30 s was admitted")
		}
		clock.Advance(30 * time.Second)
	}
	if send() {
		t.Fatal("a sixth send within the hour was admitted")
	}
	clock.Set(start.Add(time.Hour))
	if !send() {
		t.Fatal("a send an hour after the first was refused")
	}
}

func TestWrong_AdmitsAVerificationsWorthAndNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	limits := limit.New(limit.Options{DB: d})
	number := []byte("number")
	if !take(t, d, func(tx *db.Tx) { limits.Send(tx, text(number, "id")) }) {
		t.Fatal("the first send was refused")
	}
	admits := func() (yes bool) {
		t.Helper()
		err := d.View(t.Context(), func(tx *db.Tx) error {
			args := append([]any{number}, limits.Spent(limit.Open, tx.Now, false)...)
			return tx.Row(`SELECT `+limit.Admits(limit.Open, "$1", "", 2), args...).Scan(&yes)
		})
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	wrong := 0
	for admits() {
		if !take(t, d, func(tx *db.Tx) { limits.Wrong(tx, guess(number, limit.Open)) }) {
			t.Fatal("the condition admits what the limit refuses")
		}
		wrong++
	}
	if wrong < 5 || wrong > 10 {
		t.Fatalf("%d wrong checks in a row were admitted, want at least a verification's 5 and at most 10", wrong)
	}
	if take(t, d, func(tx *db.Tx) { limits.Wrong(tx, guess(number, limit.Open)) }) {
		t.Fatal("the limit admits what the condition refuses")
	}
}

func TestRefusal_TellsTheWaitExactly(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	limits := limit.New(limit.Options{DB: d})
	number := []byte("number")
	act := func(tx *db.Tx) { limits.Send(tx, text(number, "id")) }
	take(t, d, act)
	clock.Advance(12 * time.Second)
	if take(t, d, act) {
		t.Fatal("a second send within 30 s was admitted")
	}
	var refusal *fault.Error
	err := d.View(t.Context(), func(tx *db.Tx) error {
		_, refused := limits.Refusal(tx, text(number, "id"), limit.ErrNumber)
		refusal = fault.As(refused)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if refusal == nil || refusal.RetryAfter != 18*time.Second {
		t.Fatalf("refusal = %+v, want a wait of 18s", refusal)
	}
	if err := limits.Held(limit.Case{Number: number}, d.Now()); !errors.Is(err, limit.ErrNumber) {
		t.Fatalf("a refused number is not held in memory: %v", err)
	}
	clock.Advance(18 * time.Second)
	if err := limits.Held(limit.Case{Number: number}, d.Now()); err != nil {
		t.Fatalf("the number is still held after its wait: %v", err)
	}
	if !take(t, d, act) {
		t.Fatal("the send was refused after its wait")
	}
}

func TestSendsLeft_CountsDownAndClearGivesThemBack(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	limits := limit.New(limit.Options{DB: d})
	number := []byte("number")
	send := func(tx *db.Tx) { limits.Send(tx, text(number, "id")) }
	left := func() (n int) {
		t.Helper()
		err := d.View(t.Context(), func(tx *db.Tx) (err error) {
			n, err = limits.SendsLeft(tx, number)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for want := 5; want >= 0; want-- {
		if got := left(); got != want {
			t.Fatalf("%d sends left, want %d", got, want)
		}
		if want > 0 && !take(t, d, send) {
			t.Fatalf("a send was refused with %d left", want)
		}
		clock.Advance(30 * time.Second)
	}
	if take(t, d, send) {
		t.Fatal("a send was admitted with none left")
	}
	take(t, d, func(tx *db.Tx) { limits.Clear(tx, number) })
	if got := left(); got != 5 {
		t.Fatalf("%d sends left after clearing, want 5", got)
	}
	if err := limits.Held(limit.Case{Number: number}, d.Now()); err != nil {
		t.Fatalf("a cleared number is still held: %v", err)
	}
	if !take(t, d, send) {
		t.Fatal("a send was refused after clearing")
	}
}

// TestFrom_FindsWhatTheHoursSendsWereFor sends as much as an hour admits, for
// subjects of which one is sent for twice, and looks them up.
func TestFrom_FindsWhatTheHoursSendsWereFor(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	limits := limit.New(limit.Options{DB: d})
	number := []byte("number")
	take(t, d, func(tx *db.Tx) { tx.Exec(`CREATE TABLE errands (id TEXT NOT NULL PRIMARY KEY)`) })
	take(t, d, func(tx *db.Tx) {
		tx.Exec(`INSERT INTO errands (id) VALUES ('a'), ('b'), ('c'), ('d'), ('e'), ('f')`)
		limits.Send(tx, text([]byte("another"), "f"))
	})
	subjects := func() (ids string) {
		t.Helper()
		err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT id`+limit.From("errands")+` ORDER BY id`, []any{number}, func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				ids += id
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	if got := subjects(); got != "" {
		t.Fatalf("a number never sent to has subjects %q", got)
	}
	for i, c := range []struct{ subject, want string }{{"a", "a"}, {"b", "ab"}, {"b", "ab"}, {"c", "abc"}, {"d", "abcd"}} {
		if !take(t, d, func(tx *db.Tx) { limits.Send(tx, text(number, c.subject)) }) {
			t.Fatalf("send %d was refused", i+1)
		}
		if take(t, d, func(tx *db.Tx) { limits.Send(tx, text(number, "e")) }) {
			t.Fatal("a second send within 30 s was admitted")
		}
		if got := subjects(); got != c.want {
			t.Fatalf("after send %d the subjects are %q, want %q", i+1, got, c.want)
		}
		clock.Advance(31 * time.Second)
	}
}
