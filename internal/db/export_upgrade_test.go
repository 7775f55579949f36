package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// MigrateTo makes the database at url as the program left it whose newest
// migration was version, and runs statements on it.
func MigrateTo(ctx context.Context, url string, version int, statements ...string) error {
	names, err := fs.Glob(schema, "*.sql")
	if err != nil {
		return err
	}
	folder := fstest.MapFS{}
	for _, name := range names {
		if number, _, _ := strings.Cut(name, "_"); number > fmt.Sprintf("%04d", version) {
			continue
		}
		text, err := fs.ReadFile(schema, name)
		if err != nil {
			return err
		}
		folder[name] = &fstest.MapFile{Data: text}
	}
	b, err := dial(ctx, Options{URL: url, Migrate: true})
	if err != nil {
		return err
	}
	var pool *sql.DB
	switch b := b.(type) {
	case *sqliteDB:
		pool = b.write
		err = up(ctx, goose.DialectSQLite3, pool, withoutRowID{folder})
	case *pgDB:
		pool = stdlib.OpenDB(*b.config)
		defer pool.Close() // everything has been committed or reported
		err = up(ctx, goose.DialectPostgres, pool, folder)
	}
	for _, statement := range statements {
		if err == nil {
			_, err = pool.ExecContext(ctx, statement)
		}
	}
	return errors.Join(err, b.close())
}
