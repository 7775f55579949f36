// Package db is the database: SQLite in a file, or PostgreSQL for several
// nodes, behind one Go type and one SQL text.
//
// Everything is written inside [DB.Update]. Its closures, the acts, wait in a
// queue; one writer takes what waits, runs the acts and commits them together,
// so that sixty-four waiting callers pay for one sync of the disk. A refused,
// failing or panicking act is undone alone, and nobody hears of success before
// the commit is durable. [DB.View] reads, and sees whatever had been
// acknowledged before it began.
//
// What nobody waits for goes through [DB.UpdateSoon] and shares the commit of
// what comes next.
//
// The walk of an act: Update, queue, group, closure, commit, answer. On SQLite
// each statement runs when the closure calls it. On PostgreSQL the statements
// of the whole group are queued and leave in one pipeline, COMMIT included;
// what a closure demands ([Tx.Must], [Tx.Get]) is checked by the server, and
// only [Tx.Row] and [Tx.Query] cost a round trip. On either a closure can run
// twice, and assigns its results rather than counting them up.
//
// Rows that nobody reads in their own group, such as events, are handed over
// with [Tx.Append] and written for the whole group at once ([Bulk]).
//
// Whoever waits for a change listens to its topic ([Tx.Notify], [DB.Listen]),
// on PostgreSQL from any node. That is a hint: what must not be missed is looked
// for now and then as well.
//
// The room owns the one clock ([DB.Now], Tx.Now), the migrations under schema/,
// the facts about the installation ([DB.Fact]) and the rights of the database's
// files. It refuses to open a database that a newer program has changed beyond it, that
// others may read, or whose server tells another time; it never runs a caller's
// context on a writing statement, and it knows no table of the other rooms.
package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// DefaultFile is the SQLite file of an empty URL.
const DefaultFile = "sinpyo-data/sinpyo.db"

// Options say which database to open, and how.
type Options struct {
	URL       string // a path, "sqlite:path", or "postgres://…"; empty means DefaultFile
	Migrate   bool   // create the database and bring its tables up to date
	Exclusive bool   // SQLite: hold the lock that refuses a second server

	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil keeps the metrics unregistered
	Tracer     trace.Tracer          // makes spans of the acts of traced requests; nil for none

	Now               func() time.Time // replaces the clock in tests
	DuplicateClosures bool             // run each closure twice and undo the first run, for tests
}

// DB is an open database. Its methods may be called by many goroutines.
type DB struct {
	clock   *clock
	writer  *writer
	backend backend
	hub     *hub
	tracer  trace.Tracer

	restoredAt Time

	hear      func() // begins to hear of other nodes, once
	closeOnce func() error
}

// backend is one of the two databases beneath a DB.
type backend interface {
	// version returns the number of the newest migration it has had.
	version(ctx context.Context) (int64, error)
	// oldestProgram returns the schema of the oldest program that suits it.
	oldestProgram(ctx context.Context) (int64, error)
	// migrate brings its tables up to date, in one process at a time.
	migrate(ctx context.Context) error
	// floor returns the time that no clock may go behind, and when the database
	// was restored from a backup.
	floor(ctx context.Context) (at, restored Time, err error)
	// start makes its engine ready and runs what it needs in the background.
	start(ctx context.Context, c *clock, m *metrics) (engine, error)
	// view runs fn on a connection that reads.
	view(ctx context.Context, now Time, fn func(tx *Tx) error) error
	// hear wakes the listeners of h when another node tells of something.
	hear(h *hub)
	// tell lets the other nodes know of topics, soon and perhaps never.
	tell(topics []string)
	// close ends all connections. The writer has stopped.
	close() error
}

// OnPostgres reports whether a URL names a PostgreSQL database and no file.
func OnPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// dial reaches the database that a URL names.
func dial(ctx context.Context, o Options) (backend, error) {
	if OnPostgres(o.URL) {
		return dialPostgres(ctx, o)
	}
	return dialSQLite(ctx, o)
}

// Open opens a database and starts its writer. The errors a person can cure
// are [ErrLocked], [ErrLooseRights], [ErrNewerSchema], [ErrOlderSchema] and
// [ErrClockOff]; their texts say how.
func Open(ctx context.Context, o Options) (_ *DB, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b, err := dial(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if err := bringUp(ctx, b, o.Migrate); err != nil {
		return nil, err
	}
	return begin(ctx, b, o)
}

// begin starts the writer of a database that is up to date.
func begin(ctx context.Context, b backend, o Options) (*DB, error) {
	floor, restored, err := b.floor(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the clock: %w", err)
	}
	d := &DB{clock: newClock(floor, o.Now), writer: newWriter(), backend: b, hub: newHub(), tracer: o.Tracer, restoredAt: restored}
	d.writer.log = o.Logger
	d.hear = sync.OnceFunc(func() { b.hear(d.hub) })
	d.writer.tell = func(topics []string) {
		for _, topic := range topics {
			d.hub.wake(topic)
		}
		b.tell(topics)
	}
	if d.writer.metrics, err = newMetrics(o.Registerer, d.writer.depth); err != nil {
		return nil, err
	}
	if d.writer.engine, err = b.start(ctx, d.clock, d.writer.metrics); err != nil {
		return nil, err
	}
	d.closeOnce = sync.OnceValue(func() error {
		d.writer.close()
		return b.close()
	})
	go d.writer.run()
	return d, nil
}

// times is how often each closure runs.
func (o Options) times() int {
	if o.DuplicateClosures {
		return 2
	}
	return 1
}

// Update runs fn in the writer's next group and returns when its changes are
// durable, or when they have been undone: with the error of fn, with the first
// failure of its statements, or with [ErrNotKept] or [ErrUnknown] when the
// group could not be committed. [ErrBusy] says that the queue is full. When ctx
// ends while fn still waits, fn is not run and ctx.Err() is returned; once
// begun, the end of ctx changes nothing.
//
// fn may run more than once: it assigns results and has no other effect. A
// refusal that must be remembered is a result too, since an error undoes all.
// fn must not call Update, which panics rather than wait for itself.
func (d *DB) Update(ctx context.Context, fn func(tx *Tx) error) error {
	if d.traced(ctx) {
		return d.traceUpdate(ctx, fn)
	}
	return d.writer.update(ctx, newAct(fn))
}

// UpdateSoon is Update for an act that no person waits for, such as a record of
// what the provider answered. Rather than have a commit of its own it waits, at
// most 3 ms, for another act to share one with.
func (d *DB) UpdateSoon(ctx context.Context, fn func(tx *Tx) error) error {
	a := newAct(fn)
	a.soon = true
	return d.writer.update(ctx, a)
}

// View runs fn to read only. It sees everything that Update had acknowledged
// before; each statement of it sees the newest state, so that figures that have
// to agree belong in one statement. The end of ctx interrupts it.
func (d *DB) View(ctx context.Context, fn func(tx *Tx) error) error {
	if d.traced(ctx) {
		var end func()
		ctx, end = d.traceView(ctx)
		defer end()
	}
	err := d.backend.view(ctx, d.clock.read(), fn)
	if ended := ctx.Err(); ended != nil && err != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err) // a driver may call it a bad connection
	}
	return err
}

// Now returns the time of the one clock, which never steps back.
func (d *DB) Now() Time { return d.clock.read() }

// Close runs the acts that wait, then ends all connections. A second Close does
// nothing more.
func (d *DB) Close() error { return d.closeOnce() }
