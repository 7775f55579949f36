package timing_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/timing"
)

// TestWelch_KnownValue compares with a t statistic reckoned by hand.
func TestWelch_KnownValue(t *testing.T) {
	t.Parallel()
	got, difference := timing.Welch(timing.Times{{2, 4, 6, 8}, {1, 2, 3}})
	// Means 5 and 2, variances 20/3 and 1, so t = 3 / sqrt(20/3/4 + 1/3) = 3 / sqrt(2).
	if want := 3 / math.Sqrt2; math.Abs(got-want) > 1e-12 || difference != 3 {
		t.Errorf("Welch = %v, %v, want %v, 3ns", got, difference, want)
	}
}

// TestCrop_DrawsOneLine has one kind with more slow samples than the other:
// they are cut at the same line.
func TestCrop_DrawsOneLine(t *testing.T) {
	t.Parallel()
	kept := timing.Crop(timing.Times{{1, 2, 3, 100, 100}, {1, 2, 3, 4, 5}}, 0.7)
	if len(kept[0]) != 3 || len(kept[1]) != 5 {
		t.Errorf("kept %v", kept)
	}
}

// TestWelch_FindsADifferenceInNoise draws times with a heavy tail, as measured
// ones have, with and without a difference of 20 µs.
func TestWelch_FindsADifferenceInNoise(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, planted := range []time.Duration{0, 20 * time.Microsecond} {
		var times timing.Times
		for i := range 20_000 {
			d := 400*time.Microsecond + time.Duration(r.ExpFloat64()*float64(100*time.Microsecond))
			if r.IntN(100) == 0 {
				d += 5 * time.Millisecond
			}
			if i%2 == 0 {
				d += planted
			}
			times[i%2] = append(times[i%2], d)
		}
		got, _ := timing.Welch(timing.Crop(times, 0.95))
		if found := math.Abs(got) >= 5; found != (planted > 0) {
			t.Errorf("with %v planted t = %.1f", planted, got)
		}
	}
}
