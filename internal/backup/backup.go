// Package backup writes a database into one sealed file and reads it back (S-86).
//
// A backup is two lines that anybody may read, the first of which names the
// format and the second says what it is a backup of ([About]), and after them the
// database, sealed with the master key as a stream. The lines are part of what is
// sealed: a file that was cut off, damaged or put together of others does not
// open. The master key is not in it; without a copy of that a backup is worth
// nothing, to a thief as well.
//
// The package knows no database. What is restored, and what ends with it, is the
// program's business.
package backup

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sinpyo/sinpyo/internal/seal"
)

// The first line of a backup. A later format has another number.
const (
	firstLine = "sinpyo backup 1\n"
	aboutMost = 4096
)

// What Open refuses. The texts say the cure.
var (
	ErrFormat  = errors.New("this is no backup of Sinpyo, or one of a newer program")
	ErrKey     = errors.New("the backup was sealed with another master key: put the copy of the key file from that time in its place")
	ErrDamaged = errors.New("the backup is damaged or was changed: take another copy of it")
)

// About says what a backup is of.
type About struct {
	Database string    `json:"database"` // "sqlite", the file; or "postgres", what pg_dump wrote
	Schema   int64     `json:"schema"`
	At       time.Time `json:"at"`
	Program  string    `json:"program"` // its version

	Namespace string `json:"namespace,omitempty"` // of PostgreSQL: the schema the tables are in
}

// Kinds of databases.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// New writes the beginning of a backup to w and returns what the database is to
// be written to. Close ends the backup and leaves w open.
func New(w io.Writer, ring *seal.Ring, about About) (io.WriteCloser, error) {
	line, err := json.Marshal(about)
	if err != nil {
		return nil, fmt.Errorf("writing what the backup is of: %w", err)
	}
	head := []byte(firstLine + string(line) + "\n")
	if _, err := w.Write(head); err != nil {
		return nil, err
	}
	return ring.SealTo(w, head)
}

// Open reads the beginning of a backup and returns the database. Refusals:
// [ErrFormat], [ErrKey] and [ErrDamaged], which a read may return as well: what
// was read counts only when io.EOF has come.
func Open(r io.Reader, ring *seal.Ring) (About, io.Reader, error) {
	lines := bufio.NewReaderSize(r, aboutMost)
	first, err := lines.ReadSlice('\n')
	if err != nil || string(first) != firstLine {
		return About{}, nil, ErrFormat
	}
	second, err := lines.ReadSlice('\n')
	var about About
	if err != nil || json.Unmarshal(second, &about) != nil {
		return About{}, nil, ErrDamaged
	}
	plain, err := ring.OpenFrom(lines, append([]byte(firstLine), second...))
	switch {
	case errors.Is(err, seal.ErrStreamKey):
		return about, nil, fmt.Errorf("%w (%w)", ErrKey, err)
	case errors.Is(err, seal.ErrStream):
		return about, nil, ErrDamaged
	case err != nil:
		return about, nil, err
	}
	return about, reader{plain}, nil
}

// reader tells of damage in the words of this package.
type reader struct{ io.Reader }

func (r reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, seal.ErrOpen) {
		err = ErrDamaged
	}
	return n, err
}
