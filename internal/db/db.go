// Package db is the database: SQLite in a file, or PostgreSQL for several
// nodes, behind one Go type and one SQL text.
//
// Everything is written inside [DB.Update]. Its closures, the acts, wait in a
// queue; one writer takes what waits, runs each act in a savepoint of its own
// and commits them together, so that sixty-four waiting callers pay for one
// sync of the disk. A refused, failing or panicking act is undone alone, and
// nobody hears of success before the commit is durable. [DB.View] reads, and
// sees whatever had been acknowledged before it began.
//
// The walk of an act: Update, queue, group, closure, commit, answer. On SQLite
// each statement runs when the closure calls it. On PostgreSQL the statements
// of the whole group are queued and leave in one pipeline, COMMIT included;
// what a closure demands ([Tx.Must], [Tx.Get]) is checked by the server, and
// only [Tx.Row] and [Tx.Query] cost a round trip. A closure can therefore run
// twice there, and assigns its results rather than counting them up.
//
// The room owns the one clock ([DB.Now], Tx.Now), the migrations under schema/,
// the facts about the installation ([DB.Fact]) and the rights of the database's
// files. It refuses to open a database that a newer program has written, that
// others may read, or whose server tells another time; it never runs a caller's
// context on a writing statement, and it knows no table of the other rooms.
package db

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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

	Now               func() time.Time // replaces the clock in tests
	DuplicateClosures bool             // run each closure twice and undo the first run, for tests
}

// DB is an open database. Its methods may be called by many goroutines.
type DB struct {
	clock   *clock
	writer  *writer
	backend backend
}

// backend is what the two databases have in common beneath a DB.
type backend interface {
	view(ctx context.Context, now Time, fn func(tx *Tx) error) error
	close() error
}

// Open opens a database and starts its writer. The errors a person can cure
// are [ErrLocked], [ErrLooseRights], [ErrNewerSchema], [ErrOlderSchema] and
// [ErrClockOff]; their texts say how.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		return openOnPostgres(ctx, o)
	}
	return openOnSQLite(ctx, o)
}

// openOnSQLite puts the parts together for a file.
func openOnSQLite(ctx context.Context, o Options) (*DB, error) {
	s, floor, err := openSQLite(ctx, o)
	if err != nil {
		return nil, err
	}
	d := &DB{clock: newClock(floor, o.Now), writer: newWriter(s.writer), backend: s}
	if d.writer.metrics, err = newMetrics(o.Registerer, d.writer.depth); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.writer.metrics = d.writer.metrics
	s.start(d.clock)
	go d.writer.run()
	return d, nil
}

// openOnPostgres puts the parts together for a server.
func openOnPostgres(ctx context.Context, o Options) (*DB, error) {
	p, floor, err := openPostgres(ctx, o)
	if err != nil {
		return nil, err
	}
	d := &DB{clock: newClock(floor, o.Now), writer: newWriter(p.writer), backend: p}
	if d.writer.metrics, err = newMetrics(o.Registerer, d.writer.depth); err == nil {
		p.writer.metrics = d.writer.metrics
		err = p.start(ctx, d.clock)
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
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
	return d.writer.update(ctx, fn)
}

// View runs fn to read only. It sees everything that Update had acknowledged
// before; each statement of it sees the newest state, so that figures that have
// to agree belong in one statement. The end of ctx interrupts it.
func (d *DB) View(ctx context.Context, fn func(tx *Tx) error) error {
	return d.backend.view(ctx, d.clock.read(), fn)
}

// Now returns the time of the one clock, which never steps back.
func (d *DB) Now() Time { return d.clock.read() }

// Close runs the acts that wait, then ends all connections.
func (d *DB) Close() error {
	d.writer.close()
	return d.backend.close()
}
