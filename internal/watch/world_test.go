package watch_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/watch"
	"github.com/sinpyo/sinpyo/sandbox"
)

const (
	first  = "0215770000"
	second = "0215770001"
	login  = "0215770002"
)

const day = 24 * time.Hour

// world is an installation whose account is watched, at a time that stands still
// until the test moves it.
type world struct {
	*testing.T
	clock    *dbtest.Clock
	db       *db.DB
	ring     *seal.Ring
	sandbox  *sandbox.Sandbox
	provider *httptest.Server
	log      bytes.Buffer
	texts    []string // to the operator
	perDay   int
	senders  outbox.Options // those of its numbers
	floor    int
	nodes    []*node
}

// node is one run of the program.
type node struct {
	*watch.Watch
	outbox   *outbox.Outbox
	limits   *limit.Limits
	registry *prometheus.Registry
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC)), senders: outbox.Options{Sender: first}}
	w.db = dbtest.New(t, dbtest.WithClock(w.clock))
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	w.sandbox = sandbox.New(sandbox.WithClock(w.clock.Now), sandbox.WithBalance(1_000_000, 0))
	t.Cleanup(w.sandbox.Close)
	w.provider = httptest.NewServer(w.sandbox)
	t.Cleanup(w.provider.Close)
	w.start()
	return w
}

// start starts a node; the first is started by newWorld.
func (w *world) start() *node {
	w.Helper()
	n := &node{registry: prometheus.NewRegistry()}
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	n.limits = limit.New(limit.Options{DB: w.db, Logger: log, Registerer: n.registry,
		Text: func(ctx context.Context, text string, first func(*db.Tx)) error {
			err := w.db.Update(ctx, func(tx *db.Tx) error {
				first(tx)
				return nil
			})
			if err == nil {
				w.texts = append(w.texts, text)
			}
			return err
		}})
	o := w.senders
	key, secret := w.sandbox.Key()
	o.DB, o.Ring, o.Key, o.Logger, o.Registerer, o.BalanceFloor = w.db, w.ring, key, log, n.registry, w.floor
	o.Client = coolsms.New(key, secret, coolsms.WithBaseURL(w.provider.URL), coolsms.WithHTTPClient(&http.Client{}),
		coolsms.WithRetry(0), coolsms.WithClock(w.clock.Now))
	n.outbox = outbox.New(o)
	n.Watch = watch.New(watch.Options{
		DB: w.db, Ring: w.ring, Outbox: n.outbox, Limits: n.limits, Logger: log, Registerer: n.registry,
		Spending: func(context.Context) (int, error) { return w.perDay, nil }, RunwayDays: 7, Floor: w.floor,
	})
	w.nodes = append(w.nodes, n)
	return n
}

// restart starts the only node anew.
func (w *world) restart() *node {
	w.nodes = nil
	return w.start()
}

// node is the first one.
func (w *world) node() *node { return w.nodes[0] }

// pass lets time pass, six hours or less at a time, after which every node does what
// it does every minute.
func (w *world) pass(d time.Duration) {
	w.Helper()
	for d > 0 {
		step := min(d, 6*time.Hour)
		w.clock.Advance(step)
		d -= step
		w.look()
	}
}

// look has every node do what it does every minute, and raise what alarms wait.
func (w *world) look() {
	w.Helper()
	for _, n := range w.nodes {
		if err := n.Once(w.Context()); err != nil {
			w.Fatal(err)
		}
		if err := n.limits.Tend(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
}

// expires has the provider say when a number ends.
func (w *world) expires(number string, at time.Time) {
	w.Helper()
	if err := w.sandbox.Register(sandbox.Sender{PhoneNumber: number, ExpireAt: at}); err != nil {
		w.Fatal(err)
	}
}

// gone has the provider answer nothing.
func (w *world) gone() {
	w.Helper()
	_, err := w.sandbox.Arm(sandbox.Fault{Kind: sandbox.FaultStatus, Path: "/**", Status: 503, Times: -1})
	if err != nil {
		w.Fatal(err)
	}
}

// said takes the lines of the log that hold some words.
func (w *world) said(words string) (lines []string) {
	for line := range strings.Lines(w.log.String()) {
		if strings.Contains(line, words) {
			lines = append(lines, line)
		}
	}
	return lines
}

// asked counts the calls to the provider at a path.
func (w *world) asked(path string) (n int) {
	for _, r := range w.sandbox.Requests(100_000) {
		if strings.HasPrefix(r.Path, path) {
			n++
		}
	}
	return n
}

// alarms counts the events of an alarm.
func (w *world) alarms(rule limit.Rule) (n int) {
	w.Helper()
	err := w.db.View(w.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM events WHERE kind = 'alarm_raised' AND detail = $1`, string(rule)).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// gauge reads a metric; labels are those of one of its series, as prometheus
// prints them.
func (n *node) gauge(t *testing.T, name, role string) (value float64, ok bool) {
	t.Helper()
	families, err := n.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && (role == "" || len(m.GetLabel()) == 1 && m.GetLabel()[0].GetValue() == role) {
				return m.GetGauge().GetValue(), true
			}
		}
	}
	return 0, false
}
