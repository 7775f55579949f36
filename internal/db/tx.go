package db

import (
	"database/sql"
	"errors"
	"io"
)

// Tx is what a closure of [DB.Update] or [DB.View] speaks to. It ends with
// the closure. Its methods keep the first failure, as a bufio.Writer does:
// later calls do nothing, and Update returns it unless the closure returns an
// error of its own.
type Tx struct {
	// Now is the time of the transaction, by the database's one clock. Within
	// one process it never steps back from one act to the next.
	Now Time

	s      session
	err    error
	open   []io.Closer // what the closure asked for and may not have closed
	topics []string    // of Notify
	rows   []bulkRow   // of Append
}

// session runs statements for one Tx. Each method returns the failure that
// ends the act; a queueing session may learn of it only later.
type session interface {
	exec(query string, args []any) error
	must(n int, refusal error, query string, args []any) error
	get(refusal error, query string, args []any) (gotRow, error)
	find(query string, args []any) (gotRow, error)
	query(query string, args []any) (Rows, error)
}

// Rows is what a query answers, read as from sql.Rows. Rows left open are
// closed when the closure ends.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Exec runs a statement whose result is not needed. On PostgreSQL it is queued
// and leaves with the next Row or Query, or at the end of the group.
func (tx *Tx) Exec(query string, args ...any) {
	if tx.err == nil {
		tx.err = tx.s.exec(query, args)
	}
}

// Must runs an INSERT, UPDATE or DELETE without RETURNING that has to change
// exactly n rows; otherwise the act is undone and Update returns refusal.
func (tx *Tx) Must(n int, refusal error, query string, args ...any) {
	if tx.err == nil {
		tx.err = tx.s.must(n, refusal, query, args)
	}
}

// Get runs an INSERT, UPDATE or DELETE with RETURNING that has to yield exactly
// one row; otherwise the act is undone and Update returns refusal. The row is
// in the places named by [Got.Into] once Update has returned nil, and must not
// be looked at before.
func (tx *Tx) Get(refusal error, query string, args ...any) *Got {
	if tx.err != nil {
		return &Got{tx: tx}
	}
	return tx.got(tx.s.get(refusal, query, args))
}

// Find runs a SELECT that answers with one row or none, inside Update. The row
// is in the places named by [Got.Into] once Update has returned nil; where
// there was none they are as they were. On PostgreSQL it is queued, and so
// costs an act no round trip as a Row would.
func (tx *Tx) Find(query string, args ...any) *Got {
	if tx.err != nil {
		return &Got{tx: tx}
	}
	return tx.got(tx.s.find(query, args))
}

func (tx *Tx) got(row gotRow, err error) *Got {
	if err != nil {
		tx.err = err
		return &Got{tx: tx}
	}
	tx.open = append(tx.open, row)
	return &Got{tx: tx, row: row}
}

// Got is the one row of a [Tx.Get] or [Tx.Find] on its way.
type Got struct {
	tx  *Tx
	row gotRow // nil when the act has failed already
}

// gotRow is what a session knows of the row of a Get.
type gotRow interface {
	into(dest []any) error
	io.Closer
}

// Into names where the row goes, as Scan does.
func (g *Got) Into(dest ...any) {
	if g.tx.err == nil {
		g.tx.err = g.row.into(dest)
	}
}

// Row runs a query at once and returns its first row. Inside Update on
// PostgreSQL that costs a round trip, so hot acts do without.
func (tx *Tx) Row(query string, args ...any) *Row {
	rows, err := tx.Query(query, args...)
	return &Row{rows: rows, err: err}
}

// Row is one row, or the error of the query.
type Row struct {
	rows Rows
	err  error
}

// Scan copies the row; the error is sql.ErrNoRows when there is none.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close() // what Close could tell, Err has told
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return r.rows.Scan(dest...)
}

// Query runs a query at once. While its rows are open the Tx takes no other
// Row or Query: read them first, or join.
func (tx *Tx) Query(query string, args ...any) (Rows, error) {
	if tx.err != nil {
		return nil, tx.err
	}
	rows, err := tx.s.query(query, args)
	if err != nil {
		tx.err = err
		return nil, err
	}
	tx.open = append(tx.open, rows)
	return rows, nil
}

// Each runs a query and calls fn once for each row, with the row's Scan. An
// error of fn ends the walk and is returned.
func (tx *Tx) Each(query string, args []any, fn func(scan func(dest ...any) error) error) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() // what Close could tell, Err has told
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// finish closes what the closure left open and returns how it ended.
func (tx *Tx) finish(err error) error {
	for _, c := range tx.open {
		if e := c.Close(); e != nil && tx.err == nil {
			tx.err = e
		}
	}
	clear(tx.open)
	tx.open = tx.open[:0]
	if err != nil {
		return err
	}
	return tx.err
}

// errReadOnly is what a writing statement meets inside a View.
var errReadOnly = errors.New("a View reads only: write inside Update")

// reading is the part of a session that a View has not got.
type reading struct{}

func (reading) exec(string, []any) error             { return errReadOnly }
func (reading) must(int, error, string, []any) error { return errReadOnly }
func (reading) get(error, string, []any) (gotRow, error) {
	return nil, errReadOnly
}

func (reading) find(string, []any) (gotRow, error) {
	return nil, errors.New("Find belongs in an Update: inside a View use Row")
}
