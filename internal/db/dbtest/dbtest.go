// Package dbtest gives tests of other packages a real database: SQLite in the
// test's own folder, or, when SINPYO_TEST_POSTGRES names a server, a fresh
// schema of PostgreSQL that is dropped afterwards. Each closure runs twice, its
// first run undone, so that a closure that counts on running once fails its
// test.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
)

// EnvPostgres is the environment variable with the URL of a running server,
// as set by the program in pgserver.
const EnvPostgres = "SINPYO_TEST_POSTGRES"

// New opens a fresh, migrated database and closes it when the test ends. The
// options change what New would open; their URL is New's own.
func New(t testing.TB, options ...func(*db.Options)) *db.DB {
	t.Helper()
	return Open(t, URL(t), options...)
}

// migrated is an empty SQLite database with all its tables. Making them anew for
// every test would take longer than most tests do.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sinpyo-migrated")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is a folder for temporary files
	file := filepath.Join(dir, "sinpyo.db")
	d, err := db.Open(context.Background(), db.Options{URL: file, Migrate: true})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file) //nolint:gosec // it was written here
})

// copyMigrated puts an empty database with all its tables at url.
func copyMigrated(t testing.TB, url string) {
	t.Helper()
	content, err := migrated()
	if err == nil {
		err = os.WriteFile(url, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// URL returns the URL of a fresh database, for tests that open it more than
// once. On SQLite all its tables are there.
func URL(t testing.TB) string {
	t.Helper()
	url := Empty(t)
	if os.Getenv(EnvPostgres) == "" {
		copyMigrated(t, url)
	}
	return url
}

// Empty returns the URL of a database without a table.
func Empty(t testing.TB) string {
	t.Helper()
	if server := os.Getenv(EnvPostgres); server != "" {
		return freshSchema(t, server)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "sinpyo.db")
}

// Open opens the database at url and closes it when the test ends.
func Open(t testing.TB, url string, options ...func(*db.Options)) *db.DB {
	t.Helper()
	o := db.Options{URL: url, Migrate: true, DuplicateClosures: true}
	for _, option := range options {
		option(&o)
	}
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// WithClock makes the database tell the time of c.
func WithClock(c *Clock) func(*db.Options) {
	return func(o *db.Options) { o.Now = c.Now }
}
