package outbox

import (
	"context"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// keep notes a beat that was begun at a time: the groups are this run's for a
// while from then on. What waited for that is taken on at once.
func (o *Outbox) keep(now db.Time) {
	was := o.node.lapsed(now)
	o.node.beatAt = now.Add(beatEvery)
	o.node.keeps.Store(int64(now.Add(keepFor)))
	if was {
		o.troubled.hurry(o.db.Now())
	}
}

// left returns for how long this run may still call the provider for its groups.
func (n *node) left(now db.Time) time.Duration { return db.Time(n.keeps.Load()).Sub(now) }

// lapsed reports whether this run may not call the provider for its groups, until
// it has beaten again.
func (n *node) lapsed(now db.Time) bool { return !n.single() && n.left(now) <= 0 }

// acting is call for calls that change groups. It ends sooner when this run has
// not beaten for so long that others may begin to take its groups over: two nodes
// never send one group at once knowingly.
func (o *Outbox) acting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := call(ctx)
	if o.node.single() {
		return ctx, cancel
	}
	left := o.node.left(o.db.Now())
	if left <= 0 { // at once, so that it is no matter of luck what is still done
		cancel()
		return ctx, cancel
	}
	var mu sync.Mutex // until there is a watch
	mu.Lock()
	defer mu.Unlock()
	var watch *time.Timer
	watch = time.AfterFunc(left, func() {
		mu.Lock()
		defer mu.Unlock()
		left := o.node.left(o.db.Now())
		switch {
		case ctx.Err() != nil:
		case left > 0: // it has beaten
			watch.Reset(left)
		default:
			cancel()
		}
	})
	return ctx, func() {
		watch.Stop()
		cancel()
	}
}
