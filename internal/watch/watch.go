// Package watch looks after the account with the provider, so that nothing there
// ends unannounced: the registration of a sender number, or the money (S-102).
//
// # The walk
//
// Once a day, and at every start, one node asks the provider for the account's
// sender numbers and keeps when those of the settings end; once an hour it asks
// for the money. Every node reads what is kept every minute and tells its outbox,
// which sends nothing from a number that has lapsed. A registration that ends is
// warned of 30, 14, 7 and 1 days before and when it has ended, each once, by
// whichever node is the first to note it; money that lasts for few days more, or
// has come to the floor, likewise. A warning is a line in the log and an alarm of
// package limit: an event, a metric and a text.
//
// What is known is in the database: a restart warns of nothing twice, and while
// the provider cannot be asked what it said last goes on to hold.
//
// An operator may have a test text sent from one of the numbers, [Watch.SendTrial].
//
// The package decides neither what is sent nor from which number. It keeps no
// number, but its keyed hash.
package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
)

const (
	readEvery  = time.Minute    // what is kept is read, and warned of
	listEvery  = 24 * time.Hour // the provider is asked for the sender numbers
	moneyEvery = time.Hour      // and for the money
	againAfter = 10 * time.Minute
)

// Options are what a watch is made of.
type Options struct {
	DB         *db.DB
	Ring       *seal.Ring
	Outbox     *outbox.Outbox
	Limits     *limit.Limits
	Logger     *slog.Logger
	Registerer prometheus.Registerer

	// Spending returns how many won texts cost a day.
	Spending   func(ctx context.Context) (perDay int, err error)
	RunwayDays int // with money for fewer days an alarm is raised; 0 raises none
	Floor      int // in won; with less an alarm is raised; 0 raises none
}

// Watch looks after the account of one installation. Its methods but Run and
// Once are safe for concurrent use.
type Watch struct {
	db       *db.DB
	ring     *seal.Ring
	outbox   *outbox.Outbox
	limits   *limit.Limits
	log      *slog.Logger
	metrics  *metrics
	spending func(ctx context.Context) (int, error)
	days     int
	floor    int
	numbers  []number
	asked    bool // this run has asked for the sender numbers; touched by Once alone
}

// New returns a watch. Before Load or Once the outbox knows of no end.
func New(o Options) *Watch {
	return &Watch{
		db: o.DB, ring: o.Ring, outbox: o.Outbox, limits: o.Limits, log: o.Logger, metrics: newMetrics(o.Registerer),
		spending: o.Spending, days: o.RunwayDays, floor: o.Floor,
		numbers: numbersOf(o.Ring, o.Outbox.Configured()),
	}
}

// Load tells the outbox what is known of the sender numbers, before the first
// text is sent.
func (w *Watch) Load(ctx context.Context) error {
	kept, err := w.kept(ctx)
	if err == nil {
		w.tell(kept)
	}
	return err
}

// Run watches until ctx ends and returns nil. What failed is handed to trouble
// and tried again.
func (w *Watch) Run(ctx context.Context, trouble func(error)) error {
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	for {
		if err := w.Once(ctx); err != nil && ctx.Err() == nil {
			trouble(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Once does what a minute asks for. That the provider cannot be asked is no
// error: the outbox tells of it.
func (w *Watch) Once(ctx context.Context) error {
	return errors.Join(w.watchSenders(ctx), w.watchPurse(ctx))
}

// What is asked of the provider by one node at a time.
const (
	sendersTurn = "senders"
	purseTurn   = "purse"
)

// errNotDue says that another node has asked, or that it is too early.
var errNotDue = errors.New("it is not time to ask the provider")

// turn reports whether it is this node's turn to ask for something. When nothing
// comes of it somebody asks again after a while. With now it is, whoever asked.
func (w *Watch) turn(ctx context.Context, what string, now bool) (bool, error) {
	if !now {
		due, err := w.due(ctx, what)
		if err != nil || !due {
			return false, err
		}
	}
	err := w.db.Update(ctx, func(tx *db.Tx) error {
		most := tx.Now
		if now {
			most = 1 << 62
		}
		tx.Must(1, errNotDue, takeTurn, what, tx.Now.Add(againAfter), most)
		return nil
	})
	if errors.Is(err, errNotDue) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("taking the turn to ask the provider: %w", err)
	}
	return true, nil
}

// due looks whether a turn may be taken, so that nothing is written every minute.
func (w *Watch) due(ctx context.Context, what string) (due bool, err error) {
	err = w.db.View(ctx, func(tx *db.Tx) error {
		due = true
		return tx.Each(selectTurn, []any{what}, func(scan func(...any) error) error {
			var at db.Time
			err := scan(&at)
			due = at <= tx.Now
			return err
		})
	})
	if err != nil {
		return false, fmt.Errorf("looking when the provider is to be asked: %w", err)
	}
	return due, nil
}
