// Package timing asks whether answers take longer for one kind of number than
// for another (S-13, S-28).
//
// [Welch] compares the times of two kinds by Welch's t-test. The tests measure
// the first steps of sign-up for numbers that have an account and for numbers
// that have none, in an order drawn from a seed, and want |t| < 5 over 20,000
// samples; and they plant a difference of 20 µs, which has to be found.
package timing

import (
	"math"
	"slices"
	"time"
)

// Times are the samples of one step, for each of two kinds.
type Times [2][]time.Duration

// Welch returns the t statistic of the two kinds and the difference of their
// means, in time. It needs two samples of each.
func Welch(t Times) (statistic float64, difference time.Duration) {
	var mean, part [2]float64
	for kind, samples := range t {
		n := float64(len(samples))
		for _, s := range samples {
			mean[kind] += float64(s) / n
		}
		for _, s := range samples {
			d := float64(s) - mean[kind]
			part[kind] += d * d / (n - 1) / n
		}
	}
	d := mean[0] - mean[1]
	return d / math.Sqrt(part[0]+part[1]), time.Duration(d)
}

// Crop returns the samples that are not above a quantile of all samples, of
// both kinds together: the rest is the garbage collector, the disk and the
// neighbours, whose milliseconds hide a difference of microseconds. The line is
// the same for both kinds, so that what differs is not cut away.
func Crop(t Times, quantile float64) Times {
	all := slices.Sorted(slices.Values(slices.Concat(t[0], t[1])))
	line := all[min(int(float64(len(all))*quantile), len(all)-1)]
	var kept Times
	for kind, samples := range t {
		for _, s := range samples {
			if s <= line {
				kept[kind] = append(kept[kind], s)
			}
		}
	}
	return kept
}
