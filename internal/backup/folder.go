package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SumSuffix is what the file beside a backup is called that holds its checksum,
// in the form that sha256sum -c reads.
const SumSuffix = ".sha256"

var fileName = regexp.MustCompile(`^sinpyo-\d{8}T\d{6}Z\.backup$`)

// Name is what a backup is called in a folder of them, so that they sort by
// time.
func Name(at time.Time) string { return "sinpyo-" + at.UTC().Format("20060102T150405Z") + ".backup" }

// Thin deletes all but the newest backups of a folder, and nothing else there,
// and returns the names of those it deleted.
func Thin(folder string, keep int) (deleted []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("reading the folder of backups: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && fileName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(len(names)-keep, 0)] {
		for _, file := range []string{name + SumSuffix, name} {
			if err := os.Remove(filepath.Join(folder, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return deleted, fmt.Errorf("deleting an old backup: %w", err)
			}
		}
		deleted = append(deleted, name)
	}
	return deleted, nil
}

// Sum reads the checksum that stands beside a backup; "" when there is none.
func Sum(path string) (string, error) {
	text, err := os.ReadFile(path + SumSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	sum, _, _ := strings.Cut(string(text), " ")
	if err == nil && len(sum) != 64 {
		err = fmt.Errorf("%s holds no checksum", path+SumSuffix)
	}
	return sum, err
}

// PutSum writes the checksum beside a backup.
func PutSum(path, sum string) error {
	return os.WriteFile(path+SumSuffix, []byte(sum+"  "+filepath.Base(path)+"\n"), 0o600)
}
