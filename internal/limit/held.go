package limit

import (
	"sync"

	"github.com/sinpyo/sinpyo/internal/db"
)

// heldMost bounds what is remembered of refused numbers.
const heldMost = 1 << 16

// held remembers until when the sends of a number stay refused.
type held struct {
	mu    sync.Mutex
	until map[string]db.Time
}

func newHeld() *held { return &held{until: make(map[string]db.Time)} }

func (h *held) get(number []byte, now db.Time) (db.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	until, ok := h.until[string(number)]
	if ok && until <= now {
		delete(h.until, string(number))
		ok = false
	}
	return until, ok
}

func (h *held) put(number []byte, until, now db.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.until) >= heldMost {
		h.sweep(now)
	}
	if len(h.until) < heldMost {
		h.until[string(number)] = until
	}
}

func (h *held) forget(number []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.until, string(number))
}

// sweep forgets the waits that are over.
func (h *held) sweep(now db.Time) {
	for number, until := range h.until {
		if until <= now {
			delete(h.until, number)
		}
	}
}
