package db

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestObeyMarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"marked", "-- sqlite: without rowid\nCREATE TABLE a (\n  id TEXT PRIMARY KEY -- note;\n);\n", "-- sqlite: without rowid\nCREATE TABLE a (\n  id TEXT PRIMARY KEY -- note;\n) WITHOUT ROWID;\n"},
		{"one line", "-- sqlite: without rowid\nCREATE TABLE a (id TEXT PRIMARY KEY);", "-- sqlite: without rowid\nCREATE TABLE a (id TEXT PRIMARY KEY) WITHOUT ROWID;"},
		{"unmarked", "CREATE TABLE a (\n  id TEXT\n);\n", "CREATE TABLE a (\n  id TEXT\n);\n"},
		{"counted", "CREATE TABLE a (\n  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY\n);\n", "CREATE TABLE a (\n  n INTEGER PRIMARY KEY\n);\n"},
		{"no table", "-- sqlite: without rowid\nCREATE INDEX a ON b (c);\n", ""},
		{"nothing", "-- sqlite: without rowid", ""},
		{"no end", "-- sqlite: without rowid\nCREATE TABLE a (\n", ""},
		{"other end", "-- sqlite: without rowid\nCREATE TABLE a AS SELECT 1;", ""},
	} {
		got, err := obeyMarks([]byte(c.text))
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestWithoutRowID_NamesTheFile(t *testing.T) {
	t.Parallel()
	folder := withoutRowID{fstest.MapFS{"0001_bad.sql": {Data: []byte(rowIDMark)}}}
	if _, err := fs.ReadFile(folder, "0001_bad.sql"); err == nil || !strings.Contains(err.Error(), "0001_bad.sql") {
		t.Errorf("reading a bad file: %v", err)
	}
}
