package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/web"
)

func TestWriteProblem_StatusOfEachKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err    error
		status int
		code   string
	}{
		{fault.New(fault.Invalid, "number_invalid", "x"), 400, "number_invalid"},
		{fault.New(fault.Unauthenticated, "key_unknown", "x"), 401, "key_unknown"},
		{fault.New(fault.Forbidden, "binding_mismatch", "x"), 403, "binding_mismatch"},
		{fault.New(fault.NotFound, "verification_unknown", "x"), 404, "verification_unknown"},
		{fault.New(fault.Conflict, "resend_too_late", "x"), 409, "resend_too_late"},
		{fault.New(fault.Gone, "ended", "x"), 410, "ended"},
		{fault.New(fault.TooMany, "number_limited", "x"), 429, "number_limited"},
		{fault.New(fault.Unavailable, "provider_unavailable", "x"), 503, "provider_unavailable"},
		{fmt.Errorf("checking a code: %w", fault.New(fault.Gone, "ended", "x")), 410, "ended"},
		{web.ErrRoute, 404, "route_unknown"},
		{web.ErrMethod, 405, "method_not_allowed"},
		{fmt.Errorf("reading the form: %w", &http.MaxBytesError{Limit: 1}), 413, "body_too_large"},
		{web.ErrContentType, 415, "content_type_unsupported"},
		{fault.New(fault.Internal, "secret_detail", "x"), 500, "internal"},
		{errors.New("disk I/O error"), 500, "internal"},
	}
	for _, tt := range tests {
		d := newDoor(t, refuseWith(tt.err), nil)
		res := d.do("GET", "/", nil)
		if got := code(t, res); res.StatusCode != tt.status || got != tt.code {
			t.Errorf("%v: %d %s, want %d %s", tt.err, res.StatusCode, got, tt.status, tt.code)
		}
		if got := res.Header.Get("WWW-Authenticate"); (got == "Bearer") != (tt.status == 401) {
			t.Errorf("%v: WWW-Authenticate %q", tt.err, got)
		}
		logged := strings.Count(d.log.String(), `"level":"ERROR"`)
		if want := map[bool]int{true: 1}[tt.status == 500]; logged != want {
			t.Errorf("%v: %d errors logged, want %d", tt.err, logged, want)
		}
	}
}

func TestWriteProblem_HidesAndLogsInternalErrorsOnce(t *testing.T) {
	t.Parallel()
	cause := errors.New("pq: relation does not exist")
	d := newDoor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.Report(r.Context(), cause)
		web.WriteProblem(w, r, cause)
	}), nil)
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest("GET", "https://id.example.kr/", nil))
	if strings.Contains(w.Body.String(), "relation") {
		t.Errorf("the answer shows the cause: %s", w.Body)
	}
	id := w.Header().Get("X-Request-Id")
	if got := d.log.String(); strings.Count(got, cause.Error()) != 1 || !strings.Contains(got, `"error":"`+cause.Error()+`","request_id":"`+id) {
		t.Errorf("want the cause once, with the request id %s, got log\n%s", id, got)
	}
}

func TestWriteProblem_ACallerWhoLeftIsNoError(t *testing.T) {
	t.Parallel()
	d := newDoor(t, refuseWith(fmt.Errorf("waiting: %w", context.Canceled)), nil)
	res := d.do("GET", "/", func(r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		*r = *r.WithContext(ctx)
	})
	if res.StatusCode != 499 || strings.Contains(d.log.String(), "ERROR") {
		t.Errorf("status %d, log %s; want 499 and no error", res.StatusCode, d.log.String())
	}
}

func TestWriteProblem_RetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind fault.Kind
		wait time.Duration
		want string
	}{
		{fault.TooMany, 0, "10"},
		{fault.TooMany, time.Second, "10"},
		{fault.TooMany, 10 * time.Second, "10"},
		{fault.TooMany, 10*time.Second + 1, "20"},
		{fault.Unavailable, 0, "1"},
		{fault.Unavailable, 1500 * time.Millisecond, "2"},
		{fault.Conflict, 30 * time.Second, "30"},
		{fault.Conflict, 0, ""},
		{fault.Invalid, 0, ""},
	}
	for _, tt := range tests {
		d := newDoor(t, refuseWith(fault.New(tt.kind, "c", "d").After(tt.wait)), nil)
		if got := d.do("GET", "/", nil).Header.Get("Retry-After"); got != tt.want {
			t.Errorf("kind %d after %v: Retry-After %q, want %q", tt.kind, tt.wait, got, tt.want)
		}
	}
}

func TestPage_ShowsItsErrors(t *testing.T) {
	t.Parallel()
	refusal := fault.New(fault.Gone, "ended", "x")
	var shown error
	page := web.Page(func(http.ResponseWriter, *http.Request) error { return refusal })
	d := newDoor(t, page.Or(func(_ http.ResponseWriter, _ *http.Request, err error) { shown = err }), nil)
	d.do("GET", "/", nil)
	if !errors.Is(shown, refusal) {
		t.Errorf("shown %v, want %v", shown, refusal)
	}
}

// refuseWith is a handler that answers with err.
func refuseWith(err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.WriteProblem(w, r, err) })
}
