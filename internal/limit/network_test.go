package limit_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// from is a start for a number from a network. Each is sent in a lane without
// budgets of texts, so that the network alone decides.
func from(network string, number int) *limit.Text {
	mac := sha256.Sum256(fmt.Appendf(nil, "%d %s", number, network))
	return &limit.Text{
		Case: limit.Case{Number: mac[:16], Network: []byte(network)},
		Lane: limit.Open, Subject: "id", Begins: true,
	}
}

// sendFrom takes a send and reports whether the network was let through without
// a challenge.
func sendFrom(t rapidOrTest, d *db.DB, l *limit.Limits, s *limit.Text) bool {
	t.Helper()
	err := d.Update(context.Background(), func(tx *db.Tx) error {
		l.Send(tx, s)
		return nil
	})
	if err != nil && !errors.Is(err, limit.ErrChallenge) {
		t.Fatalf("sending: %v", err)
	}
	return err == nil
}

// newNetworks returns limits whose numbers are in shadow: the network alone
// decides.
func newNetworks(d *db.DB) *limit.Limits {
	return limit.New(limit.Options{DB: d, Shadow: []limit.Rule{limit.NumberSends}})
}

func TestNetwork_ThirtyFirstSendOfTheHourAsksForAChallenge(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := newNetworks(d)
	for i := range 30 {
		if !sendFrom(t, d, l, from("net", i%10)) {
			t.Fatalf("send %d of 30 asked for a challenge", i+1)
		}
		clock.Advance(time.Second)
	}
	more := from("net", 1)
	if sendFrom(t, d, l, more) {
		t.Fatal("the 31st send within the hour asked for no challenge")
	}
	var refused error
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		_, refused = l.Refusal(tx, more, limit.ErrChallenge)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if e := fault.As(refused); !errors.Is(refused, limit.ErrChallenge) || e.RetryAfter != time.Hour-29*time.Second {
		t.Fatalf("the refusal is %v after %v", refused, e.RetryAfter)
	}
	more.Solved = true
	if !sendFrom(t, d, l, more) {
		t.Fatal("a solved challenge did not help")
	}
	if !sendFrom(t, d, l, from("other", 1)) {
		t.Fatal("another network is asked too")
	}
	clock.Advance(fault.As(refused).RetryAfter + time.Second) // the solved one counts as well
	if !sendFrom(t, d, l, from("net", 1)) {
		t.Fatal("after the wait the network is still asked")
	}
}

func TestNetwork_EleventhNumberOfTheHourAsksForAChallenge(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := newNetworks(d)
	for i := range 10 {
		if !sendFrom(t, d, l, from("net", i)) {
			t.Fatalf("number %d of 10 asked for a challenge", i+1)
		}
	}
	if sendFrom(t, d, l, from("net", 10)) {
		t.Fatal("the eleventh number within the hour asked for no challenge")
	}
	if !sendFrom(t, d, l, from("net", 3)) {
		t.Fatal("a number of the ten is asked for a challenge")
	}
	clock.Advance(time.Hour + time.Second)
	if !sendFrom(t, d, l, from("net", 10)) {
		t.Fatal("an hour later a new number is asked for a challenge")
	}
}

// TestNetwork_NoWindowHoldsOneTooMany looks at every stretch of random histories
// for sends and for different numbers.
func TestNetwork_NoWindowHoldsOneTooMany(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := newNetworks(d)
	chance := rand.New(rand.NewPCG(20, 21))
	gaps := []time.Duration{
		0, 0, time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour - time.Microsecond, time.Hour,
	}
	for run := range 25 {
		network := fmt.Sprint("net", run)
		type send struct {
			at     time.Time
			number int
		}
		var sent []send
		for range 20 + chance.IntN(150) {
			clock.Advance(gaps[chance.IntN(1+run%len(gaps))])
			number := chance.IntN(15)
			if sendFrom(t, d, l, from(network, number)) {
				sent = append(sent, send{clock.Now(), number})
			}
		}
		for i, last := range sent {
			inHour, inDay, numbers := 0, 0, map[int]bool{}
			for _, s := range sent[:i+1] {
				if last.at.Sub(s.at) < time.Hour {
					inHour++
					numbers[s.number] = true
				}
				if last.at.Sub(s.at) < 24*time.Hour {
					inDay++
				}
			}
			if inHour > 30 || inDay > 100 || len(numbers) > 10 {
				t.Fatalf("%d sends and %d numbers within an hour, %d sends within a day", inHour, len(numbers), inDay)
			}
		}
		clock.Advance(24 * time.Hour)
	}
}
