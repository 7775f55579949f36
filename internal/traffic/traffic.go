// Package traffic tells what became of all texts together: how many were sent,
// arrived and were answered, how long that took and what it cost.
//
// # The walk
//
// [Traffic.Roll] adds up each hour once nothing more is entered in it, twenty
// minutes after its end: by application, purpose, carrier, status and status
// code, for the hour and for its day in Seoul. Messages that have no end by then,
// or one that a late report may still change, are set aside by their ids and are
// added when they have. [Traffic.Figures], [Traffic.By] and [Traffic.Hours] take
// the sums, and read what is not in them from the messages: the hours that go on
// and what was set aside. What they tell is what adding up all messages anew
// would tell, whenever they are asked.
//
// # What it does not do
//
// It knows no number and no person. Sums stay when the messages that they were
// made of are erased. A message without an end is added as unknown after thirty
// days; what is heard of it later changes no sum.
package traffic

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// Options are what the figures are made of.
type Options struct {
	DB         *db.DB
	Limits     *limit.Limits // raises the alarms; nil raises none
	Logger     *slog.Logger
	Registerer prometheus.Registerer // nil keeps the metrics unregistered
}

// Traffic tells the figures of one installation. It is safe for concurrent use.
type Traffic struct {
	db      *db.DB
	limits  *limit.Limits
	log     *slog.Logger
	metrics *metrics

	// rolling keeps this node's sums still while they are read; of another
	// node's changes the revision tells.
	rolling sync.RWMutex
	plan    plan
	watched atomic.Int64 // the hour before which the carriers were looked at last
}

// New returns the figures of an installation.
func New(o Options) *Traffic {
	return &Traffic{db: o.DB, limits: o.Limits, log: o.Logger, metrics: newMetrics(o.Registerer)}
}

const (
	rollEvery = time.Minute
	// rollPause parts the hours of a backlog, so that others are served between.
	rollPause = 100 * time.Millisecond
)

// Run adds up closed hours and watches the carriers until ctx ends, and then
// returns nil. What failed is handed to trouble and tried again. Several nodes
// may run it: each hour is added once.
func (t *Traffic) Run(ctx context.Context, trouble func(error)) error {
	timer := time.NewTimer(rollPause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		more, err := t.Roll(ctx)
		if err == nil && !more {
			err = t.Watch(ctx)
		}
		if err != nil && ctx.Err() == nil {
			trouble(err)
		}
		if more && err == nil {
			timer.Reset(rollPause)
		} else {
			timer.Reset(rollEvery)
		}
	}
}
