//go:build crashpoints

package outbox

import (
	"context"
	"strings"
)

// BeatEvery is how often a node says that it lives.
const BeatEvery = beatEvery

// Work is one kind of work of [Outbox.Run], which does it in a loop, or several,
// of its own.
type Work struct {
	Name  string
	Loops int // that may do it at the same time
	Do    func(ctx context.Context) (worked bool, err error)
}

// Works returns what Run does, for a simulation that chooses the order. TakeUp
// comes first and alone, until it has worked.
func (o *Outbox) Works() (takeUp Work, others []Work) {
	return Work{"take up", 1, o.takeUp}, []Work{
		{"hand over", batchesAtOnce, o.handOverNext},
		{"settle", 1, o.settleNext},
		{"ask", 1, o.askNext},
		{"poll", 1, o.poll},
		{"look up", 1, o.lookUp},
		{"refill", refillsAtOnce, o.refill},
		{"probe", 1, o.probe},
		{"balance", 1, o.askBalance},
		{"beat", 1, o.beat},
	}
}

// WithoutLease takes a broken step in place of the right one until mend is
// called, to see that the simulation finds it: a batch claims its messages
// whether or not another has claimed them.
func WithoutLease() (mend func()) {
	right := claimMessages
	claimMessages = swapped(claimMessages, "status = 'queued'", "status <> 'dropped'")
	return func() { claimMessages = right }
}

// WithoutGroup is another broken step: messages are handed over without a note
// of the group they travel in, and those that were on their way are found again
// as if they waited.
func WithoutGroup() (mend func()) {
	const onTheirWay = "group_id IS NULL AND status IN ('queued', 'sending')"
	insert, claim, waiting := insertMessage, claimMessages, waitingMessages
	insertMessage = swap(insertMessage, "$11, $12,", "$11, CASE WHEN $12 = '' THEN '' END,")
	claimMessages = swapped(claimMessages, ", group_id = $1", "")
	claimMessages = swapped(claimMessages, "status = 'queued'", "$1 <> '' AND "+onTheirWay)
	waitingMessages = swap(waitingMessages, "group_id IS NULL AND status = 'queued'", onTheirWay)
	return func() { insertMessage, claimMessages, waitingMessages = insert, claim, waiting }
}

// swapped swaps words in statements for lists of many sizes.
func swapped(statements map[int]string, right, broken string) map[int]string {
	all := make(map[int]string, len(statements))
	for size, text := range statements {
		all[size] = swap(text, right, broken)
	}
	return all
}

func swap(text, right, broken string) string {
	if strings.Count(text, right) != 1 {
		panic("outbox: the step to be broken is not there: " + right)
	}
	return strings.Replace(text, right, broken, 1)
}
