package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// pgDeadline is how long one exchange with the server may take. Locks that
// another node holds are waited for within it.
const pgDeadline = 10 * time.Second

// What PostgreSQL calls the errors this room tells apart
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const (
	pgDivisionByZero  = "22012" // how a guard says no
	pgDeadlock        = "40P01"
	pgSerialization   = "40001"
	pgUndefinedTable  = "42P01"
	pgNotSupported    = "0A000" // among others: a kept plan that no longer fits its table
	pgConstraintClass = "23"
)

// guard says what a statement's result has to be, checked by the server.
type guard int

const (
	unguarded guard = iota
	guardCount
	guardRow
)

// pgKey names a prepared statement: a text, and what its result has to be.
type pgKey struct {
	query string
	guard guard
	count int // of guardCount
}

// text returns the statement as it is sent. A guard divides by zero, on the
// server and in its place in the pipeline, when the rows are not as many as
// they have to be; so nothing must be read before COMMIT is sent.
func (k pgKey) text() string {
	switch k.guard {
	case guardCount:
		return fmt.Sprintf("WITH g AS (\n%s\nRETURNING 1) SELECT 1/(CASE WHEN count(*) = %d THEN 1 ELSE 0 END) FROM g", k.query, k.count)
	case guardRow:
		return "WITH g AS (\n" + k.query + "\n) SELECT g.* FROM (SELECT 1/(CASE WHEN count(*) = 1 THEN 1 ELSE 0 END) AS ok FROM g) n LEFT JOIN g ON n.ok > 0"
	default:
		return k.query
	}
}

// pgConn is the writer's connection with its prepared statements.
type pgConn struct {
	*pgx.Conn
	statements map[pgKey]*pgconn.StatementDescription
	stale      bool           // prepare all statements again before the next group
	bulks      map[*Bulk]bool // those that are prepared, in all their lengths
}

// connectWriter opens the connection that writes.
func connectWriter(config *pgx.ConnConfig) (*pgConn, error) {
	ctx, cancel := context.WithTimeout(background, 5*time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	c := &pgConn{Conn: conn, statements: make(map[pgKey]*pgconn.StatementDescription), bulks: make(map[*Bulk]bool)}
	// Without synchronous_commit a commit would be answered before it is on the
	// disk. And each statement of a group finds its rows by a key: a table that was
	// not analyzed yet looks small to the planner, which would read the whole of it,
	// and keep that plan.
	err = c.control(`SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
		SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)`)
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return c, nil
}

// prepareControls prepares, in one exchange, what every group needs: within a
// failed transaction nothing can be prepared any more.
func (c *pgConn) prepareControls() error {
	if err := c.extend(); err != nil {
		return err
	}
	pipeline := c.PgConn().StartPipeline(background)
	for i, key := range pgControls {
		pipeline.SendPrepare(statementName(i), key.text(), nil)
	}
	if err := pipeline.Sync(); err != nil {
		return errors.Join(err, pipeline.Close())
	}
	for i, key := range pgControls {
		result, err := pipeline.GetResults()
		if err != nil {
			return errors.Join(pgError(key.query, err), pipeline.Close())
		}
		sd := result.(*pgconn.StatementDescription) //nolint:forcetypeassert // it was asked for
		sd.Name = statementName(i)
		c.statements[key] = sd
	}
	return pipeline.Close()
}

// statementName names the statements of a connection as they come.
func statementName(i int) string { return "s" + strconv.Itoa(i) }

// drop closes a connection that cannot be used any more.
func (c *pgConn) drop() {
	ctx, cancel := context.WithTimeout(background, time.Second)
	defer cancel()
	_ = c.Close(ctx) // there is nobody to tell
}

// extend gives the next exchange its time. The statements themselves carry no
// context that can end: nobody's impatience may break a group.
func (c *pgConn) extend() error {
	return c.PgConn().Conn().SetDeadline(time.Now().Add(pgDeadline))
}

// control runs a statement by itself.
func (c *pgConn) control(query string) error {
	if err := c.extend(); err != nil {
		return err
	}
	return c.PgConn().Exec(background, query).Close()
}

// prepare returns the statement for key, prepared once. inside says that a
// transaction is open, which a text that the server cannot read must not break.
func (c *pgConn) prepare(key pgKey, inside bool) (*pgconn.StatementDescription, error) {
	if sd, ok := c.statements[key]; ok {
		return sd, nil
	}
	if inside {
		if err := c.control("SAVEPOINT prepare"); err != nil {
			return nil, err
		}
	}
	if err := c.extend(); err != nil {
		return nil, err
	}
	sd, err := c.PgConn().Prepare(background, statementName(len(c.statements)), key.text(), nil)
	if inside {
		if e := c.control("ROLLBACK TO prepare; RELEASE prepare"); e != nil {
			return nil, e
		}
	}
	if err != nil {
		return nil, pgError(key.query, err)
	}
	c.statements[key] = sd
	return sd, nil
}

// refresh forgets the statements when they have become too many or too old.
// No group is open.
func (c *pgConn) refresh() error {
	if !c.stale && len(c.statements) <= keptStatements {
		return nil
	}
	if err := c.control("DEALLOCATE ALL"); err != nil {
		return err
	}
	clear(c.statements)
	clear(c.bulks)
	c.stale = false
	return c.prepareControls()
}

// pgError adds the statement to an error of PostgreSQL.
func pgError(query string, err error) error {
	return &statementError{query: query, cause: err, constraint: strings.HasPrefix(sqlState(err), pgConstraintClass)}
}

// sqlState returns PostgreSQL's code of an error, or "".
func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// runAgain reports whether an act may simply be tried again.
func runAgain(err error) bool {
	state := sqlState(err)
	return state == pgDeadlock || state == pgSerialization
}
