package outbox

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
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

// ErrSender refuses what would be sent from a number whose registration has
// ended, while no second one is there to take its place.
var ErrSender = fault.New(fault.Unavailable, "sender_lapsed",
	"the registration of the sender number has ended: renew it with the provider; wait for Retry-After and try again")

// lapsedWait is what a start is told to wait while its number has lapsed: by then
// a renewed one is known.
const lapsedWait = 10 * time.Minute

// The roles of sender numbers that have no purpose of their own.
const (
	DefaultSender = "default"
	SecondSender  = "second"
)

// Sender is a sender number of the settings.
type Sender struct {
	Role   string // DefaultSender, SecondSender, or a purpose
	Number string // digits
}

// trialBegins begins the purpose of a test text.
const trialBegins = "test."

// TrialOf returns the purpose of a test text from the number of a role.
func TrialOf(role string) (purpose string) { return trialBegins + role }

// IsTrial reports whether a purpose is that of a test text.
func IsTrial(purpose string) bool { return strings.HasPrefix(purpose, trialBegins) }

// senders choose the number a text is sent from: that of its purpose, or the
// first; and the second in its place while that one is refused or has lapsed.
type senders struct {
	first, second string
	byPurpose     map[string]string
	metrics       *metrics

	mu    sync.Mutex
	rest  map[string]db.Time // until when a number is passed over
	until map[string]db.Time // when the registration of a number ends, where it does
}

// of returns the number for a purpose, and whether anything may be sent from it.
func (s *senders) of(purpose string, now db.Time) (number string, ok bool) {
	role := strings.TrimPrefix(purpose, trialBegins)
	number, named := s.byPurpose[role]
	switch {
	case named:
	case role == SecondSender && s.second != "":
		number = s.second
	default:
		number = s.first
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.second == "" || s.lapsed(s.second, now) {
		return number, !s.lapsed(number, now)
	}
	if s.lapsed(number, now) || now < s.rest[number] && now >= s.rest[s.second] {
		return s.second, true
	}
	return number, true
}

// lapsed reports whether the registration of a number has ended. It holds the
// lock.
func (s *senders) lapsed(number string, now db.Time) bool {
	until, ends := s.until[number]
	return ends && now >= until
}

// pass notes that the provider refused a number and reports whether the second
// one can take its place.
func (s *senders) pass(number string, now db.Time) bool {
	s.metrics.senderFaults.Inc()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest[number] = now.Add(senderRest)
	return s.second != "" && number != s.second && now >= s.rest[s.second] && !s.lapsed(s.second, now)
}

// Configured lists the sender numbers of the settings, the default first.
func (o *Outbox) Configured() []Sender {
	list := []Sender{{DefaultSender, o.senders.first}}
	if o.senders.second != "" {
		list = append(list, Sender{SecondSender, o.senders.second})
	}
	for _, purpose := range slices.Sorted(maps.Keys(o.senders.byPurpose)) {
		list = append(list, Sender{purpose, o.senders.byPurpose[purpose]})
	}
	return list
}

// Expire says when the registrations of sender numbers end; those that are not
// named do not. From then on nothing is sent from a number: texts take the second
// one's, or wait until it is renewed or they are too late (S-102).
func (o *Outbox) Expire(until map[string]db.Time) {
	o.senders.mu.Lock()
	defer o.senders.mu.Unlock()
	o.senders.until = maps.Clone(until)
}

// Sendable refuses texts of a purpose with [ErrSender] while there is no number
// that they may be sent from. It looks at memory alone.
func (o *Outbox) Sendable(purpose string) error {
	if _, ok := o.senders.of(purpose, o.db.Now()); !ok {
		return ErrSender.After(lapsedWait)
	}
	return nil
}

// sendable returns those letters that have a number to be sent from. The others
// are left to the poll, which finds them again when they have one, or drops them
// when they are too late.
func (o *Outbox) sendable(letters []letter) []letter {
	now := o.db.Now()
	var held []letter
	kept := letters[:0]
	for _, l := range letters {
		if _, ok := o.senders.of(l.purpose, now); ok {
			kept = append(kept, l)
		} else {
			held = append(held, l)
		}
	}
	o.waiting.forget(held)
	return kept
}
