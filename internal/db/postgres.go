package db

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

const (
	// pgReaders is how many Views read at once.
	pgReaders = 8
	// pgClockEvery is how often the server is asked for the time.
	pgClockEvery = time.Second
	// pgClockOff is how far the clocks may be apart at the start.
	pgClockOff = 5 * time.Second

	pgClockRead = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
)

// pgDB is an open PostgreSQL: the writer's connection and a pool of readers.
type pgDB struct {
	config  *pgx.ConnConfig // of the writer, and of migrations
	pool    *pgxpool.Pool
	read    *sql.DB
	early   func() (*pgConn, error) // waits for the connection of the writer
	writer  *pgWriter
	clock   *clock
	log     *slog.Logger
	times   int
	notices *pgNotices
	sending sync.Once
	ctx     context.Context //nolint:containedctx // of what runs in the background, until close
	stop    context.CancelFunc
	running sync.WaitGroup // in the background
}

// dialPostgres reads the URL and makes the pool of readers. Its errors name no
// password: pgx leaves it out.
func dialPostgres(ctx context.Context, o Options) (*pgDB, error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, err
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "sinpyo"
	}
	bound(config.ConnConfig)
	p := &pgDB{config: config.ConnConfig.Copy(), log: o.Logger, times: o.times()}
	// A node that is paused in the middle of a group holds up the others, whose
	// beats wait with their groups: this long, and then they begin to look anew.
	p.config.RuntimeParams["idle_in_transaction_session_timeout"] = "1000"
	config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	config.MaxConns = pgReaders
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	p.read = stdlib.OpenDBFromPool(p.pool)
	p.notices = newNotices(p.config, p.log)
	p.ctx, p.stop = context.WithCancel(background)
	// A connection takes the server some milliseconds: the writer's is made while
	// the other one is asked for the schema.
	p.early = sync.OnceValues(func() (*pgConn, error) { return connectWriter(p.config) })
	p.running.Go(func() { _, _ = p.early() }) // whoever takes it hears what went wrong
	return p, nil
}

func (p *pgDB) version(ctx context.Context) (int64, error) { return schemaVersion(ctx, p.read) }

func (p *pgDB) oldestProgram(ctx context.Context) (int64, error) { return oldestProgram(ctx, p.read) }

func (p *pgDB) migrate(ctx context.Context) error {
	var name string
	if err := p.read.QueryRowContext(ctx, "SELECT current_schema()").Scan(&name); err != nil {
		return fmt.Errorf("looking for the schema to migrate: %w", err)
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte("sinpyo " + name)) // never fails
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(int64(hash.Sum32())), lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	pool := stdlib.OpenDB(*p.config)
	defer pool.Close() // everything has been committed or reported
	return up(ctx, goose.DialectPostgres, pool, schema, goose.WithSessionLocker(locker))
}

func (p *pgDB) floor(ctx context.Context) (at, restored Time, err error) {
	err = p.read.QueryRowContext(ctx, clockRead).Scan(&at, &restored)
	return at, restored, err
}

// start connects the writer and makes the clock follow the server's from now
// on. It refuses when the two are too far apart.
func (p *pgDB) start(ctx context.Context, c *clock, m *metrics) (engine, error) {
	p.clock = c
	p.writer = &pgWriter{config: p.config, first: p.early, clock: c, log: p.log, metrics: m, times: p.times}
	if err := p.writer.ready(); err != nil {
		return nil, err
	}
	if c.now != nil {
		return p.writer, nil // a test's clock follows nobody
	}
	local := At(time.Now())
	server, doubt, err := p.askTime(ctx)
	if err != nil {
		return nil, err
	}
	if off := server.Sub(local); off.Abs() > pgClockOff+doubt {
		return nil, fmt.Errorf("%w (the server is ahead by %s)", ErrClockOff, off.Round(time.Millisecond))
	}
	c.set(server)
	p.running.Go(func() { p.followClock(p.ctx) })
	return p.writer, nil
}

// followClock measures the offset to the server's clock every second. What
// lies within the doubt of the measurement is left alone, so that the clock
// runs evenly.
func (p *pgDB) followClock(ctx context.Context) {
	tick := time.NewTicker(pgClockEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		server, doubt, err := p.askTime(ctx)
		if err != nil {
			p.log.Debug("the server's clock could not be read", "error", err)
			continue
		}
		if server.Sub(p.clock.read()).Abs() > doubt {
			p.clock.set(server)
		}
	}
}

// askTime returns what the server's clock shows now, and how far that may be
// wrong for the way there and back.
func (p *pgDB) askTime(ctx context.Context) (now Time, doubt time.Duration, err error) {
	conn, err := p.read.Conn(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close() // goes back to the pool
	began := time.Now()
	if err := conn.QueryRowContext(ctx, pgClockRead).Scan((*int64)(&now)); err != nil {
		return 0, 0, fmt.Errorf("reading the server's clock: %w", err)
	}
	half := time.Since(began) / 2
	return now.Add(half), half, nil
}

// hear runs until close, and tell sends from the first notice on: most
// commands beside a server have none.
func (p *pgDB) hear(h *hub) { p.running.Go(func() { p.notices.hear(p.ctx, h) }) }

func (p *pgDB) tell(topics []string) {
	p.sending.Do(func() { p.running.Go(func() { p.notices.send(p.ctx) }) })
	p.notices.add(topics)
}

// view runs fn on a reading connection.
func (p *pgDB) view(ctx context.Context, now Time, fn func(tx *Tx) error) (err error) {
	defer func() {
		if ctx.Err() == nil && lineLost(err) {
			err = fmt.Errorf("%w: reading: %w", ErrNotKept, err)
		}
	}()
	conn, err := p.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // goes back to the pool
	tx := &Tx{Now: now, s: &pgReader{ctx: ctx, conn: conn}}
	defer func() { err = tx.finish(err) }() // also when fn panics: open rows would hold the connection
	return fn(tx)
}

// pgReader is the session of one View.
type pgReader struct {
	reading
	ctx  context.Context // lives as long as the call it belongs to
	conn *sql.Conn
}

func (r *pgReader) query(query string, args []any) (Rows, error) {
	rows, err := r.conn.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, pgError(query, err)
	}
	return rows, nil
}

func (p *pgDB) close() error {
	if p.stop != nil {
		p.stop()
	}
	p.running.Wait()
	if p.early != nil {
		if conn, err := p.early(); err == nil {
			conn.drop()
		}
	}
	if p.writer != nil && p.writer.group.conn != nil {
		p.writer.group.conn.drop()
	}
	var err error
	if p.read != nil {
		err = p.read.Close()
		p.pool.Close()
	}
	return err
}
