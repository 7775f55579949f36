package outbox

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

// Of how many deliveries, not longer ago than what, the usual time of arrival is
// known.
const (
	arrivalsMost  = 100
	arrivalsLeast = 20
	arrivalsKept  = time.Hour
	arrivalsUsual = 80 // percent of them take no longer
)

// arrivals are the newest deliveries of this node, and how long texts take by
// them. They live in memory alone: a page that knows no figure names none.
type arrivals struct {
	mu     sync.Mutex
	newest []arrival // the last one came last
	figure atomic.Pointer[usual]
}

// arrival is one delivery: when it was heard of, and how long the text took from
// the provider to the phone.
type arrival struct {
	at   db.Time
	took time.Duration
}

// usual is how long texts take, and how long that may be said.
type usual struct {
	took  time.Duration
	until db.Time
}

// add takes up the deliveries among messages that ended.
func (a *arrivals) add(fates []fate, now db.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range fates {
		if f.to == Delivered && f.received != 0 && f.accepted != 0 {
			a.newest = append(a.newest, arrival{now, max(0, f.received.Sub(f.accepted))})
		}
	}
	a.newest = a.newest[max(0, len(a.newest)-arrivalsMost):]
	if len(a.newest) < arrivalsLeast {
		return
	}
	var took []time.Duration
	for _, one := range a.newest {
		if now.Sub(one.at) < arrivalsKept {
			took = append(took, one.took)
		}
	}
	if len(took) < arrivalsLeast {
		return // what was said before ends by itself
	}
	slices.Sort(took)
	a.figure.Store(&usual{
		took:  took[(len(took)*arrivalsUsual+99)/100-1],
		until: a.newest[len(a.newest)-arrivalsLeast].at.Add(arrivalsKept),
	})
}

// Arrival returns how long texts usually take from the provider to the phone:
// four in five of the last hundred took no longer. ok is false while fewer than
// twenty arrived within an hour.
func (o *Outbox) Arrival() (took time.Duration, ok bool) {
	figure := o.arrivals.figure.Load()
	if figure == nil || o.db.Now() >= figure.until {
		return 0, false
	}
	return figure.took, true
}
