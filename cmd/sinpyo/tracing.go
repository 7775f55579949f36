package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/sinpyo/sinpyo/internal/config"
)

// tracesMost is how long a stop waits for the last spans to leave.
const tracesMost = 2 * time.Second

// tracing sends spans of requests, of their acts in the database and of the
// calls to the provider to a receiver. They are named by routes and endpoint
// patterns and carry the request id; never a number, a person's id, an address
// or a code (S-90). Its methods do nothing on nil.
type tracing struct {
	provider *sdk.TracerProvider
	log      *slog.Logger
}

// startTracing returns nil when the settings name no receiver. Headers that a
// receiver asks for are read by the exporter itself, from
// OTEL_EXPORTER_OTLP_HEADERS.
func startTracing(ctx context.Context, c config.Tracing, log *slog.Logger) (*tracing, error) {
	if c.Endpoint == "" {
		return nil, nil //nolint:nilnil // nothing to trace, and no failure
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(c.Endpoint), otlptracehttp.WithTimeout(5*time.Second))
	if err != nil {
		return nil, fmt.Errorf("preparing the traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces did not leave", "error", err) }))
	return &tracing{log: log, provider: sdk.NewTracerProvider(
		sdk.WithBatcher(exporter),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(c.Ratio))),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "sinpyo"), attribute.String("service.version", version()))),
	)}, nil
}

// tracer returns what makes spans, or nil.
func (t *tracing) tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer("github.com/sinpyo/sinpyo")
}

// transport returns what makes a span of each call to the provider, or nil.
func (t *tracing) transport() func(http.RoundTripper) http.RoundTripper {
	if t == nil {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper { return tracedTransport{next, t.tracer()} }
}

// close sends the spans that wait.
func (t *tracing) close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tracesMost)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.log.Warn("the last traces did not leave", "error", err)
	}
}

// tracedTransport makes a span of each call. The trace does not go on at the
// provider: it hears nothing of it.
type tracedTransport struct {
	next   http.RoundTripper
	tracer trace.Tracer
}

// RoundTrip makes a call within a span.
func (t tracedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	pattern := endpoint(r.URL.Path)
	ctx, span := t.tracer.Start(r.Context(), r.Method+" "+pattern, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	res, err := t.next.RoundTrip(r.WithContext(ctx))
	if !span.IsRecording() {
		return res, err
	}
	span.SetAttributes(attribute.String("http.request.method", r.Method), attribute.String("url.template", pattern))
	if err != nil {
		span.SetStatus(codes.Error, "")
		return res, err
	}
	span.SetAttributes(attribute.Int("http.response.status_code", res.StatusCode))
	if res.StatusCode >= 400 {
		span.SetStatus(codes.Error, "")
	}
	return res, nil
}

var endpointWord = regexp.MustCompile(`^(?:[a-z][a-z-]{0,30}|v[0-9]{1,2})$`)

// endpoint returns the pattern of a path at the provider: what is no word and
// no version is an id, and may be a number.
func endpoint(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part != "" && !endpointWord.MatchString(part) {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}
