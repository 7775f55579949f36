package backup_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/backup"
	"github.com/sinpyo/sinpyo/internal/seal"
)

var about = backup.About{Database: backup.SQLite, Schema: 16, At: time.Date(2026, 11, 23, 19, 13, 3, 0, time.UTC), Program: "v1"}

func ring(t testing.TB, fill byte) *seal.Ring {
	t.Helper()
	r, err := seal.New(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func written(t testing.TB, of *seal.Ring, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := backup.New(&out, of, about)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(of *seal.Ring, file []byte) (backup.About, []byte, error) {
	a, r, err := backup.Open(bytes.NewReader(file), of)
	if err != nil {
		return a, nil, err
	}
	plain, err := io.ReadAll(r)
	return a, plain, err
}

func TestOpen_ReadsWhatNewWrote(t *testing.T) {
	t.Parallel()
	plain := bytes.Repeat([]byte("a database "), 30_000)
	a, got, err := read(ring(t, 1), written(t, ring(t, 1), plain))
	if err != nil || a != about || !bytes.Equal(got, plain) {
		t.Errorf("%+v and %d bytes, %v", a, len(got), err)
	}
}

// TestOpen_SaysWhatIsWrong has each of the ways in which a file can be another
// than it was.
func TestOpen_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	of := ring(t, 1)
	file := written(t, of, bytes.Repeat([]byte("a database "), 30_000))
	changed := func(from, to string) []byte {
		other := bytes.Replace(file, []byte(from), []byte(to), 1)
		if bytes.Equal(other, file) {
			t.Fatalf("%q is not in the file", from)
		}
		return other
	}
	for _, c := range []struct {
		what string
		file []byte
		want error
	}{
		{"nothing", nil, backup.ErrFormat},
		{"a text", []byte("hello\n"), backup.ErrFormat},
		{"one long line", bytes.Repeat([]byte("x"), 1<<20), backup.ErrFormat},
		{"a later format", changed("backup 1", "backup 2"), backup.ErrFormat},
		{"another schema", changed(`"schema":16`, `"schema":15`), backup.ErrDamaged},
		{"another time", changed("19:13:03", "19:13:04"), backup.ErrDamaged},
		{"a broken second line", changed(`{"`, `["`), backup.ErrDamaged},
		{"its first lines alone", file[:120], backup.ErrDamaged},
		{"all but the last byte", file[:len(file)-1], backup.ErrDamaged},
		{"half of it", file[:len(file)/2], backup.ErrDamaged},
		{"a byte more", append(slices.Clone(file), 1), backup.ErrDamaged},
		{"a bit turned", append(append(slices.Clone(file[:200_000]), file[200_000]^4), file[200_001:]...), backup.ErrDamaged},
	} {
		if _, _, err := read(of, c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
	}
	if _, _, err := read(ring(t, 2), file); !errors.Is(err, backup.ErrKey) {
		t.Errorf("with another key: %v", err)
	}
}

func TestThin_KeepsTheNewestAndWhatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for day := range 5 {
		name := backup.Name(about.At.AddDate(0, 0, day))
		names = append(names, name)
		put(name)
		if err := backup.PutSum(filepath.Join(dir, name), string(bytes.Repeat([]byte("a"), 64))); err != nil {
			t.Fatal(err)
		}
	}
	others := []string{"notes.txt", "sinpyo-before.backup", "sinpyo-20260101T000000Z.backup.part"}
	for _, name := range others {
		put(name)
	}
	deleted, err := backup.Thin(dir, 2)
	if err != nil || !slices.Equal(deleted, names[:3]) {
		t.Fatalf("deleted %v, %v", deleted, err)
	}
	if again, err := backup.Thin(dir, 2); err != nil || len(again) > 0 {
		t.Errorf("then deleted %v, %v", again, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != len(others)+4 {
		t.Errorf("left %v, %v", left, err)
	}
	if sum, err := backup.Sum(filepath.Join(dir, names[4])); err != nil || len(sum) != 64 {
		t.Errorf("the checksum is %q, %v", sum, err)
	}
	if sum, err := backup.Sum(filepath.Join(dir, names[0])); err != nil || sum != "" {
		t.Errorf("of one that is gone the checksum is %q, %v", sum, err)
	}
}
