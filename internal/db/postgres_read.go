package db

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// errRolledBack is what it means when the server answers COMMIT with ROLLBACK.
var errRolledBack = errors.New("the server rolled the group back")

// lostError is the end of the connection in the middle of a pass.
type lostError struct{ cause error }

func (e *lostError) Error() string { return "the connection was lost: " + e.cause.Error() }
func (e *lostError) Unwrap() error { return e.cause }

// read sends what is in the pipeline and takes the results. It returns the
// last act that failed, or the failure of the group.
func (g *pgGroup) read() (failed *pgAct, err error) {
	defer func() {
		// Close repeats what the results have told already, unless the
		// connection has ended.
		if e := g.pipeline.Close(); err == nil && g.conn.PgConn().IsClosed() {
			err = &lostError{e}
		}
	}()
	if err := g.pipeline.Flush(); err != nil {
		return nil, &lostError{err}
	}
	for i := 0; i < len(g.steps); i++ {
		step := g.steps[i]
		err := g.result(step)
		if err == nil {
			continue
		}
		if g.conn.PgConn().IsClosed() {
			return nil, &lostError{err}
		}
		if step.act == nil {
			return nil, pgError(step.item.key.query, err)
		}
		failed = step.act
		failed.err = g.meaning(step, err)
		for g.steps[i+1].item != nil {
			i++ // the server has skipped it
		}
	}
	return failed, nil
}

// result takes the result of one step.
func (g *pgGroup) result(step pgStep) error {
	res, err := g.pipeline.GetResults()
	if err != nil {
		return err
	}
	reader, ok := res.(*pgconn.ResultReader)
	if ok != (step.item != nil) {
		g.conn.drop()
		return fmt.Errorf("unexpected result %T", res)
	}
	if step.item == nil {
		return nil
	}
	step.item.take(step.act, reader, g.conn.TypeMap())
	tag, err := reader.Close()
	if err == nil && step.item.key == pgCommit && tag.String() != "COMMIT" {
		return errRolledBack
	}
	return err
}

// take reads the rows of an item, if it has any. An act whose row does not fit
// the places named for it has run all the same: that is a fault of its author.
func (i *pgItem) take(a *pgAct, r *pgconn.ResultReader, types *pgtype.Map) {
	for n := 0; r.NextRow(); n++ {
		switch {
		case i.dest != nil && n > 0:
			a.err = pgError(i.key.query, errSeveral)
		case i.rows != nil:
			i.rows.add(r.FieldDescriptions(), r.Values())
		case i.dest != nil:
			if err := scanRow(types, r.FieldDescriptions(), r.Values(), i.dest); err != nil && a.err == nil {
				a.err = pgError(i.key.query, err)
			}
		}
	}
}

// meaning returns what the failure of a step means to its act.
func (g *pgGroup) meaning(step pgStep, err error) error {
	switch sqlState(err) {
	case pgDivisionByZero:
		if step.item.key.guard != unguarded {
			return step.item.refusal
		}
	case pgNotSupported:
		g.conn.stale = true
	}
	return pgError(step.item.key.query, err)
}

// pgRows are the rows of a Query, read to the end so that the connection is
// free for what follows.
type pgRows struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	rows   [][][]byte
	next   int
}

// add keeps a copy of one row.
func (r *pgRows) add(fields []pgconn.FieldDescription, values [][]byte) {
	if r.fields == nil {
		r.fields = append(r.fields, fields...)
	}
	row := make([][]byte, len(values))
	for i, v := range values {
		if v != nil {
			row[i] = append([]byte{}, v...)
		}
	}
	r.rows = append(r.rows, row)
}

// Next goes to the next row.
func (r *pgRows) Next() bool {
	r.next++
	return r.next <= len(r.rows)
}

// Scan copies the current row.
func (r *pgRows) Scan(dest ...any) error {
	if r.next == 0 || r.next > len(r.rows) {
		return errors.New("Scan called without a row")
	}
	return scanRow(r.types, r.fields, r.rows[r.next-1], dest)
}

// Err returns nil: a failure has been returned by Query.
func (r *pgRows) Err() error { return nil }

// Close drops the rows.
func (r *pgRows) Close() error {
	r.rows = nil
	return nil
}

// scanRow decodes one row into dest.
func scanRow(types *pgtype.Map, fields []pgconn.FieldDescription, values [][]byte, dest []any) error {
	if len(dest) != len(fields) {
		return fmt.Errorf("%d columns for %d places", len(fields), len(dest))
	}
	for i, f := range fields {
		if err := types.Scan(f.DataTypeOID, f.Format, values[i], dest[i]); err != nil {
			return fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	return nil
}
