package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// TestTracing_FollowsTracedRequestsOnly has acts within a trace and one outside.
func TestTracing_FollowsTracedRequestsOnly(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	tracer := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test")
	d := newThings(t, func(o *db.Options) { o.Tracer = tracer })
	if err := d.Update(t.Context(), insert("a")); err != nil {
		t.Fatal(err)
	}
	if n := len(spans.Ended()); n != 0 {
		t.Fatalf("an act of no trace made %d spans", n)
	}

	ctx, request := tracer.Start(t.Context(), "request")
	for _, c := range []struct {
		outcome string
		err     error
	}{
		{"kept", nil},
		{"refused", fault.New(fault.Conflict, "taken", "it is taken")},
		{"failed", errors.New("010-0000-1234 is not a thing")},
	} {
		err := d.Update(ctx, func(*db.Tx) error { return c.err })
		if !errors.Is(err, c.err) {
			t.Fatal(err)
		}
		all := spans.Ended()
		span := all[len(all)-1]
		if span.Name() != "db.update" || span.Parent().SpanID() != request.SpanContext().SpanID() {
			t.Fatalf("the newest span is %q, no child of the request", span.Name())
		}
		got := attribute.NewSet(span.Attributes()...)
		outcome, _ := got.Value("sinpyo.outcome")
		size, _ := got.Value("sinpyo.group_size")
		if outcome.AsString() != c.outcome || size.AsInt64() != 1 || got.Len() != 2 {
			t.Errorf("attributes %v, want outcome %s and a group of 1", span.Attributes(), c.outcome)
		}
		if len(span.Events()) != 0 || span.Status().Description != "" {
			t.Errorf("the span quotes the error: %v %v", span.Events(), span.Status())
		}
	}
	if err := d.View(ctx, func(tx *db.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := d.Update(gone, insert("b")); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	all := spans.Ended()
	if len(all) != 5 || all[3].Name() != "db.view" || all[4].Name() != "db.update" {
		t.Fatalf("%d spans, want the View's and the one withdrawn at the end", len(all))
	}
}

// TestUpdate_APanicQuotesNothing panics with an error that quotes what a person
// sent, and with words of the program (S-90).
func TestUpdate_APanicQuotesNothing(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	err := d.Update(t.Context(), func(*db.Tx) error { panic(errors.New("010-0000-1234 is not a thing")) })
	if err == nil || strings.Contains(err.Error(), "1234") || !strings.Contains(err.Error(), "*errors.errorString") {
		t.Errorf("the error quotes the panic: %v", err)
	}
	err = d.Update(t.Context(), func(*db.Tx) error { panic("words of ours") })
	if err == nil || !strings.Contains(err.Error(), "words of ours") {
		t.Errorf("the error does not say what it was: %v", err)
	}
}
