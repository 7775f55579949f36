package limit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// refusedBy runs an act and returns its refusal, or nil.
func refusedBy(t *testing.T, d *db.DB, act func(tx *db.Tx)) error {
	t.Helper()
	return d.Update(context.Background(), func(tx *db.Tx) error {
		act(tx)
		return nil
	})
}

func begin(lane limit.Lane, device limit.Device) *limit.Text {
	return &limit.Text{
		Case: limit.Case{Number: []byte("number")}, Lane: lane, Device: device, Subject: "id", Begins: true,
	}
}

// spend takes wrong checks of a lane until it refuses, and returns how many.
func spend(t *testing.T, d *db.DB, l *limit.Limits, g *limit.Guess, most int) int {
	t.Helper()
	for n := range most {
		if refusedBy(t, d, func(tx *db.Tx) { l.Wrong(tx, g) }) != nil {
			return n
		}
	}
	return most
}

func TestWrong_LanesDoNotSpendEachOther(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	device := limit.NewDevice([]byte("device"))
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Open, limit.Device{})) }); err != nil {
		t.Fatal(err)
	}
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Trusted, device)) }); err != nil {
		t.Fatalf("a trusted browser within 30 s of a stranger: %v", err)
	}
	if n := spend(t, d, l, guess([]byte("number"), limit.Open), 20); n != 8 {
		t.Errorf("%d wrong checks at once in the open lane, want 8", n)
	}
	clock.Advance(30 * time.Second)
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Open, limit.Device{})) }); !errors.Is(err, limit.ErrNumber) {
		t.Errorf("a start in the spent lane: %v, want ErrNumber", err)
	}
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Long, limit.Device{})) }); err != nil {
		t.Errorf("a start in the long lane: %v", err)
	}
	if n := spend(t, d, l, guess([]byte("number"), limit.Long), 60); n != 40 {
		t.Errorf("%d wrong checks at once in the long lane, want 40", n)
	}
	trusted := guess([]byte("number"), limit.Trusted)
	trusted.Device = device
	if n := spend(t, d, l, trusted, 20); n != 8 {
		t.Errorf("%d wrong checks at once of the trusted browser, want 8", n)
	}
}

func TestDevice_HasItsOwnTexts(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	device := limit.NewDevice([]byte("device"))
	var sent []time.Time
	for range 80 {
		err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Trusted, device)) })
		if err != nil && !errors.Is(err, limit.ErrDevice) {
			t.Fatal(err)
		}
		if err == nil {
			sent = append(sent, clock.Now())
		}
		clock.Advance(20 * time.Minute)
	}
	for _, w := range []window{{3, time.Hour}, {6, 24 * time.Hour}} {
		for i := w.most; i < len(sent); i++ {
			if span := sent[i].Sub(sent[i-w.most]); span < w.length {
				t.Errorf("%d texts of a trusted browser within %v", w.most+1, span)
			}
		}
	}
	if len(sent) != 12 { // six in each of two days
		t.Errorf("%d texts in 80 tries, want 12", len(sent))
	}
}

func TestWrong_AHundredInARowLockTheNumber(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	number := []byte("number")
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Open, limit.Device{})) }); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for day := 0; wrong < 100 && day < 10; day++ {
		wrong += spend(t, d, l, guess(number, limit.Long), 100-wrong)
		clock.Advance(24 * time.Hour)
	}
	refusal := func(text *limit.Text) (err error) {
		refused := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, text) })
		if refused == nil {
			return nil
		}
		if viewed := d.View(t.Context(), func(tx *db.Tx) error {
			_, err = l.Refusal(tx, text, refused)
			return nil
		}); viewed != nil {
			t.Fatal(viewed)
		}
		return err
	}
	for _, lane := range []limit.Lane{limit.Open, limit.Long} {
		if err := refusal(begin(lane, limit.Device{})); !errors.Is(err, limit.ErrLocked) {
			t.Errorf("a start in the lane %s after 100 wrong checks in a row: %v, want ErrLocked", lane, err)
		}
	}
	if err := refusal(begin(limit.Trusted, limit.NewDevice([]byte("device")))); !errors.Is(err, limit.ErrLocked) {
		t.Errorf("a start of a trusted browser: %v, want ErrLocked", err)
	}
	if err := refusal(begin(limit.Recovering, limit.Device{})); err != nil {
		t.Fatalf("a recovery of a locked number: %v", err)
	}
	if n := spend(t, d, l, guess(number, limit.Recovering), 200); n != 100 {
		t.Errorf("%d wrong checks of recoveries, want 100", n)
	}
	clock.Advance(24 * time.Hour)
	if err := refusal(begin(limit.Recovering, limit.Device{})); !errors.Is(err, limit.ErrLocked) {
		t.Errorf("a recovery after 100 wrong ones: %v, want ErrLocked", err)
	}
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Clear(tx, number) }); err != nil {
		t.Fatal(err)
	}
	if err := refusal(begin(limit.Open, limit.Device{})); err != nil {
		t.Errorf("a start after clearing: %v", err)
	}
}

func TestRight_EndsTheRow(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, dbtest.WithClock(dbtest.NewClock(start)))
	l := limit.New(limit.Options{DB: d})
	number := []byte("number")
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, begin(limit.Open, limit.Device{})) }); err != nil {
		t.Fatal(err)
	}
	spend(t, d, l, guess(number, limit.Long), 30)
	left := func() (n int) {
		t.Helper()
		for _, u := range usage(t, d, l, number) {
			if u.Of == "number, in a row" {
				n = u.Left
			}
		}
		return n
	}
	if got := left(); got != 70 {
		t.Fatalf("%d of a row are left after 30 wrong checks, want 70", got)
	}
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Right(tx, number) }); err != nil {
		t.Fatal(err)
	}
	if got := left(); got != 100 {
		t.Fatalf("%d of a row are left after a right one, want 100", got)
	}
}

func usage(t *testing.T, d *db.DB, l *limit.Limits, number []byte) (uses []limit.Use) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		uses, err = l.Usage(tx, number)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return uses
}

func TestUsage_ListsTrustedBrowsersToo(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	if err := refusedBy(t, d, func(tx *db.Tx) {
		l.Send(tx, begin(limit.Open, limit.Device{}))
		l.Send(tx, begin(limit.Trusted, limit.NewDevice([]byte("device"))))
	}); err != nil {
		t.Fatal(err)
	}
	left := map[string]int{}
	for _, u := range usage(t, d, l, []byte("number")) {
		left[u.Of+" "+u.What+" "+u.Per.String()] = u.Left
		if u.Per == 30*time.Second && u.Until != db.At(start.Add(30*time.Second)) {
			t.Errorf("the next text is refused until %v", u.Until)
		}
	}
	for what, want := range map[string]int{
		"number texts 30s": 0, "number texts 1h0m0s": 4, "number texts 24h0m0s": 9, "number wrong codes 1h0m0s": 8,
		"trusted browser texts 1h0m0s": 2, "trusted browser texts 24h0m0s": 5, "trusted browser wrong codes 24h0m0s": 14,
	} {
		if got, ok := left[what]; !ok || got != want {
			t.Errorf("%s: %d left (listed: %v), want %d", what, got, ok, want)
		}
	}
}

// TestClear_AnotherProcessIsBelievedWithinASecond clears a number that this one
// remembers as refused.
func TestClear_AnotherProcessIsBelievedWithinASecond(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	url := dbtest.URL(t)
	d, other := dbtest.Open(t, url, dbtest.WithClock(clock)), dbtest.Open(t, url, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	text := begin(limit.Open, limit.Device{})
	for range 2 {
		if refused := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, text) }); refused != nil {
			_ = d.View(t.Context(), func(tx *db.Tx) error { _, err := l.Refusal(tx, text, refused); return err })
		}
	}
	if err := l.Held(text.Case, d.Now()); !errors.Is(err, limit.ErrNumber) {
		t.Fatalf("a refused number is not remembered: %v", err)
	}
	if err := refusedBy(t, other, func(tx *db.Tx) { limit.New(limit.Options{DB: other}).Clear(tx, text.Number) }); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	if err := l.Held(text.Case, d.Now()); err != nil {
		t.Fatalf("a second after clearing: %v", err)
	}
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, text) }); err != nil {
		t.Fatalf("a text after clearing: %v", err)
	}
}
