package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

const things = `CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`

var errOwn, errRefused = errors.New("an error of the closure's own"), errors.New("refused")

// newThings returns a database with the table things.
func newThings(t testing.TB, options ...func(*db.Options)) *db.DB {
	t.Helper()
	d := dbtest.New(t, options...)
	mustExec(t, d, things)
	return d
}

// sqliteURL returns a file for tests of what only SQLite has, whatever server
// there is.
func sqliteURL(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "sinpyo.db")
}

// needPostgres skips a test of what only PostgreSQL has when there is none.
func needPostgres(t testing.TB) {
	t.Helper()
	if os.Getenv(dbtest.EnvPostgres) == "" {
		t.Skip("needs PostgreSQL: run with `go run ./internal/db/dbtest/pgserver go test ./internal/db`")
	}
}

// once makes closures run once, as they do outside of tests.
func once(o *db.Options) { o.DuplicateClosures = false }

// together runs closures in one group, in their order, and returns their ends.
func together(t testing.TB, d *db.DB, closures ...func(tx *db.Tx) error) []error {
	t.Helper()
	release := hold(t, d)
	ends := make([]error, len(closures))
	var group sync.WaitGroup
	for i, fn := range closures {
		group.Go(func() { ends[i] = d.Update(context.Background(), fn) })
		for d.Waiting() <= i {
			runtime.Gosched()
		}
	}
	release()
	group.Wait()
	return ends
}

// hold keeps the writer busy until the function it returns is called.
func hold(t testing.TB, d *db.DB) (release func()) {
	t.Helper()
	busy, free := make(chan struct{}), make(chan struct{})
	started := sync.OnceFunc(func() { close(busy) })
	var group sync.WaitGroup
	group.Go(func() {
		if err := d.Update(context.Background(), func(*db.Tx) error {
			started()
			<-free
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	<-busy
	return func() {
		close(free)
		group.Wait()
	}
}

// insert returns a closure that adds a thing.
func insert(id string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 0)`, id)
		return nil
	}
}

// ids returns the ids of all things, sorted.
func ids(t testing.TB, d *db.DB) []string {
	t.Helper()
	var all []string
	err := d.View(context.Background(), func(tx *db.Tx) error {
		return tx.Each(`SELECT id FROM things`, nil, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			all = append(all, id)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// wantIDs fails the test unless exactly these things are there.
func wantIDs(t testing.TB, d *db.DB, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := ids(t, d); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// number returns "prefix" with a number of fixed width.
func number(prefix string, i int) string { return prefix + strconv.Itoa(10_000 + i)[1:] }
