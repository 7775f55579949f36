package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/demo"
	"github.com/sinpyo/sinpyo/internal/keyring"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// filledFact is noted in a database when all of it is made.
const filledFact = "bench_large"

// store is where an installation keeps its data.
type store struct {
	dir string // with the master key, and with the database where that is a file
	url string // of PostgreSQL; "" for the file
}

func (s store) database() string {
	if s.url != "" {
		return s.url
	}
	return filepath.Join(s.dir, "data", "sinpyo.db")
}

// fill makes the texts unless an earlier run has, and returns how many there are,
// in words. The indexes are made when all
// rows are there: row by row, those on keyed hashes would cost a page each.
func fill(ctx context.Context, s store, messages, days int) (note string, err error) {
	if err := os.MkdirAll(filepath.Join(s.dir, "data"), 0o700); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Options{URL: s.database(), Migrate: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if note, ok, err := d.FactIfAny(ctx, filledFact); err != nil || ok {
		return note, err
	}
	keys, err := keyring.Open(ctx, d, filepath.Join(s.dir, "data", "master.key"))
	if err != nil {
		return "", err
	}
	if err := demo.Empty(ctx, d); err != nil {
		return "", fmt.Errorf("%s was not filled to its end: empty it and try again: %w", s.database(), err)
	}
	began := time.Now()
	indexes, err := s.takeIndexes(ctx, d)
	if err != nil {
		return "", err
	}
	told := time.Now()
	made, err := demo.Fill(ctx, demo.Options{
		DB: d, Ring: keys.Ring(), ApplicationID: app.Builtin, Messages: messages, Days: days, Kept: 90, Price: limit.TextPrice, Seed: 1,
		Told: func(made int) {
			if time.Since(told) > 10*time.Second {
				told = time.Now()
				fmt.Fprintf(os.Stderr, "%d of %d texts\n", made, messages)
			}
		},
	})
	if err != nil {
		return "", err
	}
	fmt.Fprintln(os.Stderr, "making the indexes")
	for _, index := range indexes {
		if err := s.execute(ctx, d, index); err != nil {
			return "", err
		}
	}
	took := time.Since(began)
	note = fmt.Sprintf("%d texts, %d verifications, %d members and %d events, %.0f rows a second",
		made.Messages, made.Verifications, made.Members, made.Events, float64(made.Rows())/took.Seconds())
	if _, err := d.Fact(ctx, filledFact, note); err != nil {
		return "", err
	}
	return note, s.settle(ctx)
}

// takeIndexes drops the indexes that no constraint needs, and returns what makes
// them again.
func (s store) takeIndexes(ctx context.Context, d *db.DB) (again []string, err error) {
	query := `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`
	if s.url != "" {
		query = `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
			AND indexname NOT IN (SELECT conname FROM pg_constraint)`
	}
	var drop []string
	err = d.View(ctx, func(tx *db.Tx) error {
		return tx.Each(query, nil, func(scan func(...any) error) error {
			var name, text string
			err := scan(&name, &text)
			drop, again = append(drop, "DROP INDEX "+name), append(again, text)
			return err
		})
	})
	return again, errors.Join(err, s.execute(ctx, d, drop...))
}

// execute runs statements. On PostgreSQL an act has not the time that an index of
// so many rows takes.
func (s store) execute(ctx context.Context, d *db.DB, statements ...string) error {
	if s.url != "" {
		return s.onPostgres(ctx, statements...)
	}
	return d.Update(ctx, func(tx *db.Tx) error {
		for _, statement := range statements {
			tx.Exec(statement)
		}
		return nil
	})
}

func (s store) onPostgres(ctx context.Context, statements ...string) error {
	c, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err = c.Exec(ctx, statement); err != nil {
			break
		}
	}
	return errors.Join(err, c.Close(ctx))
}

// settle has PostgreSQL do at once what it would do by itself in the hours after
// so many rows.
func (s store) settle(ctx context.Context) error {
	if s.url == "" {
		return nil
	}
	return s.onPostgres(ctx, "VACUUM (ANALYZE)")
}

// bytes is how much the database takes on the disk.
func (s store) bytes(ctx context.Context) (n int64, err error) {
	if s.url == "" {
		files, err := filepath.Glob(s.database() + "*")
		for _, file := range files {
			if info, err := os.Stat(file); err == nil && !strings.HasSuffix(file, "-shm") {
				n += info.Size()
			}
		}
		return n, err
	}
	c, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return 0, err
	}
	err = c.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&n)
	return n, errors.Join(err, c.Close(ctx))
}
