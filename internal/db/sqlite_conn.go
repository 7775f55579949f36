package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// keptStatements bounds what one connection keeps prepared. The product's own
// texts are far fewer; texts put together at run time must not fill the memory.
const keptStatements = 512

// sqliteConn is one connection to SQLite with its prepared statements, kept by
// their text: preparing costs more than running does. It serves one goroutine
// at a time.
//
// Statements without rows go straight to the driver: most of what a sign-up
// does is such statements, and database/sql would make for each a result, a
// copy of its values and a lock.
type sqliteConn struct {
	conn    *sql.Conn
	queries map[string]*sqliteQuery
	execs   map[string]*sqliteExec
	values  []driver.NamedValue // room for those of one statement
	args    []any               // the same for one query
}

// sqliteQuery is a prepared statement with rows.
type sqliteQuery struct {
	*sql.Stmt
	order []int
}

// sqliteExec is a prepared statement without rows, as the driver has it.
type sqliteExec struct {
	driver.StmtExecContext
	io.Closer
	order []int
}

// newSQLiteConn takes a connection out of pool for good.
func newSQLiteConn(ctx context.Context, pool *sql.DB) (*sqliteConn, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{conn: conn, queries: make(map[string]*sqliteQuery), execs: make(map[string]*sqliteExec)}, nil
}

// places finds the arguments in a statement, and the texts in which a $ is none.
var places = regexp.MustCompile(`'[^']*'|\$[0-9]+`)

// unnamed returns a statement with ? for each $n, and which argument each of
// them is, from 0 on. To SQLite $n is a name, which the driver would look up at
// every run.
func unnamed(query string) (text string, order []int) {
	text = places.ReplaceAllStringFunc(query, func(place string) string {
		n, err := strconv.Atoi(strings.TrimPrefix(place, "$"))
		if err != nil {
			return place // a text
		}
		order = append(order, n-1)
		return "?"
	})
	return text, order
}

// prepare returns the statement for a query with rows, prepared once.
func (c *sqliteConn) prepare(query string) (*sqliteQuery, error) {
	if s, ok := c.queries[query]; ok {
		return s, nil
	}
	text, order := unnamed(query)
	// A statement outlives the call that first needed it, and so must not end
	// with that call's context.
	s, err := c.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, sqliteError(query, err)
	}
	c.makeRoom()
	c.queries[query] = &sqliteQuery{s, order}
	return c.queries[query], nil
}

// prepareExec returns the driver's statement for a query without rows.
func (c *sqliteConn) prepareExec(conn driver.ConnPrepareContext, query string) (*sqliteExec, error) {
	if s, ok := c.execs[query]; ok {
		return s, nil
	}
	text, order := unnamed(query)
	s, err := conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	c.makeRoom()
	c.execs[query] = &sqliteExec{s.(driver.StmtExecContext), s, order}
	return c.execs[query], nil
}

// makeRoom keeps the number of statements bounded.
func (c *sqliteConn) makeRoom() {
	if len(c.queries)+len(c.execs) >= keptStatements {
		c.forget()
	}
}

// forget closes all statements. Rows that are being read keep theirs until
// they are closed.
func (c *sqliteConn) forget() {
	for _, s := range c.queries {
		_ = s.Close() // the statement is gone either way
	}
	for _, s := range c.execs {
		_ = s.Close()
	}
	clear(c.queries)
	clear(c.execs)
}

// exec runs a statement and returns how many rows it changed.
func (c *sqliteConn) exec(query string, args []any) (changed int64, err error) {
	err = c.conn.Raw(func(conn any) error {
		s, err := c.prepareExec(conn.(driver.ConnPrepareContext), query)
		if err != nil {
			return err
		}
		values, err := c.bind(s.order, args)
		if err != nil {
			return err
		}
		res, err := s.ExecContext(context.Background(), values)
		if err != nil {
			return err
		}
		changed, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, sqliteError(query, err)
	}
	return changed, nil
}

// bind turns arguments into the values a driver takes, in room that the next
// statement uses again.
func (c *sqliteConn) bind(order []int, args []any) ([]driver.NamedValue, error) {
	c.values = c.values[:0]
	for place, i := range order {
		if i >= len(args) {
			return nil, fmt.Errorf("value %d is missing", i+1)
		}
		value := driver.NamedValue{Ordinal: place + 1}
		switch arg := args[i].(type) {
		case nil, int64, string, []byte:
			value.Value = arg
		case Time:
			value.Value = int64(arg)
		default:
			v, err := driver.DefaultParameterConverter.ConvertValue(arg)
			if err != nil {
				return nil, fmt.Errorf("binding value %d: %w", i+1, err)
			}
			value.Value = v
		}
		c.values = append(c.values, value)
	}
	return c.values, nil
}

// query runs a statement that answers with rows.
func (c *sqliteConn) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	c.args = c.args[:0]
	for _, i := range s.order {
		if i >= len(args) {
			return nil, sqliteError(query, fmt.Errorf("value %d is missing", i+1))
		}
		c.args = append(c.args, args[i])
	}
	rows, err := s.QueryContext(ctx, c.args...)
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
