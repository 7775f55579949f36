package faults

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// longEvery is of how many faults one lasts until the others have taken over what
// the node had.
const longEvery = 11

// moment waits for some moment of a load.
func moment(chance *rand.Rand) {
	time.Sleep(time.Duration(chance.Int64N(int64(150 * time.Millisecond))))
}

// underWay has a node answer a start and then wait for the provider, which takes
// its time with the text: whoever takes over finds it on its way.
func (y *tally) underWay(n *kit.Node) {
	y.Helper()
	slow := sandbox.Fault{Method: http.MethodPut, Path: put, Kind: sandbox.FaultDelay, DelayMS: 3000, Times: 1}
	if _, err := y.Provider.Arm(slow); err != nil {
		y.Fatal(err)
	}
	y.start(n)
}

// arrived waits until every start that was answered until now has its text, and
// keeps the longest time that took from the beginning of a fault: while one node
// is gone the others are what recovers.
func (y *tally) arrived(begin time.Time) {
	y.Helper()
	y.mu.Lock()
	starts := slices.Clone(y.starts)
	y.mu.Unlock()
	for _, s := range starts {
		if s.id != "" {
			y.Wait("the text of a start at a node that is gone", func() bool { return len(y.Provider.Handset(s.number)) > 0 })
		}
	}
	y.took("the others had sent what was left", begin)
}

// TestRow39_AnyOfThreeNodesMayBeKilled kills each of three nodes under load. One
// in eleven comes back only after the others have sent what it had accepted.
func TestRow39_AnyOfThreeNodesMayBeKilled(t *testing.T) {
	t.Parallel()
	if !kit.OnPostgres() {
		t.Skip("SQLite has one node: TestRow38 kills it")
	}
	kills := 3 * kit.Times(t, 50, 3)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 3}), "one of three nodes killed")
	y.Note = "each node as often as the others; recovery also from the death of a node that does not come back, to the last of its texts"
	chance := rand.New(rand.NewPCG(39, 1))
	for i := range kills {
		n := y.Any(i)
		if i%longEvery == 1 {
			y.underWay(n)
		}
		stop := y.load(3)
		moment(chance)
		n.Kill()
		y.Injected++
		if i%longEvery == 1 {
			y.arrived(time.Now())
		}
		n.Up()
		y.recovered(time.Now())
		stop()
		if i%15 == 14 {
			y.count()
		}
	}
	y.report()
}

// TestRow39_AnyOfThreeNodesMayBeCutOff cuts each of three nodes off from the
// database under load, by turns with a word and without: its connections are
// reset, or nothing passes any more. One in eleven stays away until the others
// have sent what it had accepted.
func TestRow39_AnyOfThreeNodesMayBeCutOff(t *testing.T) {
	t.Parallel()
	if !kit.OnPostgres() {
		t.Skip("SQLite has one node, and its database is with it")
	}
	cuts := 3 * kit.Times(t, 50, 3)
	lines := map[*kit.Node]*kit.Proxy{}
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 3, NodeSettings: func(w *kit.World, n *kit.Node) []string {
		line, setting := w.ProxyBefore()
		lines[n] = line
		return []string{setting}
	}}), "one of three nodes cut off from the database")
	y.Note = "by turns with connections reset and with lines that stay and carry nothing; a node with no line answers 503 and texts nobody"
	chance := rand.New(rand.NewPCG(39, 2))
	var refused []string
	for i := range cuts {
		n := y.Any(i)
		if i%longEvery == 1 {
			y.underWay(n)
		}
		stop := y.load(3)
		moment(chance)
		began := time.Now()
		if i%2 == 0 {
			lines[n].Cut()
			refused = append(refused, y.refusal(n))
		} else {
			lines[n].Hold()
			moment(chance)
		}
		y.Injected++
		if i%longEvery == 1 {
			y.arrived(began)
		}
		lines[n].Pass()
		y.recovered(time.Now())
		stop()
		if i%15 == 14 {
			y.count()
		}
	}
	y.count()
	for _, number := range refused {
		if n := len(y.Provider.Handset(number)); number != "" && n > 0 {
			y.Errorf("a node without a database refused a start and sent %d texts", n)
		}
	}
	y.report()
}

// refusal asks a node that has no database for a text, which it must refuse, and
// returns the number that must get none. It is "" where the node could not know
// whether the start was kept, because its line ended in the commit.
func (y *tally) refusal(n *kit.Node) string {
	y.Helper()
	number := y.Number()
	a := y.TryStart(n, number)
	if a.Status != http.StatusServiceUnavailable {
		y.Errorf("node %s has no database and answers %v", n.Name, a)
	}
	if a.Code() == "outcome_unknown" {
		return ""
	}
	return number
}
