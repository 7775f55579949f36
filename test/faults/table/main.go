// Command table writes docs/faults.md from the lines that the fault matrix left
// in a folder.
//
// Usage: table -in FOLDER -out docs/faults.md
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sinpyo/sinpyo/test/kit"
)

func main() {
	in := flag.String("in", "", "the folder with the lines")
	out := flag.String("out", "docs/faults.md", "the page to write")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	lines, err := read(in)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(page(lines)), 0o644) //nolint:gosec // a page of the documentation
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
		return strings.Compare(a.Fault+"\n"+a.Database, b.Fault+"\n"+b.Database)
	})
	return lines, nil
}

// page is the report.
func page(lines []kit.Line) string {
	var text strings.Builder
	text.WriteString("# Faults\n\nWritten by `make faults`. `-` is not measured there.\n\n")
	names := append([]string{"fault", "database"}, kit.FigureNames()...)
	text.WriteString("| " + strings.Join(names, " | ") + " |\n|---|---" + strings.Repeat("|--:", len(names)-2) + "|\n")
	for _, l := range lines {
		text.WriteString("| " + strings.Join(append([]string{l.Fault, l.Database}, l.Figures()...), " | ") + " |\n")
	}
	for _, l := range lines {
		if l.Note != "" {
			text.WriteString("\n- **" + l.Fault + "** (" + l.Database + "): " + l.Note)
		}
	}
	return text.String() + "\n"
}
