package outbox

import (
	"slices"

	"github.com/sinpyo/sinpyo/coolsms"
)

// Status is where a message stands.
type Status string

// The statuses.
const (
	Queued      Status = "queued"      // written, not yet in a provider group
	Sending     Status = "sending"     // in a batch with its group; it may have left
	Accepted    Status = "accepted"    // the provider took it; the carrier has not said anything yet
	Delivered   Status = "delivered"   // the phone has it
	Undelivered Status = "undelivered" // the carrier or the provider gave up; StatusCode says why
	Rejected    Status = "rejected"    // the provider refused it at the door
	Unknown     Status = "unknown"     // no end was heard of within 72 hours, or it cannot be known
	Dropped     Status = "dropped"     // no longer wanted, and provably never sent
)

// moves lists where a status may go. A message goes forward only; the one way
// back, from sending to queued, is open when its group is provably dead.
var moves = map[Status][]Status{
	Queued:   {Sending, Dropped},
	Sending:  {Accepted, Rejected, Dropped, Unknown, Queued},
	Accepted: {Delivered, Undelivered, Unknown},
	Unknown:  {Delivered, Undelivered},
}

// CanBecome reports whether a message in status s may move to next.
func (s Status) CanBecome(next Status) bool { return slices.Contains(moves[s], next) }

// Ended reports whether nothing but a late report can change the status.
func (s Status) Ended() bool { return s != Queued && s != Sending && s != Accepted }

// Failure is what a failed message means for the person who waits for it, in
// the three ways a page may tell (so that it is no oracle about strangers'
// phones).
type Failure string

// The failures.
const (
	None          Failure = ""
	Unreachable   Failure = "unreachable"    // the phone cannot be reached now
	CannotReceive Failure = "cannot_receive" // the number gets no texts
	Ours          Failure = "ours"           // something on our side
)

// Message is a text message as others may see it.
type Message struct {
	ID         string
	Status     Status
	StatusCode string // the provider's, empty before its first answer
}

// Failure returns what the message's end means for the person who waits.
func (m Message) Failure() Failure {
	switch m.Status {
	case Rejected, Dropped:
		return Ours
	case Undelivered:
		return failureOf(coolsms.StatusCode(m.StatusCode))
	default:
		return None
	}
}
