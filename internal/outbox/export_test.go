package outbox

import (
	"context"
	"slices"

	"github.com/sinpyo/sinpyo/internal/db"
)

// LookThrough makes each page of a search look through so many messages.
func (o *Outbox) LookThrough(n int) { o.findMost = n }

// Refill makes a group, if one is wanted.
func (o *Outbox) Refill(ctx context.Context) (worked bool, err error) { return o.refill(ctx) }

// Searches returns the statements of [Outbox.Find] with their binds, by what
// they search through.
func (f Filter) Searches(number, tail []byte, now db.Time) map[string]Statement {
	return map[string]Statement{
		"number":         {foundColumns + byNumber, f.binds(number, f.below(now), now, 51)},
		"tail":           {foundColumns + byTail, f.binds(tail, f.below(now), now, 51)},
		"all":            {foundColumns + byTime, f.binds(f.above(), f.below(now), now, 51)},
		"count":          {countFound(byTime), f.binds(f.above(), f.below(now), now, CountMost+1)},
		"counted number": {countFound(byNumber), f.binds(number, f.below(now), now, CountMost+1)},
		"counted tail":   {countFound(byTail), f.binds(tail, f.below(now), now, CountMost+1)},
		"floor":          {messageBelow, []any{f.below(now), findMost}},
		"totals":         {totalsOfNumber, []any{number}},
		"enter":          {enterMessages, []any{number, "ver_1", now}},
		"reduce":         {messagesAfter, []any{"msg_0", "msg_1", 200}},
		"blocks":         {blockTexts, append([]any{"msg_0", "msg_1", db.Time(0), now}, slices.Repeat([]any{tail}, blocksAtOnce)...)},
		"whose":          {touchedBetween, []any{"msg_0", "msg_1", db.Time(0), now, 1000}},
	}
}

// Statement is SQL with its binds.
type Statement struct {
	SQL   string
	Binds []any
}

// Runs returns the names of the runs that are among the nodes, as often as each
// has one.
func Runs(tx *db.Tx) (names []string, err error) {
	err = tx.Each(otherNodes, []any{""}, func(scan func(...any) error) error {
		var id, name string
		var beat db.Time
		err := scan(&id, &name, &beat)
		names = append(names, name)
		return err
	})
	return names, err
}

// TakeOverUnheard takes over all groups of the run of a node, as a takeover does
// whose commit is not answered.
func (o *Outbox) TakeOverUnheard(ctx context.Context, from *Outbox) error {
	return o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(`DELETE FROM nodes WHERE id = $1`, from.node.id())
		groups, err := readGroups(tx, takeGroups, from.node.id(), o.node.id())
		o.node.doubts = nil
		o.node.doubt(groups)
		return err
	})
}

// HandOver hands the next batch over, as one of the steps does.
func HandOver(ctx context.Context, o *Outbox) (worked bool, err error) { return o.handOverNext(ctx) }
