package outbox

import (
	"context"
	"fmt"
	"sync"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
)

// So many empty groups are kept ready that a message never waits for one to be
// made. They are made when half of them are gone, or with the next poll: making
// one beside every single message would take time from handing that one over.
const (
	poolWant = 8
	poolLow  = poolWant / 2
)

// pool holds the ids of empty groups.
type pool struct {
	mu     sync.Mutex
	ids    []string
	making int
	spare  chan struct{} // holds a token while a group may be wanted
	ready  chan struct{} // holds a token while there may be a group
}

func newPool() *pool {
	return &pool{spare: make(chan struct{}, 1), ready: make(chan struct{}, 1)}
}

// take returns a group, or "" when there is none.
func (p *pool) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ids) <= poolLow {
		signal(p.spare)
	}
	if len(p.ids) == 0 {
		return ""
	}
	group := p.ids[0]
	p.ids = p.ids[1:]
	return group
}

func (p *pool) put(group string) {
	p.mu.Lock()
	p.ids = append(p.ids, group)
	p.mu.Unlock()
	signal(p.ready)
}

// clear forgets all groups: they may be another node's.
func (p *pool) clear() {
	p.mu.Lock()
	p.ids = nil
	p.mu.Unlock()
	signal(p.spare)
}

// reserve reports whether one more group is wanted, and counts it as under
// way until release.
func (p *pool) reserve() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ids)+p.making >= poolWant {
		return false
	}
	p.making++
	return true
}

func (p *pool) release() {
	p.mu.Lock()
	p.making--
	p.mu.Unlock()
}

// refill makes one group, if one is wanted, and stores it before it is used.
// A group whose answer is lost stays behind at the provider, empty; it costs
// nothing and harms nobody.
func (o *Outbox) refill(ctx context.Context) (worked bool, err error) {
	if o.road.away.Load() || !o.pool.reserve() {
		return false, nil
	}
	defer o.pool.release()
	ctx, cancel := call(ctx)
	defer cancel()
	a := o.access.Load()
	group, err := through(ctx, o.road, func(ctx context.Context) (*coolsms.Group, error) {
		return a.client.Groups.Create(ctx, coolsms.CreateGroupParams{})
	})
	if err != nil {
		return false, fmt.Errorf("making a provider group: %w", err)
	}
	crash.At("pool.made")
	run := o.node.id()
	err = o.db.UpdateSoon(ctx, func(tx *db.Tx) error {
		if !o.node.single() {
			// Whoever takes a run over deletes its row first: what the run got
			// afterwards would be nobody's.
			tx.Must(1, errLapsed, holdNode, run)
		}
		tx.Exec(insertGroup, group.GroupID, a.fingerprint, run, tx.Now)
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("storing a provider group: %w", err)
	}
	crash.At("pool.stored")
	if o.access.Load() != a {
		return true, o.retire(ctx, []string{group.GroupID})
	}
	if o.node.id() == run { // else the new run has taken it up
		o.pool.put(group.GroupID)
	}
	return true, nil
}
