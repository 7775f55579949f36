package outbox

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

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
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		at = tx.Now
		switch end {
		case groupSent:
			tx.Must(1, errTakenUp, sentGroup, b.group, o.node.id())
		case groupDead:
			tx.Must(1, errTakenUp, endGroup, b.group, tx.Now, o.node.id())
		case groupOpen:
		}
		for _, m := range moves {
			o.write(tx, m)
		}
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
	case Accepted:
		tx.Exec(acceptMessage, m.id, tx.Now, m.code, m.provider, m.won())
		o.charge(tx, m.letter, m.won())
	case Rejected:
		tx.Must(1, errMoved, rejectMessage, m.id, tx.Now, m.code, m.provider)
		o.charge(tx, m.letter, 0)
	case Queued:
		tx.Must(1, errMoved, requeueMessage, m.id)
	case Dropped:
		tx.Must(1, errMoved, dropSending, m.id, tx.Now)
		o.charge(tx, m.letter, 0)
	default:
		tx.Must(1, errMoved, loseMessage, m.id, tx.Now)
	}
}

// charge tells, in the act that learns it, what a message costs when that is
// not what was reserved for it.
func (o *Outbox) charge(tx *db.Tx, l letter, won int) {
	if more := won - l.cost; more != 0 && o.charged != nil {
		o.charged(tx, l.created, more)
	}
}
