package factor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// TestRestored_TakesNoAnswerFromBefore answers the question of a sign-in after a
// backup that knows neither question nor answer: after the restore the answer is
// not taken again, though its counter and its time would do (S-86).
func TestRestored_TakesNoAnswerFromBefore(t *testing.T) {
	t.Parallel()
	url, clock := dbtest.URL(t), dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	start := func() *world {
		w := &world{TB: t, clock: clock, ring: ring, registry: prometheus.NewRegistry()}
		w.db = dbtest.Open(t, url, dbtest.WithClock(clock))
		w.Factors, w.registry = w.factors()
		return w
	}
	w, a := start(), factortest.New(origin)
	w.register(me, a)
	options, ceremony, err := w.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	answer := a.Get(t, options)

	// The backup is from here; what it does not know happens elsewhere.
	clock.Advance(time.Second)
	err = w.db.Update(t.Context(), func(tx *db.Tx) error {
		_, err := db.Settle(tx, factor.Restored())
		return err
	})
	if err == nil {
		err = w.db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	w = start()
	if w.db.RestoredAt() == 0 {
		t.Error("the database does not know that it was restored")
	}
	if _, err := w.FinishSignIn(t.Context(), ceremony, answer); !errors.Is(err, factor.ErrCeremony) {
		t.Errorf("an answer from before the restore: %v, want ErrCeremony", err)
	}
	clock.Advance(time.Second)
	if who, err := w.signIn(a); err != nil || who != me {
		t.Errorf("a new sign-in: %q, %v", who, err)
	}
}
