package traffic_test

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

// TestRoll_ByTwoNodesAtOnceCountsEachTextOnce has two nodes add up the same hours
// while a third one reads, whose figures stay what they are all the time.
func TestRoll_ByTwoNodesAtOnceCountsEachTextOnce(t *testing.T) {
	t.Parallel()
	w := &world{t: t, clock: dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))}
	url := dbtest.URL(t)
	w.db = dbtest.Open(t, url, dbtest.WithClock(w.clock))
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	const hours = 40
	for i := range hours {
		s := w.send(outbox.Past{ApplicationID: "app_1", Purpose: "login", Status: outbox.Accepted, Cost: 20}, true)
		if i%4 > 0 {
			w.enter(s)
			w.move(s, outbox.Delivered, "4000", "SKT")
		}
		w.clock.Advance(time.Hour)
	}
	window := traffic.Days(w.now(), 4)
	nodes := make([]*traffic.Traffic, 3)
	for i := range nodes {
		d := w.db
		if i > 0 && os.Getenv(dbtest.EnvPostgres) != "" { // a file has one server
			d = dbtest.Open(t, url, dbtest.WithClock(w.clock))
		}
		nodes[i] = traffic.New(traffic.Options{DB: d, Logger: slog.New(slog.DiscardHandler)})
	}
	all := func() {
		f, err := nodes[2].Figures(t.Context(), window)
		if err != nil {
			t.Error(err)
		}
		if got := f.Now; got.Sent != hours || got.Entered != hours*3/4 || got.Won != hours*20 {
			t.Errorf("got %+v, want %d texts", got.Tally, hours)
		}
	}
	roll := func() {
		rolled := make(chan struct{})
		var g errgroup.Group
		for _, node := range nodes[:2] {
			g.Go(func() error {
				for more := true; more; {
					var err error
					if more, err = node.Roll(t.Context()); err != nil {
						return err
					}
				}
				return nil
			})
		}
		go func() {
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
			close(rolled)
		}()
		for done := false; !done; {
			select {
			case <-rolled:
				done = true
			default:
			}
			all()
		}
	}
	roll()
	if n := w.count(`SELECT count(*) FROM traffic_aside`); n != hours/4 {
		t.Errorf("%d texts are set aside", n)
	}
	w.update(func(tx *db.Tx) {
		tx.Exec(`UPDATE messages SET status = 'undelivered', ended_at = $1 WHERE status = 'accepted'`, tx.Now)
	})
	roll()
	roll() // what both had in hand at once is left to the next time
	if n := w.count(`SELECT count(*) FROM traffic_aside`); n != 0 {
		t.Errorf("%d texts are still set aside", n)
	}
	all()
}
