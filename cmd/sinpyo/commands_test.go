package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestCommands_StandInBothLanguages wants each command, and each of doctor's
// checks, in docs/commands.md and its Korean twin.
func TestCommands_StandInBothLanguages(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"commands.md", "ko/commands.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, leaf := range parser.Model.Leaves(true) {
			name := leaf.Path() // "keys create", behind its first in the tables
			if !strings.Contains(string(text), "`sinpyo "+name) && !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("docs/%s does not tell of %s", page, name)
			}
		}
		for i, check := range (&examiner{}).checks() {
			if row := fmt.Sprintf("| %d %s | ", i+1, check.Name); !strings.Contains(string(text), row) {
				t.Errorf("docs/%s has no row %q", page, row)
			}
		}
	}
}
