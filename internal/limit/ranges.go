package limit

import (
	"math"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Numbers that are tried one after another, each from a network of its own, are
// no crowd: of people's numbers few fall into the same thousand.
const (
	rangeStarts = 5 // of one thousand, before a challenge is asked for
	rangeWindow = 30 * time.Minute
	// rangeSpread is how many starts allow one more of each thousand: four times
	// what falls into one of the 80,000 that carriers have.
	rangeSpread = 20_000
	rangeCount  = 100_000
)

// ranges are what a node knows of the thousands that its starts were for within
// the last half hour, and at most another half. It is in memory alone: each node
// looks for itself, and a restart forgets.
type ranges struct {
	began        db.Time
	now, before  *[rangeCount]uint8 // starts by thousand
	last         [rangeCount]uint8  // a byte of the keyed hash of the number tried last
	total, older int
}

// walked counts a start and reports whether too many were for its thousand or for
// one beside it, where a walk that was noticed comes from or goes on. A number that
// is tried again counts once; its own limits see to it.
func (r *ranges) walked(thousand int, number []byte, at db.Time) bool {
	if r.now == nil || at.Sub(r.began) >= rangeWindow {
		r.before, r.older = r.now, r.total
		if at.Sub(r.began) >= 2*rangeWindow {
			r.before, r.older = nil, 0
		}
		r.now, r.total, r.began = new([rangeCount]uint8), 0, at
	}
	most := min(rangeStarts+(r.total+r.older)/rangeSpread, math.MaxUint8)
	walked := r.starts(thousand-1) >= most || r.starts(thousand) >= most || r.starts(thousand+1) >= most
	mark := number[len(number)-1]
	if r.starts(thousand) > 0 && r.last[thousand] == mark {
		return walked
	}
	r.last[thousand] = mark
	r.now[thousand] = min(r.now[thousand], math.MaxUint8-1) + 1
	r.total++
	return walked
}

// starts returns how many were for a thousand.
func (r *ranges) starts(thousand int) int {
	if thousand < 0 || thousand >= rangeCount {
		return 0
	}
	n := int(r.now[thousand])
	if r.before != nil {
		n += int(r.before[thousand])
	}
	return n
}
