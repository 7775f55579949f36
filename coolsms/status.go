package coolsms

import (
	"slices"
	"strings"
)

// StatusCode is where a message stands, in four digits: 1xxx refused when put,
// 2xxx on the provider's platform, 3xxx at the carrier or Kakao, 4000
// delivered. Codes that the published table does not have are kept and sorted
// by their first digit.
//
// https://developers.solapi.com/references/message-status-codes
type StatusCode string

// The codes of a text on its way.
const (
	StatusAccepted  StatusCode = "2000" // waiting to be handed to the carrier
	StatusAtCarrier StatusCode = "3000" // waiting for the carrier's report
	StatusDelivered StatusCode = "4000" // the one success
)

// Class is the sort of a [StatusCode].
type Class string

// The classes. All but pending are final.
const (
	ClassUnknown     Class = "unknown"     // not a status code
	ClassPending     Class = "pending"     // on its way
	ClassDelivered   Class = "delivered"   // on the phone
	ClassUndelivered Class = "undelivered" // accepted, and failed afterwards
	ClassRejected    Class = "rejected"    // refused when put, and never sent
)

// status is a row of the table.
type status struct {
	code            StatusCode
	korean, english string
	class           Class
	retry           Retry
	unreachable     bool // the number cannot be reached, now or ever
	who             side
	action          Action
}

// side says who a failure lies with.
type side uint8

const (
	nobody side = iota // no failure
	away               // the phone is off, busy, full, out of reach
	deaf               // the number takes no texts: no subscriber, no SMS, opted out
	us                 // the sender, the text, the provider, the carrier
)

func (c StatusCode) find() *status {
	i, ok := slices.BinarySearchFunc(statuses[:], c, func(s status, c StatusCode) int {
		return strings.Compare(string(s.code), string(c))
	})
	if !ok {
		return nil
	}
	return &statuses[i]
}

// Known reports whether the code is in the table.
func (c StatusCode) Known() bool { return c.find() != nil }

// Class sorts the code.
func (c StatusCode) Class() Class {
	if s := c.find(); s != nil {
		return s.class
	}
	if len(c) != 4 || strings.Trim(string(c), "0123456789") != "" {
		return ClassUnknown
	}
	if c[0] == '1' {
		return ClassRejected
	}
	return ClassUndelivered
}

// Final reports whether the code will not change any more.
func (c StatusCode) Final() bool { k := c.Class(); return k != ClassPending && k != ClassUnknown }

// Unreachable reports a failure of the moment: the phone is switched off, out
// of coverage, busy, full or suspended. Another try may reach it.
func (c StatusCode) Unreachable() bool { s := c.find(); return s != nil && s.who == away }

// CannotReceive reports a failure of the number: it has no subscriber, takes no
// texts, or refuses these. Only another number helps.
//
// A final failure that is neither of the two lies with the sender, the text,
// the provider or the carrier.
func (c StatusCode) CannotReceive() bool { s := c.find(); return s != nil && s.who == deaf }

// NumberUnreachable reports whether the provider's table says that the number
// could not be reached, now or ever.
func (c StatusCode) NumberUnreachable() bool { s := c.find(); return s != nil && s.unreachable }

// Retryable reports whether the table expects that the same message may get
// through later.
func (c StatusCode) Retryable() bool { s := c.find(); return s != nil && s.retry == RetryYes }

// StatusInfo is all that this package knows about a status code.
type StatusInfo struct {
	Code            StatusCode
	Known           bool // it is in the published table
	Class           Class
	Korean, English string // what it means
	Retry           Retry  // whether the same message may get through later
	Action          Action // what the operator should do
}

// Info returns all that is known about the code. One that the published table
// does not have is sorted by its first digit: nobody knows whether it is worth
// another try, and the provider is the one to ask.
func (c StatusCode) Info() StatusInfo {
	if s := c.find(); s != nil {
		return StatusInfo{c, true, s.class, s.korean, s.english, s.retry, s.action}
	}
	return StatusInfo{c, false, c.Class(), "알 수 없는 상태 코드 " + string(c), c.English(), RetryUnsure, ActionAskProvider}
}

// StatusCodes returns the codes of the published table, in their order.
func StatusCodes() []StatusCode {
	codes := make([]StatusCode, len(statuses))
	for i := range statuses {
		codes[i] = statuses[i].code
	}
	return codes
}

// Korean returns the meaning in a few Korean words, or "" for an unknown code.
func (c StatusCode) Korean() string {
	if s := c.find(); s != nil {
		return s.korean
	}
	return ""
}

// English returns the meaning, or that the code is unknown.
func (c StatusCode) English() string {
	if s := c.find(); s != nil {
		return s.english
	}
	return "unknown status code " + string(c)
}
