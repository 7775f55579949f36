package demo_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/demo"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

const (
	messages = 1_200
	days     = 20
	kept     = 16
)

// world is a database that was filled.
type world struct {
	t    *testing.T
	db   *db.DB
	ring *seal.Ring
	made demo.Made
}

// filled fills a database at a time, from a seed.
func filled(t *testing.T, at time.Time, seed uint64) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.New(t, dbtest.WithClock(dbtest.NewClock(at)))}
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	if w.made, err = demo.Fill(t.Context(), w.options(seed)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) options(seed uint64) demo.Options {
	return demo.Options{
		DB: w.db, Ring: w.ring, ApplicationID: app.Builtin, Messages: messages, Days: days, Kept: kept, Price: 20, Seed: seed,
	}
}

// read reads numbers by a query.
func (w *world) read(query string, args ...any) (list []int64) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *db.Tx) error {
		return tx.Each(query, args, func(scan func(...any) error) error {
			var n int64
			err := scan(&n)
			list = append(list, n)
			return err
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	return int(w.read(query, args...)[0])
}

var at = time.Date(2026, 5, 4, 6, 30, 0, 0, time.UTC)

// TestFill_MakesFiguresThatEqualARecomputation forgets the sums that were written
// with the texts and has them added up anew from the texts.
func TestFill_MakesFiguresThatEqualARecomputation(t *testing.T) {
	t.Parallel()
	w := filled(t, at, 1)
	if w.made.Messages != messages || w.count(`SELECT count(*) FROM messages`) != messages {
		t.Errorf("made %+v, want %d messages", w.made, messages)
	}
	tell := func() (told []any) {
		figures := traffic.New(traffic.Options{DB: w.db, Logger: slog.New(slog.DiscardHandler)})
		for _, window := range []traffic.Window{traffic.Today(w.db.Now()), traffic.Days(w.db.Now(), 7)} {
			f, err := figures.Figures(t.Context(), window)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := figures.By(t.Context(), window, traffic.StatusCode)
			if err != nil {
				t.Fatal(err)
			}
			hours, err := figures.Hours(t.Context(), window)
			if err != nil {
				t.Fatal(err)
			}
			heat, err := figures.Heat(t.Context(), window)
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, f, rows, hours, heat)
		}
		return told
	}
	sums := tell()
	if f, ok := sums[4].(traffic.Figures); !ok || f.Now.Sent == 0 || f.Now.Entered == 0 || f.Now.Passkeys == 0 || f.Before.Sent == 0 {
		t.Fatalf("nothing is told: %+v", sums[4])
	}
	err := w.db.Update(t.Context(), func(tx *db.Tx) error {
		for _, table := range []string{"traffic_hours", "traffic_cells", "traffic_aside", "traffic_prefixes"} {
			tx.Exec("DELETE FROM " + table)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tell(), sums, cmp.AllowUnexported(traffic.Times{})); diff != "" {
		t.Errorf("the sums (-anew +written):\n%s", diff)
	}
}

func TestFill_KeepsVerificationsAndEventsAsLongAsTheyWouldBe(t *testing.T) {
	t.Parallel()
	w := filled(t, at, 1)
	from := db.At(at.AddDate(0, 0, -kept))
	for what, n := range map[string]int{
		"verifications from before":                        w.count(`SELECT count(*) FROM verifications WHERE created_at < $1`, from),
		"events from before":                               w.count(`SELECT count(*) FROM events WHERE at < $1`, from),
		"events in disorder":                               w.count(`SELECT count(*) FROM events a JOIN events b ON b.number = a.number + 1 WHERE b.at < a.at`),
		"things of the future":                             w.count(`SELECT count(*) FROM messages WHERE created_at > $1 OR ended_at > $1 OR received_at > $1`, w.db.Now()),
		"texts that were taken and name no sender or type": w.count(`SELECT count(*) FROM messages WHERE accepted_at IS NOT NULL AND (sender = '' OR type = '')`),
		"entries told twice":                               w.count(`SELECT count(*) FROM messages m JOIN verifications v ON v.id = m.verification_id WHERE m.entered_at IS NOT NULL`),
		"approvals without a message":                      w.count(`SELECT count(*) FROM verifications v WHERE approved_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = v.message_id AND m.status = 'delivered')`),
	} {
		if n != 0 {
			t.Errorf("%d %s, want none", n, what)
		}
	}
	if n := w.count(`SELECT count(*) FROM messages WHERE entered_at IS NOT NULL`); n < messages/10 {
		t.Errorf("only %d texts tell when the code of a verification that is gone was entered", n)
	}
	if w.made.Verifications < messages/2 || w.made.Members < messages/10 || w.made.Events < messages {
		t.Errorf("made only %+v", w.made)
	}
}

func TestFill_MakesTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	const told = `SELECT created_at + cost FROM messages ORDER BY id`
	one, same, other := filled(t, at, 7).read(told), filled(t, at, 7).read(told), filled(t, at, 8).read(told)
	if diff := cmp.Diff(one, same); diff != "" {
		t.Errorf("the same seed (-one +other):\n%s", diff)
	}
	if cmp.Equal(one, other) {
		t.Error("another seed made the same texts")
	}
}

func TestFill_MakesNobodysNumbers(t *testing.T) {
	t.Parallel()
	w := filled(t, at, 1)
	seen := 0
	err := w.db.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT id, number_sealed FROM messages`, nil, func(scan func(...any) error) error {
			var id string
			var sealed []byte
			if err := scan(&id, &sealed); err != nil {
				return err
			}
			to, err := w.ring.OpenNumber("messages", id, sealed)
			if seen++; err == nil && to.National()[:4] != "0100" {
				t.Errorf("the number of %s does not begin with 010-0", id)
			}
			return err
		})
	})
	if err != nil || seen != messages {
		t.Errorf("looked at %d numbers: %v", seen, err)
	}
}

func TestFill_RefusesADatabaseWithTraffic(t *testing.T) {
	t.Parallel()
	w := filled(t, at, 1)
	if _, err := demo.Fill(t.Context(), w.options(2)); !errors.Is(err, demo.ErrNotEmpty) {
		t.Errorf("filled twice: %v", err)
	}
	if n := w.count(`SELECT count(*) FROM messages`); n != messages {
		t.Errorf("%d messages, want the %d of the first time", n, messages)
	}
}
