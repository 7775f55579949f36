package house_test

import (
	"encoding/json"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var heading = regexp.MustCompile(`(?m)^### (\w+)$`)

// TestProblems_AreExplained wants a heading in docs/problems.md, and in its
// Korean twin, for each code that the API's description lists, because the type
// of a problem document links there, and no heading for a code that no line of
// the program declares.
func TestProblems_AreExplained(t *testing.T) {
	t.Parallel()
	codes, declared := describedCodes(t), declaredCodes(t)
	for _, name := range []string{"problems.md", "ko/problems.md"} {
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		explained := map[string]bool{}
		for _, match := range heading.FindAllStringSubmatch(string(page), -1) {
			explained[match[1]] = true
		}
		for _, code := range codes {
			if !explained[code] {
				t.Errorf("docs/%s does not explain %s", name, code)
			}
		}
		for _, code := range sortedKeys(explained) {
			if !declared[code] {
				t.Errorf("docs/%s explains %s, which nothing declares", name, code)
			}
		}
	}
}

// describedCodes reads the codes that the API's description lists.
func describedCodes(t *testing.T) []string {
	t.Helper()
	described, err := os.ReadFile(filepath.Join("..", "api", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct {
						Code struct{ Enum []string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(described, &document); err != nil {
		t.Fatal(err)
	}
	codes := document.Components.Schemas.Problem.Properties.Code.Enum
	if len(codes) == 0 {
		t.Fatal("openapi.json lists no codes")
	}
	return codes
}

// declaredCodes reads the codes of all refusals: the second argument of every
// call of fault.New and of web's Refusal.
func declaredCodes(t *testing.T) map[string]bool {
	t.Helper()
	codes := map[string]bool{}
	for _, f := range readHouse(t) {
		if f.test {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if name := calledName(call); name != "New" && name != "Refusal" {
				return true
			}
			if literal, ok := call.Args[1].(*ast.BasicLit); ok {
				code, _ := strconv.Unquote(literal.Value)
				codes[code] = true
			}
			return true
		})
	}
	return codes
}

// calledName is the last name of what a call calls.
func calledName(call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name
	case *ast.SelectorExpr:
		return fn.Sel.Name
	}
	return ""
}
