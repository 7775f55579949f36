package outbox

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
)

// move is one message's step out of sending.
type move struct {
	letter
	to       Status
	code     string // the provider's status code, when it gave one
	provider string // the provider's message id, when it gave one
	price    int    // what the provider took for it, in won; 0 when it did not tell
}

// won is what an accepted message costs, as far as it is known.
func (m move) won() int { return cmp.Or(m.price, m.cost) }

type moveList []move

// without returns the moves to any other status.
func (m moveList) without(to Status) moveList {
	return slices.DeleteFunc(slices.Clone(m), func(step move) bool { return step.to == to })
}

// price enters what the provider took for each of the accepted messages, where
// the group tells it; else what was reserved stands. They are all of one kind,
// and so of one price.
func (m moveList) price(g *coolsms.Group) {
	took, texts := g.Balance.Requested+g.Point.Requested, g.Count.RegisteredSuccess
	if took <= 0 || texts <= 0 {
		return
	}
	for i := range m {
		if m[i].to == Accepted {
			m[i].price = int(math.Ceil(took / float64(texts)))
		}
	}
}

// groupEnd is what a record says of the group.
type groupEnd int

const (
	groupOpen groupEnd = iota // it goes on
	groupSent                 // it has left
	groupDead                 // it will never leave, provably
)

// record commits what the provider answered for a group and its messages, and
// begins to ask about those it accepted. It commits nothing when the group, or
// a message that ends, is not where this node believes it to be: another node
// has taken the group over, or somebody has dropped the message meanwhile.
func (o *Outbox) record(ctx context.Context, b *batch, end groupEnd, moves moveList) error {
	if end == groupOpen && len(moves) == 0 {
		return nil
	}
	crash.At("record.before")
	var at db.Time
	err := o.db.UpdateSoon(ctx, func(tx *db.Tx) error {
		at = tx.Now
		switch end {
		case groupSent:
			tx.Must(1, errTakenUp, sentGroup, b.group, o.node.id())
		case groupDead:
			tx.Must(1, errTakenUp, endGroup, b.group, tx.Now, o.node.id())
		case groupOpen:
			tx.Must(1, errTakenUp, holdGroup, b.group, o.node.id())
		}
		for _, m := range moves {
			o.write(tx, m)
		}
		for like, accepted := range moves.accepted() {
			like.write(tx, accepted)
		}
		o.charge(tx, moves)
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording the provider's answer: %w", err)
	}
	for _, m := range moves {
		o.metrics.moved(m.to, m.code)
		switch m.to {
		case Accepted:
			o.asks.add(ask{id: m.id, provider: m.provider, group: b.group, accepted: at}, at.Add(askFirst))
		case Queued:
			b.back = append(b.back, m.letter)
		default:
		}
	}
	return nil
}

// write writes one move.
func (o *Outbox) write(tx *db.Tx, m move) {
	tx.Notify(Topic(m.id))
	switch m.to {
	case Accepted: // many at once
	case Rejected:
		tx.Must(1, errMoved, rejectMessage, m.id, tx.Now, m.code, m.provider, m.from, m.kind())
	case Queued:
		tx.Must(1, errMoved, requeueMessage, m.id)
	case Dropped:
		tx.Must(1, errMoved, dropSending, m.id, tx.Now)
	default:
		tx.Must(1, errMoved, loseMessage, m.id, tx.Now)
	}
}

// acceptance is what the provider says alike of many messages that were sent
// from the same number.
type acceptance struct {
	code, from string
	won        int
}

// accepted returns the accepted messages, those alike together.
func (m moveList) accepted() map[acceptance]moveList {
	alike := make(map[acceptance]moveList, 1)
	for _, step := range m {
		if step.to == Accepted {
			a := acceptance{step.code, step.from, step.won()}
			alike[a] = append(alike[a], step)
		}
	}
	return alike
}

// write writes messages that were accepted alike.
func (a acceptance) write(tx *db.Tx, moves moveList) {
	for _, p := range pieces(len(moves)) {
		args := make([]any, 5, 5+2*p.size)
		args[0], args[1], args[2], args[3], args[4] = tx.Now, a.code, a.won, a.from, string(coolsms.SMS)
		for i := range p.size {
			m := moves[p.at(i)]
			args = append(args, m.id, m.provider)
		}
		tx.Exec(acceptMessages[p.size], args...)
	}
}

// charge tells, in the act that learns it, what messages cost when that is not
// what was reserved for them: in one sum for each hour they were written in,
// since whoever keeps the sums keeps them by the day.
func (o *Outbox) charge(tx *db.Tx, moves moveList) {
	if o.charged == nil {
		return
	}
	more := make(map[db.Time]int)
	for _, m := range moves {
		switch m.to {
		case Accepted:
			more[hourOf(m.created)] += m.won() - m.cost
		case Rejected, Dropped:
			more[hourOf(m.created)] -= m.cost
		default:
		}
	}
	for _, at := range slices.Sorted(maps.Keys(more)) {
		if more[at] != 0 {
			o.charged(tx, at, more[at])
		}
	}
}

func hourOf(t db.Time) db.Time { return db.At(t.Std().Truncate(time.Hour)) }
