package outbox

import (
	"context"
	"fmt"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
)

// access is a client of the provider and what tells its key from another.
type access struct {
	client      *coolsms.Client
	fingerprint string
}

// client returns the client of the key that is in use.
func (o *Outbox) client() *coolsms.Client { return o.access.Load().client }

// KeyInUse returns the fingerprint of the key that this program hands texts over
// with.
func (o *Outbox) KeyInUse() string { return o.access.Load().fingerprint }

// Use goes on with another key. What is under way with the one before is gone on
// with, or settled by reading, with this one, as after a restart; its empty groups
// are retired. Calls that have begun end with the key they began with.
func (o *Outbox) Use(ctx context.Context, client *coolsms.Client, key string) error {
	a := &access{client, o.ring.Fingerprint(key)}
	if o.access.Swap(a).fingerprint == a.fingerprint {
		return nil
	}
	o.pool.clear()
	var old []string
	err := o.db.View(ctx, func(tx *db.Tx) error {
		old = nil
		return tx.Each(poolOfOthers, []any{o.node.id(), a.fingerprint}, func(scan func(...any) error) error {
			var group string
			err := scan(&group)
			old = append(old, group)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("looking for provider groups of another key: %w", err)
	}
	return o.retire(ctx, old)
}
