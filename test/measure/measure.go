// Package measure is what the programs that measure have in common: a server as a
// process of its own, what it uses of the machine, and the page on which figures
// are kept.
package measure

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Latencies are sorted durations.
type Latencies []time.Duration

// At returns the quantile q of the latencies.
func (l Latencies) At(q float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	return l[min(int(q*float64(len(l))), len(l)-1)]
}

// MS prints milliseconds with as many digits as mean something.
func MS(d time.Duration) string {
	v := float64(d) / float64(time.Millisecond)
	if v < 10 {
		return fmt.Sprintf("%.2f ms", v)
	}
	return fmt.Sprintf("%.0f ms", v)
}

// Machine says where and of what figures are, and how fast the machine was.
func Machine(yardsticks Latencies) string {
	return fmt.Sprintf("%s\n\nAn RS256 signature, the yardstick, took %s to %s between the runs.",
		Where(), MS(yardsticks.At(0)), MS(yardsticks.At(1)))
}

// Where says where and of what figures are.
func Where() string {
	return fmt.Sprintf("%s · %d cores · %s · commit %s · %s",
		processor(), runtime.NumCPU(), runtime.Version(), commit(), time.Now().UTC().Format(time.DateOnly))
}

// processor is the model name that Linux knows.
func processor() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(raw)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}

// commit is the commit that was measured, marked when files had changed since.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output() //nolint:noctx // a local command
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// Build builds the program as `make build` does.
func Build(program string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/sinpyo") //nolint:noctx // as long as it takes
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, said)
	}
	return settle(program)
}

// settle has the system forget a file that was just written. A program is then
// read from the disk as an installed one is; of what still lies in memory from
// being written more is mapped than is used, up to 6 MiB by chance.
func settle(file string) error {
	cmd := exec.Command("dd", "of="+file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none") //nolint:noctx,gosec // a local command on our own file
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("taking the program out of memory: %w\n%s", err, said)
	}
	return nil
}

// The head of the page of figures.
const pageHead = "# Benchmarks\n\nWritten by `make bench` and `make bench-large`; what they do is told at the heads of `test/bench/main.go` and\n`test/large/main.go`.\n"

// WriteSection puts a section into the page of figures, in the place of the one
// with the same heading, or else at its end.
func WriteSection(page, heading, text string) error {
	raw, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	return os.WriteFile(page, []byte(setSection(string(raw), heading, text)), 0o644) //nolint:gosec // a page for everybody
}

func setSection(page, heading, text string) string {
	const mark = "\n## "
	sections := strings.Split(page, mark)
	sections[0] = pageHead
	text = heading + "\n\n" + strings.TrimSpace(text) + "\n"
	for i, section := range sections {
		if i > 0 && strings.HasPrefix(section, heading+"\n") {
			sections[i] = text
			return strings.Join(sections, mark)
		}
	}
	return strings.Join(append(sections, text), mark)
}
