// Command table writes docs/faults.md from the lines that the fault matrix left
// in a folder, and fails when a bar does not hold or a fault of the matrix was
// not played as often as it has to be.
//
// Usage: table -in FOLDER -out docs/faults.md -took 31m
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
	"github.com/sinpyo/sinpyo/test/measure"
)

func main() {
	in := flag.String("in", "", "the folder with the lines")
	out := flag.String("out", "docs/faults.md", "the page to write")
	took := flag.Duration("took", 0, "how long it took to play them")
	flag.Parse()
	if err := run(*in, *out, *took); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(in, out string, took time.Duration) error {
	lines, err := read(in)
	if err != nil {
		return err
	}
	head := fmt.Sprintf("%s · %.0f minutes", measure.Where(), took.Minutes())
	text, broken := page(head, lines)
	if err := os.WriteFile(out, []byte(text), 0o644); err != nil { //nolint:gosec // a page of the documentation
		return err
	}
	if len(broken) > 0 {
		return errors.New("bars do not hold:\n  " + strings.Join(broken, "\n  "))
	}
	return nil
}

// read returns the lines of a folder in the order of their names.
func read(folder string) (lines []kit.Line, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no line was left in " + folder)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var l kit.Line
		if err := json.Unmarshal(content, &l); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b kit.Line) int {
		return cmp.Or(cmp.Compare(a.Fault, b.Fault), -cmp.Compare(a.Database, b.Database)) // SQLite first
	})
	return lines, nil
}

// report is the page while it is written.
type report struct {
	strings.Builder
	notes  []string
	broken []string
}

// page is the page, and what is wrong with what stands on it.
func page(head string, lines []kit.Line) (text string, broken []string) {
	r := &report{}
	r.WriteString("# Faults\n\n[한국어](ko/faults.md)\n\nWritten by `make faults`, which plays each of these against the program as it is " +
		"installed, beside an emulated\nprovider, while people ask for texts. What is counted, and by whom, is told in " +
		"`test/kit/line.go`; `-` is not measured there.\n\n" + head + "\n\nBars: duplicated, lost, approved_wrong, approved_twice, " +
		"budget_overshoot, token_reuse and leaks are 0, recovery is at most\n5 s. What does not hold is in bold. " +
		"In brackets is how often a fault has to be played.\n\n## The matrix\n")
	r.tableHead()
	rest := slices.Clone(lines)
	for _, d := range matrix {
		mine := func(l kit.Line) bool { return d.names(l.Fault) }
		r.demanded(d, slices.Collect(filter(rest, mine)))
		rest = slices.DeleteFunc(rest, mine)
	}
	if len(rest) > 0 {
		r.WriteString("\n## Beside the matrix\n")
		r.tableHead()
		for _, l := range rest {
			r.line(l, "")
		}
	}
	if len(r.notes) > 0 {
		r.WriteString("\n## What they prove, and what not\n\n" + strings.Join(r.notes, "\n") + "\n")
	}
	return r.String(), r.broken
}

func filter(lines []kit.Line, want func(kit.Line) bool) func(func(kit.Line) bool) {
	return func(yield func(kit.Line) bool) {
		for _, l := range lines {
			if want(l) && !yield(l) {
				return
			}
		}
	}
}

func (r *report) tableHead() {
	names := append([]string{"fault", "database"}, kit.FigureNames()...)
	r.WriteString("\n| " + strings.Join(names, " | ") + " |\n|---|---" + strings.Repeat("|--:", len(names)-2) + "|\n")
}

// demanded writes the lines of a fault of the matrix.
func (r *report) demanded(d demand, lines []kit.Line) {
	if len(lines) == 0 {
		why := d.absent
		if why == "" {
			why = "not in this run"
			r.broken = append(r.broken, d.fault+": not played")
		}
		r.WriteString("| " + strings.TrimPrefix(d.fault, "* ") + " | not played: " + why + strings.Repeat(" |", len(kit.FigureNames())+1) + "\n")
	}
	for _, l := range lines {
		r.line(l, fmt.Sprintf(" (%d)", d.times))
		if l.Injected < d.times {
			r.broken = append(r.broken, fmt.Sprintf("%s on %s: played %d times of %d", l.Fault, l.Database, l.Injected, d.times))
		}
	}
}

// line writes a line, with how often it has to be played behind how often it was.
func (r *report) line(l kit.Line, demanded string) {
	figures := l.Figures()
	broken := l.Broken()
	for i, name := range kit.FigureNames() {
		if slices.ContainsFunc(broken, func(b string) bool { return strings.HasPrefix(b, strings.TrimSuffix(name, "_s")+" ") }) {
			figures[i] = "**" + figures[i] + "**"
		}
	}
	figures[0] += demanded
	r.WriteString("| " + strings.Join(append([]string{l.Fault, l.Database}, figures...), " | ") + " |\n")
	for _, b := range broken {
		r.broken = append(r.broken, l.Fault+" on "+l.Database+": "+b)
	}
	if note := "- **" + l.Fault + "**: " + strings.TrimRight(l.Note, ". ") + "."; l.Note != "" && !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}
