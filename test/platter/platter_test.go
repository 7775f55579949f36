package platter_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/test/platter"
)

// hexed writes texts as strace does.
func hexed(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		fmt.Fprintf(&out, `\x%02x`, b)
	}
	return out.String()
}

// play plays lines on a folder with one synced file "old", where $F stands for the
// folder; <text> and "text" are written as strace does.
func play(t *testing.T, lines ...string) (d *platter.Disk, folder string) {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "old"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err = platter.Load(folder); err != nil {
		t.Fatal(err)
	}
	var record strings.Builder
	for _, line := range lines {
		for i, part := range strings.Split(strings.ReplaceAll(line, "$F", folder), "'") {
			if i%2 == 1 {
				part = hexed(part)
			}
			record.WriteString(part)
		}
		record.WriteByte('\n')
	}
	if err := d.Play(strings.NewReader(record.String())); err != nil {
		t.Fatal(err)
	}
	return d, folder
}

func TestCut_KeepsWhatWasSyncedAndNoMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
		want  map[string]string // with everything else lost
	}{
		{"nothing happened", nil, map[string]string{"/old": "0123456789"}},
		{"an unsynced write", []string{`1 pwrite64(3<'$F/old'>, "'AB'", 2, 0) = 2`}, map[string]string{"/old": "0123456789"}},
		{"a synced write", []string{
			`1 pwrite64(3<'$F/old'>, "'AB'", 2, 4) = 2`, `1 fdatasync(3<'$F/old'>) = 0`,
		}, map[string]string{"/old": "0123AB6789"}},
		{"a sync that failed", []string{
			`1 pwrite64(3<'$F/old'>, "'AB'", 2, 4) = 2`, `1 fsync(3<'$F/old'>) = -1 EIO (Input/output error)`,
		}, map[string]string{"/old": "0123456789"}},
		{"a sync that never returned", []string{
			`1 pwrite64(3<'$F/old'>, "'AB'", 2, 4) = 2`, `1 fsync(3<'$F/old'>) = ?`,
		}, map[string]string{"/old": "0123456789"}},
		{"a pretended sync", []string{
			`1 pwrite64(3<'$F/old'>, "'AB'", 2, 4) = 2`, `1 fsync(3<'$F/old'>) = 0 (INJECTED)`,
		}, map[string]string{"/old": "0123456789"}},
		{"a write beside a sync", []string{
			`1 pwrite64(3<'$F/old'>, "'AB'", 2, 4) = 2`, `1 fsync(3<'$F/old'> <unfinished ...>`,
			`2 pwrite64(4<'$F/old'>, "'CD'", 2, 6) = 2`, `1 <... fsync resumed>) = 0`,
		}, map[string]string{"/old": "0123AB6789"}},
		{"a shorter file", []string{`1 ftruncate(3<'$F/old'>, 4) = 0`, `1 fsync(3<'$F/old'>) = 0`}, map[string]string{"/old": "0123"}},
		{"a shorter file beside a sync", []string{
			`1 ftruncate(3<'$F/old'>, 4 <unfinished ...>`, `2 fsync(3<'$F/old'> <unfinished ...>`,
			`1 <... ftruncate resumed>) = 0`, `2 <... fsync resumed>) = 0`, `1 fsync(3<'$F/old'>) = 0`,
		}, map[string]string{"/old": "0123"}},
		{"a new file without its name", []string{
			`1 openat(AT_FDCWD<'/'>, "'$F/new'", O_RDWR|O_CREAT, 0600) = 3<'$F/new'>`,
			`1 write(3<'$F/new'>, "'AB'", 2) = 2`, `1 fsync(3<'$F/new'>) = 0`,
		}, map[string]string{"/old": "0123456789"}},
		{"a file put in place", []string{
			`1 openat(AT_FDCWD<'/'>, "'$F/new'", O_RDWR|O_CREAT, 0600) = 3<'$F/new'>`,
			`1 write(3<'$F/new'>, "'AB'", 2) = 2`, `1 fsync(3<'$F/new'>) = 0`,
			`1 renameat(AT_FDCWD<'/'>, "'$F/new'", AT_FDCWD<'/'>, "'$F/old'") = 0`, `1 fsync(4<'$F'>) = 0`,
		}, map[string]string{"/old": "AB"}},
		{"a removed file", []string{`1 unlink("'$F/old'") = 0`, `1 fsync(4<'$F'>) = 0`}, map[string]string{}},
		{"a removed file whose folder was not synced", []string{`1 unlink("'$F/old'") = 0`}, map[string]string{"/old": "0123456789"}},
		{"another folder", []string{`1 pwrite64(3<'/elsewhere/old'>, "'AB'", 2, 0) = 2`}, map[string]string{"/old": "0123456789"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, _ := play(t, c.lines...)
			image := d.Cut(platter.All, nil)
			delete(image, "") // the folder itself
			if len(image) != len(c.want) {
				t.Errorf("left are %d files, want %d", len(image), len(c.want))
			}
			for name, want := range c.want {
				if got := string(image[name]); got != want {
					t.Errorf("%s holds %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestCut_TearsAtSectors(t *testing.T) {
	t.Parallel()
	d, folder := play(t, `1 pwrite64(3<'$F/old'>, "'`+strings.Repeat("A", 1500)+`'", 1500, 100) = 1500`)
	chance := rand.New(rand.NewPCG(1, 1))
	whole, torn := map[int]bool{}, map[int]bool{}
	for range 200 {
		whole[bytes.Count(d.Cut(platter.Some, chance)["/old"], []byte("A"))] = true
		torn[bytes.Count(d.Cut(platter.Torn, chance)["/old"], []byte("A"))] = true
	}
	if len(whole) != 2 || !whole[0] || !whole[1500] {
		t.Errorf("a write was left as a whole or not: %v", whole)
	}
	if !torn[412] || !torn[412+512] || !torn[0] || !torn[1500] || torn[1] {
		t.Errorf("a write was torn into %v", torn)
	}
	image := d.Cut(platter.All, chance)
	if err := image.Write(folder); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(filepath.Join(folder, "old"))
	if err != nil || string(left) != "0123456789" {
		t.Errorf("the folder holds %q, %v", left, err)
	}
}

func TestSame_LeavesOpenWhatWasKilled(t *testing.T) {
	t.Parallel()
	for _, end := range []string{" = ?", " <unfinished ...>", " <detached ...>", ""} {
		d, _ := play(t, `1 pwrite64(3<'$F/old'>, "'AB'", 2, 8)`+end)
		if err := d.Same(); err != nil {
			t.Errorf("with %q at its end a write that may have happened is missed: %v", end, err)
		}
	}
}

func TestSame_SeesWhatWasNotRecorded(t *testing.T) {
	t.Parallel()
	d, folder := play(t)
	if err := d.Same(); err != nil {
		t.Errorf("nothing happened, and %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "old"), make([]byte, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Same(); err == nil {
		t.Error("a change that was not recorded is not seen")
	}
}
