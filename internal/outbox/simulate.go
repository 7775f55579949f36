//go:build crashpoints

package outbox

import (
	"context"
	"strings"
)

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
	claimMessages = forLists(2, 1, func(ids, _ []string) string {
		return `UPDATE messages SET status = 'sending', group_id = $1 WHERE status <> 'dropped' AND deadline > $2 AND id IN (` + strings.Join(ids, ", ") + `)`
	})
	return func() { claimMessages = right }
}

// WithoutGroup is another broken step: messages are handed over without a note
// of the group they travel in, and those that were on their way are found again
// as if they waited.
func WithoutGroup() (mend func()) {
	insert, claim, waiting := insertMessage, claimMessages, waitingMessages
	insertMessage = strings.Replace(insertMessage, "$11, $12,", "$11, CASE WHEN $12 = '' THEN NULL END,", 1)
	claimMessages = forLists(2, 1, func(ids, _ []string) string {
		return `UPDATE messages SET status = 'sending' WHERE $1 <> '' AND group_id IS NULL AND status IN ('queued', 'sending')
			AND deadline > $2 AND id IN (` + strings.Join(ids, ", ") + `)`
	})
	waitingMessages = strings.Replace(waitingMessages, "status = 'queued'", "status IN ('queued', 'sending')", 1)
	return func() { insertMessage, claimMessages, waitingMessages = insert, claim, waiting }
}
