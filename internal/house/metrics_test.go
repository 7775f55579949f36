package house_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// labels are the names that labels of metrics have. Each one's values are a
// fixed set, which docs/metrics.md tells; a new name is a decision (S-91).
var labels = []string{
	"act", "carrier", "doing", "door", "factor", "level", "method", "outcome", "purpose", "result", "role", "route", "rule", "status",
}

var metricRow = regexp.MustCompile("(?m)^\\| `(sinpyo_\\w+)` \\| ([^|]*) \\|")

// TestMetrics_StandInBothLanguages compares the tables of docs/metrics.md and
// its Korean twin with the metrics that the rooms make, names and labels, both
// ways, and wants no label but those of the list above.
func TestMetrics_StandInBothLanguages(t *testing.T) {
	t.Parallel()
	made := madeMetrics(t)
	for _, page := range []string{"metrics.md", "ko/metrics.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]string{}
		for _, row := range metricRow.FindAllStringSubmatch(string(text), -1) {
			told[row[1]] = strings.ReplaceAll(strings.TrimSpace(row[2]), "`", "")
		}
		for _, name := range sortedKeys(made) {
			got, ok := told[name]
			if want := strings.Join(made[name], ", "); !ok || got != want {
				t.Errorf("docs/%s tells of %s with the labels %q, want %q", page, name, got, want)
			}
		}
		for _, name := range sortedKeys(told) {
			if _, ok := made[name]; !ok {
				t.Errorf("docs/%s tells of %s, which nothing makes", page, name)
			}
		}
	}
	for _, name := range sortedKeys(made) {
		for _, label := range made[name] {
			if !slices.Contains(labels, label) {
				t.Errorf("%s has the label %q: label names come from the list in this file", name, label)
			}
		}
	}
}

// madeMetrics reads the calls that make metrics, named New… and given a literal
// of prometheus options: their names, with their labels in order.
func madeMetrics(t *testing.T) map[string][]string {
	t.Helper()
	made := map[string][]string{}
	for _, f := range readHouse(t) {
		if f.test || isTestKit(f.pkg) || strings.HasPrefix(f.pkg, "test/") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if name, constant := metricOptions(call.Args[0]); name != "" {
				made[name] = append([]string{}, constant...)
				if len(call.Args) > 1 {
					made[name] = append(made[name], texts(call.Args[1])...)
				}
				slices.Sort(made[name])
			} else if strings.HasPrefix(calledName(call), "MustNewConstMetric") || calledName(call) == "NewDesc" {
				t.Errorf("%s: make metrics of literal options, which this test reads", f.at(call))
			}
			return true
		})
	}
	if len(made) < 10 {
		t.Fatalf("read %d metrics: has the way of making them changed?", len(made))
	}
	return made
}

// metricOptions reads a literal such as prometheus.CounterOpts{Name: "sinpyo_…"}
// and returns the name and its constant labels.
func metricOptions(e ast.Expr) (name string, constant []string) {
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return "", nil
	}
	for _, element := range literal.Elts {
		field, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch key, _ := field.Key.(*ast.Ident); {
		case key == nil:
		case key.Name == "Name":
			if text := texts(field.Value); len(text) == 1 && strings.HasPrefix(text[0], "sinpyo_") {
				name = text[0]
			}
		case key.Name == "ConstLabels":
			constant = []string{"door"} // the one there is, made where its value is known
		}
	}
	return name, constant
}

// texts are the strings in an expression.
func texts(e ast.Expr) (list []string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				list = append(list, text)
			}
		}
		return true
	})
	return list
}
