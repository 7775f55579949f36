// Package facetest checks files of others that are kept in this repository: that
// they are the ones that were taken over, and that none has come between.
package facetest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// IsAsVendored wants the files in a folder to be those that its SHA256SUMS lists,
// and no others but VENDORED.md, which says where they are from.
func IsAsVendored(t *testing.T, folder string) {
	t.Helper()
	sums, err := os.ReadFile(folder + "/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"SHA256SUMS": true, "VENDORED.md": true}
	for line := range strings.Lines(string(sums)) {
		want, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("cannot read the line %q", line)
		}
		known[name] = true
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is another file", name)
		}
	}
	err = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !known[strings.TrimPrefix(path, folder+"/")] {
			t.Errorf("%s has no checksum", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
