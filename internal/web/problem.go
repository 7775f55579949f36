package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// problemTypes is where the page about problems stands; the code is its anchor.
const problemTypes = "https://github.com/sinpyo/sinpyo/blob/main/docs/problems.md#"

// Problem is a problem document (RFC 9457). As an error it refuses a request
// with a status that no fault.Kind stands for.
type Problem struct {
	Type      string `json:"type" format:"uri" doc:"The address of a page about this kind of problem."`
	Title     string `json:"title" doc:"The words of the status."`
	Status    int    `json:"status" doc:"The status of the answer."`
	Code      string `json:"code" doc:"What went wrong: stable, and made for programs to compare."`
	Detail    string `json:"detail" doc:"What went wrong, for developers."`
	RequestID string `json:"request_id,omitempty" doc:"The id of the request, to be quoted when asking about it."`

	Challenge *Challenge `json:"challenge,omitempty" doc:"With network_limited: what to solve before asking again."`

	wait time.Duration
}

// Challenge is a small piece of work that a refusal asks for (an extension
// member, RFC 9457 §3.2).
type Challenge struct {
	Token     string    `json:"token" doc:"Begins the solution, which goes into the field challenge of the next try."`
	Bits      int       `json:"bits" doc:"How many zero bits the SHA-256 of the solution has to begin with."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when a solution is taken."`
}

// The refusals for which HTTP has a status of its own.
var (
	ErrRoute        = Refusal(http.StatusNotFound, "route_unknown", "there is nothing at this address")
	ErrMethod       = Refusal(http.StatusMethodNotAllowed, "method_not_allowed", "this address does not take this method; see the Allow header")
	ErrBodyTooLarge = Refusal(http.StatusRequestEntityTooLarge, "body_too_large", "the body is larger than 16 KiB")
	ErrContentType  = Refusal(http.StatusUnsupportedMediaType, "content_type_unsupported", "the body must be declared as application/json")
	ErrBodySlow     = Refusal(http.StatusRequestTimeout, "body_timeout", "the body took too long to arrive")
)

// ErrInternal is what the caller sees of an error that is no refusal.
var ErrInternal = Refusal(http.StatusInternalServerError, "internal",
	"something failed on our side; quote the request id when asking about it")

// statusGone is what proxies log when the caller went away before the answer.
// Nobody receives it.
const statusGone = 499

var errGone = Refusal(statusGone, "caller_gone", "the caller went away")

// Refusal returns a Problem to be returned as an error.
func Refusal(status int, code, detail string) *Problem {
	title := http.StatusText(status)
	return &Problem{Type: problemTypes + code, Title: title, Status: status, Code: code, Detail: detail}
}

// statuses is the only table from the kind of a refusal to its status.
var statuses = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Gone:            http.StatusGone,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// ProblemOf returns the document that answers err in the request that ctx
// belongs to. An internal error is logged, once in a request, and hidden.
func ProblemOf(ctx context.Context, err error) *Problem {
	p := *classify(ctx, err)
	if p.Code == ErrInternal.Code {
		Report(ctx, err)
	}
	p.RequestID = RequestID(ctx)
	return &p
}

// classify finds the refusal inside err.
func classify(ctx context.Context, err error) *Problem {
	var p *Problem
	var tooLarge *http.MaxBytesError
	switch f := fault.As(err); {
	case errors.As(err, &p):
		return p
	case f != nil && statuses[f.Kind] != 0:
		p = Refusal(statuses[f.Kind], f.Code, f.Detail)
		p.wait = f.RetryAfter
		return p
	case errors.As(err, &tooLarge):
		return ErrBodyTooLarge
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return errGone
	}
	return ErrInternal
}

// Report logs an internal error with the id of the request that ctx belongs to,
// unless one was logged in it already. ProblemOf calls it.
func Report(ctx context.Context, err error) {
	v := visitOf(ctx)
	switch {
	case v == nil:
		slog.Default().LogAttrs(ctx, slog.LevelError, "internal error", slog.String("error", err.Error()))
	case !v.reported:
		v.reported = true
		v.door.log.LogAttrs(ctx, slog.LevelError, "internal error",
			slog.String("error", err.Error()), slog.String("request_id", v.id))
	}
}

// WriteProblem answers a request with the problem document of err.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := ProblemOf(r.Context(), err)
	body, err := json.Marshal(p)
	if err != nil {
		panic("web: a problem has only fields that can be marshalled")
	}
	h := w.Header()
	for name, values := range p.GetHeaders() {
		h[name] = values
	}
	h.Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the caller may have gone
}

// Error returns the code and the detail.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// Is reports whether target is a Problem with the same Code.
func (p *Problem) Is(target error) bool {
	t, ok := target.(*Problem)
	return ok && t.Code == p.Code
}

// Because returns a copy of the refusal with another detail.
func (p *Problem) Because(detail string) *Problem {
	c := *p
	c.Detail = detail
	return &c
}

// GetStatus returns the status of the answer, as huma asks for it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem, whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders returns the header fields that go with the status: Retry-After
// with 429 and 503 and wherever waiting helps (S-71, RFC 9110 §10.2.3), and
// the challenge of a 401 (RFC 9110 §15.5.2).
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if s := p.retryAfter(); s > 0 {
		h.Set("Retry-After", strconv.FormatInt(s, 10))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// retryAfter returns the wait in whole seconds, rounded up. Waits for a limit
// are rounded up to 10 s, so that they tell less about what others did with a
// number; where no wait is known the smallest honest one is told.
func (p *Problem) retryAfter() int64 {
	step := time.Second
	if p.Status == http.StatusTooManyRequests {
		step = 10 * time.Second
	}
	wait := p.wait
	if wait <= 0 && (p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable) {
		wait = step
	}
	return int64((wait+step-1)/step*step) / int64(time.Second)
}
