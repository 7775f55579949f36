// Package house_test keeps the plan of the house: which room may lean on which,
// who owns each table, and that every package says what it is for. It reads the
// source itself, all build tags included, and fails with the line at fault.
package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sinpyo/sinpyo"

// file is one Go source file of the repository.
type file struct {
	name   string // relative to the root, with slashes
	pkg    string // its folder, as an import path below the module: "internal/db"
	test   bool
	syntax *ast.File
	set    *token.FileSet
}

// readHouse parses every Go file under the root of the repository.
func readHouse(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..")
	set := token.NewFileSet()
	var files []file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			base := d.Name()
			if rel != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if path.Ext(rel) != ".go" {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(set, rel, src, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, file{
			name:   rel,
			pkg:    path.Dir(rel),
			test:   strings.HasSuffix(rel, "_test.go"),
			syntax: syntax,
			set:    set,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("read %d files: is this still the root of the repository?", len(files))
	}
	return files
}

// at returns where a node stands, for a message.
func (f file) at(n ast.Node) string { return f.set.Position(n.Pos()).String() }

// TestPackages_SayWhatTheyAreFor wants a comment of at least one full sentence
// at every package, in the form godoc reads.
func TestPackages_SayWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	comments := map[string]string{}
	for _, f := range readHouse(t) {
		if _, seen := comments[f.pkg]; !seen {
			comments[f.pkg] = ""
		}
		if f.syntax.Doc != nil {
			comments[f.pkg] += f.syntax.Doc.Text()
		}
	}
	for pkg, text := range comments {
		base := path.Base(pkg)
		// A command may be introduced by its bare name, as "Gofmt formats …".
		bare := strings.ToUpper(base[:1]) + base[1:] + " "
		if !hasAnyPrefix(text, "Package "+base, "Command "+base, bare) {
			t.Errorf("%s has no package comment that begins with %q", pkg, "Package "+base)
			continue
		}
		if words := len(strings.Fields(text)); words < 12 {
			t.Errorf("%s: the package comment has %d words; say its purpose and its walk", pkg, words)
		}
	}
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// sortedKeys is the keys of m in order, so that failures read the same twice.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
