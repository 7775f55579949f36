// Command bench measures the program against the project's goals, prints the
// table, writes docs/benchmarks.md and has the READMEs quote it.
//
// It builds bin/sinpyo, starts `sinpyo serve` as a process of its own with
// everything on (limits, events, log, metrics, durable commits), and plays the
// people at the sign-up pages and the provider behind them from this process,
// over loopback. Generator, provider, server and database share one machine, so
// a figure is the machine's as much as the program's: compare figures of one
// run, and processor time per operation before anything else.
//
// A sign-up is: number posted, text handed to the provider, right code posted,
// name and consents posted, session received. Every sign-up has a number of its
// own, so no limit per number is met and none had to be raised. Latencies come
// from an open loop, which issues starts at its rate whether or not those before
// have been answered. The generator collects its garbage seldom, for a collection
// would hold up what it measures.
//
// Where SINPYO_TEST_POSTGRES names a PostgreSQL server (the program in
// internal/db/dbtest/pgserver starts one) all that is bounded is measured there
// too, and the processor time of the database is counted in.
//
// A day's launch is played last; launch.go says how. Its real people solve the
// challenges that they are asked for, attackers do not.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/test/measure"
)

// benchmarksPage is the page of figures.
const benchmarksPage = "docs/benchmarks.md"

// options are the lengths of the runs.
type options struct {
	warmUp, measure time.Duration
	starts          int // cold ones
	launchLasts     time.Duration
	only            string
	out, program    string
}

func main() {
	var o options
	flag.DurationVar(&o.warmUp, "warm-up", 1500*time.Millisecond, "how long each run goes on before it is measured")
	flag.DurationVar(&o.measure, "measure", 6*time.Second, "how long each run is measured")
	flag.IntVar(&o.starts, "cold-starts", 10, "how many cold starts the median is of")
	flag.DurationVar(&o.launchLasts, "launch", 90*time.Second, "how long a day's launch lasts; the whole of it is 10m")
	flag.StringVar(&o.only, "only", "", "measure one thing alone and write nothing: launch, SQLite or PostgreSQL")
	flag.StringVar(&o.out, "out", benchmarksPage, "the file to write; empty for none")
	flag.StringVar(&o.program, "program", "", "measure this program instead of building one from here")
	flag.Parse()
	debug.SetGCPercent(400)
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures everything and reports it.
func run(o options) error {
	work, err := os.MkdirTemp("", "sinpyo-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	if o.program == "" {
		o.program = filepath.Join(work, "sinpyo")
		if err := measure.Build(o.program); err != nil {
			return err
		}
	}
	m := &measuring{options: o, work: work, provider: startProvider(), times: map[string]*times{}}
	defer m.provider.Close()
	switch o.only {
	case "":
	case "launch":
		return errors.Join(m.launchDay("SQLite"), m.launchDay("PostgreSQL"))
	case "SQLite", "PostgreSQL":
		err := errors.Join(m.throughput(o.only, 64, false), m.latency(o.only))
		fmt.Print("\n", table(m.goalsOn(o.only)))
		return err
	default:
		return fmt.Errorf("-only %s: nothing here is called that", o.only)
	}
	if err := m.all(); err != nil {
		return err
	}
	return m.report()
}

// all takes every step.
func (m *measuring) all() error {
	for _, step := range []func() error{
		func() error { return m.throughput("SQLite", 1, false) },
		func() error { return m.throughput("SQLite", 16, false) },
		func() error { return m.throughput("SQLite", 64, false) },
		func() error { return m.throughput("SQLite", 64, true) },
		func() error { return m.throughput("PostgreSQL", 64, false) },
		func() error { return m.latency("SQLite") },
		func() error { return m.latency("PostgreSQL") },
		m.gateway,
		func() error { return m.launchDay("SQLite") },
		func() error { return m.launchDay("PostgreSQL") },
	} {
		before, err := measure.Yardstick()
		if err != nil {
			return err
		}
		m.yardsticks = append(m.yardsticks, before)
		if err := step(); err != nil {
			return err
		}
	}
	slices.Sort(m.yardsticks)
	return nil
}

// measuring gathers the figures.
type measuring struct {
	options
	work     string // a folder for databases
	provider *provider

	runs       []throughput
	times      map[string]*times // by engine
	yardsticks measure.Latencies // one before each step
	gate       gateway
	launches   []*launch
	databases  int
}

// times are how long a server on one engine takes.
type times struct {
	answered     measure.Latencies // request to answer, in the idle loop
	idle, busy   measure.Latencies // request to text
	spaced       measure.Latencies // the same, with pauses in which machine and disk fall asleep
	slowProvider measure.Latencies // start to answer
	burstCalls   int64
	coldStarts   measure.Latencies
}

// throughput is one closed-loop run.
type throughput struct {
	engine           string
	workers          int
	pages            bool
	perSecond        float64
	server, database time.Duration // processor time per sign-up
	ours             time.Duration // the same of generator and provider
	residentMiB      float64
}

// with runs fn against a fresh server on a fresh database.
func (m *measuring) with(engine string, fn func(bench) error, settings ...string) error {
	d, drop, err := m.fresh(engine)
	if err != nil {
		return err
	}
	s, _, err := m.start(d, settings...)
	if err != nil {
		return errors.Join(err, drop())
	}
	err = fn(bench{server: s, provider: m.provider})
	return errors.Join(err, s.Stop(), drop())
}

// start starts the program with everything on.
func (m *measuring) start(d database, more ...string) (*measure.Server, time.Duration, error) {
	settings := []string{
		"SINPYO_CONSOLE_LISTEN=",
		// The ceilings are at work, and far away.
		"SINPYO_LIMITS_APPLICATION_PER_MINUTE=1000000", "SINPYO_LIMITS_INSTALLATION_PER_MINUTE=1000000",
		"SINPYO_LIMITS_WON_PER_DAY=1000000000",
		"SINPYO_COOLSMS_CALLS_PER_SECOND=10000", // what is measured is the program, not its cap
	}
	if d.url != "" {
		settings = append(settings, "SINPYO_DATABASE_URL="+d.url)
	}
	return measure.Start(m.program, d.dir, m.provider.URL, append(settings, more...)...)
}

// database says where a server keeps its data: a folder, and a PostgreSQL URL
// where it is not the SQLite file in that folder.
type database struct{ dir, url string }

// fresh makes an empty database and says how to drop it.
func (m *measuring) fresh(engine string) (database, func() error, error) {
	m.databases++
	d := database{dir: filepath.Join(m.work, fmt.Sprint("run", m.databases))}
	if err := os.MkdirAll(filepath.Join(d.dir, "data"), 0o700); err != nil {
		return d, nil, err
	}
	if engine == "SQLite" {
		return d, func() error { return nil }, nil
	}
	url, drop, err := freshPostgres(fmt.Sprint("bench", m.databases))
	d.url = url
	return d, drop, err
}

// throughput runs n workers in a closed loop.
func (m *measuring) throughput(engine string, n int, pages bool) error {
	if engine == "PostgreSQL" && postgresURL() == "" {
		return nil
	}
	r := throughput{engine: engine, workers: n, pages: pages}
	err := m.with(engine, func(b bench) error {
		b.pages = pages
		var before, after usage
		count, err := b.closedLoop(n, m.warmUp, m.measure,
			func() (err error) { before, err = use(engine, b.server); return err },
			func() (err error) { after, err = use(engine, b.server); return err })
		if err != nil {
			return err
		}
		if count == 0 {
			return errors.New("nobody signed up")
		}
		each := time.Duration(count)
		r.perSecond = float64(count) / after.at.Sub(before.at).Seconds()
		r.server, r.database = (after.server-before.server)/each, (after.database-before.database)/each
		r.ours = (after.ours - before.ours) / each
		r.residentMiB, err = measure.ResidentMiB(b.server.PID())
		return err
	})
	if err != nil {
		return fmt.Errorf("%s, %d workers: %w", engine, n, err)
	}
	m.runs = append(m.runs, r)
	fmt.Println(r)
	return nil
}

// usage is the processor time that everybody has used at a moment.
type usage struct {
	at                     time.Time
	server, database, ours time.Duration
}

// use reads the usage so far.
func use(engine string, s *measure.Server) (u usage, err error) {
	var errServer, errOurs, errDatabase error
	u.server, errServer = measure.CPUTime(s.PID(), false)
	u.ours, errOurs = measure.CPUTime(os.Getpid(), false)
	if engine == "PostgreSQL" {
		u.database, errDatabase = postgresTime()
	}
	u.at = time.Now()
	return u, errors.Join(errServer, errOurs, errDatabase)
}

// latency measures starts in open loops and in a burst, and cold starts.
func (m *measuring) latency(engine string) error {
	if engine == "PostgreSQL" && postgresURL() == "" {
		return nil
	}
	t := &times{}
	m.times[engine] = t
	err := m.with(engine, func(b bench) (err error) {
		if t.answered, t.idle, err = b.idleLoop(m.measure); err != nil {
			return fmt.Errorf("one start after another: %w", err)
		}
		if _, t.spaced, err = b.openLoop(40, m.measure); err != nil {
			return fmt.Errorf("40 starts/s: %w", err)
		}
		if _, t.busy, err = b.openLoop(1000, m.measure); err != nil {
			return fmt.Errorf("1,000 starts/s: %w", err)
		}
		if t.burstCalls, err = b.burst(10_000); err != nil {
			return fmt.Errorf("a burst of 10,000 starts: %w", err)
		}
		m.provider.delay.Store(int64(100 * time.Millisecond))
		defer m.provider.delay.Store(0)
		if t.slowProvider, _, err = b.openLoop(200, m.measure); err != nil {
			return fmt.Errorf("200 starts/s, provider at 100 ms: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", engine, err)
	}
	t.coldStarts, err = m.coldStart(engine)
	return err
}

// coldStart measures from the start of the process to its first 200, on a
// database that has been migrated before.
func (m *measuring) coldStart(engine string) (took measure.Latencies, err error) {
	d, drop, err := m.fresh(engine)
	if err != nil {
		return nil, err
	}
	for i := range m.starts + 1 {
		s, ready, err := m.start(d)
		if err != nil {
			return nil, err
		}
		if err := s.Stop(); err != nil {
			return nil, err
		}
		if i > 0 { // the first one migrates
			took = append(took, ready)
		}
	}
	slices.Sort(took)
	return took, drop()
}
