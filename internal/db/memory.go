//go:build crashpoints

package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"

	"github.com/pressly/goose/v3"
)

// Memory is a SQLite database in memory for simulations: one connection, on
// which all that open it work in turn, as programs one after the other or as
// nodes that never run at the same moment. It goes back to where it began in
// microseconds.
//
// What the writer commits is kept in a savepoint, inside a transaction that is
// never committed: the statements of the acts are those of a file, how they
// reach a disk is not seen here.
type Memory struct {
	pool *sql.DB
	conn *sqliteConn
}

// NewMemory returns a database with all its tables.
func NewMemory(ctx context.Context) (_ *Memory, err error) {
	m := new(Memory)
	if m.pool, err = sql.Open("sqlite", ":memory:?_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)"); err != nil {
		return nil, err
	}
	m.pool.SetMaxOpenConns(1)
	if err := up(ctx, goose.DialectSQLite3, m.pool, withoutRowID{schema}); err != nil {
		return nil, errors.Join(err, m.pool.Close())
	}
	if m.conn, err = newSQLiteConn(ctx, m.pool); err != nil {
		return nil, errors.Join(err, m.pool.Close())
	}
	return m, errors.Join(m.nest(), m.run("BEGIN"), m.run("SAVEPOINT world"))
}

// nest makes the words of the writer speak of a savepoint.
func (m *Memory) nest() error {
	return m.conn.conn.Raw(func(conn any) error {
		for word, stands := range map[string]string{
			sqliteBegin: "SAVEPOINT act_group", sqliteCommit: "RELEASE act_group",
			sqliteRollback: "ROLLBACK TO act_group; RELEASE act_group",
		} {
			s, err := m.conn.prepareExec(conn.(driver.ConnPrepareContext), stands)
			if err != nil {
				return err
			}
			m.conn.execs[word] = s
		}
		return nil
	})
}

func (m *Memory) run(query string) error {
	_, err := m.conn.exec(query, nil)
	return err
}

// Mark makes what there is now the beginning that Reset goes back to.
func (m *Memory) Mark() error { return errors.Join(m.run("RELEASE world"), m.run("SAVEPOINT world")) }

// Reset takes everything back that was written since the Mark. Nobody may have
// the database open.
func (m *Memory) Reset() error {
	return errors.Join(m.run("ROLLBACK TO world"), m.Mark()) // what was taken back is forgotten with the savepoint
}

// Open opens the database as a program does that starts.
func (m *Memory) Open(ctx context.Context, o Options) (*DB, error) {
	return begin(ctx, memory{m}, o)
}

// Close ends the database.
func (m *Memory) Close() error { return errors.Join(m.conn.close(), m.pool.Close()) }

// memory is a Memory as a backend.
type memory struct{ *Memory }

func (memory) version(context.Context) (int64, error)       { return newestVersion(), nil }
func (memory) oldestProgram(context.Context) (int64, error) { return newestVersion(), nil }
func (memory) migrate(context.Context) error                { return nil }
func (memory) hear(*hub)                                    {}
func (memory) tell([]string)                                {}
func (memory) close() error                                 { return nil }

func (m memory) floor(ctx context.Context) (at, restored Time, err error) {
	rows, err := m.conn.query(ctx, clockRead, nil)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close() // what Close could tell, Err has told
	if rows.Next() {
		err = rows.Scan(&at, &restored)
	}
	return at, restored, errors.Join(err, rows.Err())
}

func (m memory) start(_ context.Context, c *clock, metrics *metrics) (engine, error) {
	return &sqliteWriter{conn: m.conn, clock: c, log: slog.New(slog.DiscardHandler), metrics: metrics, times: 1}, nil
}

// view reads on the connection that writes: nobody is in the middle of an act.
func (m memory) view(ctx context.Context, now Time, fn func(tx *Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &Tx{Now: now, s: &sqliteReader{ctx: context.WithoutCancel(ctx), conn: m.conn}}
	defer func() { err = tx.finish(err) }()
	return fn(tx)
}
