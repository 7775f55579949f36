// Package gcra is the rule of limits that are kept in a single time: the generic
// cell rate algorithm, in the form that keeps a promise about every stretch of
// time.
//
// The rooms that count with it do so by statements of their own, which a database
// decides; what they bind comes from a [Rate], and [Rate.Take] says the same in Go.
package gcra

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Rate is a limit kept by GCRA in a single time, the theoretical arrival time
// (TAT). Burst acts may follow at once; after that one comes back every step.
//
// GCRA with burst n alone would let nearly 2n through in a window. Here Burst
// acts at once and as many more as steps begin within Window make Limit in any
// stretch shorter than Window, never one more.
type Rate struct {
	Limit, Burst int
	Window       time.Duration
}

// Step is the time after which one spent act comes back, in whole microseconds,
// rounded up: it must not come back before the window is over.
func (r Rate) Step() time.Duration {
	pieces := int64(r.Limit - r.Burst + 1)
	return time.Duration((r.Window.Microseconds()+pieces-1)/pieces) * time.Microsecond
}

// Slack is how far the TAT may lie ahead of now for one more act to pass.
func (r Rate) Slack() time.Duration { return time.Duration(r.Burst-1) * r.Step() }

// Take is the rule itself: whether an act at now passes, and the TAT after it.
func (r Rate) Take(tat, now db.Time) (db.Time, bool) {
	if tat > now.Add(r.Slack()) {
		return tat, false
	}
	return max(tat, now).Add(r.Step()), true
}

// Left returns how many acts would pass at once.
func (r Rate) Left(tat, now db.Time) int {
	if tat > now.Add(r.Slack()) {
		return 0
	}
	return int(now.Add(r.Slack()).Sub(max(tat, now))/r.Step()) + 1
}

// Free returns when the next act passes; now or earlier when one passes now.
func (r Rate) Free(tat db.Time) db.Time { return tat.Add(-r.Slack()) }
