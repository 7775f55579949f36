package sheet_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/sheet"
)

// FuzzRow writes any text into a cell and reads it back as a spreadsheet does: one
// cell still, and no formula (S-99).
func FuzzRow(f *testing.F) {
	for _, cell := range []string{"", "=1+1", "+82", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "a,b", "a\"b", "a\r\nb", "\xff=", "\uFEFF=1", "🙂"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		var out bytes.Buffer
		w, err := sheet.New(&out, sheet.UTF8)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Row([]string{"first", cell, "last"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\uFEFF"))).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != 3 || rows[0][0] != "first" || rows[0][2] != "last" {
			t.Fatalf("%q became %q: %v", cell, out.String(), err)
		}
		if got := rows[0][1]; got != "" && strings.ContainsAny(got[:1], "=+-@\t\r") {
			t.Errorf("%q is a formula: %q", cell, got)
		}
	})
}
