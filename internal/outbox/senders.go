package outbox

import (
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
)

// senderRest is how long a sender number is passed over once the provider has
// refused a text for it. Then it is tried again: it may have been registered
// anew meanwhile.
const senderRest = 10 * time.Minute

// senderFault reports whether a text failed for the number it was sent from:
// not registered, lapsed, or blocked.
func senderFault(code coolsms.StatusCode) bool {
	return code.Info().Action == coolsms.ActionRegisterSender
}

// senders choose the number a text is sent from: that of its purpose, or the
// first; and the second in its place while that one is refused.
type senders struct {
	first, second string
	byPurpose     map[string]string
	metrics       *metrics

	mu   sync.Mutex
	rest map[string]db.Time // until when a number is passed over
}

// of returns the number for a purpose.
func (s *senders) of(purpose string, now db.Time) string {
	number, ok := s.byPurpose[purpose]
	if !ok {
		number = s.first
	}
	if s.second == "" {
		return number
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now < s.rest[number] && now >= s.rest[s.second] {
		return s.second
	}
	return number
}

// pass notes that the provider refused a number and reports whether the second
// one can take its place.
func (s *senders) pass(number string, now db.Time) bool {
	s.metrics.senderFaults.Inc()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest[number] = now.Add(senderRest)
	return s.second != "" && number != s.second && now >= s.rest[s.second]
}
