package house_test

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	promise  = regexp.MustCompile(`(?m)^\| (S-\d+) \| (.+) \| (.*) \| (.+) \|$`)
	testName = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	place    = regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z0-9]*)`")
)

// TestSecurity_NamesTestsThatExist reads the promises in docs/security.md, and in
// its Korean twin: there is one line for each, and each line names the code that
// keeps the promise and the tests that show it, or says when it will.
func TestSecurity_NamesTestsThatExist(t *testing.T) {
	t.Parallel()
	tests, names := declarations(t)
	var lines []string
	for _, page := range []struct{ name, soon string }{{"security.md", "in issue "}, {"ko/security.md", "이슈 "}} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page.name)))
		if err != nil {
			t.Fatal(err)
		}
		var items, here []string
		for _, line := range promise.FindAllStringSubmatch(string(text), -1) {
			item, where, shown := line[1], line[3], line[4]
			found := testName.FindAllStringSubmatch(shown, -1)
			places := place.FindAllStringSubmatch(where, -1)
			if len(found) == 0 && !strings.Contains(shown, page.soon) {
				t.Errorf("docs/%s: %s names no test", page.name, item)
			}
			if len(found) > 0 && len(places) == 0 {
				t.Errorf("docs/%s: %s does not say where it holds", page.name, item)
			}
			here = append(here, item)
			for _, f := range found {
				here = append(here, f[1])
				if !tests[f[1]] {
					t.Errorf("docs/%s: %s names %s, which is not there", page.name, item, f[1])
				}
			}
			for _, p := range places {
				if !names[p[1]+"."+p[2]] {
					t.Errorf("docs/%s: %s holds in %s.%s, which is not there", page.name, item, p[1], p[2])
				}
			}
			items = append(items, item)
		}
		if diff := cmp.Diff(promises(), items); diff != "" {
			t.Errorf("docs/%s has other lines (-want +got):\n%s", page.name, diff)
		}
		if lines == nil {
			lines = here
		}
		if diff := cmp.Diff(lines, here); diff != "" {
			t.Errorf("the two languages name different tests:\n%s", diff)
		}
	}
}

// promises are the items of the security requirements that the page is about:
// codes, numbers, pages and accounts, backups, records, the console, personal data,
// and how it runs.
func promises() (items []string) {
	for n := 1; n <= 117; n++ {
		if n <= 54 || n == 85 || n == 86 || n == 93 || n == 94 || n >= 96 {
			items = append(items, fmt.Sprintf("S-%d", n))
		}
	}
	return items
}

// declarations returns the names of all tests, and those of everything that a
// room exports, methods under the room alone: "web.Door", "verify.Check".
func declarations(t *testing.T) (tests, names map[string]bool) {
	t.Helper()
	tests, names = map[string]bool{}, map[string]bool{}
	for _, f := range readHouse(t) {
		room, _ := roomOf(f.pkg)
		for _, d := range f.syntax.Decls {
			for _, name := range declared(d) {
				if f.test && strings.HasPrefix(name, "Test") {
					tests[name] = true
				} else if !f.test {
					names[room+"."+name] = true
				}
			}
		}
	}
	return tests, names
}

// declared returns the names that a declaration declares.
func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		names = append(names, d.Name.Name)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return slices.Clip(names)
}

var namedPromise = regexp.MustCompile(`S-(\d+)(?: to S-(\d+)|~S-(\d+))?`)

// TestThreatModel_LeadsToPromises follows what docs/threat-model.md and its Korean
// twin name to the lines of docs/security.md; both name the same.
func TestThreatModel_LeadsToPromises(t *testing.T) {
	t.Parallel()
	there := promises()
	var first []string
	for _, page := range []string{"threat-model.md", "ko/threat-model.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		var named []string
		for _, m := range namedPromise.FindAllStringSubmatch(string(text), -1) {
			for _, number := range m[1:] {
				if number == "" {
					continue
				}
				named = append(named, "S-"+number)
				if !slices.Contains(there, "S-"+number) {
					t.Errorf("docs/%s leads to S-%s, which is no line of docs/security.md", page, number)
				}
			}
		}
		if len(named) < 30 {
			t.Errorf("docs/%s names %d promises", page, len(named))
		}
		if first == nil {
			first = named
		}
		if diff := cmp.Diff(first, named); diff != "" {
			t.Errorf("the two languages lead to different promises (-en +ko):\n%s", diff)
		}
	}
}
