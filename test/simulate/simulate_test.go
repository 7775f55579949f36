//go:build crashpoints

package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/test/kit"
)

// The environment of the simulation.
const (
	envSeeds = "SINPYO_TEST_SIMULATIONS" // how many are played
	envSeed  = "SINPYO_TEST_SEED"        // the one that is played, or the first
	envPart  = "SINPYO_SIMULATE_PART"    // "from to step": the seeds of one process
)

// seeds says how many seeds are played: all in make faults, some in make test,
// few where somebody runs the package.
func seeds(t *testing.T) int {
	t.Helper()
	if text := os.Getenv(envSeeds); text != "" {
		return number(t, text)
	}
	switch os.Getenv(kit.EnvFaults) {
	case "full":
		return 100_000
	case "short":
		return 2_000
	}
	return 400
}

// play plays one history and returns what it came to.
func play(t *testing.T, l *lab, seed uint64) (seen figures, trace []byte, broken []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, seed)
		w := newWorld(t, l, seed)
		defer w.listen()()
		w.happenings()
		w.settle()
		w.judge()
		w.lastCodes()
		w.end()
		seen, trace, broken = w.seen, w.trace, w.broken
	})
	return seen, trace, broken
}

// TestSimulation plays seeds, in as many processes as there are processors: each
// has one source of chance and one set of crash points.
func TestSimulation(t *testing.T) {
	if part := os.Getenv(envPart); part != "" {
		playHere(t, part)
		return
	}
	if seed := os.Getenv(envSeed); seed != "" {
		_, trace, broken := play(t, newLab(t), uint64(number(t, seed))) // #nosec G115 -- a seed
		t.Logf("%s", trace)
		for _, b := range broken {
			t.Error(b)
		}
		return
	}
	seeds := seeds(t)
	began := time.Now()
	workers := runtime.NumCPU()
	outcomes := make([]outcome, workers)
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() { outcomes[i] = playPart(t, fmt.Sprint(i+1, seeds, workers)) })
	}
	all.Wait()
	var sum outcome
	for _, o := range outcomes {
		sum.add(o)
	}
	spent := time.Since(began)
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(max(sum.Seeds, 1)) }
	note := fmt.Sprintf("%d seeds, %.1f ms each on %d processors (%.1f ms of one's time); %d kills, %d other faults, %d of the seeds with two nodes; %d acts refused",
		sum.Seeds, each(spent), workers, each(sum.CPU), sum.Kills, sum.Faults, sum.Two, sum.Refused)
	t.Log(note)
	if sum.Seeds != seeds {
		t.Errorf("%d seeds were played, want %d", sum.Seeds, seeds)
	}
	for i, f := range sum.Failed {
		if i == 0 {
			_, trace, _ := play(t, newLab(t), f.Seed)
			t.Logf("seed %d:\n%s", f.Seed, trace)
		}
		t.Errorf("seed %d: %q; see its trace with %s=%d", f.Seed, f.Broken, envSeed, f.Seed)
	}
	sum.meets(t)
	line := kit.Line{
		Fault: "simulation", Injected: sum.Kills + sum.Faults, Accepted: sum.Answered, Sent: sum.Sent, Duplicated: sum.Doubled,
		Lost: sum.Lost, Approved: sum.Approved, ApprovedWrong: sum.ApprovedWrong, ApprovedTwice: sum.ApprovedTwice,
		BudgetOvershoot: sum.Overshoot, TokenReuse: sum.Redeemed, Leaks: kit.NotMeasured, Recovery: kit.NotMeasured, P99: kit.NotMeasured,
		Note: note,
	}
	line.Report(t)
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// meetsFrom is from how many seeds on every kind of trouble must have been met:
// a test that never meets one says nothing of it.
const meetsFrom = 10_000

// meets looks whether the programs were killed at every point there is, and every
// call went wrong in every way.
func (o *outcome) meets(t *testing.T) {
	t.Helper()
	t.Log(o.Met)
	if o.Seeds < meetsFrom {
		return
	}
	wanted := []string{"killed at any time", "late call", "report", "sender number", "money", "quota", "paused", "clock step"}
	for _, way := range wayNames[1:] {
		wanted = append(wanted, "call: "+way)
	}
	for _, room := range []string{"db", "outbox", "verify"} {
		files, err := filepath.Glob("../../internal/" + room + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, point := range pointOfCrash.FindAllSubmatch(source, -1) {
				if name := string(point[1]); name != "act.answered" { // where the end is only heard of
					wanted = append(wanted, "killed at "+name)
				}
			}
		}
	}
	for _, what := range wanted {
		if o.Met[what] == 0 {
			t.Errorf("%d seeds never met: %s", o.Seeds, what)
		}
	}
}

var pointOfCrash = regexp.MustCompile(`crash\.At\("([a-z.]+)"\)`)

// outcome is what a process came to with its seeds.
type outcome struct {
	Seeds  int
	Traces uint64        // all traces in one number
	CPU    time.Duration // that it took
	figures
	Failed []finding
}

type finding struct {
	Seed   uint64
	Broken []string
}

func (o *outcome) add(other outcome) {
	o.Seeds += other.Seeds
	o.Traces ^= other.Traces
	o.CPU += other.CPU
	o.figures.add(other.figures)
	o.Failed = append(o.Failed, other.Failed...)
}

// playPart has another process play a part of the seeds.
func playPart(t *testing.T, part string) (o outcome) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSimulation$", "-test.v=false", "-test.timeout=2h")
	cmd.Env = append(os.Environ(), envPart+"="+part, "GOMAXPROCS=1")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	from := bytes.IndexByte(out, '{')
	if from < 0 || json.NewDecoder(bytes.NewReader(out[from:])).Decode(&o) != nil {
		t.Errorf("seeds %s: %v\n%s%s", part, err, out, problems.Bytes())
	}
	o.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return o
}

// failuresMost ends a part early.
const failuresMost = 20

// playHere plays the seeds that another process asks for.
func playHere(t *testing.T, part string) {
	t.Helper()
	var from, to, step int
	if _, err := fmt.Sscan(part, &from, &to, &step); err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	var o outcome
	for seed := from; seed <= to && len(o.Failed) < failuresMost; seed += step {
		seen, trace, broken := play(t, l, uint64(seed)) // #nosec G115 -- counts from 1
		o.Seeds++
		o.Traces ^= crc64.Checksum(trace, crc64.MakeTable(crc64.ECMA))
		o.figures.add(seen)
		if len(broken) > 0 {
			o.Failed = append(o.Failed, finding{uint64(seed), broken}) // #nosec G115 -- the same
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(o); err != nil {
		t.Fatal(err)
	}
}

// TestSimulation_ASeedMakesTheSameHistoryAgain compares whole traces of the same
// seed, played in another order, and then with those of another process.
func TestSimulation_ASeedMakesTheSameHistoryAgain(t *testing.T) {
	const seeds = 60
	l := newLab(t)
	var first [seeds + 1][]byte
	var sum uint64
	for seed := uint64(1); seed <= seeds; seed++ {
		_, first[seed], _ = play(t, l, seed)
		sum ^= crc64.Checksum(first[seed], crc64.MakeTable(crc64.ECMA))
	}
	l = newLab(t)
	for seed := uint64(seeds); seed > 0; seed-- {
		if _, again, _ := play(t, l, seed); !bytes.Equal(first[seed], again) {
			t.Fatalf("seed %d:\n%s\nand again:\n%s", seed, first[seed], again)
		}
	}
	if other := playPart(t, fmt.Sprint(1, seeds, 1)); other.Traces != sum {
		t.Error("another process makes other histories of the same seeds")
	}
}

// TestSimulation_BrokenStepsAreFound swaps a step of the engine for a broken one.
// At least three seeds find it, and find nothing in the right engine.
func TestSimulation_BrokenStepsAreFound(t *testing.T) {
	const least = 3
	most, enough := 400, least
	if os.Getenv(kit.EnvFaults) == "full" {
		most, enough = 1000, 1000
	}
	l := newLab(t)
	for _, broken := range []struct {
		name  string
		swap  func() (mend func())
		found string // by which words, by all seeds but few
	}{
		{"outbox without lease", outbox.WithoutLease, "left 2 times"},
		{"counter after compare", counterAfterCompare, "wrong codes were answered and more would be"},
		{"hand-over without stored group id", outbox.WithoutGroup, "a text left"},
	} {
		t.Run(broken.name, func(t *testing.T) {
			mend := broken.swap()
			defer mend()
			var by []uint64
			played := 0
			for ; played < most && len(by) < enough; played++ {
				seed := uint64(played + 1) // #nosec G115 -- small
				if _, _, wrong := play(t, l, seed); strings.Contains(strings.Join(wrong, "\n"), broken.found) {
					by = append(by, seed)
				}
			}
			t.Logf("%d of %d seeds find it: %v", len(by), played, by)
			if len(by) < least {
				t.Fatalf("%d seeds find it, want %d", len(by), least)
			}
			mend()
			for _, seed := range by {
				if _, _, wrong := play(t, l, seed); len(wrong) > 0 {
					t.Errorf("seed %d finds fault with the right engine: %q", seed, wrong)
				}
			}
		})
	}
}

func counterAfterCompare() (mend func()) {
	verify.CounterAfterCompare = true
	return func() { verify.CounterAfterCompare = false }
}
