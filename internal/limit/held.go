package limit

import (
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	// heldMost bounds what is remembered of refused numbers.
	heldMost = 1 << 16
	// heldFor is how long a refusal is believed without asking the database
	// again: another process may have cleared the number meanwhile.
	heldFor = time.Second
)

// held remembers until when the sends of a number stay refused.
type held struct {
	mu   sync.Mutex
	seen map[string]wait
}

// wait is what is remembered of one number.
type wait struct{ until, read db.Time }

func newHeld() *held { return &held{seen: make(map[string]wait)} }

func (h *held) get(number []byte, now db.Time) (db.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w, ok := h.seen[string(number)]
	if ok && w.over(now) {
		delete(h.seen, string(number))
		ok = false
	}
	return w.until, ok
}

func (h *held) put(number []byte, until, now db.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen) >= heldMost {
		h.sweep(now)
	}
	if len(h.seen) < heldMost {
		h.seen[string(number)] = wait{until, now}
	}
}

func (h *held) forget(number []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.seen, string(number))
}

// sweep forgets the waits that are over.
func (h *held) sweep(now db.Time) {
	for number, w := range h.seen {
		if w.over(now) {
			delete(h.seen, number)
		}
	}
}

// over reports whether the number has to be looked up again.
func (w wait) over(now db.Time) bool { return w.until <= now || now.Sub(w.read) >= heldFor }
