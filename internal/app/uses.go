package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// writeUsesEvery is how late the last use of a key may be written.
const writeUsesEvery = time.Minute

// uses remembers when keys were used last, until it is written.
type uses struct {
	mu   sync.Mutex
	last map[string]db.Time // by the id of the key
}

func newUses() *uses { return &uses{last: make(map[string]db.Time)} }

func (u *uses) note(keyID string, now db.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[keyID] = now
}

// take hands over what was noted.
func (u *uses) take() map[string]db.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = make(map[string]db.Time, len(taken))
	return taken
}

// WriteUses writes when keys were used last, all of them in one act. Run
// repeats it every minute. What could not be written is lost: the next use of
// the key is as good.
func (a *Apps) WriteUses(ctx context.Context) error {
	last := a.uses.take()
	if len(last) == 0 {
		return nil
	}
	err := a.db.Update(ctx, func(tx *db.Tx) error {
		for _, keyID := range slices.Sorted(maps.Keys(last)) { // in one order on all nodes
			tx.Exec(useKey, keyID, last[keyID])
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing when keys were used: %w", err)
	}
	return nil
}

// Run writes the uses of keys until ctx ends, a last time then, and returns
// nil. What failed is handed to trouble.
func (a *Apps) Run(ctx context.Context, trouble func(error)) error {
	tick := time.NewTicker(writeUsesEvery)
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		if err := a.WriteUses(context.WithoutCancel(ctx)); err != nil {
			trouble(err)
		}
	}
	return nil
}
