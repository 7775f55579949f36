package limit

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Outcome is what a rule made of a case.
type Outcome string

// The outcomes that are kept. What is admitted is the verification itself.
const (
	Refused    Outcome = "refused"
	Challenged Outcome = "challenged"
	Shadowed   Outcome = "shadowed" // it would have been refused or challenged
)

const (
	// notesMost bounds the different decisions that wait to be written.
	notesMost = 4096
	// notesInAct bounds those of one transaction, for which others wait.
	notesInAct = 500
)

// note is a decision; the same one within a second is written once, with how
// often it was taken.
type note struct {
	rule                         Rule
	outcome                      Outcome
	number, network, application string
}

// notes are the decisions that wait to be written.
type notes struct {
	mu    sync.Mutex
	times map[note]int64
}

func newNotes() *notes { return &notes{times: make(map[note]int64)} }

// take hands over what waits.
func (n *notes) take() map[note]int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := n.times
	n.times = make(map[note]int64)
	return taken
}

// note remembers a decision until it is written, or counts it as lost.
func (l *Limits) note(rule Rule, outcome Outcome, c Case) {
	l.metrics.decisions.WithLabelValues(string(rule), string(outcome)).Inc()
	k := note{rule, outcome, string(c.Number), string(c.Network), c.Application}
	l.notes.mu.Lock()
	defer l.notes.mu.Unlock()
	if _, known := l.notes.times[k]; !known && len(l.notes.times) >= notesMost {
		l.metrics.lost.Inc()
		return
	}
	l.notes.times[k]++
}

// writeNotes writes what waits. What cannot be written is lost, and counted: it
// must not pile up while the database is away.
func (l *Limits) writeNotes(ctx context.Context) error {
	taken := l.notes.take()
	batch := make([]note, 0, min(len(taken), notesInAct))
	for k := range taken {
		if batch = append(batch, k); len(batch) == notesInAct {
			if err := l.writeBatch(ctx, batch, taken); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return l.writeBatch(ctx, batch, taken)
}

func (l *Limits) writeBatch(ctx context.Context, batch []note, times map[note]int64) error {
	err := l.db.Update(ctx, func(tx *db.Tx) error {
		for _, k := range batch {
			tx.Exec(insertDecision, tx.Now, string(k.rule), string(k.outcome),
				[]byte(k.number), []byte(k.network), k.application, times[k])
		}
		countDecisions(tx, batch, times)
		return nil
	})
	if err != nil {
		for _, k := range batch {
			l.metrics.lost.Add(float64(times[k]))
		}
	}
	return failed("writing decisions", err)
}

// countDecisions adds up a batch by rule and outcome, in one order on every node.
func countDecisions(tx *db.Tx, batch []note, times map[note]int64) {
	sums := make(map[note]int64)
	for _, k := range batch {
		sums[note{rule: k.rule, outcome: k.outcome}] += times[k]
	}
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b note) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.outcome, b.outcome))
	}) {
		tx.Exec(countDecision, tx.Now.Std().Unix()/3600, string(k.rule), string(k.outcome), sums[k])
	}
}

// shadowable are the rules whose shadow needs a question of its own in the act.
const shadowable = 5

var shadowRules = [shadowable]Rule{NumberSends, NumberWrong, NumberLocked, DeviceSends, Network}

// watchSend asks, for each rule in shadow, whether it would have refused the
// text.
func (l *Limits) watchSend(tx *db.Tx, t *Text) {
	t.shadowed = [shadowable]int{}
	if len(l.shadow) == 0 {
		return
	}
	for i, rule := range shadowRules {
		if !l.shadows(rule) {
			continue
		}
		b := boundless()
		switch {
		case rule == NumberSends && t.Lane != Trusted:
			b.sends(tx.Now)
		case rule == NumberWrong && t.Begins:
			b.wrong(t.Lane, tx.Now)
		case rule == NumberLocked:
			b.locked(t.Lane)
		case rule == Network && t.Begins && t.Network != nil && !t.Solved:
			hour, day := stamp(tx.Now.Add(-time.Hour)), stamp(tx.Now.Add(-24*time.Hour))
			tx.Find(networkSpent, t.Network, tag(t.Number), hour, day).Into(&t.shadowed[i])
			continue
		case rule == DeviceSends && t.Lane == Trusted:
			tx.Find(deviceSpent, append([]any{t.Device.hash}, boundDevice(tx.Now, true, t.Begins).args()...)...).Into(&t.shadowed[i])
			continue
		default:
			continue
		}
		tx.Find(numberSpent, append([]any{t.Number}, b.args()...)...).Into(&t.shadowed[i])
	}
}

// watchGuess asks, for each rule in shadow, whether it would have refused the
// check.
func (l *Limits) watchGuess(tx *db.Tx, g *Guess) {
	g.shadowed = [shadowable]int{}
	if len(l.shadow) == 0 {
		return
	}
	for i, rule := range shadowRules {
		b := boundless()
		switch {
		case !l.shadows(rule):
			continue
		case rule == NumberWrong:
			b.wrong(g.Lane, tx.Now)
		case rule == NumberLocked:
			b.locked(g.Lane)
		case rule == DeviceSends && g.Lane == Trusted:
			tx.Find(deviceSpent, append([]any{g.Device.hash}, boundDevice(tx.Now, false, true).args()...)...).Into(&g.shadowed[i])
			continue
		default:
			continue
		}
		tx.Find(numberSpent, append([]any{g.Number}, b.args()...)...).Into(&g.shadowed[i])
	}
}

// Sent notes what the rules in shadow said of a text whose act is committed.
func (l *Limits) Sent(t *Text) { l.noteShadows(t.shadowed, t.Case) }

// Guessed notes what the rules in shadow said of a check whose act is committed.
func (l *Limits) Guessed(g *Guess) { l.noteShadows(g.shadowed, g.Case) }

func (l *Limits) noteShadows(shadowed [shadowable]int, c Case) {
	for i, said := range shadowed {
		if said != 0 {
			l.note(shadowRules[i], Shadowed, c)
		}
	}
}
