package legacy

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/coolsms/internal/transport"
)

// What a refusal means, to be asked with errors.Is.
var (
	ErrRateLimited         = errors.New("coolsms/legacy: too many requests")
	ErrUnauthorized        = errors.New("coolsms/legacy: the key is not accepted or may not do this")
	ErrInsufficientBalance = errors.New("coolsms/legacy: the balance does not pay for it")
	ErrSenderNotRegistered = errors.New("coolsms/legacy: the sender number is not registered, not active or has lapsed")
	ErrNotFound            = errors.New("coolsms/legacy: there is no such thing in this account")
	ErrTooLarge            = errors.New("coolsms/legacy: there are too many recipients or the image is too large")
)

// APIError is an answer with which the provider refused a call.
type APIError struct {
	Method, Path string
	Status       int           // of HTTP
	Code         ErrorCode     // "" when the answer was not in the documented form
	Message      string        // prose of the provider, not stable
	RequestID    string        // "" when the answer names none
	RetryAfter   time.Duration // 0 when the answer names none
	Skew         time.Duration // how far this machine's clock is ahead of the provider's; set for RequestTimeTooSkewed
	Body         []byte        // as it came, up to 64 KiB; may hold numbers

	writes bool
}

// Error tells the call, the status, the code and the message. Long runs of
// digits in the message are blanked out.
func (e *APIError) Error() string {
	s := "coolsms/legacy: " + e.Method + " " + e.Path + ": " + strconv.Itoa(e.Status) + " " + string(e.Code)
	if e.Code == "" {
		s += http.StatusText(e.Status)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	switch {
	case e.Skew > 0:
		s += ": this machine's clock is " + e.Skew.String() + " ahead of the provider's: set it"
	case e.Skew < 0:
		s += ": this machine's clock is " + (-e.Skew).String() + " behind the provider's: set it"
	}
	return transport.Blank(s, e.Path)
}

// GoString is Error, so that %#v does not show the body.
func (e *APIError) GoString() string { return e.Error() }

// LogValue is Error: the body stays out of logs.
func (e *APIError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Is tells what the refusal means.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrRateLimited:
		return e.Status == http.StatusTooManyRequests
	case ErrUnauthorized: // a bad image is answered with 403 too
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden && e.Code != ImageTypeNotSupported
	case ErrInsufficientBalance:
		return e.Status == http.StatusPaymentRequired || e.Code == NotEnoughBalance
	case ErrNotFound:
		return e.Status == http.StatusNotFound || e.Code == NoSuchMessage
	case ErrTooLarge:
		return e.Status == http.StatusRequestEntityTooLarge
	}
	return false
}

// clean reports whether the provider itself said no, in the documented form, so
// that the call has had no effect.
func (e *APIError) clean() bool {
	return e.Code != "" && 400 <= e.Status && e.Status <= 499 && e.Status != http.StatusRequestTimeout
}

// refusal reads an answer that is not a success.
func (c *Client) refusal(k *call, res *http.Response) error {
	now := c.signer.now()
	e := &APIError{Method: k.method, Path: k.path, writes: k.writes, Status: res.StatusCode, RetryAfter: transport.RetryAfter(res.Header, now)}
	for _, name := range []string{"X-Request-Id", "X-Amzn-Requestid"} {
		if e.RequestID == "" {
			e.RequestID = res.Header.Get(name)
		}
	}
	e.Body, _ = io.ReadAll(io.LimitReader(res.Body, maxKept)) // half a body is not in the documented form
	var said struct {
		Code    ErrorCode `json:"code"`
		Message string    `json:"message"`
	}
	if json.Unmarshal(e.Body, &said) == nil {
		e.Code, e.Message = said.Code, said.Message
	}
	if e.Code == RequestTimeTooSkewed {
		if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
			e.Skew = now.Sub(at).Round(time.Second)
		}
	}
	return e
}

// CallError is a call that was not answered, or not in a way that can be used.
type CallError struct {
	Method, Path string
	Status       int    // of HTTP, when there was an answer
	ContentType  string // of the answer
	Body         []byte // what arrived, up to 64 KiB; may hold numbers
	Err          error  // what happened; the context's error when it ended
	Sent         bool   // a byte of the request may have left

	writes bool
}

// Error tells the call, what happened, and how long and of what kind the answer
// was. Long runs of digits are blanked out.
func (e *CallError) Error() string {
	s := "coolsms/legacy: " + e.Method + " " + e.Path + ": "
	if e.Status != 0 {
		s += "the answer (" + strconv.Itoa(e.Status)
		if kind, _, err := mime.ParseMediaType(e.ContentType); err == nil {
			s += ", " + kind
		}
		s += ", " + arrived(e.Body) + ") cannot be used: "
	}
	return transport.Blank(s+e.Err.Error(), e.Path)
}

func arrived(body []byte) string {
	switch n := len(body); n {
	case 0:
		return "empty"
	case maxKept:
		return "64 KiB or more"
	case 1:
		return "1 byte"
	default:
		return strconv.Itoa(n) + " bytes"
	}
}

// GoString is Error, so that %#v does not show the body.
func (e *CallError) GoString() string { return e.Error() }

// LogValue is Error: the body stays out of logs.
func (e *CallError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Unwrap returns Err.
func (e *CallError) Unwrap() error { return e.Err }

// Timeout reports whether the call ran out of time.
func (e *CallError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.Err, &t) && t.Timeout()
}

// IsTemporary reports whether the same call may succeed later without anybody
// doing something about it: it got no usable answer, the provider is in trouble
// or asks to wait. It says nothing about whether repeating does harm; for that
// see [IsAmbiguous].
func IsTemporary(err error) bool {
	var lost *CallError
	if errors.As(err, &lost) {
		return !errors.Is(err, context.Canceled)
	}
	// A signature counts as seen when net/http itself sent a read anew because
	// a kept connection broke; the next attempt has another one.
	var refused *APIError
	return errors.As(err, &refused) && (refused.Status >= 500 || errors.Is(refused, ErrRateLimited) ||
		refused.Status == http.StatusRequestTimeout || refused.Code == DuplicatedSignature)
}

// IsAmbiguous reports whether a call that failed may have taken effect all the
// same. It may unless it only reads, no byte of it has left, or the provider
// refused it with a 4xx in its documented form. A broken or cut answer of 200
// is ambiguous, and so is every 5xx. Mind that [GroupsService.Create] changes
// something although it is a GET.
func IsAmbiguous(err error) bool {
	var lost *CallError
	if errors.As(err, &lost) {
		return lost.Sent && lost.writes
	}
	var refused *APIError
	return errors.As(err, &refused) && refused.writes && !refused.clean()
}
