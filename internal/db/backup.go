package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Fate is what becomes of a table when a backup is restored. The room that owns
// the table says it: whatever was used, ended or open since the backup was made
// must not come back to life (S-86).
type Fate struct {
	Table string
	// Ends is the statement that ends or erases what may not go on; $1, where it
	// stands, is the time of the restore, and it returns a row for each row it
	// touches. Empty where everything stays as it was backed up.
	Ends string
	What string // what Ends ends, in the plural: "open verifications"
	Why  string // why the rest may stay, or goes
}

// ErrOnlyFiles refuses what only a database in a file can do.
var ErrOnlyFiles = errors.New("only an SQLite database is a file")

// CopyTo writes a consistent copy of an SQLite database to a new file that its
// owner alone may read, while everybody goes on. It refuses a file that is there
// and, on PostgreSQL, does nothing but return [ErrOnlyFiles].
func (d *DB) CopyTo(ctx context.Context, path string) error {
	s, ok := d.backend.(*sqliteDB)
	if !ok {
		return ErrOnlyFiles
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // VACUUM would make it readable for all
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		_, err = s.write.ExecContext(ctx, "VACUUM INTO $1", path)
	}
	if err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	return nil
}

// Place is where an SQLite database lies, held against servers that would start
// on it.
type Place struct {
	path string
	lock *os.File
}

// Hold locks the place of an SQLite database, which need not be there yet.
// [ErrLocked] means that a server runs on it; on PostgreSQL it returns
// [ErrOnlyFiles].
func Hold(url string) (*Place, error) {
	if OnPostgres(url) {
		return nil, ErrOnlyFiles
	}
	path, err := sqlitePath(url)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the database's folder: %w", err)
	}
	if err := private(filepath.Dir(path), "700"); err != nil {
		return nil, err
	}
	lock, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	return &Place{path, lock}, nil
}

// Folder is where the database lies, or would.
func (p *Place) Folder() string { return filepath.Dir(p.path) }

// Folder returns the folder of the SQLite database of a URL.
func Folder(url string) (string, error) {
	path, err := sqlitePath(url)
	return filepath.Dir(path), err
}

// Taken reports whether there is a database.
func (p *Place) Taken() (bool, error) {
	info, err := os.Stat(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size() > 0, err
}

// Put moves the database at another path of the same folder here. The one that
// was here stays beside it, with its log, under its name and a suffix; aside is
// its path, or empty when there was none.
func (p *Place) Put(from, suffix string) (aside string, err error) {
	if info, err := os.Stat(from + "-wal"); err == nil && info.Size() > 0 {
		return "", fmt.Errorf("the log of %s was not written back", from)
	}
	taken, err := p.Taken()
	if err != nil {
		return "", err
	}
	if taken {
		aside = p.path + suffix
	}
	for _, more := range []string{"-wal", "-shm", "-journal", ""} { // the database last: until then it is whole
		old := p.path + more
		switch _, err := os.Lstat(old); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", err
		case aside == "":
			err = os.Remove(old)
			if err != nil {
				return "", err
			}
		default:
			if err := os.Rename(old, aside+more); err != nil {
				return "", err
			}
		}
	}
	if err := os.Rename(from, p.path); err != nil {
		return aside, err
	}
	return aside, syncFolder(filepath.Dir(p.path))
}

// syncFolder makes what was renamed in a folder last.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Close lets servers start again.
func (p *Place) Close() error { return p.lock.Close() }

var _ io.Closer = (*Place)(nil)

// Restored says what becomes of this package's tables when a backup is restored.
func Restored() []Fate {
	return []Fate{
		{Table: "db_facts", Why: "what is true once and for all"},
		{Table: "db_clock", Why: "the clock goes on from the later of its time and the machine's"},
	}
}

// RestoredAt returns when the database was restored from a backup, 0 when it
// never was. What was handed out before and is remembered nowhere counts no more.
func (d *DB) RestoredAt() Time { return d.restoredAt }

// Settle ends what may not go on after a restore and returns how many rows of
// each kind were touched, by [Fate.What].
func Settle(tx *Tx, fates []Fate) (map[string]int, error) {
	ended := map[string]int{}
	SetFact(tx, "restored_at", strconv.FormatInt(int64(tx.Now), 10))
	for _, fate := range fates {
		if fate.Ends == "" {
			continue
		}
		var args []any
		if strings.Contains(fate.Ends, "$1") {
			args = []any{tx.Now}
		}
		n := 0
		err := tx.Each(fate.Ends, args, func(func(...any) error) error { n++; return nil })
		if err != nil {
			return nil, fmt.Errorf("settling %s: %w", fate.Table, err)
		}
		ended[fate.What] += n
	}
	return ended, nil
}
