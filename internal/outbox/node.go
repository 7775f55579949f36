package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/internal/crash"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/id"
)

const (
	// leaseFor is how long a node that says nothing keeps its groups. A batch
	// walks for a call's time-out at most, so what is taken from a node that
	// lost its database has long come to rest.
	leaseFor  = 3 * callTimeout
	beatEvery = 5 * time.Second
	beatTick  = time.Second

	pollLease = 5 * time.Second // one node looks for waiting messages at a time
	pollRenew = 2 * time.Second // before its end the lease is renewed
)

// node is this run of the program among the others. Each group belongs to one
// run, and every act on a group names it: what a run that was paused too long
// still believes to be its own is refused to it by the database.
//
// A node without a name is the only one, on SQLite: it keeps no lease, and all
// groups are its own.
type node struct {
	name   string
	run    atomic.Pointer[string] // the id of the run; another one after a lapsed lease
	beatAt db.Time                // touched by beat alone
	pollAt db.Time                // until when the poll is this node's; touched by poll alone
}

func newNode(name string) *node {
	n := &node{name: name}
	n.begin()
	return n
}

// begin gives the run an id that none had before, and returns the one it had.
func (n *node) begin() (before string) {
	if old := n.run.Load(); old != nil {
		before = *old
	}
	var run string
	if n.name != "" {
		run = id.New("run")
	}
	n.run.Store(&run)
	return before
}

// id returns the id of the run.
func (n *node) id() string { return *n.run.Load() }

// single reports whether there is no other node.
func (n *node) single() bool { return n.name == "" }

// errLapsed says that this node's lease ran out: it was paused, or cut off from
// the database, for longer than that.
var errLapsed = errors.New("the node's lease has lapsed")

// errTakenBefore says that another node was quicker.
var errTakenBefore = errors.New("another node has taken it over")

// takeUp joins the nodes, once and before anything else, and takes up what
// earlier runs of this node left.
func (o *Outbox) takeUp(ctx context.Context) (worked bool, err error) {
	if o.takenUp {
		return false, nil
	}
	if o.node.single() {
		err = o.loadGroups(ctx)
	} else {
		err = o.join(ctx, o.node.name)
	}
	if err == nil {
		err = o.loadAsks(ctx, unsettledOfNode, o.node.id())
	}
	if err != nil {
		return false, err
	}
	o.takenUp = true
	return true, nil
}

// join enters this run among the nodes and takes over what belongs to runs that
// are over. Those of the given name are over whatever their lease says: a program
// that starts is the only one of its name.
func (o *Outbox) join(ctx context.Context, name string) error {
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(insertNode, o.node.id(), o.node.name, tx.Now, tx.Now.Add(leaseFor))
		return nil
	})
	if err != nil {
		return fmt.Errorf("joining the nodes: %w", err)
	}
	o.node.beatAt = o.db.Now().Add(beatEvery)
	_, err = o.takeOverAll(ctx, name)
	return err
}

// beat renews this node's lease and takes over the work of nodes whose lease
// ran out.
func (o *Outbox) beat(ctx context.Context) (worked bool, err error) {
	now := o.db.Now()
	if o.node.single() || now < o.node.beatAt {
		return false, nil
	}
	err = o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errLapsed, renewNode, o.node.id(), tx.Now, tx.Now.Add(leaseFor))
		return nil
	})
	switch {
	case errors.Is(err, errLapsed):
		return true, o.rejoin(ctx)
	case err != nil:
		return false, fmt.Errorf("renewing the node's lease: %w", err)
	}
	o.node.beatAt = now.Add(beatEvery)
	return o.takeOverAll(ctx, "")
}

// rejoin begins a new run after the lease has lapsed. What the old one had is
// not this node's any more, unless nobody has taken it yet.
func (o *Outbox) rejoin(ctx context.Context) error {
	o.log.Warn("outbox: this node was away for longer than its lease; it joins anew")
	o.pool.clear()
	o.node.begin()
	if err := o.join(ctx, ""); err != nil {
		return err
	}
	return o.loadAsks(ctx, unsettledOfNode, o.node.id())
}

// leave gives up this node's lease, so that others need not wait for its end.
func (o *Outbox) leave(ctx context.Context) {
	if o.node.single() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(endNode, o.node.id(), tx.Now)
		return nil
	})
	if err != nil {
		o.log.Warn("outbox: the node's lease could not be given up; it runs out", "error", err)
	}
}

// takeOverAll takes over the groups of all runs that are over, and of those
// with a name.
func (o *Outbox) takeOverAll(ctx context.Context, name string) (worked bool, err error) {
	var over []string
	err = o.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(nodesOver, []any{o.node.id(), name, tx.Now}, func(scan func(...any) error) error {
			var run string
			err := scan(&run)
			over = append(over, run)
			return err
		})
	})
	if err != nil {
		return false, fmt.Errorf("looking for nodes that are gone: %w", err)
	}
	for _, run := range over {
		if err := o.takeOver(ctx, run, name); err != nil && !errors.Is(err, errTakenBefore) {
			return false, err
		}
	}
	return len(over) > 0, nil
}

// liveGroup is a group as the table has it.
type liveGroup struct{ id, status, fingerprint string }

// takeOver makes the groups of a run that is over this node's. Whoever deletes
// the run's row is the one who may.
func (o *Outbox) takeOver(ctx context.Context, run, name string) error {
	var groups []liveGroup
	err := o.db.Update(ctx, func(tx *db.Tx) (err error) {
		tx.Must(1, errTakenBefore, deleteNode, run, name, tx.Now)
		groups, err = readGroups(tx, takeGroups, run, o.node.id())
		return err
	})
	if err != nil {
		return fmt.Errorf("taking over a node's groups: %w", err)
	}
	crash.At("takeover.taken")
	if run != "" {
		o.metrics.takeOvers.Inc()
	}
	o.log.Info("outbox: took over the groups of a node that is gone", "groups", len(groups))
	if err := o.adopt(ctx, groups); err != nil {
		return err
	}
	return o.loadAsks(ctx, unsettledOfNode, o.node.id())
}

// loadGroups takes up the groups that belong to this node.
func (o *Outbox) loadGroups(ctx context.Context) error {
	var groups []liveGroup
	err := o.db.View(ctx, func(tx *db.Tx) (err error) {
		groups, err = readGroups(tx, groupsOfNode, o.node.id())
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the provider groups: %w", err)
	}
	return o.adopt(ctx, groups)
}

func readGroups(tx *db.Tx, query string, args ...any) (groups []liveGroup, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var g liveGroup
		err := scan(&g.id, &g.status, &g.fingerprint)
		groups = append(groups, g)
		return err
	})
	return groups, err
}

// adopt goes on with groups that somebody else began: the empty ones come into
// the pool, those on their way are settled by reading. Empty groups of another
// provider key are retired, because this key cannot use them.
func (o *Outbox) adopt(ctx context.Context, groups []liveGroup) error {
	var foreign []string
	own := o.access.Load().fingerprint
	for _, g := range groups {
		if g.status == "pool" && g.fingerprint != own {
			foreign = append(foreign, g.id)
		}
	}
	if err := o.retire(ctx, foreign); err != nil {
		return err
	}
	for _, g := range groups {
		switch {
		case g.status == "open":
			// Whether the send was tried is not known, so it is taken as tried.
			o.troubled.add(&batch{group: g.id, sendTried: true, foreign: g.fingerprint != own}, o.db.Now())
		case g.status == "pool" && g.fingerprint == own:
			o.pool.put(g.id)
		}
	}
	return nil
}

// retire ends empty groups that another provider key made.
func (o *Outbox) retire(ctx context.Context, groups []string) error {
	if len(groups) == 0 {
		return nil
	}
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		for _, group := range groups {
			tx.Exec(retireGroup, group, tx.Now, o.node.id())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("retiring provider groups of another key: %w", err)
	}
	return nil
}

// mayPoll reports whether looking for waiting messages is this node's duty now.
func (o *Outbox) mayPoll(ctx context.Context) (bool, error) {
	now := o.db.Now()
	if o.node.single() || now < o.node.pollAt.Add(-pollRenew) {
		return true, nil
	}
	var until db.Time
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		until = tx.Now.Add(pollLease)
		tx.Must(1, errTakenBefore, takeDuty, "poll", o.node.id(), until, tx.Now)
		return nil
	})
	switch {
	case errors.Is(err, errTakenBefore):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("taking the turn to look for waiting messages: %w", err)
	}
	o.node.pollAt = until
	return true, nil
}
