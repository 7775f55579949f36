// Package dbtest gives tests of other packages a real database: SQLite in the
// test's own folder, or, when SINPYO_TEST_POSTGRES names a server, a fresh
// schema of PostgreSQL that is dropped afterwards. Each closure runs twice, its
// first run undone, so that a closure that counts on running once fails its
// test.
package dbtest

import (
	"os"
	"path/filepath"
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

// URL returns the URL of a fresh database, for tests that open it more than
// once.
func URL(t testing.TB) string {
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
