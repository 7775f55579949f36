package faults

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

// tally asks an installation for texts while something goes wrong, and counts
// afterwards what became of them: from what was answered and from what the
// emulated phones got.
type tally struct {
	*kit.World
	kit.Line

	// mayFail allows texts that are asked for meanwhile to end as failed, where
	// the fault is one that keeps them from leaving.
	mayFail bool

	pause   time.Duration // in place of breath
	counted time.Time     // when it was last

	mu     sync.Mutex
	starts []*asked
	waits  []time.Duration // of answered starts
}

// asked is a start, answered or not.
type asked struct {
	number  string
	id      string // empty when no whole answer came
	mayFail bool
	given   bool // up by who asked: it gets one text or none
}

func newTally(w *kit.World, fault string) *tally {
	return &tally{World: w, Line: kit.Line{Fault: fault}, counted: time.Now()}
}

// againEvery is of how many starts one is asked for a second time at once, which
// no limit of a number allows.
const againEvery = 8

// start asks a node for one text. No answer and 5xx are what faults bring; a
// refusal of any other kind is an error.
func (y *tally) start(n *kit.Node) *asked {
	s := &asked{number: y.Number(), mayFail: y.mayFail}
	a := y.TryStart(n, s.number)
	if a.Status != 0 && a.Status < 500 && a.Status != http.StatusCreated {
		y.Errorf("a start at node %s was refused: %v", n.Name, a)
	}
	if a.Status == http.StatusCreated {
		s.id = a.Field("id")
	}
	y.mu.Lock()
	y.starts = append(y.starts, s)
	if s.id != "" {
		y.waits = append(y.waits, a.Took)
	}
	again := s.id != "" && len(y.waits)%againEvery == 0
	y.mu.Unlock()
	if again && y.TryStart(y.B(), s.number).Status == http.StatusCreated {
		y.mu.Lock()
		y.BudgetOvershoot++
		y.mu.Unlock()
	}
	return s
}

// breath is how long a person waits between two starts.
const breath = 20 * time.Millisecond

// load keeps a number of people asking, each a little after it was answered and
// at the next node, until the returned function is called.
func (y *tally) load(people int) (stop func()) {
	ctx, cancel := context.WithCancel(y.Context())
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			for turn := i; ctx.Err() == nil; turn++ {
				y.start(y.Any(turn))
				select {
				case <-ctx.Done():
				case <-time.After(cmp.Or(y.pause, breath)):
				}
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// recovered waits until each node takes a start and its text has arrived, and
// keeps the longest time that took from the end of a fault.
func (y *tally) recovered(end time.Time) {
	y.Helper()
	for _, n := range y.Nodes {
		var s *asked
		y.Wait("node "+n.Name+" to take starts again", func() bool {
			s = y.start(n)
			return s.id != ""
		})
		y.Code(s.number)
	}
	y.took("all nodes served again", end)
}

// worthTelling is from when on the longest recovery so far is told, with the fault
// it followed.
const worthTelling = 3 * time.Second

// took keeps the longest time that something took from a fault on.
func (y *tally) took(what string, since time.Time) {
	y.Helper()
	d := time.Since(since)
	if d > worthTelling && d > y.Recovery {
		y.Logf("fault %d: after %v %s", y.Injected, d.Round(time.Millisecond), what)
	}
	y.Recovery = max(y.Recovery, d)
}

// rest waits until every text that was asked for has an end.
func (y *tally) rest() {
	y.Helper()
	y.mu.Lock()
	starts := slices.Clone(y.starts)
	y.mu.Unlock()
	for _, s := range starts {
		if s.id != "" {
			y.ended(s.id)
		}
	}
}

// count lets the installation come to rest, counts the texts of every start that
// was not counted before, and tries its code.
func (y *tally) count() {
	y.Helper()
	y.mu.Lock()
	starts := y.starts
	y.starts = nil
	y.mu.Unlock()
	y.counted = time.Now()
	for _, s := range starts {
		status := "-"
		if s.id != "" && !s.given {
			y.Accepted++
			status = y.ended(s.id)
		}
		texts := y.Provider.Handset(s.number)
		y.Duplicated += max(0, len(texts)-1)
		switch {
		case s.id == "" || s.given:
		case len(texts) > 0:
			y.Sent++
			y.try(s, kit.CodeOf(texts[0].Text))
		case s.mayFail && slices.Contains([]string{"rejected", "undelivered", "dropped", "unknown"}, status):
		default:
			y.Lost++
			y.Errorf("an answered start got no text; its message is %s", status)
		}
	}
}

// countInTime counts once in a minute: codes live for five.
func (y *tally) countInTime() {
	y.Helper()
	if time.Since(y.counted) > time.Minute {
		y.count()
	}
}

// ended waits until a message has left or will not.
func (y *tally) ended(id string) (status string) {
	y.Helper()
	y.Wait("the end of a message", func() bool {
		var v kit.Verification
		if a := y.Call(y.B(), http.MethodGet, "/v1/verifications/"+id, nil); a.Status == http.StatusNotFound {
			y.Error("an answered start is gone")
			status = "gone"
			return true
		} else if a.Status != http.StatusOK || a.Into(&v) != nil {
			return false
		}
		status = v.Message.Status
		return status != "queued" && status != "sending"
	})
	return status
}

// try submits a wrong code, the right one, and the right one again, and uses the
// receipt twice.
func (y *tally) try(s *asked, code string) {
	y.Helper()
	if code == "" {
		y.Error("a text has no code in its last line")
		return
	}
	if c, _ := y.TryCheck(y.A(), s.id, kit.Other(code, 0)); c.Approved {
		y.ApprovedWrong++
	}
	c, a := y.TryCheck(y.B(), s.id, code)
	if !c.Approved {
		y.Errorf("a delivered code was not approved: %v", a)
		return
	}
	y.Approved++
	if c, _ := y.TryCheck(y.A(), s.id, code); c.Approved {
		y.ApprovedTwice++
	}
	receipt := kit.Fields{"receipt": c.Receipt, "purpose": "signup"}
	if a := y.Call(y.A(), http.MethodPost, "/v1/receipts/redeem", receipt); a.Status != http.StatusOK {
		y.Errorf("a receipt was refused: %v", a)
	}
	if a := y.Call(y.B(), http.MethodPost, "/v1/receipts/redeem", receipt); a.Status == http.StatusOK {
		y.TokenReuse++
	}
}

// finish counts what is left, looks for leaks, and returns the line.
func (y *tally) finish() kit.Line {
	y.Helper()
	y.count()
	leaks := y.ListLeaks()
	y.Leaks += len(leaks)
	if len(leaks) > 0 {
		y.Errorf("%d leaks, of which %v", len(leaks), leaks[:min(len(leaks), 5)])
	}
	slices.Sort(y.waits)
	y.P99 = kit.NotMeasured
	if n := len(y.waits); n > 0 {
		y.P99 = y.waits[n*99/100]
	}
	return y.Line
}

// report finishes and writes the line.
func (y *tally) report() {
	y.Helper()
	y.finish().Report(y.T)
}
