package db

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// keptStatements bounds what one connection keeps prepared. The product's own
// texts are far fewer; texts put together at run time must not fill the memory.
const keptStatements = 512

// sqliteConn is one connection to SQLite with its prepared statements, kept by
// their text: preparing costs more than running does. It serves one goroutine
// at a time.
type sqliteConn struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// newSQLiteConn takes a connection out of pool for good.
func newSQLiteConn(ctx context.Context, pool *sql.DB) (*sqliteConn, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{conn: conn, stmts: make(map[string]*sql.Stmt)}, nil
}

// prepare returns the statement for query, prepared once.
func (c *sqliteConn) prepare(query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	// A statement outlives the call that first needed it, and so must not end
	// with that call's context.
	s, err := c.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, sqliteError(query, err)
	}
	if len(c.stmts) >= keptStatements {
		c.forget()
	}
	c.stmts[query] = s
	return s, nil
}

// forget closes all statements. Rows that are being read keep theirs until
// they are closed.
func (c *sqliteConn) forget() {
	for _, s := range c.stmts {
		_ = s.Close() // the statement is gone either way
	}
	clear(c.stmts)
}

// exec runs a statement and returns how many rows it changed.
func (c *sqliteConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, sqliteError(query, err)
	}
	return res.RowsAffected()
}

// query runs a statement that answers with rows.
func (c *sqliteConn) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, sqliteError(query, err)
	}
	return rows, nil
}

// close gives the connection back to its pool, which is closed next.
func (c *sqliteConn) close() error {
	c.forget()
	return c.conn.Close()
}

// sqliteError adds the statement to an error of SQLite.
func sqliteError(query string, err error) error {
	var e *sqlite.Error
	broken := errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
	return &statementError{query: query, cause: err, constraint: broken}
}
