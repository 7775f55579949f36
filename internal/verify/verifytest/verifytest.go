// Package verifytest gives tests of the packages above a verifier with
// everything below it: a real database, the emulated provider and the outbox
// between them, at a time that stands still until the test moves it. The
// dispatcher runs only when it is driven, so a test decides what has happened.
package verifytest

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

// Sender is the number that texts come from.
const Sender = "0215770000"

// Options change what New makes.
type Options struct {
	Name    string // of the built-in application, "신표" when empty
	Host    string // of its pages, "localhost" when empty
	At      time.Time
	DB      []func(*db.Options)
	Sandbox []sandbox.Option
	Rand    io.Reader // of the codes, crypto/rand.Reader when nil
	Limits  func(*limit.Options)
}

// World is what New makes. Its parts are for the test to use as they are.
type World struct {
	testing.TB
	Clock    *dbtest.Clock
	DB       *db.DB
	Ring     *seal.Ring
	Registry *prometheus.Registry
	Provider *sandbox.Sandbox
	Outbox   *outbox.Outbox
	Limits   *limit.Limits
	Verifier *verify.Verifier
	Receipts *receipt.Receipts
	Apps     *app.Apps
	App      app.Application // the built-in one
}

// New returns a world that lasts as long as the test.
func New(t testing.TB, o Options) *World {
	t.Helper()
	if o.Name == "" {
		o.Name = "신표"
	}
	if o.Host == "" {
		o.Host = "localhost"
	}
	if o.At.IsZero() {
		o.At = time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC)
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	w := &World{TB: t, Clock: dbtest.NewClock(o.At), Registry: prometheus.NewRegistry()}
	w.DB = dbtest.New(t, append(o.DB, dbtest.WithClock(w.Clock))...)
	w.Provider = sandbox.New(append([]sandbox.Option{sandbox.WithClock(w.Clock.Now)}, o.Sandbox...)...)
	t.Cleanup(w.Provider.Close)
	l := limit.Options{DB: w.DB, Registerer: w.Registry}
	if o.Limits != nil {
		o.Limits(&l)
	}
	w.Limits = limit.New(l)
	var err error
	if w.Ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	key, secret := w.Provider.Key()
	w.Outbox = outbox.New(outbox.Options{
		DB: w.DB, Ring: w.Ring, Key: key, Sender: Sender, Logger: slog.New(slog.DiscardHandler), Registerer: w.Registry,
		Client: coolsms.New(key, secret, coolsms.WithHTTPClient(&http.Client{Transport: w.Provider}), coolsms.WithClock(w.Clock.Now)),
	})
	w.Verifier = verify.New(verify.Options{DB: w.DB, Ring: w.Ring, Outbox: w.Outbox, Limits: w.Limits, Rand: o.Rand, Registerer: w.Registry})
	w.Receipts, err = receipt.Open(t.Context(), receipt.Options{DB: w.DB, Ring: w.Ring, Issuer: "https://" + o.Host})
	if err != nil {
		t.Fatal(err)
	}
	w.Apps = app.New(w.DB)
	if w.App, err = w.Apps.PutBuiltin(t.Context(), o.Name, o.Host); err != nil {
		t.Fatal(err)
	}
	return w
}

// Drive lets the dispatcher work until it has nothing to do.
func (w *World) Drive() {
	w.Helper()
	for worked := true; worked; {
		var err error
		if worked, err = w.Outbox.Step(w.Context()); err != nil {
			w.Fatalf("dispatching: %v", err)
		}
	}
}

// AskChallenges wants a challenge solved for every start of an application, as
// if hardly any of its texts had been answered for an hour.
func (w *World) AskChallenges(applicationID string) {
	w.Helper()
	if err := w.Limits.Converted(w.Context(), applicationID, 100, 1); err != nil {
		w.Fatal(err)
	}
}
