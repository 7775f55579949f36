package db

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// pgGroupLimit is the greatest number of acts in one transaction: beyond
	// 64 subtransactions the server's cache of them overflows, and every
	// other connection pays.
	pgGroupLimit = 60
	// pgTries is how often an act runs when deadlocks undo it.
	pgTries = 5
	// pgIdle is after how long a rest the connection is tried before use.
	pgIdle = time.Second
)

// pgWriter runs groups on a connection of its own, made anew when it is lost.
type pgWriter struct {
	config  *pgx.ConnConfig
	first   func() (*pgConn, error) // the connection that was made early; nil once it was taken
	clock   *clock
	log     *slog.Logger
	metrics *metrics
	times   int // how often each closure runs; more than once in tests only

	group   pgGroup
	current *pgAct    // whose closure runs
	broken  error     // why the open group cannot go on
	used    time.Time // when the connection was last used
}

func (w *pgWriter) limit() int { return pgGroupLimit }

// commit runs a group, and those of its acts again that a deadlock has undone.
func (w *pgWriter) commit(group []*act) {
	for try := 1; len(group) > 0; try++ {
		if try > 1 {
			w.metrics.retried.Inc()
			pause(try)
		}
		var again []*act
		for len(group) > 0 {
			taken, err := w.transaction(group)
			again = append(again, w.settle(group[:taken], err, try < pgTries)...)
			group = group[taken:]
		}
		group = again
	}
	w.group.careful = max(0, w.group.careful-1)
}

// pause waits for a few milliseconds that differ from node to node, so that two
// nodes do not meet in the same deadlock again.
func pause(try int) {
	var b [1]byte
	_, _ = rand.Read(b[:]) // never fails
	time.Sleep(time.Duration(try) * (time.Millisecond + time.Duration(b[0])*20*time.Microsecond))
}

// transaction runs acts in one transaction. It returns how many it took, all
// unless the transaction broke on the way, and why the acts that had succeeded
// were not kept.
func (w *pgWriter) transaction(acts []*act) (taken int, err error) {
	if err := w.ready(); err != nil {
		return len(acts), fmt.Errorf("%w: connecting: %w", ErrNotKept, err)
	}
	var newest Time
	for i, a := range acts {
		if !a.begin() && !a.begun() {
			continue
		}
		newest = w.clock.read()
		a.err = w.run(a, newest)
		if w.broken != nil {
			err := fmt.Errorf("%w: %w", ErrNotKept, w.broken)
			w.reset()
			return i + 1, err
		}
	}
	err = w.end(newest)
	if errors.Is(err, errUnsaved) {
		w.group.careful = carefulGroups
		return w.transaction(acts)
	}
	return len(acts), err
}

// run calls one closure, which queues what it has to say.
func (w *pgWriter) run(a *act, now Time) (err error) {
	w.current = &pgAct{act: a}
	for run := w.times; run > 0 && w.broken == nil; run-- {
		w.current.err, w.current.running = nil, true
		err = a.run(w, now)
		w.current.running = false
		if err == nil && run == 1 {
			w.group.pending = append(w.group.pending, w.current)
			return nil
		}
		// What is only queued has never happened; what has run is undone.
		w.group.undo = w.group.undo || w.current.started
		w.current.items, w.current.started = nil, false
	}
	return err
}

// end commits the transaction.
func (w *pgWriter) end(newest Time) error {
	floor, higher := w.clock.newFloor(newest)
	err := w.group.flush(true, floor)
	w.used = time.Now()
	var lost *lostError
	switch {
	case err == nil:
		if higher {
			w.clock.floor = floor
		}
		return nil
	case errors.Is(err, errUnsaved):
		return err
	case errors.As(err, &lost):
		err = fmt.Errorf("%w: %w", ErrUnknown, err)
	default:
		err = fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	w.reset()
	return err
}

// settle answers acts. Those that had succeeded end with the transaction's
// error, if it has one. It returns the acts that are to run again instead.
func (w *pgWriter) settle(acts []*act, err error, mayRunAgain bool) (again []*act) {
	if err != nil {
		w.metrics.failed.Inc()
		w.log.Error("a group of changes was not kept", "acts", len(acts), "error", err)
	}
	for _, a := range acts {
		if !a.begin() && !a.begun() {
			continue
		}
		if a.err != nil {
			w.metrics.refused.Inc()
		} else {
			a.err = err
		}
		if runAgain(a.err) {
			if mayRunAgain {
				again = append(again, a)
				continue
			}
			a.err = fmt.Errorf("%w: %w", ErrNotKept, a.err)
		}
		close(a.done)
	}
	return again
}

// ready sees to it that there is a connection.
func (w *pgWriter) ready() error {
	w.broken = nil
	c := w.group.conn
	if c != nil && !c.IsClosed() && time.Since(w.used) > pgIdle {
		if c.control("-- are you there?") != nil {
			c.drop()
		}
	}
	if c != nil && !c.IsClosed() {
		return c.refresh()
	}
	conn, err := w.connect()
	if err != nil {
		return err
	}
	if err := conn.prepareControls(); err != nil {
		conn.drop()
		return err
	}
	w.group, w.used = pgGroup{conn: conn}, time.Now()
	return nil
}

// connect returns a connection: the first time the one that is made already.
func (w *pgWriter) connect() (*pgConn, error) {
	first := w.first
	if first == nil {
		return connectWriter(w.config)
	}
	w.first = nil
	return first()
}

// reset leaves no transaction open.
func (w *pgWriter) reset() {
	w.group.pending = nil
	w.group.rollback()
}

func (w *pgWriter) exec(query string, args []any) error {
	_, err := w.queue(pgKey{query: query}, nil, args)
	return err
}

func (w *pgWriter) must(n int, refusal error, query string, args []any) error {
	_, err := w.queue(pgKey{query: query, guard: guardCount, count: n}, refusal, args)
	return err
}

func (w *pgWriter) get(refusal error, query string, args []any) (gotRow, error) {
	item, err := w.queue(pgKey{query: query, guard: guardRow}, refusal, args)
	if err != nil {
		return nil, err
	}
	return item, nil
}

func (w *pgWriter) find(query string, args []any) (gotRow, error) {
	item, err := w.queue(pgKey{query: query}, nil, args)
	if err != nil {
		return nil, err
	}
	return item, nil
}

// query sends what is queued with a question at its end, and waits.
func (w *pgWriter) query(query string, args []any) (Rows, error) {
	item, err := w.queue(pgKey{query: query}, nil, args)
	if err != nil {
		return nil, err
	}
	item.rows = &pgRows{types: w.group.conn.TypeMap()}
	asking := w.current
	w.group.pending = append(w.group.pending, asking)
	if err := w.group.flush(false, 0); err != nil {
		w.broken = err
		return nil, err
	}
	if asking.err != nil {
		return nil, asking.err
	}
	return item.rows, nil
}

// queue adds a statement to what the running act has to say.
func (w *pgWriter) queue(key pgKey, refusal error, args []any) (*pgItem, error) {
	sd, err := w.group.prepare(key)
	if err != nil {
		if w.group.conn.IsClosed() {
			w.broken = err
		}
		return nil, err
	}
	item := &pgItem{key: key, sd: sd, refusal: refusal}
	if err := item.values.Build(w.group.conn.TypeMap(), sd, args); err != nil {
		return nil, pgError(key.query, err)
	}
	w.current.items = append(w.current.items, item)
	return item, nil
}
