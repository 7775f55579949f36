package keyring_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/keyring"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// texts and hexes are two columns of the test's own table, of the two kinds
// there are.
var (
	texts = seal.Column{Table: "things", Column: "text_sealed", Place: "things.text"}
	hexes = seal.Column{Table: "things", Column: "more_sealed", Place: "things.more", Key: "mac", Hex: true}
)

// newThings opens a database with a table of sealed things, and says where its
// master key is to be.
func newThings(t *testing.T) (d *db.DB, path string) {
	t.Helper()
	d = dbtest.New(t)
	write(t, d, `CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, mac BYTEA NOT NULL, text_sealed BYTEA, more_sealed BYTEA)`)
	return d, filepath.Join(t.TempDir(), "master.key")
}

// write runs one statement in an act of its own: PostgreSQL reads all statements
// of an act before it runs the first, and a table has to be there by then.
func write(t *testing.T, d *db.DB, sql string, values ...any) {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(sql, values...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, d *db.DB, ring *seal.Ring, i int) {
	t.Helper()
	id, mac := fmt.Sprintf("thg_%04d", i), []byte{byte(i >> 8), byte(i), 0xff}
	write(t, d, `INSERT INTO things (id, mac, text_sealed, more_sealed) VALUES ($1, $2, $3, $4)`, id, mac,
		ring.Seal("things.text", id, []byte("text "+id)), ring.Seal("things.more", fmt.Sprintf("%x", mac), []byte("more "+id)))
}

// wantThings opens every value and wants it sealed with one key.
func wantThings(t *testing.T, d *db.DB, ring *seal.Ring, n, key int) {
	t.Helper()
	seen := 0
	err := d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT id, mac, text_sealed, more_sealed FROM things`, nil, func(scan func(...any) error) error {
			var id string
			var mac, text, more []byte
			if err := scan(&id, &mac, &text, &more); err != nil {
				return err
			}
			seen++
			if int(text[0]) != key || int(more[0]) != key {
				t.Errorf("%s is sealed with keys %d and %d, want %d", id, text[0], more[0], key)
			}
			for _, c := range []struct {
				place, id, want string
				sealed          []byte
			}{{"things.text", id, "text " + id, text}, {"things.more", fmt.Sprintf("%x", mac), "more " + id, more}} {
				if plain, err := ring.Open(c.place, c.id, c.sealed); err != nil || string(plain) != c.want {
					t.Errorf("%s of %s opens as %q, %v", c.place, id, plain, err)
				}
			}
			return nil
		})
	})
	if err != nil || seen != n {
		t.Fatalf("%d things, %v; want %d", seen, err, n)
	}
}

func open(t *testing.T, d *db.DB, path string) *keyring.Keyring {
	t.Helper()
	k, err := keyring.Open(t.Context(), d, path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rotation(d *db.DB, path string, told *strings.Builder) keyring.Rotation {
	return keyring.Rotation{
		DB: d, Path: path, Columns: []seal.Column{texts, hexes}, Wait: 20 * time.Second, Actor: "test",
		Tell: func(step string) { told.WriteString(step + "\n") },
	}
}

// TestRotate_SealsEverythingAnew rotates twice with no server running, and
// opens again in between.
func TestRotate_SealsEverythingAnew(t *testing.T) {
	t.Parallel()
	d, path := newThings(t)
	first := open(t, d, path)
	found := first.Ring().Hash(seal.Whole, "+821000000001")
	for i := range 250 { // more than one act takes
		put(t, d, first.Ring(), i)
	}
	gone := seal.Column{Table: "erased", Column: "text_sealed", Place: "erased.text"} // a value that was erased needs no key
	write(t, d, `CREATE TABLE erased (id TEXT NOT NULL PRIMARY KEY, text_sealed BYTEA)`)
	write(t, d, `INSERT INTO erased (id, text_sealed) VALUES ('a', $1)`, []byte{})
	copied := read(t, path)
	for round := 2; round <= 3; round++ {
		var told strings.Builder
		r := rotation(d, path, &told)
		r.Columns = append(r.Columns, gone)
		if err := r.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		k := open(t, d, path)
		wantThings(t, d, k.Ring(), 250, round)
		if keys := k.Ring().Keys(); len(keys) != 1 || keys[0].ID != round || k.Ring().Writes() != round {
			t.Errorf("the file has %v and key %d seals, want key %d alone", keys, k.Ring().Writes(), round)
		}
		if string(k.Ring().Hash(seal.Whole, "+821000000001")) != string(found) {
			t.Error("a number is not found by its hash any more")
		}
		if !strings.Contains(told.String(), "sealed 500 values anew") {
			t.Errorf("told:\n%s", &told)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the new file has mode %v, %v", info.Mode(), err)
		}
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".master-*")); len(left) > 0 || err != nil {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}

	// A file from before does not open the database.
	if err := os.WriteFile(path, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Open(t.Context(), d, path); !errors.Is(err, keyring.ErrBehind) {
		t.Errorf("with the first file: %v, want ErrBehind", err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestRotate_WaitsForEveryServer has a server with a file of its own, to which
// the new key is copied late.
func TestRotate_WaitsForEveryServer(t *testing.T) {
	t.Parallel()
	d, path := newThings(t)
	near := open(t, d, path)
	put(t, d, near.Ring(), 1)
	away := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(away, read(t, path), 0o600); err != nil {
		t.Fatal(err)
	}
	far := open(t, d, away)
	for _, k := range []*keyring.Keyring{near, far} {
		if err := k.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	var told strings.Builder
	r := rotation(d, path, &told)
	r.Wait = 50 * time.Millisecond
	if err := r.Rotate(t.Context()); !errors.Is(err, keyring.ErrWaiting) {
		t.Fatalf("before any server took the key: %v, want ErrWaiting", err)
	}
	if err := near.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := far.Sync(t.Context()); !errors.Is(err, keyring.ErrBehind) {
		t.Fatalf("a server without the key says %v, want ErrBehind", err)
	}
	if err := r.Rotate(t.Context()); !errors.Is(err, keyring.ErrWaiting) {
		t.Fatalf("while one server lacks the key: %v, want ErrWaiting", err)
	}
	if near.Ring().Writes() != 1 {
		t.Fatal("a server seals with a key that another cannot open")
	}
	put(t, d, far.Ring(), 2)

	if err := os.WriteFile(away, read(t, path), 0o600); err != nil {
		t.Fatal(err)
	}
	// Both servers look again whenever they are woken, as Run does.
	done := make(chan error, 1)
	r.Wait = 20 * time.Second
	go func() { done <- r.Rotate(t.Context()) }()
	woken, stop := d.Listen("keyring")
	defer stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		for _, k := range []*keyring.Keyring{near, far} {
			if err := k.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			wantThings(t, d, far.Ring(), 2, 2)
			if near.Ring().Writes() != 2 || far.Ring().Writes() != 2 {
				t.Errorf("the servers seal with keys %d and %d, want 2", near.Ring().Writes(), far.Ring().Writes())
			}
			if n := strings.Count(told.String(), "added key"); n != 1 {
				t.Errorf("%d keys were added, want one:\n%s", n, &told)
			}
			return
		case <-woken:
		case <-look.C:
		}
	}
}

func TestOpen_RefusesOtherFiles(t *testing.T) {
	t.Parallel()
	d, path := newThings(t)
	open(t, d, path)
	own := read(t, path)
	if made, err := keyring.Check(t.Context(), d, path); !made || err != nil {
		t.Errorf("Check = %v, %v", made, err)
	}
	for what, c := range map[string]struct {
		text string
		want error
	}{
		"another key":       {strings.Repeat("A", 43) + "=", keyring.ErrOther},
		"a second key":      {"key 2 " + string(own), keyring.ErrMissing},
		"another first key": {"key 2 " + string(own) + "key 1 " + strings.Repeat("A", 43) + "=", keyring.ErrOther},
	} {
		file := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.Open(t.Context(), d, file); !errors.Is(err, c.want) {
			t.Errorf("Open with %s: %v, want %v", what, err, c.want)
		}
		if _, err := keyring.Check(t.Context(), d, file); !errors.Is(err, c.want) {
			t.Errorf("Check with %s: %v, want %v", what, err, c.want)
		}
	}
	for what, text := range map[string]string{"nothing": "", "a short key": "AAAA", "two keys of one number": "key 1 " + string(own) + "key 1 " + string(own)} {
		file := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var damaged keyring.FileError
		if _, err := keyring.Open(t.Context(), d, file); !errors.As(err, &damaged) || strings.Contains(err.Error(), strings.TrimSpace(string(own))) {
			t.Errorf("Open with %s: %v, want a FileError that quotes nothing", what, err)
		}
	}
	gone := filepath.Join(t.TempDir(), "master.key")
	if _, err := keyring.Open(t.Context(), d, gone); !errors.Is(err, keyring.ErrMissing) {
		t.Errorf("without a file: %v, want ErrMissing", err)
	}
	if _, err := os.Stat(gone); err == nil {
		t.Error("a new key was made for a database that has one")
	}
}
