package legacy

import (
	"slices"
	"strings"
)

// ResultCode is what became of a text, in two digits. Some answers give four
// digits instead; those are the codes of the current API, whose meanings
// package coolsms has (convert to coolsms.StatusCode). Values that no table has
// are kept as they came.
//
// https://github.com/coolsms/documents/blob/HEAD/old-versions/sms-api-version-2.md
type ResultCode string

// The codes of a text on its way.
const (
	ResultSuccess ResultCode = "00" // of a send: accepted; of a text that the carrier reported: delivered
	ResultWaiting ResultCode = "99"
)

// Class is the sort of a [ResultCode].
type Class string

// The classes. All but pending are final.
const (
	ClassUnknown     Class = "unknown"     // not a result code
	ClassPending     Class = "pending"     // on its way
	ClassDelivered   Class = "delivered"   // on the phone
	ClassUndelivered Class = "undelivered" // accepted, and failed afterwards
	ClassRejected    Class = "rejected"    // refused at the door, and never sent
)

// ResultInfo is what is known of a [ResultCode].
type ResultInfo struct {
	Code            ResultCode
	Known           bool // it is in the published table
	Class           Class
	Korean, English string // what it means
	Retry           Retry  // whether the same message may get through later
	Unreachable     bool   // the number cannot be reached, now or ever
	Action          Action // what the operator should do
}

// Info returns all that is known about the code. One that the published table
// does not have is sorted by what it looks like: of four digits, as the current
// API's codes are, by the first; of two digits, as a failure after it was
// accepted (G).
func (c ResultCode) Info() ResultInfo {
	if r := c.find(); r != nil {
		return ResultInfo{c, true, r.class, r.korean, r.english, r.retry, r.unreachable, r.action}
	}
	i := ResultInfo{c, false, c.guess(), "알 수 없는 결과 코드 " + string(c), "unknown result code " + string(c), RetryUnsure, false, ActionAskProvider}
	switch i.Class {
	case ClassPending:
		i.Action = ActionWait
	case ClassDelivered:
		i.Action = ActionNone
	}
	return i
}

// Known reports whether the code is in the table.
func (c ResultCode) Known() bool { return c.find() != nil }

// Class sorts the code.
func (c ResultCode) Class() Class { return c.Info().Class }

// Korean returns the meaning in a few Korean words, or that the code is unknown.
func (c ResultCode) Korean() string { return c.Info().Korean }

// English returns the meaning, or that the code is unknown.
func (c ResultCode) English() string { return c.Info().English }

func (c ResultCode) find() *result {
	i, ok := slices.BinarySearchFunc(results[:], c, func(r result, c ResultCode) int {
		return strings.Compare(string(r.code), string(c))
	})
	if !ok {
		return nil
	}
	return &results[i]
}

func (c ResultCode) guess() Class {
	digits := strings.Trim(string(c), "0123456789") == ""
	switch {
	case len(c) == 2 && digits:
		return ClassUndelivered
	case len(c) != 4 || !digits:
		return ClassUnknown
	case c == "2000" || c == "2100" || c == "3000":
		return ClassPending
	case c == "4000":
		return ClassDelivered
	case c[0] == '1':
		return ClassRejected
	}
	return ClassUndelivered
}

// ResultError is a text or a send that was refused with a result code, while
// the call itself was answered.
type ResultError struct {
	Code    ResultCode
	Message string // prose of the provider
}

// Error tells the code and what it means.
func (e *ResultError) Error() string {
	return "coolsms/legacy: refused with " + string(e.Code) + ": " + e.Code.English()
}

// Is reports ErrUnauthorized, ErrInsufficientBalance, ErrSenderNotRegistered and
// ErrNotFound.
func (e *ResultError) Is(target error) bool {
	switch target {
	case ErrUnauthorized:
		return e.Code == "20" || e.Code == "70" || e.Code == "1020"
	case ErrInsufficientBalance:
		return e.Code == "30" || e.Code == "1030" || e.Code == "2230"
	case ErrSenderNotRegistered: // 62 is 1062 without its first half (G)
		return e.Code == "62" || e.Code == "1062" || e.Code == "2062"
	case ErrNotFound:
		return e.Code == "21" || e.Code == "1021"
	}
	return false
}
