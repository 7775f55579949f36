package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed schema/*.sql
var embedded embed.FS

// schema is the folder of migrations, NNNN_name.sql, forward only.
var schema, _ = fs.Sub(embedded, "schema") // fails for a malformed name only

// versionQuery asks what goose has noted. Migrations only go forward, so the
// greatest number is the state.
const versionQuery = "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied"

// oldestQuery asks what the migrations have noted. One that takes something
// away raises it: UPDATE db_facts SET value = '12' WHERE name = 'oldest_program'.
const oldestQuery = "SELECT CAST(value AS BIGINT) FROM db_facts WHERE name = 'oldest_program'"

// newestVersion returns the number of the newest migration in the program.
func newestVersion() int64 {
	names, err := fs.Glob(schema, "*.sql") // sorted by name
	if err != nil || len(names) == 0 {
		return 0
	}
	number, _, _ := strings.Cut(names[len(names)-1], "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return version
}

// schemaVersion returns the database's version, 0 for an empty one. It is one
// small query, so that the usual start needs nothing of goose.
func schemaVersion(ctx context.Context, pool *sql.DB) (int64, error) {
	var version int64
	err := pool.QueryRowContext(ctx, versionQuery).Scan(&version)
	if err != nil && noSuchTable(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the schema's version: %w", err)
	}
	return version, nil
}

// Migrate creates the database and brings its tables up to date.
func Migrate(ctx context.Context, o Options) error {
	o.Migrate = true
	d, err := Open(ctx, o)
	if err != nil {
		return err
	}
	return d.Close()
}

// Status returns the number of the newest migration that the database has had,
// 0 when it has had none or is not there yet, and of the newest one that the
// program knows.
func Status(ctx context.Context, o Options) (current, newest int64, err error) {
	o.Migrate, o.Exclusive = false, false
	newest = newestVersion()
	b, err := dial(ctx, o)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, newest, nil
	}
	if err != nil {
		return 0, newest, err
	}
	current, err = b.version(ctx)
	return current, newest, errors.Join(err, b.close())
}

// bringUp sees to it that the program can work with the database: that it is
// at the program's version, or newer and still suits it. A migration adds what
// the next release uses and takes away only what the last one did not use any
// more, so the nodes of an installation are replaced one by one: the first new
// one migrates, and the old ones go on, and may even start again.
func bringUp(ctx context.Context, b backend, apply bool) error {
	current, err := b.version(ctx)
	if err != nil {
		return err
	}
	program := newestVersion()
	switch {
	case current == program:
		return nil
	case current < program && apply:
		return b.migrate(ctx)
	case current < program:
		return fmt.Errorf("%w (schema %d, the program needs %d)", ErrOlderSchema, current, program)
	}
	oldest, err := b.oldestProgram(ctx)
	if err != nil {
		return err
	}
	if program < oldest {
		return fmt.Errorf("%w (schema %d, the program knows %d)", ErrNewerSchema, current, program)
	}
	return nil
}

// oldestProgram returns the schema of the oldest program that can still work
// with the database, as its newest migration has noted it.
func oldestProgram(ctx context.Context, pool *sql.DB) (oldest int64, err error) {
	err = pool.QueryRowContext(ctx, oldestQuery).Scan(&oldest)
	if err != nil {
		return 0, fmt.Errorf("reading which programs suit the schema: %w", err)
	}
	return oldest, nil
}

// up applies the missing migrations of folder.
func up(ctx context.Context, dialect goose.Dialect, pool *sql.DB, folder fs.FS, options ...goose.ProviderOption) error {
	options = append(options, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	p, err := goose.NewProvider(dialect, pool, folder, options...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	// Reading the migrations took buffers of 16 MiB that nobody needs again.
	// They lie in a pool, which gives them up at the second collection.
	runtime.GC()
	debug.FreeOSMemory()
	return nil
}

// noSuchTable reports whether a query failed because its table is not there.
func noSuchTable(err error) bool {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState() == "42P01"
	}
	return strings.Contains(err.Error(), "no such table")
}
