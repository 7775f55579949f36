package audit

import (
	"strings"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrReason refuses an act of which nobody has said why.
var ErrReason = fault.New(fault.Invalid, "reason_invalid",
	"say why in 1 to 200 characters, with no name and no number: it is recorded")

const reasonMost = 200

// Act is who does something that is recorded, and why.
type Act struct {
	Actor  string // "command line", or an operator's id
	From   string // from where, as [Origin] returns it; "" is [Local]
	Reason string
}

// Reasoned returns the act with its reason as it is recorded, or [ErrReason].
func (a Act) Reasoned() (Act, error) {
	a.Reason = strings.TrimSpace(a.Reason)
	if n := len([]rune(a.Reason)); n < 1 || n > reasonMost {
		return Act{}, ErrReason
	}
	return a, nil
}

// Detailed returns the act with a detail before its reason.
func (a Act) Detailed(detail string) Act {
	switch {
	case a.Reason == "":
		a.Reason = detail
	case detail != "":
		a.Reason = detail + ": " + a.Reason
	}
	return a
}

// Record returns the record of an act: what was done, and to which row.
func (a Act) Record(what, subject string) Record {
	return Record{Actor: a.Actor, From: a.From, Act: what, Subject: subject, Detail: a.Reason}
}
