package faults

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// TestFaults_BudgetsHoldWhileKilled gives an installation the won of a day for so
// many texts and kills its nodes while people ask for more than that. What counts
// is the provider's purse. The same people ask again and again, so that the
// limits of a number are met as well.
func TestFaults_BudgetsHoldWhileKilled(t *testing.T) {
	t.Parallel()
	const (
		won    = 20 // a text
		perDay = 250 * won
		purse  = 1_000_000
		people = 8
	)
	kills := kit.Times(t, 50, 4)
	y := newTally(nil, "killed while budgets are spent")
	y.Note = "the provider's purse is compared with the day's won, and the texts of each number with one in 30 s and five in an hour; " +
		"lost is what was answered and got no text"
	chance := rand.New(rand.NewPCG(1, 0))
	for y.Injected < kills {
		w := kit.NewWorld(t, kit.Setup{
			Settings: append([]string{"SINPYO_LIMITS_WON_PER_DAY=5000"}, quick...),
			Sandbox:  []sandbox.Option{sandbox.WithBalance(purse, 0)},
		})
		y.World = w
		var numbers []string
		for range 3 * people {
			numbers = append(numbers, w.Number())
		}
		for range min(10, kills-y.Injected) {
			y.spend(numbers[:2*people], people, time.Duration(50+chance.Int64N(100))*time.Millisecond)
			n := w.Nodes[chance.IntN(len(w.Nodes))]
			n.Kill()
			y.Injected++
			end := time.Now()
			n.Up()
			y.WaitFor(kit.Patience, "a decision on a start", func() bool {
				return y.TryStart(n, w.Number()).Status != 0
			})
			y.Recovery = max(y.Recovery, time.Since(end))
		}
		y.Wait("the day's won to be spent", func() bool {
			y.spend(nil, people, 100*time.Millisecond)
			return y.TryStart(y.A(), y.Number()).Code() == "budget_spent"
		})
		y.atRest()
		if spent := int(purse - w.Provider.Money().Balance); spent > perDay {
			y.BudgetOvershoot += (spent - perDay + won - 1) / won
			t.Errorf("the provider took %d won of %d", spent, perDay)
		}
		y.beyondNumbers()
		y.Leaks += len(w.ListLeaks())
	}
	y.TokenReuse, y.Approved, y.ApprovedWrong, y.ApprovedTwice = kit.NotMeasured, kit.NotMeasured, kit.NotMeasured, kit.NotMeasured
	y.report()
}

// spend has people ask for a while, each for one of the numbers or, without any,
// for one of its own.
func (y *tally) spend(numbers []string, people int, d time.Duration) {
	y.Helper()
	var all sync.WaitGroup
	until := time.Now().Add(d)
	for i := range people {
		all.Go(func() {
			for turn := i; time.Now().Before(until); turn++ {
				number := y.Number()
				if turn%3 > 0 && len(numbers) > 0 {
					number = numbers[turn%len(numbers)]
				}
				a := y.TryStart(y.Any(turn), number)
				switch {
				case a.Status == http.StatusCreated:
					y.mu.Lock()
					y.starts = append(y.starts, &asked{number: number, id: a.Field("id")})
					y.waits = append(y.waits, a.Took)
					y.mu.Unlock()
				case a.Status == 0 || a.Status >= 500, a.Code() == "number_limited":
				default:
					y.Errorf("a start was answered %v", a)
				}
				time.Sleep(breath)
			}
		})
	}
	all.Wait()
}

// atRest waits until what was answered has left, and counts it.
func (y *tally) atRest() {
	y.Helper()
	for _, s := range y.starts {
		y.Accepted++
		if status := y.ended(s.id); status == "accepted" || status == "delivered" {
			y.Sent++
		} else {
			y.Lost++
			y.Errorf("an answered start ended as %s", status)
		}
	}
	y.starts = nil
}

// beyondNumbers counts the texts that a number got within 30 s of another, and
// beyond the fifth.
func (y *tally) beyondNumbers() {
	y.Helper()
	at := map[string][]time.Time{}
	for _, text := range y.Provider.Handset("") {
		at[text.To] = append(at[text.To], text.AcceptedAt)
	}
	for _, times := range at {
		y.BudgetOvershoot += max(0, len(times)-5)
		for i := 1; i < len(times); i++ { // the newest first
			if times[i-1].Sub(times[i]) < 29*time.Second { // the way there may take longer than the way of the next
				y.BudgetOvershoot++
			}
		}
	}
}
