package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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

// find returns the run of an engine at n workers, and nil when it was left out.
func (m *measuring) find(engine string, n int) *throughput {
	for i, r := range m.runs {
		if r.engine == engine && r.workers == n && !r.pages {
			return &m.runs[i]
		}
	}
	return nil
}

// goals sets what was measured beside what was wanted.
func (m *measuring) goals() []goal {
	return slices.Concat(m.goalsOn("SQLite"), m.goalsOn("PostgreSQL"), []goal{
		{"client: one message put into a group, provider without delay", "25 µs", "", fmt.Sprintf("%.1f µs", float64(m.gate.put)/float64(time.Microsecond))},
		{"emulator: a group of 10,000 put and sent, the slowest of ten", "1 s", "", measure.MS(m.gate.group)},
		{"emulator: memory for 100,000 messages", "200 MiB", "", fmt.Sprintf("%.0f MiB", m.gate.heldMiB)},
		{"emulator: single sends/s at 64 workers", "10,000", "", fmt.Sprintf("%.0f", m.gate.sendsPer)},
	})
}

// goalsOn are those of one engine, and nothing where it was left out.
func (m *measuring) goalsOn(engine string) []goal {
	t, r := m.times[engine], m.find(engine, 64)
	if t == nil || r == nil {
		return nil
	}
	each := goal{"processor time per sign-up, 64 workers, everything on", "0.50 ms", "0.25 ms", measure.MS(r.server)}
	if engine == "PostgreSQL" {
		each = goal{"processor time per sign-up, server and database", "1.0 ms", "0.5 ms", measure.MS(r.server + r.database)}
	}
	goals := []goal{
		each,
		{"sign-ups/s, 64 workers", "2,000", "4,500", fmt.Sprintf("%.0f", r.perSecond)},
		{"request to text, idle, p50 / p99", "2 / 5 ms", "0.8 / 2 ms", measure.MS(t.idle.At(0.5)) + " / " + measure.MS(t.idle.At(0.99))},
		{"request to text, a start every 25 ms, p50 / p99", "2 / 5 ms", "0.8 / 2 ms", measure.MS(t.spaced.At(0.5)) + " / " + measure.MS(t.spaced.At(0.99))},
		{"request to text at 1,000 starts/s, p99", "15 ms", "5 ms", measure.MS(t.busy.At(0.99))},
		{"burst of 10,000 starts: provider calls", "≤ 1,000", "≤ 200", fmt.Sprint(t.burstCalls)},
		{"provider at 100 ms a call: p99 of start, 200 starts/s", "60 ms", "30 ms", measure.MS(t.slowProvider.At(0.99))},
		{"cold start to first 200, migrated database, median", "30 ms", "12 ms", measure.MS(t.coldStarts.At(0.5))},
		{"resident memory at 64 workers", "60 MiB", "40 MiB", fmt.Sprintf("%.0f MiB", r.residentMiB)},
	}
	for i := range goals {
		goals[i].figure = engine + ": " + goals[i].figure
	}
	return goals
}

// table sets out what was measured.
func table(goals []goal) string {
	var b strings.Builder
	fmt.Fprint(&b, "| figure | must | reach | measured |\n|---|--:|--:|--:|\n")
	for _, g := range goals {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.figure, g.must, g.reach, g.measured)
	}
	return b.String()
}

// report prints the table and writes it to a file.
func (m *measuring) report() error {
	table := table(m.goals())
	fmt.Print("\n", measure.Machine(m.yardsticks), "\n\n", table)
	if m.out == "" {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", measure.Machine(m.yardsticks), table)
	fmt.Fprint(&b, "Runs in a closed loop, ", m.measure, " each after ", m.warmUp, " to warm up:\n\n")
	for _, r := range m.runs {
		fmt.Fprintf(&b, "- %s\n", r)
	}
	for _, engine := range slices.Sorted(maps.Keys(m.times)) {
		answered := m.times[engine].answered
		fmt.Fprintf(&b, "- %s, idle, one start after another: request to answer p50 %s, p99 %s\n", engine, measure.MS(answered.At(0.5)), measure.MS(answered.At(0.99)))
	}
	fmt.Fprint(&b, "\nLoad generator, emulated provider, server and database share the machine's cores. No limit was raised: every\nsign-up has a number of its own.\n")
	err := errors.Join(
		measure.WriteSection(m.out, "Sign-ups", b.String()),
		measure.WriteSection(m.out, "A day's launch", measure.Machine(m.yardsticks)+"\n\n"+m.launchTable()))
	if err != nil || m.out != benchmarksPage || len(m.times) < 2 {
		return err
	}
	return measure.WriteQuotes(m.out, "README.md", "README.ko.md")
}

// launchTable sets the launches beside their bars.
func (m *measuring) launchTable() string {
	var b strings.Builder
	fmt.Fprintf(&b, `%d starts a second for %v, ten times the 120 texts a minute of the ceilings as they come; the whole launch,
ten minutes of the same, is played by `+"`scripts/bench -only launch -launch 10m`"+`. Of five starts four are people's, who come through
%d addresses that their carriers share out, and solve the challenge when they are asked. The fifth is an attacker's: %d runs of
numbers one after another, each start from another network. Ceilings were raised, and attackers solve no challenge.

`, launchRate, m.launchLasts, launchShared, launchWalks)
	fmt.Fprint(&b, "| | must |")
	for _, l := range m.launches {
		fmt.Fprintf(&b, " %s |", l.engine)
	}
	fmt.Fprint(&b, "\n|---|--:|", strings.Repeat("--:|", len(m.launches)), "\n")
	for _, line := range []struct {
		figure, must string
		of           func(*launch) string
	}{
		{"people", "", func(l *launch) string { return fmt.Sprint(l.people) }},
		{"people asked for a challenge", "", func(l *launch) string { return fmt.Sprint(l.asked) }},
		{"people refused", "under 0.5 %", func(l *launch) string {
			return fmt.Sprintf("%d (%.2f %%)", l.refused, 100*float64(l.refused)/float64(max(l.people, 1)))
		}},
		{"starts of attackers", "", func(l *launch) string { return fmt.Sprint(l.attacks) }},
		{"texts that left for attackers", "under 50", func(l *launch) string { return fmt.Sprint(l.attack) }},
		{"start, p99", "", func(l *launch) string { return measure.MS(l.starts.At(0.99)) }},
		{"check of a code, p99", "", func(l *launch) string { return measure.MS(l.checks.At(0.99)) }},
		{"texts per call of the provider", "", func(l *launch) string { return fmt.Sprintf("%.1f", l.perCall) }},
	} {
		fmt.Fprintf(&b, "| %s | %s |", line.figure, line.must)
		for _, l := range m.launches {
			fmt.Fprintf(&b, " %s |", line.of(l))
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}
