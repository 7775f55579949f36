// Command large measures the console on ten million texts and three million
// verifications, prints the table and writes it into docs/benchmarks.md.
//
// The texts are made up once, in a folder that is kept: the first run takes
// minutes, later ones seconds. Then `sinpyo serve` is started on them as a process
// of its own. An owner joins at its console, opens every page many times, looks
// for numbers, turns many pages of lists, and takes a million texts as a file. A
// time is from the request to the last byte of the answer, over loopback. The
// first few times of each are not counted.
//
// What is asked for follows from the console's own table of routes, so that a new
// page is measured, or named as left out.
//
// With -database it does so in a PostgreSQL database, which the script beside
// `make bench-large` starts a server for: that one is made anew by each run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/measure"
)

// options are what is made and measured.
type options struct {
	dir, url, program, out string
	messages, days         int
	times                  int
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", ".bench-large", "the folder that is kept")
	flag.StringVar(&o.url, "database", "", "the URL of an empty PostgreSQL database, or of one that a run has filled, instead of a file in the folder")
	flag.IntVar(&o.messages, "messages", 10_000_000, "how many texts")
	flag.IntVar(&o.days, "days", 300, "over how many days; verifications are made of the last ninety")
	flag.IntVar(&o.times, "times", 60, "how often each page is asked for")
	flag.StringVar(&o.program, "program", "", "measure this program instead of building one from here")
	flag.StringVar(&o.out, "out", "docs/benchmarks.md", "the page to write into; empty for none")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "large:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	m := &measuring{options: o, store: store{dir: filepath.Join(o.dir, "sqlite"), url: o.url}}
	if o.url != "" {
		m.store.dir = filepath.Join(o.dir, "postgres")
	}
	if m.store.dir, err = filepath.Abs(m.store.dir); err != nil {
		return err
	}
	if m.made, err = fill(ctx, m.store, o.messages, o.days); err != nil {
		return err
	}
	if m.bytes, err = m.store.bytes(ctx); err != nil {
		return err
	}
	if m.program == "" {
		m.program = filepath.Join(m.store.dir, "sinpyo")
		if err := measure.Build(m.program); err != nil {
			return err
		}
	}
	if err := m.serve(ctx); err != nil {
		return err
	}
	return m.report()
}

// serve starts the program on the store and measures it.
func (m *measuring) serve(ctx context.Context) (err error) {
	emulator := sandbox.New(sandbox.WithKey(measure.APIKey, measure.APISecret), sandbox.WithBalance(1e6, 0))
	defer emulator.Close()
	provider := httptest.NewServer(emulator)
	defer provider.Close()
	if err := emulator.Register(sandbox.Sender{PhoneNumber: measure.Sender}); err != nil {
		return err
	}
	console, err := measure.FreePort()
	if err != nil {
		return err
	}
	_, port, _ := strings.Cut(console, ":")
	consoleURL := "http://localhost:" + port
	settings := []string{
		"SINPYO_CONSOLE_LISTEN=" + console, "SINPYO_CONSOLE_URL=" + consoleURL,
		"SINPYO_RETENTION_DAYS=365", // nothing is erased while it is measured
	}
	if m.store.url != "" {
		settings = append(settings, "SINPYO_DATABASE_URL="+m.store.url)
	}
	server, _, err := measure.Start(m.program, m.store.dir, provider.URL, settings...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	at, err := newOwner(ctx, m.program, consoleURL, append(measure.Environment(m.store.dir), settings...))
	if err != nil {
		return err
	}
	time.Sleep(5 * time.Second) // the loops look at what there is once they are up
	m.load[0], m.pid = loadAverage(), server.PID()
	if err := m.measure(at); err != nil {
		return err
	}
	m.load[1] = loadAverage()
	return nil
}

// loadAverage is how many processes wanted the processors in the last minute.
func loadAverage() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	load, _, _ := strings.Cut(string(raw), " ")
	return load
}
