package house_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var settingRow = regexp.MustCompile("(?m)^\\| (`[^|]+) \\| ")

// TestSettings_StandInBothLanguages compares the tables of docs/settings.md and
// its Korean twin with the keys that internal/config knows, both ways.
func TestSettings_StandInBothLanguages(t *testing.T) {
	t.Parallel()
	known := settingKeys(t)
	for _, page := range []string{"settings.md", "ko/settings.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]bool{}
		for _, row := range settingRow.FindAllStringSubmatch(string(text), -1) {
			for name := range strings.SplitSeq(row[1], ", ") {
				told[strings.Trim(name, "`")] = true
			}
		}
		for _, name := range sortedKeys(known) {
			if !told[name] {
				t.Errorf("docs/%s does not tell of %s", page, name)
			}
			if env := "`SINPYO_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_")) + "`"; !strings.Contains(string(text), env) {
				t.Errorf("docs/%s does not name %s", page, env)
			}
		}
		for _, name := range sortedKeys(told) {
			if !known[name] {
				t.Errorf("docs/%s tells of %s, which the program does not know", page, name)
			}
		}
	}
}

// settingKeys reads the names in the table of internal/config: the first
// string of each of its rows.
func settingKeys(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, f := range readHouse(t) {
		if f.name != "internal/config/keys.go" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			row, ok := n.(*ast.CompositeLit)
			if !ok || row.Type != nil || len(row.Elts) == 0 {
				return true
			}
			if literal, ok := row.Elts[0].(*ast.BasicLit); ok {
				name, _ := strconv.Unquote(literal.Value)
				keys[name] = true
			}
			return true
		})
	}
	if len(keys) < 10 {
		t.Fatalf("read %d keys from internal/config/keys.go: has the table changed its form?", len(keys))
	}
	return keys
}
