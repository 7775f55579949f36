package db_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestSQLite_FullDiskHarmsNoNeighbour(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, sqliteURL(t), once)
	mustExec(t, d, things, `CREATE TABLE blobs (id TEXT NOT NULL PRIMARY KEY, body BYTEA NOT NULL)`)
	var pages int
	if err := d.View(t.Context(), func(tx *db.Tx) error { return tx.Row(`PRAGMA page_count`).Scan(&pages) }); err != nil {
		t.Fatal(err)
	}
	mustExec(t, d, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+8))
	big := func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO blobs (id, body) VALUES ($1, $2)`, "big", make([]byte, 1<<20))
		return nil
	}
	acts := []func(tx *db.Tx) error{insert("a"), insert("b"), big, insert("c"), big, insert("d")}
	names := []string{"a", "b", "", "c", "", "d"}
	ends := together(t, d, acts...)
	var kept []string
	for i, end := range ends {
		switch {
		case end == nil && names[i] != "":
			kept = append(kept, names[i])
		case end == nil:
			t.Errorf("act %d was acknowledged on a full disk", i)
		case !errors.Is(end, db.ErrNotKept):
			t.Errorf("act %d ended with %v", i, end)
		}
	}
	if len(kept) == 0 || ends[5] != nil {
		t.Errorf("what followed the full disk was not kept: %v", ends)
	}
	wantIDs(t, d, kept...) // exactly what was acknowledged

	until(t, "a database that keeps nothing to say so", func() bool {
		return !errors.Is(d.Update(t.Context(), big), db.ErrNotKept) || errors.Is(d.Ready(t.Context()), db.ErrNotKept)
	})
	// Small changes fit in, and are tried by themselves.
	until(t, "the database to be ready again", func() bool { return d.Ready(t.Context()) == nil })

	mustExec(t, d, `PRAGMA max_page_count = 1000000`)
	if err := d.Update(t.Context(), big); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// until polls until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for began := time.Now(); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("waited for %s", what)
		}
	}
}

func TestSQLite_OverwritesWhatIsDeleted(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	d, err := db.Open(t.Context(), db.Options{URL: url, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, d, things, `INSERT INTO things (id, n) VALUES ('to be forgotten', 1)`, `DELETE FROM things`)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(url)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte("to be forgotten")) {
		t.Error("the file still holds what was deleted")
	}
	if _, err := os.Stat(url + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Close left the log behind: %v", err)
	}
}

func TestSQLite_StartsALongLogAnew(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	d := dbtest.Open(t, url, once)
	mustExec(t, d, `CREATE TABLE blobs (body BYTEA NOT NULL)`)
	add := func(size int) {
		t.Helper()
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			tx.Exec(`INSERT INTO blobs (body) VALUES ($1)`, make([]byte, size))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	frames := func() (n int) {
		t.Helper()
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM blobs`).Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
		header, err := os.ReadFile(url + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return int(header[15]) // the log counts how often it was started anew
	}
	before := frames()
	add(67 << 20) // more than 16,000 frames
	d.CopyLog()
	add(1)
	if after := frames(); after == before {
		t.Errorf("the log was not started anew: sequence %d", after)
	}
	if info, err := os.Stat(url + "-wal"); err != nil || info.Size() > 64<<20 {
		t.Errorf("the log's file did not shrink: %v, %v", info.Size(), err)
	}
}

func TestSQLite_MarkedTablesHaveNoRowID(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, sqliteURL(t))
	for _, table := range []string{"db_facts", "db_clock"} {
		err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(rowid) FROM ` + table).Scan(new(int))
		})
		if err == nil {
			t.Errorf("%s has a rowid", table)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	url := dbtest.URL(b)
	for b.Loop() {
		d, err := db.Open(b.Context(), db.Options{URL: url, Migrate: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestSQLite_BindsByPlace runs statements whose arguments come twice, out of
// order, and beside a $ that is none, with and without rows.
func TestSQLite_BindsByPlace(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, sqliteURL(t), once)
	var a, b, c, e string
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`CREATE TABLE pairs (a TEXT, b TEXT, c TEXT, d TEXT)`)
		tx.Exec(`INSERT INTO pairs (a, b, c, d) VALUES ($2, $1, 'costs $2', $2)`, "one", "two")
		return tx.Row(`SELECT a, b, c, $1 FROM pairs WHERE d = $2 AND b = $1`, "one", "two").Scan(&a, &b, &c, &e)
	})
	if err != nil || a != "two" || b != "one" || c != "costs $2" || e != "one" {
		t.Fatalf("read %q, %q, %q, %q (%v)", a, b, c, e, err)
	}
	for _, run := range []func(tx *db.Tx) error{
		func(tx *db.Tx) error { tx.Exec(`DELETE FROM pairs WHERE a = $2`, "one"); return nil },
		func(tx *db.Tx) error { return tx.Row(`SELECT a FROM pairs WHERE a = $2`, "one").Scan(&a) },
	} {
		if err := d.Update(t.Context(), run); err == nil || !strings.Contains(err.Error(), "value 2 is missing") {
			t.Errorf("a missing argument: %v", err)
		}
	}
}

// TestSQLite_UndoesAGroupOnlyForWhatChanged looks at how often acts run: a
// refusal that has changed nothing costs its neighbours nothing, another one
// lets the group run again, and the groups after it are ready for more.
func TestSQLite_UndoesAGroupOnlyForWhatChanged(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, sqliteURL(t), once)
	mustExec(t, d, things)
	var runs [4]int
	counted := func(i int, fn func(tx *db.Tx) error) func(tx *db.Tx) error {
		return func(tx *db.Tx) error {
			runs[i]++
			return fn(tx)
		}
	}
	clean := func(tx *db.Tx) error {
		tx.Must(1, errRefused, `UPDATE things SET n = 1 WHERE id = 'nobody'`)
		tx.Exec(`INSERT INTO things (id, n) VALUES ('never', 0)`)
		return nil
	}
	dirty := func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things (id, n) VALUES ('never', 0)`)
		tx.Must(1, errRefused, `UPDATE things SET n = 1 WHERE id = 'nobody'`)
		return nil
	}
	twice := func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things (id, n) VALUES ('x', 0), ('a', 0)`)
		return nil
	}
	for _, c := range []struct {
		name    string
		refused func(tx *db.Tx) error
		want    error
		runs    [4]int
	}{
		{"nothing changed", clean, errRefused, [4]int{1, 1, 1, 1}},
		{"a broken constraint alone", twice, db.ErrConstraint, [4]int{1, 1, 1, 1}},
		{"something changed", dirty, errRefused, [4]int{2, 2, 1, 1}},
		{"once more", dirty, errRefused, [4]int{1, 1, 1, 1}},
	} {
		runs = [4]int{}
		mustExec(t, d, `DELETE FROM things`)
		ends := together(t, d, counted(0, insert("a")), counted(1, c.refused), counted(2, insert("b")), counted(3, insert("c")))
		if ends[0] != nil || !errors.Is(ends[1], c.want) || ends[2] != nil || ends[3] != nil {
			t.Errorf("%s: the acts ended with %v", c.name, ends)
		}
		if runs != c.runs {
			t.Errorf("%s: the acts ran %v times, want %v", c.name, runs, c.runs)
		}
		wantIDs(t, d, "a", "b", "c")
	}
}

// TestSQLite_TablesNeedNoTemporaryOnes looks into what SQLite does to add a row:
// a CHECK with a list in it would build a table of the list at every write.
func TestSQLite_TablesNeedNoTemporaryOnes(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, sqliteURL(t))
	err := d.View(t.Context(), func(tx *db.Tx) error {
		var tables []string
		err := tx.Each(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`, nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			tables = append(tables, name)
			return err
		})
		if len(tables) < 10 {
			t.Errorf("found the tables %v only", tables)
		}
		for _, name := range tables {
			err = errors.Join(err, tx.Each("EXPLAIN INSERT INTO "+name+" DEFAULT VALUES", nil, func(scan func(...any) error) error {
				var op string
				var skip any
				err := scan(&skip, &op, &skip, &skip, &skip, &skip, &skip, &skip)
				if strings.Contains(op, "Ephemeral") {
					t.Errorf("adding a row to %s makes a temporary table", name)
				}
				return err
			}))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A disk that cannot be read is the storage's trouble, and no fault of the
// program: whoever asks is told to come again.
func TestSQLite_SaysThatItCannotBeRead(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	d := dbtest.Open(t, url)
	mustExec(t, d, things)
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		for i := range 2000 {
			tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 0)`, strings.Repeat(strconv.Itoa(i)+".", 200))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(url)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(file) * 3 / 4; i < len(file); i++ {
		file[i] = 0xff // pages of things alone
	}
	if err := os.WriteFile(url, file, 0o600); err != nil {
		t.Fatal(err)
	}
	d = dbtest.Open(t, url)
	err = d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT SUM(LENGTH(id)) FROM things`).Scan(new(int))
	})
	if !errors.Is(err, db.ErrNotKept) {
		t.Errorf("reading what is damaged: %v", err)
	}
	if err := d.Ready(t.Context()); err != nil {
		t.Errorf("what can be read is not: %v", err)
	}
}
