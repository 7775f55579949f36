package db

import (
	"sync/atomic"
	"time"
)

const (
	// clockStride is how far ahead of the newest time the stored floor is
	// laid, so that not every group has to write it.
	clockStride = 100 * time.Millisecond
	// clockPause is how long the clock may stand still, after a start or a
	// step of the wall clock, until the wall has caught up with it. When it is
	// further ahead it goes on by itself.
	clockPause = time.Second
)

// clock tells the one time that every row is written with: wall time at the
// start plus monotonic time, never earlier than any time it has told before or
// found in the database. A wall clock that is set back therefore revives no
// code and refills no limit.
type clock struct {
	start time.Time        // carries the monotonic reading
	now   func() time.Time // replaces the wall in tests; nil otherwise
	base  atomic.Int64     // the Time at start
	last  atomic.Int64     // the newest Time told
	floor Time             // what the database holds; the writer's alone
}

// newClock returns a clock that tells no time before floor.
func newClock(floor Time, now func() time.Time) *clock {
	c := &clock{start: time.Now(), now: now, floor: floor}
	c.last.Store(int64(floor))
	c.set(At(c.start))
	return c
}

// set makes the clock go on from t. A t that lies further back than the clock
// may pause is not followed: the clock goes on from where it is.
func (c *clock) set(t Time) {
	elapsed := time.Since(c.start)
	if last := Time(c.last.Load()); last.Sub(t) > clockPause {
		t = last
	}
	c.base.Store(int64(t.Add(-elapsed)))
}

// read returns the time, which is never earlier than what it returned before.
func (c *clock) read() Time {
	var t int64
	if c.now != nil {
		t = int64(At(c.now()))
	} else {
		t = c.base.Load() + time.Since(c.start).Microseconds()
	}
	for {
		last := c.last.Load()
		if t <= last {
			return Time(last)
		}
		if c.last.CompareAndSwap(last, t) {
			return Time(t)
		}
	}
}

// newFloor returns what the database has to hold before a row with time now
// may be committed, and whether that is more than it holds already.
func (c *clock) newFloor(now Time) (Time, bool) {
	if now <= c.floor {
		return 0, false
	}
	if c.now != nil {
		return now, true // a test's clock stands where the test has set it
	}
	return now.Add(clockStride), true
}
