package outbox

import (
	"context"
	"fmt"
	"sync"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	hintsMost = 10_000 // that wait to be looked up; what is beyond is found by asking in time
	lookMost  = 100    // looked up at once
)

// A hint says that somebody wants to know of a message, or that a report about
// it came: reason enough to ask, and nothing more.
type hint struct {
	id       string // ours
	provider string // the provider's, when a report named it
}

// hints are those about messages that this node does not ask about: another
// does, or they ended as unknown, or they are not ours at all.
type hints struct {
	mu    sync.Mutex
	wait  map[string]hint // by our id
	ready chan struct{}
}

func newHints() *hints { return &hints{wait: make(map[string]hint), ready: make(chan struct{}, 1)} }

func (h *hints) add(one hint) {
	h.mu.Lock()
	if len(h.wait) < hintsMost {
		h.wait[one.id] = one
	}
	h.mu.Unlock()
	signal(h.ready)
}

func (h *hints) take() []hint {
	h.mu.Lock()
	defer h.mu.Unlock()
	var some []hint
	for id, one := range h.wait {
		if len(some) == lookMost {
			signal(h.ready)
			break
		}
		some = append(some, one)
		delete(h.wait, id)
	}
	return some
}

// What a hint came to, for the metrics.
const (
	hintKnown   = "known"   // it brought an ask forward
	hintLooked  = "looked"  // the message was found in the table and is asked about
	hintEnded   = "ended"   // the message has its end, or is not handed over yet
	hintForeign = "foreign" // there is no such message here
)

// Report takes what the provider reports, which is a hint and no more: its
// secret covers neither the body nor the time. The messages it speaks of are
// asked about at once, and only the answer counts; so a report that is doubled,
// late, out of order or forged changes nothing that is not so.
func (o *Outbox) Report(_ context.Context, d *coolsms.WebhookDelivery) error {
	now := o.db.Now()
	for i := range d.Items {
		r := d.Items[i].Report
		if r == nil {
			continue
		}
		ours := r.CustomFields[idField]
		switch {
		case o.asks.hint(r.MessageID, now):
			o.metrics.hints.WithLabelValues(hintKnown).Inc()
		case ours == "":
			o.metrics.hints.WithLabelValues(hintForeign).Inc()
		default:
			o.hints.add(hint{id: ours, provider: r.MessageID})
		}
	}
	return nil
}

// lookUp finds the messages of hints in the table and begins to ask about those
// whose end is open, or was given up as unknown.
func (o *Outbox) lookUp(ctx context.Context) (worked bool, err error) {
	some := o.hints.take()
	if len(some) == 0 {
		return false, nil
	}
	var found int
	err = o.db.View(ctx, func(tx *db.Tx) error {
		for _, h := range some {
			err := tx.Each(messageOfHint, []any{h.id}, func(scan func(...any) error) error {
				m := ask{once: true}
				var status Status
				var provider, group *string
				var accepted *db.Time
				if err := scan(&m.id, &status, &provider, &group, &accepted); err != nil {
					return err
				}
				o.look(h, m, status, provider, group, accepted)
				found++
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("looking up messages that were reported: %w", err)
	}
	o.metrics.hints.WithLabelValues(hintForeign).Add(float64(len(some) - found))
	return true, nil
}

// look begins to ask about a message that a hint led to. Who watches wants to
// know of one that is on its way; a report may also speak of one whose end was
// given up, even if it never got to know the provider's id: the answer names
// ours.
func (o *Outbox) look(h hint, m ask, status Status, provider, group *string, accepted *db.Time) {
	now := o.db.Now()
	m.provider, m.accepted = h.provider, now
	if provider != nil && *provider != "" {
		m.provider = *provider
	}
	if accepted != nil {
		m.accepted = *accepted
	}
	if group != nil {
		m.group = *group
	}
	result := hintLooked
	switch {
	case h.provider != "" && h.provider != m.provider:
		result = hintForeign
	case status == Accepted, status == Unknown && h.provider != "":
		o.asks.add(m, now)
	default:
		result = hintEnded
	}
	o.metrics.hints.WithLabelValues(result).Inc()
}
