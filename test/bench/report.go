package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/test/measure"
)

// goal is one line of the table.
type goal struct {
	figure, must, reach, measured string
}

// String is one run as a line of text.
func (r throughput) String() string {
	with := ""
	if r.pages {
		with = ", every page read"
	}
	if r.database > 0 {
		with += fmt.Sprintf(" (server %s, database %s)", measure.MS(r.server), measure.MS(r.database))
	}
	return fmt.Sprintf("%s, %s%s: %.0f sign-ups/s, %s of processor time each, %.0f MiB; generator and provider %s",
		r.engine, workers(r.workers), with, r.perSecond, measure.MS(r.server+r.database), r.residentMiB, measure.MS(r.ours))
}

// workers says how many there are.
func workers(n int) string {
	if n == 1 {
		return "1 worker"
	}
	return fmt.Sprint(n, " workers")
}

// find returns the run of an engine at n workers, and false when it was left out.
func (m *measuring) find(engine string, n int) (throughput, bool) {
	for _, r := range m.runs {
		if r.engine == engine && r.workers == n && !r.pages {
			return r, true
		}
	}
	return throughput{}, false
}

// goals sets what was measured beside what was wanted.
func (m *measuring) goals() []goal {
	sqlite, _ := m.find("SQLite", 64)
	postgres := "left out: no PostgreSQL here"
	if r, ok := m.find("PostgreSQL", 64); ok {
		postgres = measure.MS(r.server + r.database)
	}
	return []goal{
		{"processor time per sign-up, SQLite, 64 workers, everything on", "0.50 ms", "0.25 ms", measure.MS(sqlite.server)},
		{"the same on PostgreSQL, server and database", "1.0 ms", "0.5 ms", postgres},
		{"sign-ups/s, SQLite, 64 workers", "2,000", "4,500", fmt.Sprintf("%.0f", sqlite.perSecond)},
		{"request to text, idle, p50 / p99", "2 / 5 ms", "0.8 / 2 ms", measure.MS(m.idle.At(0.5)) + " / " + measure.MS(m.idle.At(0.99))},
		{"the same, a start every 25 ms", "2 / 5 ms", "0.8 / 2 ms", measure.MS(m.spaced.At(0.5)) + " / " + measure.MS(m.spaced.At(0.99))},
		{"the same at 1,000 starts/s, p99", "15 ms", "5 ms", measure.MS(m.busy.At(0.99))},
		{"burst of 10,000 starts: provider calls", "≤ 1,000", "≤ 200", fmt.Sprint(m.burstCalls)},
		{"provider at 100 ms a call: p99 of start, 200 starts/s", "60 ms", "30 ms", measure.MS(m.slowProvider.At(0.99))},
		{"cold start to first 200, migrated database, median", "30 ms", "12 ms", measure.MS(m.coldStarts.At(0.5))},
		{"resident memory at 64 workers", "60 MiB", "40 MiB", fmt.Sprintf("%.0f MiB", sqlite.residentMiB)},
		{"client: one message put into a group, provider without delay", "25 µs", "", fmt.Sprintf("%.1f µs", float64(m.gate.put)/float64(time.Microsecond))},
		{"emulator: a group of 10,000 put and sent, the slowest of ten", "1 s", "", measure.MS(m.gate.group)},
		{"emulator: memory for 100,000 messages", "200 MiB", "", fmt.Sprintf("%.0f MiB", m.gate.heldMiB)},
		{"emulator: single sends/s at 64 workers", "10,000", "", fmt.Sprintf("%.0f", m.gate.sendsPer)},
	}
}

// report prints the table and writes it to a file.
func (m *measuring) report() error {
	var b strings.Builder
	fmt.Fprint(&b, "| figure | must | reach | measured |\n|---|--:|--:|--:|\n")
	for _, g := range m.goals() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.figure, g.must, g.reach, g.measured)
	}
	table := b.String()
	fmt.Print("\n", measure.Machine(m.yardsticks), "\n\n", table)
	if m.out == "" {
		return nil
	}
	b.Reset()
	fmt.Fprintf(&b, "%s\n\n%s\n", measure.Machine(m.yardsticks), table)
	fmt.Fprint(&b, "Runs in a closed loop, ", m.measure, " each after ", m.warmUp, " to warm up:\n\n")
	for _, r := range m.runs {
		fmt.Fprintf(&b, "- %s\n", r)
	}
	fmt.Fprintf(&b, "- idle, one start after another: request to answer p50 %s, p99 %s\n", measure.MS(m.answered.At(0.5)), measure.MS(m.answered.At(0.99)))
	fmt.Fprint(&b, "\nLoad generator, emulated provider, server and database share the machine's cores. No limit was raised: every\nsign-up has a number of its own.\n")
	return measure.WriteSection(m.out, "Sign-ups", b.String())
}
