package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/internal/crash"
)

const (
	// sqliteGroup is the greatest number of acts in one commit.
	sqliteGroup = 256
	// carefulGroups is how many groups have a savepoint for each act after one
	// that was undone because it had none.
	carefulGroups = 64

	sqliteBegin    = "BEGIN IMMEDIATE"
	sqliteCommit   = "COMMIT"
	sqliteRollback = "ROLLBACK"
	sqliteSave     = "SAVEPOINT act"
	sqliteRelease  = "RELEASE act"
	sqliteUndo     = "ROLLBACK TO act"
)

// sqliteWriter runs groups on the one connection that writes. None of its
// statements carries a context that can end: an interrupted statement would
// make SQLite roll the whole group back.
//
// Nearly every act that is refused is refused before it has changed anything:
// then there is nothing to undo. So a group goes without savepoints, until an
// act fails that has changed something. The group is then undone as a whole and
// run again with a savepoint for each act, and so are the next ones: such a
// failure seldom comes alone.
type sqliteWriter struct {
	conn    *sqliteConn
	clock   *clock
	log     *slog.Logger
	metrics *metrics
	times   int         // how often each closure runs; more than once in tests only
	restart atomic.Bool // the log has grown long: start it anew before the next group
	careful int         // so many groups still have savepoints
	changed bool        // the act that runs may have changed something
	told    time.Time   // when the log last told of trouble
	untold  int         // acts that were not kept since
}

var background = context.Background()

func (w *sqliteWriter) limit() int { return sqliteGroup }

// commit runs a group. It is one transaction unless the storage fails under
// it; then the acts that had not begun go into another one.
func (w *sqliteWriter) commit(group []*act) {
	if w.restart.CompareAndSwap(true, false) {
		w.restartLog()
	}
	for len(group) > 0 {
		group = group[w.transaction(group):]
	}
	w.careful = max(0, w.careful-1)
}

// errUnsaved says that an act without a savepoint has to be undone.
var errUnsaved = errors.New("the act has no savepoint")

// transaction runs acts in one transaction, answers them, and returns how many
// it took: all, unless the transaction broke at one of them.
func (w *sqliteWriter) transaction(acts []*act) (taken int) {
	if err := w.control(sqliteBegin); err != nil {
		return w.fail(acts, fmt.Errorf("beginning a group: %w", err))
	}
	kept := 0
	var newest Time
	for i, a := range acts {
		if !a.begin() && !a.begun() {
			continue
		}
		newest = w.clock.read()
		err, broken := w.act(a, newest)
		a.err = err
		switch {
		case broken == errUnsaved: //nolint:errorlint // a mark of this file, never wrapped
			w.reset()
			w.careful = carefulGroups
			return w.transaction(acts)
		case broken != nil:
			w.reset()
			return w.fail(acts[:i+1], broken)
		case err == nil:
			kept++
		}
	}
	err := w.append(acts)
	if err == nil {
		err = w.end(kept, newest)
	}
	if err != nil {
		w.reset()
		return w.fail(acts, err)
	}
	for _, a := range acts {
		if a.begun() {
			if a.err != nil {
				w.metrics.refused.Inc()
			}
			close(a.done)
		}
	}
	return len(acts)
}

// act runs one closure, within a savepoint where care is taken. broken says
// that the transaction around it no longer stands, which takes every act before
// it along, or has to be given up.
func (w *sqliteWriter) act(a *act, now Time) (err, broken error) {
	if w.careful == 0 && w.times == 1 {
		w.changed = false
		err = a.run(w, now)
		switch {
		case storageFailed(err):
			return nil, err
		case err != nil && w.changed:
			return err, errUnsaved
		}
		return err, nil
	}
	for run := w.times; run > 0; run-- {
		if broken := w.control(sqliteSave); broken != nil {
			return nil, broken
		}
		err = a.run(w, now)
		if storageFailed(err) {
			return nil, err
		}
		if err != nil || run > 1 {
			if e := w.control(sqliteUndo); e != nil {
				return undone(err, e)
			}
		}
		if e := w.control(sqliteRelease); e != nil {
			return undone(err, e)
		}
	}
	return err, nil
}

// undone tells the end of an act apart from that of the transaction. After a
// full disk or a failed read or write SQLite has rolled everything back by
// itself, so that there is no savepoint any more; then the statement that met
// the failure is what broke, and not its act.
func undone(err, savepoint error) (own, broken error) {
	if failure := (*statementError)(nil); errors.As(err, &failure) {
		return nil, err
	}
	return err, savepoint
}

// append writes the rows that the acts which were kept have handed over.
func (w *sqliteWriter) append(acts []*act) error {
	var rows []bulkRow
	for _, a := range acts {
		if a.begun() && a.err == nil {
			rows = append(rows, a.tx.rows...)
		}
	}
	for _, in := range inserts(rows) {
		if _, err := w.conn.exec(in.query, in.args); err != nil {
			return err
		}
	}
	return nil
}

// end commits what was kept. When nothing was, the rollback spares the disk.
func (w *sqliteWriter) end(kept int, newest Time) error {
	if kept == 0 {
		return w.control(sqliteRollback)
	}
	floor, higher := w.clock.newFloor(newest)
	if higher {
		if _, err := w.conn.exec(clockFloor, []any{int64(floor)}); err != nil {
			return err
		}
	}
	crash.At("commit.before")
	if err := w.control(sqliteCommit); err != nil {
		return fmt.Errorf("committing a group: %w", err)
	}
	crash.At("commit.after")
	if higher {
		w.clock.floor = floor
	}
	return nil
}

// fail answers acts whose transaction was lost: those that had failed by
// themselves with their own error, the others with ErrNotKept or ErrUnknown.
func (w *sqliteWriter) fail(acts []*act, cause error) int {
	w.metrics.failed.Inc()
	w.tell(len(acts), cause)
	for _, a := range acts {
		if a.begin() || a.begun() {
			if a.err == nil {
				a.err = fmt.Errorf("%w: %s", lostBy(cause), cause.Error()) // as text: it may be another act's
			}
			close(a.done)
		}
	}
	return len(acts)
}

// reset leaves no transaction open.
func (w *sqliteWriter) reset() {
	_ = w.control(sqliteRollback) // fails when SQLite has rolled back already
}

// control runs a statement without arguments or rows.
func (w *sqliteWriter) control(query string) error {
	_, err := w.conn.exec(query, nil)
	return err
}

func (w *sqliteWriter) exec(query string, args []any) error {
	_, err := w.change(query, args)
	return err
}

func (w *sqliteWriter) must(n int, refusal error, query string, args []any) error {
	changed, err := w.change(query, args)
	if err == nil && changed != int64(n) {
		return refusal
	}
	return err
}

// change runs a statement of an act and notes whether it left things as they
// were: it changed no row, or it broke a constraint and was undone for that.
func (w *sqliteWriter) change(query string, args []any) (int64, error) {
	changed, err := w.conn.exec(query, args)
	w.changed = w.changed || changed != 0 || err != nil && !errors.Is(err, ErrConstraint) || !counts(query)
	return changed, err
}

// counts reports whether SQLite counts the rows that a statement changes.
func counts(query string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(query, " \t\n"), " ")
	return word == "INSERT" || word == "UPDATE" || word == "DELETE"
}

func (w *sqliteWriter) get(refusal error, query string, args []any) (gotRow, error) {
	w.changed = true
	return w.first(query, args, nil, refusal)
}

func (w *sqliteWriter) find(query string, args []any) (gotRow, error) {
	return w.first(query, args, noRow{}, nil)
}

// first runs a query and returns its first row, or what it is told when there
// is none.
func (w *sqliteWriter) first(query string, args []any, none gotRow, refusal error) (gotRow, error) {
	rows, err := w.conn.query(background, query, args)
	if err != nil {
		return nil, err
	}
	if !rows.Next() {
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, sqliteError(query, err)
		}
		return none, refusal
	}
	if refusal == nil {
		refusal = errSeveral
	}
	return &sqliteGot{Rows: rows, several: refusal}, nil
}

// errSeveral is what Find says of a second row.
var errSeveral = errors.New("the query found several rows: Find is for one or none")

// noRow is what Find got when there was nothing.
type noRow struct{}

func (noRow) into([]any) error { return nil }
func (noRow) Close() error     { return nil }

func (w *sqliteWriter) query(query string, args []any) (Rows, error) {
	w.changed = true // it may be anything, and an act that asks is not a frequent one
	rows, err := w.conn.query(background, query, args)
	if err != nil {
		return nil, err // and no Rows that hold a nil
	}
	return rows, nil
}

// sqliteGot is the row of a Get or a Find, read when its places are named.
type sqliteGot struct {
	*sql.Rows
	several error // what a second row means
}

func (g *sqliteGot) into(dest []any) error {
	defer g.Close() // what Close could tell, Err has told
	if err := g.Scan(dest...); err != nil {
		return err
	}
	if g.Next() {
		return g.several
	}
	return g.Err()
}
