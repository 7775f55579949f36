package faults

import (
	"math"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/sinpyo/sinpyo/test/kit"
)

// A round of the parallel acts has a thousand of them at once, or a hundred: the
// winner is decided in one guarded update, and what a race needs is two that meet
// there, which a hundred bring about as well. Each of the 200 rounds has its own
// verification.
const (
	manyAtOnce = 1000
	someAtOnce = 100
	manyOf     = 10 // rounds, of which one has a thousand

	parallelNote = "a round in ten has 1,000 at once and the others 100: what decides is one guarded update, at which two have to meet"
)

// crowd is how many act at once in a round.
func crowd(round int) int {
	if round%manyOf == manyOf-1 {
		return manyAtOnce
	}
	return someAtOnce
}

// parallel is a line whose figures are those of a driver of its own: nothing of
// it is counted by a tally but the texts.
func parallel(t *testing.T, fault string) *tally {
	t.Helper()
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick}), fault)
	y.Note = parallelNote
	y.Recovery = kit.NotMeasured
	return y
}

// TestFaults_ParallelChecks submits many codes at once, the right one among them
// in some place: no more than five are compared, and one is approved at most.
func TestFaults_ParallelChecks(t *testing.T) {
	t.Parallel()
	rounds := kit.Times(t, 200, 5)
	y := parallel(t, "1,000 parallel checks")
	found, chance := 0, 0.0
	for round := range rounds {
		number := y.Number()
		v := y.Start(y.Any(round), number)
		y.Accepted++
		code := y.Code(number)
		y.Sent++
		n := crowd(round)
		chance += 5 / float64(n)
		right := round * 17 % n
		var pending, approved, wrong atomic.Int64
		kit.Together(n, func(i int) {
			guess := kit.Other(code, i%999) // there are no more of them
			if i == right {
				guess = code
			}
			c, a := y.TryCheck(y.Any(i), v.ID, guess)
			switch {
			case a.Status != http.StatusOK || a.Err != nil:
				t.Errorf("a guess was answered %v", a)
			case c.Approved && i != right:
				wrong.Add(1)
			case c.Approved:
				approved.Add(1)
			case c.Status == "pending":
				pending.Add(1)
			}
		})
		y.Injected++
		y.ApprovedWrong += int(wrong.Load())
		y.ApprovedTwice += int(max(0, approved.Load()-1))
		y.BudgetOvershoot += int(max(0, pending.Load()-4)) // the fifth wrong one locks
		found += int(approved.Load())
		if status := y.Read(y.B(), v.ID).Status; approved.Load() == 0 && status != "locked" {
			t.Errorf("after %d guesses the verification is %s", n, status)
		}
	}
	y.Approved = found
	// Five guesses of a round are compared: six standard deviations more codes that
	// are found would be a sixth and beyond.
	if most := chance + 6*math.Sqrt(chance) + 1; float64(found) > most {
		t.Errorf("%d of %d rounds found the code, want at most %.0f: more than five guesses are compared", found, rounds, most)
	}
	y.TokenReuse, y.Duplicated, y.Lost = kit.NotMeasured, kit.NotMeasured, kit.NotMeasured
	y.report()
}

// TestFaults_ParallelCreates asks for texts to one number at once: one is sent.
func TestFaults_ParallelCreates(t *testing.T) {
	t.Parallel()
	rounds := kit.Times(t, 200, 5)
	y := parallel(t, "1,000 parallel creates")
	for round := range rounds {
		number := y.Number()
		var admitted atomic.Int64
		var id atomic.Value
		kit.Together(crowd(round), func(i int) {
			switch a := y.TryStart(y.Any(i), number); {
			case a.Status == http.StatusCreated:
				admitted.Add(1)
				id.Store(a.Field("id"))
			case a.Code() != "number_limited" || a.RetryAfter() <= 0:
				t.Errorf("a start was answered %v, to try again in %v", a, a.RetryAfter())
			}
		})
		y.Injected++
		y.BudgetOvershoot += int(max(0, admitted.Load()-1))
		if admitted.Load() == 0 {
			t.Error("nobody was admitted")
			continue
		}
		y.starts = append(y.starts, &asked{number: number, id: id.Load().(string)})
	}
	y.report()
}

// TestFaults_ParallelRedeems submits a right code many times at once, and then
// its receipt: one approval, one use.
func TestFaults_ParallelRedeems(t *testing.T) {
	t.Parallel()
	rounds := kit.Times(t, 200, 5)
	y := parallel(t, "1,000 parallel token uses")
	for round := range rounds {
		number := y.Number()
		v := y.Start(y.Any(round), number)
		y.Accepted++
		code := y.Code(number)
		y.Sent++
		var approved, used atomic.Int64
		var receipt atomic.Value
		kit.Together(someAtOnce, func(i int) {
			if c, _ := y.TryCheck(y.Any(i), v.ID, code); c.Approved {
				approved.Add(1)
				receipt.Store(c.Receipt)
			}
		})
		y.Approved += int(approved.Load())
		y.ApprovedTwice += int(max(0, approved.Load()-1))
		if approved.Load() == 0 {
			t.Error("a right code was not approved")
			continue
		}
		kit.Together(crowd(round), func(i int) {
			body := kit.Fields{"receipt": receipt.Load(), "purpose": "signup"}
			switch a := y.Call(y.Any(i), http.MethodPost, "/v1/receipts/redeem", body); {
			case a.Status == http.StatusOK:
				used.Add(1)
			case a.Code() != "receipt_used":
				t.Errorf("a receipt was answered %v", a)
			}
		})
		y.Injected++
		y.TokenReuse += int(max(0, used.Load()-1))
		if used.Load() == 0 {
			t.Error("a receipt could not be used")
		}
	}
	y.BudgetOvershoot, y.ApprovedWrong, y.Duplicated, y.Lost = kit.NotMeasured, kit.NotMeasured, kit.NotMeasured, kit.NotMeasured
	y.report()
}
