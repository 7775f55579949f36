package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// The refusals of bodies and queries.
var (
	ErrBodyMissing  = fault.New(fault.Invalid, "body_missing", "send a JSON object as the body")
	ErrBodyBroken   = fault.New(fault.Invalid, "body_unreadable", "the body ended early")
	ErrJSON         = fault.New(fault.Invalid, "json_invalid", "the body is not valid JSON")
	ErrFieldDoubled = fault.New(fault.Invalid, "field_doubled", "the body names a field twice")
	ErrFieldUnknown = fault.New(fault.Invalid, "field_unknown", "the body has a field that this call does not take")
	ErrParameter    = fault.New(fault.Invalid, "parameter_unknown", "the query has a parameter that this call does not take")
	ErrRequest      = fault.New(fault.Invalid, "request_invalid", "a field cannot be accepted")
)

// refusalsOfAPI are all the refusals a call may be answered with; their codes
// stand in the document.
var refusalsOfAPI = []error{
	ErrBodyMissing, ErrBodyBroken, ErrJSON, ErrFieldDoubled, ErrFieldUnknown, ErrParameter, ErrRequest,
	phone.ErrInvalid, phone.ErrLandline, phone.ErrRelay, phone.ErrVoIP, phone.ErrSpecial, phone.ErrForeign, phone.ErrLegacy,
	idempotency.ErrKey, idempotency.ErrUnderWay, idempotency.ErrMismatch,
	app.ErrKey, app.ErrScope, app.ErrPurpose, outbox.ErrCursor, outbox.ErrNotFound, ErrStreams,
	verify.ErrCode, verify.ErrBinding, verify.ErrNotFound, verify.ErrNotPending, verify.ErrNoResends, verify.ErrResendTooSoon, verify.ErrResendTooLate,
	receipt.ErrInvalid, receipt.ErrUsed, receipt.ErrExpired, outbox.ErrProvider, outbox.ErrSender,
	limit.ErrNumber, limit.ErrLocked, limit.ErrChallenge, limit.ErrBudget, limit.ErrUnreadable, db.ErrBusy, db.ErrNotKept, db.ErrUnknown, db.ErrClosed,
	ErrNotReady, web.ErrHost, web.ErrCrossOrigin, web.ErrRoute, web.ErrMethod, web.ErrBodySlow, web.ErrBodyTooLarge, web.ErrContentType,
	web.ErrInternal,
}

// adoptProblems makes huma answer with our problem documents. What it asks for
// errors are variables of its package; they are set once, before the first
// operation is registered.
var adoptProblems = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	// Without a context it is asked only to see the type of an error.
	huma.NewError = func(int, string, ...error) huma.StatusError { return new(web.Problem) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return web.ProblemOf(ctx.Context(), translate(status, msg, errs))
	}
})

// translate turns what huma found into a refusal. 422 is kept for idempotency
// keys, so an unacceptable body is 400 like an unreadable one.
func translate(status int, msg string, errs []error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(errors.Join(errs...), &tooLarge) {
		return web.ErrBodyTooLarge
	}
	switch status {
	case http.StatusRequestEntityTooLarge:
		return web.ErrBodyTooLarge
	case http.StatusRequestTimeout:
		return web.ErrBodySlow
	case http.StatusUnsupportedMediaType:
		return web.ErrContentType
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return unacceptable(errs)
	case http.StatusInternalServerError:
		if strings.HasPrefix(msg, "cannot read request body") {
			return ErrBodyBroken
		}
	}
	return errors.Join(append(errs, errors.New(msg))...)
}

// unacceptable names the refusal of a body or query and the fields at fault.
func unacceptable(errs []error) error {
	if len(errs) == 0 {
		return ErrBodyMissing
	}
	refusal := ErrRequest
	var fields []string
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		field := shorten(strings.TrimPrefix(strings.TrimPrefix(d.Location, "body."), "query."))
		switch doubledName, isDoubled := strings.CutPrefix(d.Message, doubledPrefix); {
		case isDoubled:
			return ErrFieldDoubled.Because(shorten(doubledName) + ": named twice")
		case d.Location == "body" && d.Value != nil && !strings.HasPrefix(d.Message, "expected"):
			return ErrJSON.Because(d.Message)
		case d.Message == validation.MsgUnexpectedProperty:
			refusal = ErrFieldUnknown
		case strings.HasPrefix(d.Location, "query"):
			refusal = ErrParameter
		}
		fields = append(fields, field+": "+d.Message)
	}
	slices.Sort(fields)
	return refusal.Because(strings.Join(fields[:min(len(fields), 5)], "; "))
}

// shorten bounds how much of what a caller wrote is written back.
func shorten(s string) string {
	const most = 64
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
