package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
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
	writer  *pgWriter
	clock   *clock
	log     *slog.Logger
	stop    context.CancelFunc
	stopped chan struct{}
}

// openPostgres connects and brings the tables up to date if that is asked.
func openPostgres(ctx context.Context, o Options) (_ *pgDB, floor Time, err error) {
	p := &pgDB{log: o.Logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if err = p.configure(ctx, o.URL); err != nil {
		return nil, 0, err
	}
	if err = p.migrate(ctx, o.Migrate); err != nil {
		return nil, 0, err
	}
	if err = p.read.QueryRowContext(ctx, clockRead).Scan((*int64)(&floor)); err != nil {
		return nil, 0, fmt.Errorf("reading the clock: %w", err)
	}
	p.writer = &pgWriter{config: p.config, log: o.Logger, times: o.times()}
	return p, floor, p.writer.ready()
}

// configure reads the URL and makes the pool of readers. Its errors name no
// password: pgx leaves it out.
func (p *pgDB) configure(ctx context.Context, url string) error {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return err
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "sinpyo"
	}
	p.config = config.ConnConfig.Copy()
	// A node that is paused in the middle of a group must not hold up the others.
	p.config.RuntimeParams["idle_in_transaction_session_timeout"] = "10000"
	config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	config.MaxConns = pgReaders
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return err
	}
	p.read = stdlib.OpenDBFromPool(p.pool)
	return nil
}

// migrate brings the tables up to date, on one node at a time.
func (p *pgDB) migrate(ctx context.Context, apply bool) error {
	current, err := schemaVersion(ctx, p.read)
	if err != nil {
		return err
	}
	if err := compareVersions(current, newestVersion()); !errors.Is(err, ErrOlderSchema) || !apply {
		return err
	}
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
	defer pool.Close() //nolint:errcheck // everything has been committed or reported
	return up(ctx, goose.DialectPostgres, pool, schema, goose.WithSessionLocker(locker))
}

// start makes the clock follow the server's from now on. It refuses when the
// two are too far apart.
func (p *pgDB) start(ctx context.Context, c *clock) error {
	p.clock, p.writer.clock = c, c
	if c.now != nil {
		return nil // a test's clock follows nobody
	}
	local := At(time.Now())
	server, doubt, err := p.askTime(ctx)
	if err != nil {
		return err
	}
	if off := server.Sub(local); off.Abs() > pgClockOff+doubt {
		return fmt.Errorf("%w (the server is ahead by %s)", ErrClockOff, off.Round(time.Millisecond))
	}
	c.set(server)
	ctx, p.stop = context.WithCancel(background)
	p.stopped = make(chan struct{})
	go p.followClock(ctx)
	return nil
}

// followClock measures the offset to the server's clock every second. What
// lies within the doubt of the measurement is left alone, so that the clock
// runs evenly.
func (p *pgDB) followClock(ctx context.Context) {
	defer close(p.stopped)
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
	defer conn.Close() //nolint:errcheck // goes back to the pool
	began := time.Now()
	if err := conn.QueryRowContext(ctx, pgClockRead).Scan((*int64)(&now)); err != nil {
		return 0, 0, fmt.Errorf("reading the server's clock: %w", err)
	}
	half := time.Since(began) / 2
	return now.Add(half), half, nil
}

// view runs fn on a reading connection.
func (p *pgDB) view(ctx context.Context, now Time, fn func(tx *Tx) error) error {
	conn, err := p.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // goes back to the pool
	tx := &Tx{Now: now, s: &pgReader{ctx: ctx, conn: conn}}
	err = fn(tx)
	return tx.finish(err)
}

// pgReader is the session of one View.
type pgReader struct {
	reading
	ctx  context.Context //nolint:containedctx // lives as long as the call it belongs to
	conn *sql.Conn
}

func (r *pgReader) query(query string, args []any) (Rows, error) {
	rows, err := r.conn.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, pgError(query, err)
	}
	return rows, nil
}

// close ends all connections. The writer has stopped.
func (p *pgDB) close() error {
	if p.stop != nil {
		p.stop()
		<-p.stopped
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
