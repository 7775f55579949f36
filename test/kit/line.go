package kit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The environment of `make faults`.
const (
	// EnvFaults says how much of the fault matrix is played: "full", "short", or
	// nothing of it when empty.
	EnvFaults = "SINPYO_TEST_FAULTS"
	// EnvReport names the folder that lines are written to, one file each.
	EnvReport = "SINPYO_TEST_REPORT"
)

// Times returns how often a fault is played: full or short times, as EnvFaults
// says. The test is skipped when it says nothing.
func Times(t testing.TB, full, short int) int {
	t.Helper()
	switch scale := os.Getenv(EnvFaults); scale {
	case "full":
		return full
	case "short":
		return short
	case "":
		t.Skip("plays faults: run make test or make faults, or set " + EnvFaults + "=short")
	default:
		t.Fatalf("%s=%s: want full or short", EnvFaults, scale)
	}
	return 0
}

// NotMeasured stands in a [Line] for a figure that means nothing there.
const NotMeasured = -1

// Line is what was done to an installation and what came of it: a line of the
// report that `make faults` writes. It is counted by the driver and the emulated
// provider, never by the program under test.
type Line struct {
	Fault    string
	Database string

	Injected        int // faults that hit
	Accepted        int // starts answered 201
	Sent            int // their texts that the provider took
	Duplicated      int // texts beyond the first of a start
	Lost            int // accepted, and neither sent nor ended as failed by their deadline
	Approved        int
	ApprovedWrong   int // by a wrong or late code, another browser or purpose
	ApprovedTwice   int
	BudgetOvershoot int // checks or texts beyond any budget
	TokenReuse      int // second uses of a receipt, session or token
	Leaks           int // numbers, codes and secrets in what the program wrote

	Recovery time.Duration // the longest, from the end of a fault to normal
	P99      time.Duration // of a start while faults were played

	Note string // what the line proves and what it does not, where that needs saying
}

// recoverMost is how long a recovery may take.
const recoverMost = 5 * time.Second

// Broken lists the bars that the line does not hold.
func (l Line) Broken() []string {
	var broken []string
	for _, bar := range []struct {
		name string
		n    int
	}{
		{"duplicated", l.Duplicated}, {"lost", l.Lost}, {"approved_wrong", l.ApprovedWrong}, {"approved_twice", l.ApprovedTwice},
		{"budget_overshoot", l.BudgetOvershoot}, {"token_reuse", l.TokenReuse}, {"leaks", l.Leaks},
	} {
		if bar.n > 0 {
			broken = append(broken, fmt.Sprintf("%s %d, want 0", bar.name, bar.n))
		}
	}
	if l.Recovery > recoverMost {
		broken = append(broken, fmt.Sprintf("recovery %v, want at most %v", l.Recovery, recoverMost))
	}
	if l.Injected == 0 {
		broken = append(broken, "nothing was injected")
	}
	return broken
}

// Figures are the line's figures in the order of the report, "-" for those that
// were not measured.
func (l Line) Figures() []string {
	var figures []string
	for _, n := range []int{
		l.Injected, l.Accepted, l.Sent, l.Duplicated, l.Lost, l.Approved, l.ApprovedWrong, l.ApprovedTwice,
		l.BudgetOvershoot, l.TokenReuse, l.Leaks,
	} {
		if n == NotMeasured {
			figures = append(figures, "-")
		} else {
			figures = append(figures, strconv.Itoa(n))
		}
	}
	for _, d := range []struct {
		value time.Duration
		text  string
	}{
		{l.Recovery, strconv.FormatFloat(l.Recovery.Seconds(), 'f', 1, 64)},
		{l.P99, strconv.FormatInt(l.P99.Milliseconds(), 10)},
	} {
		if d.value == NotMeasured {
			d.text = "-"
		}
		figures = append(figures, d.text)
	}
	return figures
}

// FigureNames name what [Line.Figures] returns.
func FigureNames() []string {
	return strings.Fields("injected accepted sent duplicated lost approved approved_wrong approved_twice " +
		"budget_overshoot token_reuse leaks recovery_s p99_ms")
}

// Report fails the test where the line breaks a bar, and writes the line to the
// test's log and to the folder that EnvReport names.
func (l Line) Report(t testing.TB) {
	t.Helper()
	l.Database = "SQLite"
	if OnPostgres() {
		l.Database = "PostgreSQL"
	}
	text := []string{"fault=" + strconv.Quote(l.Fault), "database=" + l.Database}
	figures := l.Figures()
	for i, name := range FigureNames() {
		text = append(text, name+"="+figures[i])
	}
	t.Log(strings.Join(text, " "))
	for _, broken := range l.Broken() {
		t.Errorf("%s on %s: %s", l.Fault, l.Database, broken)
	}
	folder := os.Getenv(EnvReport)
	if folder == "" {
		return
	}
	content, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.NewReplacer(" ", "-", "/", "-").Replace(l.Fault + "-" + l.Database)
	if err := os.WriteFile(filepath.Join(folder, name+".json"), content, 0o600); err != nil {
		t.Fatal(err)
	}
}
