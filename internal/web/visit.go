package web

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// visit is one request on its way through a door, and the writer that notes
// what was answered.
type visit struct {
	http.ResponseWriter
	door     *Door
	id       string
	began    time.Time
	status   int   // 0 until the header is written
	bytes    int64 // of the body
	reported bool  // an internal error of this request has been logged
	span     trace.Span
}

type visitKey struct{}

// visitOf returns the visit a context belongs to, or nil outside a door.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// RequestID returns the id of the request that ctx belongs to, which the
// answer carries as X-Request-Id; "" outside a door.
func RequestID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.id
	}
	return ""
}

// WriteHeader notes the status of the answer.
func (v *visit) WriteHeader(status int) {
	if v.status == 0 && status >= 200 {
		v.status = status
	}
	v.ResponseWriter.WriteHeader(status)
}

// Write notes the length of the answer.
func (v *visit) Write(b []byte) (int, error) {
	if v.status == 0 {
		v.status = http.StatusOK
	}
	n, err := v.ResponseWriter.Write(b)
	v.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController flush and set deadlines.
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// record counts and logs an answer.
func (d *Door) record(v *visit, r *http.Request) {
	status := v.status
	if status == 0 {
		status = http.StatusOK // what the server sends when a handler writes nothing
	}
	now := d.now()
	took := now.Sub(v.began)
	where := route(r)
	if v.span != nil {
		v.traced(method(r.Method), where, status)
	}
	d.metrics.observe(where, r.Method, status, took)
	level := slog.LevelInfo
	if exemptFromHost(r) {
		level = slog.LevelDebug // a probe every few seconds says nothing
	}
	log := d.log.Handler()
	if !log.Enabled(r.Context(), level) {
		return
	}
	// Straight to the handler: a Logger would look up for each request which
	// line of the program this is.
	line := slog.NewRecord(now, level, "request", 0)
	line.AddAttrs(
		slog.String("method", method(r.Method)),
		slog.String("route", where),
		slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes", v.bytes),
		slog.String("request_id", v.id))
	_ = log.Handle(r.Context(), line) // as a Logger does: there is nobody to tell
}

// route returns the path pattern that a request matched, or "none". The
// pattern stands for the path, which may name a person's verification.
func route(r *http.Request) string {
	pattern := r.Pattern
	if _, path, ok := strings.Cut(pattern, " "); ok {
		pattern = path
	}
	if pattern == "" {
		return "none"
	}
	return pattern
}

// method returns a known method or "other", because labels and log fields come
// from fixed sets (S-91).
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
