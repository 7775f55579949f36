package web

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// trace begins the span of a request. What a caller sends as traceparent is
// not read: anybody could have every request traced with it.
func (v *visit) trace(ctx context.Context) context.Context {
	ctx, v.span = v.door.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx
}

// traced ends the span of a request. It is named by the route, and carries
// method, route and status by the names of OpenTelemetry's conventions for
// HTTP, and the request id; no path, address or header (S-90).
func (v *visit) traced(method, route string, status int) {
	if v.span.IsRecording() {
		v.span.SetName(method + " " + route)
		v.span.SetAttributes(
			attribute.String("http.request.method", method),
			attribute.String("http.route", route),
			attribute.Int("http.response.status_code", status),
			attribute.String("sinpyo.request_id", v.id))
		if status >= 500 {
			v.span.SetStatus(codes.Error, "")
		}
	}
	v.span.End()
}
