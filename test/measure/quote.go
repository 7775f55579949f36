package measure

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Quoted are the figures that the README quotes, in its order, by their names on
// the page of figures.
var Quoted = []string{
	"SQLite: sign-ups/s, 64 workers",
	"SQLite: processor time per sign-up, 64 workers, everything on",
	"PostgreSQL: processor time per sign-up, server and database",
	"SQLite: request to text, idle, p50 / p99",
	"SQLite: burst of 10,000 starts: provider calls",
	"SQLite: resident memory at 64 workers",
	"SQLite: cold start to first 200, migrated database, median",
}

// Figure finds what was measured of a figure on the page of figures.
func Figure(page, name string) (string, error) {
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) == 6 && strings.TrimSpace(cells[1]) == name {
			return strings.TrimSpace(cells[4]), nil
		}
	}
	return "", fmt.Errorf("the page of figures has no %q", name)
}

// Between these two lines a README has its table, a row for each quoted figure with
// what was measured in the last cell.
const (
	quotesBegin = "<!-- figures -->\n"
	quotesEnd   = "<!-- /figures -->\n"
)

var lastCell = regexp.MustCompile(`\| [^|\n]+ \|\n`)

// Quote returns a README with other values in the rows of its table.
func Quote(readme string, values []string) (string, error) {
	before, rest, begun := strings.Cut(readme, quotesBegin)
	table, after, ended := strings.Cut(rest, quotesEnd)
	head, rows, ok := strings.Cut(table, "--:|\n")
	if !begun || !ended || !ok || strings.Count(rows, "\n") != len(values) {
		return "", errors.New("the README has no table with a row for each figure")
	}
	rows = lastCell.ReplaceAllStringFunc(rows, func(string) string {
		value := values[0]
		values = values[1:]
		return "| " + value + " |\n"
	})
	return before + quotesBegin + head + "--:|\n" + rows + quotesEnd + after, nil
}

// WriteQuotes has READMEs quote the page of figures.
func WriteQuotes(page string, readmes ...string) error {
	raw, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	values := make([]string, len(Quoted))
	for i, name := range Quoted {
		if values[i], err = Figure(string(raw), name); err != nil {
			return err
		}
	}
	for _, readme := range readmes {
		raw, err := os.ReadFile(readme)
		if err != nil {
			return err
		}
		text, err := Quote(string(raw), values)
		if err != nil {
			return fmt.Errorf("%s: %w", readme, err)
		}
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil { //nolint:gosec // a page for everybody
			return err
		}
	}
	return nil
}
