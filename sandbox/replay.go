package sandbox

import (
	"sync"
	"time"
)

// replayCap bounds how many signatures are remembered. Beyond it the oldest
// are forgotten early, which only a load of over 70 calls a second can reach.
const replayCap = 1 << 16

// replay remembers the signatures of the last 15 minutes.
type replay struct {
	mu    sync.Mutex
	seen  map[[16]byte]bool
	queue []seenAt // oldest first
}

type seenAt struct {
	signature [16]byte // an HMAC-SHA256 is cut to its first half
	at        time.Time
}

func newReplay() *replay { return &replay{seen: map[[16]byte]bool{}} }

// first remembers a signature and reports whether it is new.
func (p *replay) first(signature []byte, now time.Time) bool {
	var id [16]byte
	copy(id[:], signature)
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 && (len(p.queue) >= replayCap || now.Sub(p.queue[0].at) > skew) {
		delete(p.seen, p.queue[0].signature)
		p.queue = p.queue[1:]
	}
	if p.seen[id] {
		return false
	}
	p.seen[id] = true
	p.queue = append(p.queue, seenAt{id, now})
	return true
}

func (p *replay) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.queue = map[[16]byte]bool{}, nil
}
