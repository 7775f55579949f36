package outbox

import (
	"context"
	"fmt"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Line is what waits to be handed over, on all nodes.
type Line struct {
	Texts  int
	Oldest db.Time // when the first of them was asked for; 0 when there is none
}

// Line returns what waits to be handed over.
func (o *Outbox) Line(ctx context.Context) (l Line, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error { return tx.Row(waitingLine).Scan(&l.Texts, &l.Oldest) })
	if err != nil {
		return Line{}, fmt.Errorf("counting waiting messages: %w", err)
	}
	return l, nil
}

// Away reports whether the provider is out of reach, as this node knows it.
func (o *Outbox) Away() bool { return o.road.away.Load() }
