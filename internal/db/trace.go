package db

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// traced reports whether what ctx belongs to is being traced. The polling of
// the loops, which belongs to no request, makes no spans.
func (d *DB) traced(ctx context.Context) bool {
	return d.tracer != nil && trace.SpanContextFromContext(ctx).IsSampled()
}

// traceUpdate is Update within a span that tells how it ended and how many acts
// shared its commit. It carries no statement and no error text (S-90).
func (d *DB) traceUpdate(ctx context.Context, fn func(tx *Tx) error) error {
	_, span := d.tracer.Start(ctx, "db.update", trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	a := newAct(fn)
	err := d.writer.update(ctx, a)
	outcome := outcomeOf(err)
	span.SetAttributes(attribute.String("sinpyo.outcome", outcome))
	if a.begun() { // and so answered: nobody changes it any more
		span.SetAttributes(attribute.Int("sinpyo.group_size", a.group))
	}
	if outcome == "failed" {
		span.SetStatus(codes.Error, "")
	}
	return err
}

// traceView begins the span of a View.
func (d *DB) traceView(ctx context.Context) (context.Context, func()) {
	ctx, span := d.tracer.Start(ctx, "db.view", trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func() { span.End() }
}

// outcomeOf says how an act ended, in one of four words.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "kept"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "withdrawn"
	case errors.Is(err, ErrBusy), errors.Is(err, ErrNotKept), errors.Is(err, ErrUnknown), errors.Is(err, ErrClosed):
		return "failed"
	case fault.As(err) != nil:
		return "refused"
	}
	return "failed"
}
