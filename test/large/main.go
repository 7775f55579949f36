// Command large measures the figures of the console on ten million texts.
//
// The texts are made up once, in a folder that is kept: the first run takes
// minutes, later ones seconds. They are looked at as they were when they were
// made, the hour that went on then included. Each figure is asked for many times,
// the first of them unmeasured; what is printed is the median and the time below
// which 95 in a hundred stay.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/demo"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

// options are what is made and measured.
type options struct {
	dir, database  string
	messages, days int
	times          int
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", ".bench-large", "the folder that is kept")
	flag.StringVar(&o.database, "database", "", "an empty PostgreSQL database or one that a run has filled, instead of a file in the folder")
	flag.IntVar(&o.messages, "messages", 10_000_000, "how many texts")
	flag.IntVar(&o.days, "days", 300, "over how many days; verifications are made of the last ninety")
	flag.IntVar(&o.times, "times", 60, "how often each figure is asked for")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "large:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.database == "" {
		dir := filepath.Join(o.dir, fmt.Sprintf("%d-%d", o.messages, o.days))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		o.database = filepath.Join(dir, "sinpyo.db")
	}
	filled, err := fill(ctx, o)
	if err != nil {
		return err
	}
	began := time.Now()
	d, err := db.Open(ctx, db.Options{URL: o.database, Now: func() time.Time { return filled.Add(time.Since(began)) }})
	if err != nil {
		return err
	}
	return errors.Join(measure(ctx, d, o.times), d.Close())
}

// filledFact is noted in a database when all of it is made.
const filledFact = "bench_large"

// fill makes the texts, unless an earlier run has, and returns when that was.
func fill(ctx context.Context, o options) (at time.Time, err error) {
	d, err := db.Open(ctx, db.Options{URL: o.database, Migrate: true})
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	noted, ok, err := d.FactIfAny(ctx, filledFact)
	if err != nil {
		return at, err
	}
	if ok {
		us, err := strconv.ParseInt(noted, 10, 64)
		return time.UnixMicro(us), err
	}
	master := make([]byte, 32)
	if _, err := rand.Read(master); err != nil {
		return at, err
	}
	ring, err := seal.New(master) // nobody reads the numbers
	if err != nil {
		return at, err
	}
	at = d.Now().Std()
	told := time.Now()
	made, err := demo.Fill(ctx, demo.Options{
		DB: d, Ring: ring, ApplicationID: app.Builtin, Messages: o.messages, Days: o.days, Kept: 90, Price: limit.TextPrice, Seed: 1,
		Told: func(messages int) {
			if time.Since(told) > 10*time.Second {
				told = time.Now()
				fmt.Fprintf(os.Stderr, "%d of %d texts\n", messages, o.messages)
			}
		},
	})
	if errors.Is(err, demo.ErrNotEmpty) {
		return at, fmt.Errorf("%s was not filled to its end: empty it and try again", o.database)
	}
	if err != nil {
		return at, err
	}
	fmt.Printf("made %d texts, %d verifications, %d members and %d events: %.0f rows a second\n",
		made.Messages, made.Verifications, made.Members, made.Events, float64(made.Rows())/made.Took.Seconds())
	_, err = d.Fact(ctx, filledFact, strconv.FormatInt(at.UnixMicro(), 10))
	return at, err
}

// measure asks for each figure and prints how long it took.
func measure(ctx context.Context, d *db.DB, times int) error {
	t := traffic.New(traffic.Options{DB: d, Logger: slog.New(slog.DiscardHandler)})
	now := d.Now()
	type question struct {
		name string
		ask  func() error
	}
	var questions []question
	for _, days := range []int{1, 7, 30} {
		w := traffic.Days(now, days)
		of := fmt.Sprintf(", %d days", days)
		questions = append(questions,
			question{"figures" + of, func() error { _, err := t.Figures(ctx, w); return err }},
			question{"by hour" + of, func() error { _, err := t.Hours(ctx, w); return err }},
			question{"by carrier" + of, func() error { _, err := t.By(ctx, w, traffic.Carrier); return err }},
			question{"by status code" + of, func() error { _, err := t.By(ctx, w, traffic.StatusCode); return err }},
			question{"by purpose" + of, func() error { _, err := t.By(ctx, w, traffic.Purpose); return err }},
			question{"blocks" + of, func() error { _, err := t.Heat(ctx, w); return err }},
		)
	}
	questions = append(questions, question{"carriers", func() error { _, err := t.Carriers(ctx); return err }})
	for _, q := range questions {
		took := make([]time.Duration, times+1)
		for i := range took {
			began := time.Now()
			if err := q.ask(); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			took[i] = time.Since(began)
		}
		took = took[1:]
		slices.Sort(took)
		fmt.Printf("%-24s p50 %7.1f ms   p95 %7.1f ms\n", q.name, ms(took[len(took)/2]), ms(took[(len(took)*95+99)/100-1]))
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
