// Package fault is the error type of the whole house.
//
// A package declares its refusals as values of [Error]; callers compare them
// with errors.Is, and the doors turn the Kind into a status and the Code into
// words. An error of any other type is internal: it is logged at the door and
// never shown.
package fault

import (
	"errors"
	"time"
)

// Kind says what sort of refusal an error is. The doors map it to a status.
type Kind int

// The kinds, and what each asks of the caller.
const (
	Internal        Kind = iota // nothing the caller can cure
	Invalid                     // the input cannot be read or accepted
	Unauthenticated             // say who you are
	Forbidden                   // known, and not allowed
	NotFound                    // there is no such thing for this caller
	Conflict                    // the thing is in a state that does not allow it
	Gone                        // it was there and has ended
	TooMany                     // a limit is reached; see RetryAfter
	Unavailable                 // cannot be done now; see RetryAfter
)

// Error is a refusal that may be shown to the caller.
type Error struct {
	Kind       Kind
	Code       string        // stable and public, such as "number_invalid"
	Detail     string        // English, for developers
	RetryAfter time.Duration // how long to wait before another try; 0 when waiting does not help
}

// New returns a refusal to be kept in a package variable.
func New(kind Kind, code, detail string) *Error {
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Error returns the detail.
func (e *Error) Error() string { return e.Detail }

// Is reports whether target is the same refusal: one with the same Code,
// whatever its wait or detail.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// After returns a copy of the refusal that asks the caller to wait for d.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Because returns a copy of the refusal with another detail.
func (e *Error) Because(detail string) *Error {
	c := *e
	c.Detail = detail
	return &c
}

// As returns the refusal inside err, or nil when err is internal.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
