package factor_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// cheap are the cheapest hashes that are allowed.
var cheap = factor.Passwords{MemoryMiB: 19, Time: 2}

var site = &url.URL{Scheme: "https", Host: "id.example.kr"}

const me, other = "usr_me", "usr_other"

// world is factors above a real database, at a time that stands still.
type world struct {
	*factor.Factors
	testing.TB
	db       *db.DB
	ring     *seal.Ring
	clock    *dbtest.Clock
	registry *prometheus.Registry
}

func newWorld(t testing.TB, change ...func(*factor.Options)) *world {
	t.Helper()
	w := &world{TB: t, clock: dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))}
	w.db = dbtest.New(t, dbtest.WithClock(w.clock))
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	w.Factors, w.registry = w.factors(change...)
	return w
}

// factors returns factors over the world's database, as another node or a later
// start has them.
func (w *world) factors(change ...func(*factor.Options)) (*factor.Factors, *prometheus.Registry) {
	w.Helper()
	o := factor.Options{
		DB: w.db, Ring: w.ring, Name: "신표", Origin: site, Passwords: cheap,
		Registerer: prometheus.NewRegistry(),
	}
	for _, c := range change {
		c(&o)
	}
	f, err := factor.New(o)
	if err != nil {
		w.Fatal(err)
	}
	return f, o.Registerer.(*prometheus.Registry)
}

func (w *world) held(userID string) factor.Held {
	w.Helper()
	h, err := w.Held(w.Context(), userID)
	if err != nil {
		w.Fatal(err)
	}
	return h
}

// counted returns the value of a counter, the sum of those with the label.
func (w *world) counted(name, label string) (sum float64) {
	w.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetValue() == label {
					sum += m.GetCounter().GetValue()
				}
			}
			if label == "" {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// query reads one value of the database.
func query[T any](w *world, sql string, args ...any) (v T) {
	w.Helper()
	err := w.db.View(w.Context(), func(tx *db.Tx) error { return tx.Row(sql, args...).Scan(&v) })
	if err != nil {
		w.Fatal(err)
	}
	return v
}
