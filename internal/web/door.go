// Package web is the kit every HTTP listener of the house shares.
//
// A request walks through a [Door] before it reaches a handler: it gets a
// request id and the headers every answer carries, its Host must be one of
// ours, an unsafe request must come from our own pages, its body has a bound;
// and when the handler is done the answer is counted and logged by its route.
// Handlers return errors; [WriteProblem] turns a refusal of package fault into
// an application/problem+json document by the one table from Kind to status,
// and everything else into "internal" and the request id, logged once.
//
// The package writes no path, query, header or body of a request to the log or
// into a metric: a route pattern says what was asked for, and the ids and
// numbers that stand in a URL or a form stay out.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/id"
)

// MaxBody is the largest request body, in bytes (S-72).
const MaxBody = 16 << 10

// The refusals of the door itself.
var (
	ErrHost        = fault.New(fault.Invalid, "host_unknown", "this server does not answer for the host that was asked for")
	ErrNetwork     = fault.New(fault.Forbidden, "network_not_allowed", "this listener does not answer to the network that the request comes from")
	ErrCrossOrigin = fault.New(fault.Forbidden, "cross_origin", "a page of another site may not send this request")
)

// Options says what a Door guards and how.
type Options struct {
	Name       string                // of the listener, a label of its metrics: "public"
	Handler    http.Handler          // what stands behind the door, usually a ServeMux
	Log        *slog.Logger          // where requests and internal errors are logged
	Registerer prometheus.Registerer // where its metrics are registered
	Now        func() time.Time      // the clock that durations are measured with
	Tracer     trace.Tracer          // makes a span of each request; nil for none

	// PublicURL is the address people reach the listener at. Its host is
	// answered for; with the scheme https every answer carries HSTS.
	PublicURL *url.URL
	// Hosts are further host names, without port, that are answered for.
	Hosts []string
	// HSTSSubdomains extends HSTS to the subdomains of the host.
	HSTSSubdomains bool
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Networks are those that the listener answers to, before anything else is
	// looked at; none are all.
	Networks []netip.Prefix
	// FormAction are origins beside our own that forms may lead to.
	FormAction []string
	// CrossOriginExempt are ServeMux patterns that other sites may post to,
	// because nothing there rests on a cookie.
	CrossOriginExempt []string
	// MaxBodies are paths, each with the largest body it takes in bytes, where
	// that is not MaxBody.
	MaxBodies map[string]int64
	// Refuse answers a request that the door refuses or whose handler
	// panicked. The default is WriteProblem.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// Door is an http.Handler that guards another one.
type Door struct {
	next     http.Handler
	log      *slog.Logger
	now      func() time.Time
	tracer   trace.Tracer
	metrics  *metrics
	headers  headers
	hosts    []string
	proxies  []netip.Prefix
	networks []netip.Prefix
	origins  *http.CrossOriginProtection
	bodies   map[string]int64
	refuse   func(w http.ResponseWriter, r *http.Request, err error)
}

// New returns the Door that o describes. It fails when the public address is
// no origin or the metrics of a door with the same name are registered.
func New(o Options) (*Door, error) {
	d := &Door{
		next:     o.Handler,
		log:      o.Log,
		now:      o.Now,
		tracer:   o.Tracer,
		headers:  newHeaders(o.PublicURL.Scheme == "https", o.HSTSSubdomains, o.FormAction),
		hosts:    append([]string{o.PublicURL.Hostname()}, o.Hosts...),
		proxies:  o.TrustedProxies,
		networks: o.Networks,
		origins:  http.NewCrossOriginProtection(),
		bodies:   o.MaxBodies,
		refuse:   o.Refuse,
	}
	if d.refuse == nil {
		d.refuse = WriteProblem
	}
	// A proxy may rewrite Host, so that it no longer equals the Origin of our
	// own pages.
	if err := d.origins.AddTrustedOrigin(Origin(o.PublicURL)); err != nil {
		return nil, fmt.Errorf("trusting the public address: %w", err)
	}
	for _, pattern := range o.CrossOriginExempt {
		d.origins.AddInsecureBypassPattern(pattern)
	}
	var err error
	if d.metrics, err = newMetrics(o.Registerer, o.Name); err != nil {
		return nil, fmt.Errorf("registering the metrics of the %s listener: %w", o.Name, err)
	}
	return d, nil
}

// Origin returns the origin of an address, such as "https://id.example.kr".
func Origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// ServeHTTP leads a request through the door.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{ResponseWriter: w, door: d, id: id.New("req"), began: d.now()}
	ctx := context.WithValue(r.Context(), visitKey{}, v)
	if d.tracer != nil {
		ctx = v.trace(ctx)
	}
	r = r.WithContext(ctx)
	d.headers.write(w.Header(), v.id)
	defer d.leave(v, r)
	if err := d.admit(r); err != nil {
		d.refuse(v, r, err)
		return
	}
	if r.Body != nil && r.Body != http.NoBody {
		// The server's own writer, because it closes a connection whose
		// body was too large.
		r.Body = http.MaxBytesReader(w, r.Body, d.maxBody(r))
	}
	d.next.ServeHTTP(v, r)
}

// admit says whether a request may come in.
func (d *Door) admit(r *http.Request) error {
	if len(d.networks) > 0 && !within(d.networks, ClientAddr(r)) {
		return ErrNetwork
	}
	if !d.answersFor(r) {
		return ErrHost
	}
	if err := d.origins.Check(r); err != nil {
		return ErrCrossOrigin
	}
	if r.ContentLength > d.maxBody(r) {
		return ErrBodyTooLarge
	}
	return nil
}

// maxBody is the largest body that a request may have, in bytes.
func (d *Door) maxBody(r *http.Request) int64 {
	if most, other := d.bodies[r.URL.Path]; other {
		return most
	}
	return MaxBody
}

// leave answers for a handler that panicked, then counts and logs the answer.
func (d *Door) leave(v *visit, r *http.Request) {
	p := recover()
	if p == nil {
		d.record(v, r)
		return
	}
	begun := v.status != 0
	if p != any(http.ErrAbortHandler) {
		d.caught(v, r, p)
	}
	d.record(v, r)
	if begun || p == any(http.ErrAbortHandler) {
		// Half an answer must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
}

// errPanic stands for a panic that has been logged with its stack.
var errPanic = errors.New("the handler panicked")

// caught logs a panic and, if nothing was answered yet, refuses the request.
func (d *Door) caught(v *visit, r *http.Request, p any) {
	what := fmt.Sprintf("%T", p)
	switch p := p.(type) {
	// Other values, errors above all, may quote what a person sent (S-90).
	case runtime.Error:
		what = p.Error()
	case string:
		what = p
	}
	d.log.LogAttrs(r.Context(), slog.LevelError, "handler panicked",
		slog.String("route", route(r)),
		slog.String("panic", what),
		slog.String("stack", string(debug.Stack())),
		slog.String("request_id", v.id))
	v.reported = true
	if v.status == 0 {
		d.refuse(v, r, errPanic)
	}
}
