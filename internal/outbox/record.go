package outbox

import (
	"context"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
)

// move is one message's step out of sending.
type move struct {
	id       string
	to       Status
	code     string // the provider's status code, when it gave one
	provider string // the provider's message id, when it gave one
}

type moveList []move

// only returns the moves to one status.
func (m moveList) only(to Status) moveList {
	var out moveList
	for _, step := range m {
		if step.to == to {
			out = append(out, step)
		}
	}
	return out
}

// groupEnd is what a record says of the group.
type groupEnd int

const (
	groupOpen groupEnd = iota // it goes on
	groupSent                 // it has left
	groupDead                 // it will never leave, provably
)

// record commits what the provider answered for a group and its messages, and
// begins to ask about those it accepted.
func (o *Outbox) record(ctx context.Context, group string, end groupEnd, moves moveList) error {
	if end == groupOpen && len(moves) == 0 {
		return nil
	}
	crash.At("record.before")
	var at db.Time
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		at = tx.Now
		switch end {
		case groupSent:
			tx.Exec(sentGroup, group)
		case groupDead:
			tx.Exec(endGroup, group, tx.Now)
		case groupOpen:
		}
		for _, m := range moves {
			switch m.to {
			case Accepted:
				tx.Exec(acceptMessage, m.id, tx.Now, m.code, m.provider)
			case Rejected:
				tx.Exec(rejectMessage, m.id, tx.Now, m.code, m.provider)
			case Queued:
				tx.Exec(requeueMessage, m.id)
			default:
				tx.Exec(endMessage, m.id, tx.Now, string(m.to))
			}
			tx.Notify(Topic(m.id))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording the provider's answer: %w", err)
	}
	for _, m := range moves {
		o.metrics.moved(m.to, m.code)
		if m.to == Accepted {
			o.asks.add(ask{id: m.id, provider: m.provider, group: group, accepted: at}, at.Add(askFirst))
		}
	}
	return nil
}
