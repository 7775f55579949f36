package limit

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

// step is the time after which one spent act comes back, in microseconds,
// rounded up: it must not come back before the window is over.
func (r Rate) step() int64 {
	pieces := int64(r.Limit - r.Burst + 1)
	return (r.Window.Microseconds() + pieces - 1) / pieces
}

// slack is how far the TAT may lie ahead of now for one more act to pass.
func (r Rate) slack() time.Duration {
	return time.Duration(r.Burst-1) * time.Duration(r.step()) * time.Microsecond
}

// Take is the rule itself: whether an act at now passes, and the TAT after it.
// The statements of this package say the same in SQL.
func (r Rate) Take(tat, now db.Time) (db.Time, bool) {
	if tat > now.Add(r.slack()) {
		return tat, false
	}
	return max(tat, now) + db.Time(r.step()), true
}

// left returns how many acts would pass at once.
func (r Rate) left(tat, now db.Time) int {
	if tat > now.Add(r.slack()) {
		return 0
	}
	return int(int64(now.Add(r.slack())-max(tat, now))/r.step()) + 1
}

// free returns when the next act passes; now or earlier when one passes now.
func (r Rate) free(tat db.Time) db.Time { return tat.Add(-r.slack()) }
