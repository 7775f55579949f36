package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/api"
)

var update = flag.Bool("update", false, "write openapi.json anew")

func TestDocument_IsWhatTheTypesSay(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(api.Generate()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(api.Document), got.String()); diff != "" {
		t.Errorf("openapi.json drifted; look at the difference and run: go test ./internal/api -update\n%s", diff)
	}
}

// TestDocument_ListsEveryCode compares the codes of the document with those
// that the rooms a call walks through declare, both ways.
func TestDocument_ListsEveryCode(t *testing.T) {
	t.Parallel()
	// What never meets a call: commands, pages and settings refuse with these.
	elsewhere := []string{
		"application_not_found", "application_builtin", "application_languages_invalid", "key_not_found", "key_name_invalid",
		"service_name_invalid", "service_host_invalid", "text_too_long",
		"budget_invalid", "budget_unset", "key_rotating", "key_scopes_invalid", "key_lifetime_invalid", "verification_not_approved",
		"filter_invalid", "provider_answer_missing", "network_not_allowed",
	}
	var declared []string
	for _, room := range []string{"api", "app", "db", "idempotency", "limit", "outbox", "phone", "receipt", "sms", "verify", "web"} {
		declared = append(declared, declaredCodes(t, filepath.Join("..", room))...)
	}
	declared = slices.DeleteFunc(declared, func(code string) bool { return slices.Contains(elsewhere, code) })
	slices.Sort(declared)
	declared = slices.Compact(declared) // two rooms run out of money

	if diff := cmp.Diff(declared, documentedCodes(t)); diff != "" {
		t.Errorf("codes declared (-) and documented (+):\n%s", diff)
	}
}

// documentedCodes reads the codes that the document lists.
func documentedCodes(t *testing.T) []string {
	t.Helper()
	var doc struct {
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct{ Code struct{ Enum []string } }
				}
			}
		}
	}
	if err := json.Unmarshal(api.Document, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas.Problem.Properties.Code.Enum
}

// declaredCodes reads the codes given to fault.New and web.Refusal in a folder.
func declaredCodes(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 {
				return true
			}
			called := ""
			switch f := call.Fun.(type) {
			case *ast.SelectorExpr:
				called = f.Sel.Name
			case *ast.Ident:
				called = f.Name
			}
			if literal, ok := call.Args[1].(*ast.BasicLit); ok && (called == "New" || called == "Refusal") {
				if code, err := strconv.Unquote(literal.Value); err == nil && code != "caller_gone" {
					codes = append(codes, code)
				}
			}
			return true
		})
	}
	return codes
}
