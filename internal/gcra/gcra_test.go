package gcra_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/gcra"
)

var start = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// TestRate_NeverAdmitsOneMore drives rates of many limits, bursts and windows
// through random gaps, many of which meet a step to the microsecond.
func TestRate_NeverAdmitsOneMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		most := rapid.IntRange(1, 60).Draw(r, "limit")
		rate := gcra.Rate{
			Limit: most, Burst: rapid.IntRange(1, most).Draw(r, "burst"),
			Window: time.Duration(rapid.IntRange(100, 1_000_000).Draw(r, "window")) * time.Microsecond,
		}
		step := rate.Window / time.Duration(most-rate.Burst+1)
		gaps := []time.Duration{0, 0, time.Microsecond, step - time.Microsecond, step, step + time.Microsecond, 2 * step, rate.Window}
		now, tat := db.At(start), db.Time(0)
		var admitted []db.Time
		for range rapid.IntRange(1, 200).Draw(r, "acts") {
			now = now.Add(max(0, rapid.SampledFrom(gaps).Draw(r, "gap")))
			next, ok := rate.Take(tat, now)
			if tat = next; ok {
				admitted = append(admitted, now)
			}
		}
		if len(admitted) == 0 {
			r.Fatal("nothing was admitted at all")
		}
		for i := most; i < len(admitted); i++ {
			if span := admitted[i].Sub(admitted[i-most]); span < rate.Window {
				r.Fatalf("%d admissions within %v: the promise is %d in %v", most+1, span, most, rate.Window)
			}
		}
	})
}

// TestRate_AdmitsItsBurstAndItsLimit looks at the other side: nothing is held
// back that the promise allows.
func TestRate_AdmitsItsBurstAndItsLimit(t *testing.T) {
	t.Parallel()
	for _, rate := range []gcra.Rate{
		{Limit: 1, Burst: 1, Window: time.Minute}, {Limit: 2, Burst: 1, Window: time.Minute}, {Limit: 3, Burst: 3, Window: time.Minute},
		{Limit: 10, Burst: 8, Window: time.Hour}, {Limit: 60, Burst: 40, Window: 30 * 24 * time.Hour},
	} {
		now, tat, n, burst := db.At(start), db.Time(0), 0, 0
		for end := now.Add(rate.Window); now < end; now = now.Add(rate.Window / 1000) {
			for {
				next, ok := rate.Take(tat, now)
				if tat = next; !ok {
					break
				}
				if n++; now == db.At(start) {
					burst++
				}
			}
		}
		if n != rate.Limit || burst != rate.Burst {
			t.Errorf("%+v admits %d in its window, %d at once", rate, n, burst)
		}
	}
}
