// Command report reads what `go test -json` prints and passes on what a person
// wants to see: the result line of each package as go test wrote it, the whole
// output of each test that failed, what a fault test counted ("fault=…"), each
// test that was left out with its reason, and the counts at the end. A package
// that failed without a test to blame counts as one.
//
// It exits with status 1 when anything failed, or when no test ran at all, so
// that an empty run cannot pass for a good one.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	Test       string
	ImportPath string // of build output
	Output     string
}

func main() {
	r := newReport(os.Stdout)
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	if !r.close() {
		os.Exit(1)
	}
}

// report gathers the events of one run.
type report struct {
	out    io.Writer
	tests  map[string]*strings.Builder // output of each test under way, by package and name
	blamed map[string]bool             // packages with a test that failed

	passed, failed int
	skipped        []string
}

func newReport(out io.Writer) *report {
	return &report{out: out, tests: map[string]*strings.Builder{}, blamed: map[string]bool{}}
}

// read takes every line of in. A line that is no event is passed on as it is.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(r.out, lines.Text())
			continue
		}
		r.take(e)
	}
	return lines.Err()
}

// take handles one event.
func (r *report) take(e event) {
	key := e.Package + " " + e.Test
	switch {
	case e.Action == "build-output" || e.Action == "output" && e.Test == "":
		if !isNoise(e.Output) {
			fmt.Fprint(r.out, e.Output)
		}
	case e.Action == "fail" && e.Test == "":
		// It could not be built, was cut short, or failed outside its tests.
		if !r.blamed[e.Package] {
			r.failed++
		}
		r.showUnended(e.Package)
	case e.Test == "":
	case e.Action == "output":
		if r.tests[key] == nil {
			r.tests[key] = new(strings.Builder)
		}
		r.tests[key].WriteString(e.Output)
	case e.Action == "pass":
		r.passed++
		r.showCounts(key)
	case e.Action == "fail":
		r.failed++
		r.blamed[e.Package] = true
		r.show(key)
	case e.Action == "skip":
		r.skipped = append(r.skipped, key+"\n"+indent(r.tests[key]))
		delete(r.tests, key)
	}
}

// show prints and forgets what a test has said.
func (r *report) show(key string) {
	if said := r.tests[key]; said != nil {
		fmt.Fprint(r.out, said.String())
		delete(r.tests, key)
	}
}

// showCounts prints what a fault test that passed has counted, and forgets the
// rest.
func (r *report) showCounts(key string) {
	if said := r.tests[key]; said != nil {
		for line := range strings.Lines(said.String()) {
			if _, counts, ok := strings.Cut(line, ": fault="); ok {
				fmt.Fprint(r.out, "fault=", counts)
			}
		}
		delete(r.tests, key)
	}
}

// showUnended shows the tests of a package that a panic or a time-out cut short.
func (r *report) showUnended(pkg string) {
	for key := range r.tests {
		if strings.HasPrefix(key, pkg+" ") {
			r.show(key)
		}
	}
}

// close prints the counts and reports whether the run was good.
func (r *report) close() bool {
	for _, s := range r.skipped {
		fmt.Fprint(r.out, "left out: ", s)
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skipped))
	return r.failed == 0 && r.passed > 0
}

// isNoise reports whether a package's line says nothing: the bare verdict that
// stands before the result line, and packages that hold no test.
func isNoise(line string) bool {
	return line == "PASS\n" || strings.HasSuffix(line, "[no test files]\n")
}

// indent returns what a skipped test said, without its framing lines.
func indent(said *strings.Builder) string {
	var b strings.Builder
	if said == nil {
		return ""
	}
	for line := range strings.Lines(said.String()) {
		if t := strings.TrimSpace(line); !strings.HasPrefix(t, "===") && !strings.HasPrefix(t, "---") {
			b.WriteString("    " + t + "\n")
		}
	}
	return b.String()
}
