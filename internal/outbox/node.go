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
	// beatEvery is how often a run says that it lives and looks whether the
	// others do.
	beatEvery = 800 * time.Millisecond
	// stillMost is at how many looks in a row the beat of a run may stand where
	// it stood; then the run is over. Looks are counted instead of time, so that
	// no clock, no pause of the one who looks and no rest of the database itself
	// ends a run.
	stillMost = 3
	// keepFor is how long after its last beat a run still calls the provider for
	// its groups. Its calls have ended before any other run may take them over.
	keepFor = 2 * time.Second

	pollLease = 3 * time.Second // one node looks for waiting messages at a time
	pollRenew = pollLease / 2   // before its end the lease is renewed
)

// node is this run of the program among the others. Each group belongs to one
// run, and every act on a group names it: what a run that was paused too long
// still believes to be its own is refused to it by the database.
//
// A node without a name is the only one, on SQLite: it has no heart to beat, and
// all groups are its own.
type node struct {
	name   string
	run    atomic.Pointer[string] // the id of the run; another one after it was taken for dead
	keeps  atomic.Int64           // the db.Time until which it may call the provider for its groups
	beatAt db.Time                // this and what follows: touched by beat alone
	lookAt db.Time                // when it looked at the others last
	peers  map[string]peer        // what it saw, by the id of the run
	doubts []string               // groups that it may have taken over, and has not taken up
	pollAt db.Time                // until when the poll is this node's; touched by poll alone
}

// peer is another run as it was seen last.
type peer struct {
	id    string
	beat  db.Time // 0 when it has left
	still int     // at so many looks it stood there already
}

func newNode(name string) *node {
	n := &node{name: name}
	n.begin()
	return n
}

// begin gives the run an id that none had before.
func (n *node) begin() {
	var run string
	if n.name != "" {
		run = id.New("run")
	}
	n.run.Store(&run)
	n.peers, n.doubts = nil, nil
}

// id returns the id of the run.
func (n *node) id() string { return *n.run.Load() }

// single reports whether there is no other node.
func (n *node) single() bool { return n.name == "" }

// errLapsed says that this run has not beaten for too long, because it was
// paused or cut off from the database.
var errLapsed = errors.New("the node was away and its groups may be another's")

// errTakenBefore says that another node was quicker.
var errTakenBefore = errors.New("another node has taken it over")

// Running returns how many servers have beaten lately. On SQLite none beats.
func Running(tx *db.Tx) (n int, err error) {
	err = tx.Row(runningNodes, tx.Now.Add(-(stillMost+1)*beatEvery)).Scan(&n)
	return n, err
}

// takeUp joins the nodes, once and before anything else, and takes up what
// earlier runs of this node left.
func (o *Outbox) takeUp(ctx context.Context) (worked bool, err error) {
	if o.takenUp {
		return false, nil
	}
	o.turnedAt.Store(int64(o.db.Now()))
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
// are over. Those of the given name are over although they may seem alive: a
// program that starts is the only one of its name.
func (o *Outbox) join(ctx context.Context, name string) error {
	now := o.db.Now()
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(insertNode, o.node.id(), o.node.name, tx.Now, tx.Now.Add(beatEvery))
		return nil
	})
	if err != nil {
		return fmt.Errorf("joining the nodes: %w", err)
	}
	o.keep(now)
	_, err = o.takeOverAll(ctx, name)
	return err
}

// beat says that this run lives, and takes over the work of runs that do not.
func (o *Outbox) beat(ctx context.Context) (worked bool, err error) {
	now := o.db.Now()
	if o.node.single() || now < o.node.beatAt {
		return false, nil
	}
	err = o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errLapsed, renewNode, o.node.id(), tx.Now.Add(beatEvery))
		return nil
	})
	switch {
	case errors.Is(err, errLapsed):
		return true, o.rejoin(ctx)
	case err != nil:
		return false, fmt.Errorf("saying that this node lives: %w", err)
	}
	o.keep(now)
	if err := o.resolveDoubts(ctx); err != nil {
		return false, err
	}
	return o.takeOverAll(ctx, "")
}

// rejoin begins a new run after this one was taken for dead. What the old one
// had is another node's.
func (o *Outbox) rejoin(ctx context.Context) error {
	o.log.Warn("outbox: this node was away and another took over its groups; it joins anew")
	o.pool.clear()
	o.node.begin()
	if err := o.join(ctx, ""); err != nil {
		return err
	}
	return o.loadAsks(ctx, unsettledOfNode, o.node.id())
}

// leave says that this run ends, so that others need not wait to find out.
func (o *Outbox) leave(ctx context.Context) {
	if o.node.single() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := o.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(renewNode, o.node.id(), 0)
		return nil
	})
	if err != nil {
		o.log.Warn("outbox: the other nodes could not be told that this one ends; they will find out", "error", err)
	}
}

// takeOverAll looks at the other runs and takes over the groups of those that
// are over, and of those with a name.
func (o *Outbox) takeOverAll(ctx context.Context, name string) (worked bool, err error) {
	over, err := o.lookAround(ctx, name)
	if err != nil {
		return false, err
	}
	for _, p := range over {
		if err := o.takeOver(ctx, p); err != nil && !errors.Is(err, errTakenBefore) {
			return false, err
		}
	}
	return len(over) > 0, nil
}

// lookAround returns the runs that are over. What it saw before counts only when
// that was not long ago: whoever was away himself has to look anew.
func (o *Outbox) lookAround(ctx context.Context, name string) (over []peer, err error) {
	before, now := o.node.peers, o.db.Now()
	if now.Sub(o.node.lookAt) > stillMost*beatEvery {
		before = nil
	}
	o.node.peers = nil
	seen := make(map[string]peer)
	err = o.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(otherNodes, []any{o.node.id()}, func(scan func(...any) error) error {
			var p peer
			var called string
			if err := scan(&p.id, &called, &p.beat); err != nil {
				return err
			}
			if was, known := before[p.id]; known && was.beat == p.beat {
				p.still = was.still + 1
			}
			seen[p.id] = p
			if p.beat == 0 || p.still >= stillMost || name != "" && called == name {
				over = append(over, p)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("looking for nodes that are gone: %w", err)
	}
	o.node.peers, o.node.lookAt = seen, now
	return over, nil
}

// liveGroup is a group as the table has it.
type liveGroup struct{ id, status, fingerprint string }

// takeOver makes the groups of a run that is over this node's. Whoever deletes
// the run's row is the one who may, and nobody may when it has beaten since.
func (o *Outbox) takeOver(ctx context.Context, p peer) error {
	var had, groups []liveGroup
	err := o.db.View(ctx, func(tx *db.Tx) (err error) {
		had, err = readGroups(tx, groupsOfNode, p.id)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading a node's groups: %w", err)
	}
	err = o.db.Update(ctx, func(tx *db.Tx) (err error) {
		tx.Must(1, errTakenBefore, deleteNode, p.id, p.beat)
		groups, err = readGroups(tx, takeGroups, p.id, o.node.id())
		return err
	})
	if errors.Is(err, db.ErrUnknown) {
		o.node.doubt(had)
	}
	if err != nil {
		return fmt.Errorf("taking over a node's groups: %w", err)
	}
	crash.At("takeover.taken")
	if p.id != "" {
		o.metrics.takeOvers.Inc()
	}
	o.log.Info("outbox: took over the groups of a node that is gone", "groups", len(groups))
	return o.goOnWith(ctx, groups)
}

// goOnWith takes up what belongs to this run now. What it cannot take up, because
// the database rests, it takes up after the next beat.
func (o *Outbox) goOnWith(ctx context.Context, groups []liveGroup) error {
	err := o.loadAsks(ctx, unsettledOfNode, o.node.id())
	if err == nil {
		err = o.adopt(ctx, groups)
	}
	if err != nil {
		o.node.doubt(groups)
	}
	return err
}

// doubt notes groups that may be this run's and were not taken up.
func (n *node) doubt(groups []liveGroup) {
	for _, g := range groups {
		n.doubts = append(n.doubts, g.id)
	}
}

// resolveDoubts reads whether a takeover came to be whose commit was not answered,
// and goes on with one that it got no further with.
func (o *Outbox) resolveDoubts(ctx context.Context) error {
	if len(o.node.doubts) == 0 {
		return nil
	}
	var mine []liveGroup
	err := o.db.View(ctx, func(tx *db.Tx) error {
		for _, group := range o.node.doubts {
			g := liveGroup{id: group}
			var run string
			if err := tx.Row(groupStatus, group).Scan(&g.status, &run, &g.fingerprint); err != nil {
				return err
			}
			if run == o.node.id() {
				mine = append(mine, g)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading what was taken over: %w", err)
	}
	o.node.doubts = nil
	return o.goOnWith(ctx, mine)
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
