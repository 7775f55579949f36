package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// played are lines of the whole matrix, as they should be.
func played() (lines []kit.Line) {
	for _, d := range matrix {
		if d.absent == "" {
			lines = append(lines, kit.Line{Fault: strings.Replace(d.fault, "*", "master key", 1), Database: "SQLite", Injected: d.times})
		}
	}
	return lines
}

func TestPage_HoldsTheMatrixToItsCounts(t *testing.T) {
	t.Parallel()
	if text, broken := page("here", played()); len(broken) > 0 || !strings.Contains(text, "| 500 (500) |") {
		t.Errorf("what was played in full is held to be broken: %v", broken)
	}
	tests := map[string]struct {
		change func([]kit.Line) []kit.Line
		broken string
		text   string
	}{
		"too few": {func(l []kit.Line) []kit.Line { l[0].Injected--; return l }, "played 499 times of 500", "| 499 (500) |"},
		"none":    {func(l []kit.Line) []kit.Line { return l[1:] }, "process killed at random under load: not played", "not played: not in this run"},
		"a text too many": {func(l []kit.Line) []kit.Line { l[1].Duplicated = 2; return l },
			"duplicated 2, want 0", "| **2** |"},
		"slow": {func(l []kit.Line) []kit.Line { l[1].Recovery = 6 * time.Second; return l }, "recovery 6s", "| **6.0** |"},
		"beside it": {func(l []kit.Line) []kit.Line {
			return append(l, kit.Line{Fault: "simulation", Database: "SQLite", Lost: 1, Injected: 1})
		},
			"simulation on SQLite: lost 1", "Beside the matrix"},
	}
	for name, tt := range tests {
		text, broken := page("here", tt.change(played()))
		if !slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, tt.broken) }) || len(broken) != 1 {
			t.Errorf("%s: broken %v, want %q alone", name, broken, tt.broken)
		}
		if !strings.Contains(text, tt.text) {
			t.Errorf("%s: %q is not on the page", name, tt.text)
		}
	}
}
