package sandbox

import (
	"container/heap"
	"time"
)

// agenda is what will happen by itself, earliest first; events of one moment
// keep the order they were entered in.
type agenda struct {
	queue eventQueue
	count uint64
}

type event struct {
	at  time.Time
	nth uint64
	run func(*world)
}

func (a *agenda) enter(at time.Time, run func(*world)) {
	a.count++
	heap.Push(&a.queue, event{at, a.count, run})
}

// next returns when the earliest event is due.
func (a *agenda) next() (time.Time, bool) {
	if len(a.queue) == 0 {
		return time.Time{}, false
	}
	return a.queue[0].at, true
}

// take removes and returns the earliest event if it is due at now.
func (a *agenda) take(now time.Time) (event, bool) {
	if len(a.queue) == 0 || a.queue[0].at.After(now) {
		return event{}, false
	}
	return heap.Pop(&a.queue).(event), true
}

type eventQueue []event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].nth < q[j].nth
	}
	return q[i].at.Before(q[j].at)
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *eventQueue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = event{}
	*q = (*q)[:last]
	return e
}
