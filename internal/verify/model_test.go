package verify_test

import (
	"slices"
	"time"

	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// This file and model_acts_test.go are section 4 of the security requirements in plain Go: every rule of
// numbers, browsers, networks and verifications over lists of times, without a
// database, a lock or a clever row. The histories compare each answer with it.

// modelLimit is how many acts a window admits, and how many of them at once.
type modelLimit struct {
	most, burst int
	window      time.Duration
}

var (
	modelWrong = []modelLimit{{10, 8, time.Hour}, {20, 14, 24 * time.Hour}, {60, 40, 30 * 24 * time.Hour}}
	modelLong  = []modelLimit{{50, 40, 24 * time.Hour}}

	modelSends       = []modelLimit{{1, 1, 30 * time.Second}, {5, 5, time.Hour}, {10, 10, 24 * time.Hour}}
	modelDeviceSends = []modelLimit{{1, 1, 30 * time.Second}, {3, 3, time.Hour}, {6, 6, 24 * time.Hour}}
)

// modelBucket holds drops that leak one at a time, a step apart: a wrong check
// adds one and finds no room when it is full.
type modelBucket struct {
	modelLimit
	empty time.Time // when the last drop has leaked
}

func (b *modelBucket) step() time.Duration {
	pieces := time.Duration(b.most - b.burst + 1)
	return (b.window + pieces*time.Microsecond - time.Microsecond) / pieces / time.Microsecond * time.Microsecond
}

// free is when the next drop finds room.
func (b *modelBucket) free() time.Time { return b.empty.Add(-time.Duration(b.burst-1) * b.step()) }

func (b *modelBucket) add(now time.Time) {
	if b.empty.Before(now) {
		b.empty = now
	}
	b.empty = b.empty.Add(b.step())
}

func buckets(limits []modelLimit) []modelBucket {
	out := make([]modelBucket, len(limits))
	for i, l := range limits {
		out[i] = modelBucket{modelLimit: l}
	}
	return out
}

func freeOf(buckets []modelBucket) (until time.Time) {
	for i := range buckets {
		until = later(until, buckets[i].free())
	}
	return until
}

func addTo(buckets []modelBucket, now time.Time) {
	for i := range buckets {
		buckets[i].add(now)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// freeSends is when a list of sends, oldest first, admits the next.
func freeSends(sent []time.Time, limits []modelLimit) (until time.Time) {
	for _, l := range limits {
		if i := len(sent) - l.most; i >= 0 {
			until = later(until, sent[i].Add(l.window))
		}
	}
	return until
}

// modelNumber is what is spent of a number.
type modelNumber struct {
	sent     []time.Time
	subjects []*modelVerification // the newest five sends were for, newest first
	known    bool                 // something was sent to it
	open     []modelBucket
	long     []modelBucket
	inRow    int
	recovery int

	wrongOpen, wrongLong []time.Time // as admitted, for the windows
}

func newModelNumber() *modelNumber {
	return &modelNumber{open: buckets(modelWrong), long: buckets(modelLong)}
}

func (n *modelNumber) send(v *modelVerification, now time.Time) {
	n.known = true
	n.sent = append(n.sent, now)
	n.subjects = append([]*modelVerification{v}, n.subjects...)
	n.subjects = n.subjects[:min(len(n.subjects), 5)]
}

// pending are those of its newest verifications that wait for a code.
func (n *modelNumber) pending(now time.Time) (n1 int, first time.Time) {
	seen := map[*modelVerification]bool{}
	for _, v := range n.subjects {
		if !seen[v] && v.shown(now) == verify.Pending {
			if n1++; n1 == 1 || v.expires.Before(first) {
				first = v.expires
			}
		}
		seen[v] = true
	}
	return n1, first
}

func (n *modelNumber) locked(lane limit.Lane) bool {
	if lane == limit.Recovering {
		return n.recovery >= 100
	}
	return n.inRow >= 100
}

// freeWrong is when the lane's next wrong check passes.
func (n *modelNumber) freeWrong(lane limit.Lane) time.Time {
	switch lane {
	case limit.Open:
		return freeOf(n.open)
	case limit.Long:
		return freeOf(n.long)
	}
	return time.Time{}
}

// modelDevice is what is spent of a browser that signed in before.
type modelDevice struct {
	sent     []time.Time
	subjects []*modelVerification
	wrong    []modelBucket
}

func newModelDevice() *modelDevice { return &modelDevice{wrong: buckets(modelWrong)} }

// modelNetwork lists the sends of a network.
type modelNetwork struct {
	sent []struct {
		at     time.Time
		number int
	}
}

// admits reports whether a send to a number needs no challenge. The network's
// windows are a second longer than they are called, since whole seconds count.
func (w *modelNetwork) admits(number int, now time.Time) bool {
	within := func(at time.Time, d time.Duration) bool { return at.Unix() >= now.Add(-d).Unix() }
	inHour, inDay := 0, 0
	var numbers []int // the newest first, each once
	var lastOf []time.Time
	for _, s := range slices.Backward(w.sent) {
		if within(s.at, time.Hour) {
			inHour++
		}
		if within(s.at, 24*time.Hour) {
			inDay++
		}
		if !slices.Contains(numbers, s.number) {
			numbers, lastOf = append(numbers, s.number), append(lastOf, s.at)
		}
	}
	newest := numbers[:min(len(numbers), 10)]
	room := len(newest) < 10 || !within(lastOf[9], time.Hour) || slices.Contains(newest, number)
	return inHour < 30 && inDay < 100 && room
}
