package main

import (
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/test/measure"
)

// String is one figure as a line of the table.
func (f figure) String() string {
	over := ""
	if f.took.At(0.95) > f.must {
		over = " **over**"
	}
	return fmt.Sprintf("| %s | %s | %s | %s%s | %s | %s | %.0f kB |", strings.ReplaceAll(f.name, "|", "\\|"),
		measure.MS(f.must), measure.MS(f.took.At(0.5)), measure.MS(f.took.At(0.95)), over, measure.MS(f.took.At(1)), measure.MS(f.cpu), float64(f.bytes)/1000)
}

// report prints the table and writes it into the page of figures.
func (m *measuring) report() error {
	engine := "SQLite"
	if m.store.url != "" {
		engine = "PostgreSQL"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", measure.Machine(m.yardsticks))
	fmt.Fprintf(&b, "In the database: %s when they were made; %.1f GB. Load average of the machine before and after: %s and %s.\n\n",
		m.made, float64(m.bytes)/1e9, m.load[0], m.load[1])
	fmt.Fprint(&b, "| page of the console | p95 must | p50 | p95 | max | processor | page |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, f := range m.pages {
		fmt.Fprintln(&b, f)
	}
	fmt.Fprint(&b, "\nProcessor time is that of the server for one page, without a database that is a process of its own.\n")
	f := m.file
	fmt.Fprintf(&b, "\nA file of %d texts, %.0f MB: the first byte after %s, the last after %.1f s, %.0f texts a second. The server's resident memory\n"+
		"was %.0f MiB before, at most %.0f MiB meanwhile and %.0f MiB after.\n",
		f.rows, float64(f.bytes)/1e6, measure.MS(f.first), f.took.Seconds(), float64(f.rows)/f.took.Seconds(), f.before, f.most, f.after)
	if len(m.left) > 0 {
		fmt.Fprintf(&b, "\nNot measured: %s.\n", strings.Join(m.left, ", "))
	}
	fmt.Print("\n", b.String())
	if m.out == "" {
		return nil
	}
	return measure.WriteSection(m.out, "The console with ten million texts, "+engine, b.String())
}
