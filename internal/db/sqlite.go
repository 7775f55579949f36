package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

const (
	// sqliteReaders is how many Views read at once.
	sqliteReaders = 4
	// checkpointEvery is how often the log is copied back into the file.
	checkpointEvery = time.Second
	// logMost is how many bytes of the log's file stay when a long reader has let
	// go of it.
	logMost = "journal_size_limit(67108864) "
	// logFrames is the length of the log from which the writer itself starts
	// it anew: a writer that never rests is never caught by the copying alone.
	logFrames = 16_000

	clockRead  = `SELECT at, coalesce((SELECT CAST(value AS BIGINT) FROM db_facts WHERE name = 'restored_at'), 0) FROM db_clock`
	clockFloor = "UPDATE db_clock SET at = $1 WHERE at < $1"
)

// Pragmas of every connection: a commit is on the disk before it is answered
// (FULL), what is deleted is overwritten (S-85), and other processes that write
// are waited for.
const sqlitePragmas = "busy_timeout(5000) journal_mode(WAL) synchronous(FULL) foreign_keys(ON) " +
	"secure_delete(ON) temp_store(MEMORY)"

// Page caches in KiB, each of which takes twice that: the driver's memory comes in
// powers of two, and a page with its header is a little more than one. The
// writer's holds the pages that every act touches; a reader's is emptied by each
// commit anyway, and what it needs in the meantime is the upper pages of a few
// trees.
const (
	writerPages = "cache_size(-2048)"
	readerPages = "cache_size(-128)"
)

// sqliteDB is an open SQLite file: one writing connection, a few reading ones,
// and one that copies the log back.
type sqliteDB struct {
	path    string
	lock    *os.File // held by a server; nil otherwise
	write   *sql.DB
	read    *sql.DB
	readers chan *sqliteConn // nil stands for one not opened yet
	writer  *sqliteWriter
	log     *slog.Logger
	times   int
	stop    chan struct{}
	stopped chan struct{}
}

// dialSQLite opens the file, and makes it where it may.
func dialSQLite(ctx context.Context, o Options) (_ *sqliteDB, err error) {
	s := &sqliteDB{log: o.Logger, times: o.times(), readers: make(chan *sqliteConn, sqliteReaders)}
	if s.path, err = sqlitePath(o.URL); err != nil {
		return nil, err
	}
	if err := prepareFiles(s.path, o.Migrate); err != nil {
		return nil, err
	}
	if o.Exclusive {
		if s.lock, err = lockFile(s.path); err != nil {
			return nil, err
		}
	}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// hear and tell do nothing: there is no other node. A command that writes
// beside the server tells nobody, and is found by whoever polls.
func (*sqliteDB) hear(*hub)     {}
func (*sqliteDB) tell([]string) {}

// connect opens the pools and the writing connection.
func (s *sqliteDB) connect(ctx context.Context) error {
	// SQLite does not wait for another process that is about to give a new
	// file its log.
	folder, err := lockFolder(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	defer folder.Close() // it was opened for its lock alone
	if s.write, err = sql.Open("sqlite", sqliteDSN(s.path, "wal_autocheckpoint(0) "+logMost+writerPages)); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(2) // the writer's, and one for copying the log
	if s.read, err = sql.Open("sqlite", sqliteDSN(s.path, "query_only(1) "+readerPages)); err != nil {
		return err
	}
	for range sqliteReaders {
		s.readers <- nil
	}
	conn, err := newSQLiteConn(ctx, s.write)
	if err != nil {
		return fmt.Errorf("opening %s: %w", s.path, err)
	}
	s.writer = &sqliteWriter{conn: conn, log: s.log, times: s.times}
	return nil
}

// sqliteDSN returns the driver's name for the file, with pragmas.
func sqliteDSN(path, more string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path}
	q := url.Values{"_pragma": strings.Fields(sqlitePragmas + " " + more)}
	return u.String() + "?" + q.Encode()
}

func (s *sqliteDB) version(ctx context.Context) (int64, error) { return schemaVersion(ctx, s.write) }

func (s *sqliteDB) oldestProgram(ctx context.Context) (int64, error) {
	return oldestProgram(ctx, s.write)
}

func (s *sqliteDB) migrate(ctx context.Context) error {
	folder, err := lockFolder(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	defer folder.Close() // it was opened for its lock alone
	return up(ctx, goose.DialectSQLite3, s.write, withoutRowID{schema})
}

func (s *sqliteDB) floor(ctx context.Context) (at, restored Time, err error) {
	err = s.write.QueryRowContext(ctx, clockRead).Scan(&at, &restored)
	return at, restored, err
}

func (s *sqliteDB) start(_ context.Context, c *clock, m *metrics) (engine, error) {
	s.stop, s.stopped = make(chan struct{}), make(chan struct{})
	go s.checkpoints()
	s.writer.clock, s.writer.metrics = c, m
	return s.writer, nil
}

// view runs fn on a reading connection. Each statement sees at least what had
// been acknowledged before the view began.
func (s *sqliteDB) view(ctx context.Context, now Time, fn func(tx *Tx) error) (err error) {
	var c *sqliteConn
	select {
	case c = <-s.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() {
		if ctx.Err() != nil && c != nil {
			// It may have been interrupted in the middle of a statement.
			err = errors.Join(err, c.close())
			c = nil
		}
		s.readers <- c
		if ctx.Err() == nil && storageFailed(err) {
			err = fmt.Errorf("%w: reading: %w", ErrNotKept, err)
		}
	}()
	if c == nil {
		if c, err = newSQLiteConn(ctx, s.read); err != nil {
			return err
		}
	}
	tx := &Tx{Now: now, s: &sqliteReader{ctx: ctx, conn: c}}
	defer func() { err = tx.finish(err) }()
	return fn(tx)
}

// sqliteReader is the session of one View.
type sqliteReader struct {
	reading
	ctx  context.Context // lives as long as the call it belongs to
	conn *sqliteConn
}

func (r *sqliteReader) query(query string, args []any) (Rows, error) {
	rows, err := r.conn.query(r.ctx, query, args)
	if err != nil {
		return nil, err // and no Rows that hold a nil
	}
	return rows, nil
}

// close ends all connections and gives the lock back.
func (s *sqliteDB) close() error {
	var errs []error
	if s.stop != nil {
		close(s.stop)
		<-s.stopped
	}
	if s.writer != nil {
		errs = append(errs, s.writer.conn.close())
	}
	for s.read != nil && len(s.readers) > 0 {
		if c := <-s.readers; c != nil {
			errs = append(errs, c.close())
		}
	}
	for _, pool := range []*sql.DB{s.read, s.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
