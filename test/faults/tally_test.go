package faults

import (
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

	// mayFail allows texts to end as failed, where the fault is one that keeps
	// them from leaving.
	mayFail bool

	mu     sync.Mutex
	starts []*asked
	waits  []time.Duration // of answered starts
}

// asked is a start, answered or not.
type asked struct {
	number string
	id     string // empty when no whole answer came
}

func newTally(w *kit.World, fault string) *tally {
	return &tally{World: w, Line: kit.Line{Fault: fault}}
}

// start asks a node for one text. No answer and 5xx are what faults bring; a
// refusal of any other kind is an error.
func (y *tally) start(n *kit.Node) *asked {
	s := &asked{number: y.Number()}
	a := y.TryStart(n, s.number)
	if a.Status != 0 && a.Status < 500 && a.Status != http.StatusCreated {
		y.Errorf("a start at node %s was refused: %v", n.Name, a)
	}
	if a.Status == http.StatusCreated {
		s.id = a.Field("id")
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.starts = append(y.starts, s)
	if s.id != "" {
		y.waits = append(y.waits, a.Took)
	}
	return s
}

// load keeps a number of people asking, each again as soon as it was answered and
// at the next node, until the returned function is called. Who gets no answer
// waits a little, as a client that does not hammer.
func (y *tally) load(people int) (stop func()) {
	ctx, cancel := context.WithCancel(y.Context())
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			for turn := i; ctx.Err() == nil; turn++ {
				if y.start(y.Any(turn)).id != "" {
					continue
				}
				select {
				case <-ctx.Done():
				case <-time.After(20 * time.Millisecond):
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
	y.Recovery = max(y.Recovery, time.Since(end))
}

// count lets the installation come to rest, counts the texts of every start that
// was not counted before, and tries its code.
func (y *tally) count() {
	y.Helper()
	y.mu.Lock()
	starts := y.starts
	y.starts = nil
	y.mu.Unlock()
	for _, s := range starts {
		status := "-"
		if s.id != "" {
			y.Accepted++
			status = y.ended(s.id)
		}
		texts := y.Provider.Handset(s.number)
		y.Duplicated += max(0, len(texts)-1)
		switch {
		case s.id == "":
		case len(texts) > 0:
			y.Sent++
			y.try(s, kit.CodeOf(texts[0].Text))
		case y.mayFail && slices.Contains([]string{"rejected", "undelivered", "dropped", "unknown"}, status):
		default:
			y.Lost++
			y.Errorf("an answered start got no text; its message is %s", status)
		}
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

// try submits a wrong code, the right one, and the right one again.
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
}

// report counts what is left, looks for leaks, and writes the line.
func (y *tally) report() {
	y.Helper()
	y.count()
	for _, n := range y.Nodes {
		y.Leaks += y.LeaksOf(n)
	}
	slices.Sort(y.waits)
	y.P99 = kit.NotMeasured
	if n := len(y.waits); n > 0 {
		y.P99 = y.waits[n*99/100]
	}
	y.Report(y.T)
}
