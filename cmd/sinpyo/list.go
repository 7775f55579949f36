package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/sinpyo/sinpyo/internal/sheet"
)

// listFlags are the forms in which a list is printed.
type listFlags struct {
	JSON bool `xor:"form" help:"Print JSON."`
	CSV  bool `xor:"form" help:"Print CSV."`
}

// print prints a list: v as JSON, or else rows, whose first are the heads of
// the columns.
func (f listFlags) print(s *shell, v any, rows [][]string) error {
	switch {
	case f.JSON:
		return printJSON(s, v)
	case f.CSV:
		return printCSV(s.out, rows)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// printCSV prints rows as CSV that a spreadsheet may open.
func printCSV(out io.Writer, rows [][]string) error {
	w := csv.NewWriter(out)
	for _, row := range rows {
		if err := w.Write(plainCells(row)); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// plainCells returns a row of which no spreadsheet takes a cell for a formula.
func plainCells(row []string) []string {
	plain := make([]string, len(row))
	for i, cell := range row {
		plain[i] = sheet.Plain(cell)
	}
	return plain
}

// printJSONLine prints a value as JSON on one line.
func printJSONLine(s *shell, v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
