package db

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// rowIDMark stands on a line of its own before a CREATE TABLE whose rows are
// to live in the primary key's own tree on SQLite: one tree less to write and
// to read. PostgreSQL knows no such words, and sees a comment.
const rowIDMark = "-- sqlite: without rowid"

// A key that the database counts up, in the words of PostgreSQL and of SQLite.
const (
	countedKey       = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
	countedKeySQLite = "INTEGER PRIMARY KEY"
)

// withoutRowID is a folder of migrations as SQLite reads it: the statement
// after each mark ends in WITHOUT ROWID, and keys are counted in its own words.
type withoutRowID struct{ fs.FS }

// Open returns the file with its marks obeyed.
func (w withoutRowID) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	text, err := fs.ReadFile(w.FS, name)
	if err == nil {
		text, err = obeyMarks(text)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return &rewritten{File: f, Reader: bytes.NewReader(text)}, nil
}

// rewritten is a file that reads as another text.
type rewritten struct {
	fs.File
	*bytes.Reader
}

func (r *rewritten) Read(b []byte) (int, error) { return r.Reader.Read(b) }

// obeyMarks adds the words to the statement after each mark. A mark without a
// CREATE TABLE that ends in ");" is an error: it would pass unnoticed.
func obeyMarks(text []byte) ([]byte, error) {
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) != rowIDMark {
			continue
		}
		if i+1 == len(lines) || !strings.HasPrefix(lines[i+1], "CREATE TABLE ") {
			return nil, fmt.Errorf("line %d: %q is not followed by a CREATE TABLE", i+1, rowIDMark)
		}
		end, code := i+1, ""
		for ; end < len(lines) && !strings.HasSuffix(code, ";"); end++ {
			code, _, _ = strings.Cut(lines[end], "--") // a comment may end in anything
			code = strings.TrimSpace(code)
		}
		if !strings.HasSuffix(code, ");") {
			return nil, fmt.Errorf("line %d: the table's statement does not end in %q", i+2, ");")
		}
		lines[end-1] = strings.TrimSuffix(code, ";") + " WITHOUT ROWID;"
	}
	return []byte(strings.ReplaceAll(strings.Join(lines, "\n"), countedKey, countedKeySQLite)), nil
}
