package web_test

import (
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/sinpyo/sinpyo/internal/web"
)

// TestDoor_TracesTheRouteAndNothingOfTheRequest (S-90).
func TestDoor_TracesTheRouteAndNothingOfTheRequest(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	mux := http.NewServeMux()
	inside := trace.SpanContext{}
	mux.HandleFunc("GET /v1/things/{id}", func(_ http.ResponseWriter, r *http.Request) {
		inside = trace.SpanContextFromContext(r.Context())
	})
	mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("oh") })
	d := newDoor(t, mux, func(o *web.Options) {
		o.Tracer = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("test")
	})
	parent := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	res := d.do("GET", "/v1/things/thg_0100001234?to=01000001234", func(r *http.Request) {
		r.Header.Set("Traceparent", parent)
		r.Header.Set("Authorization", "Bearer canary")
	})
	d.do("GET", "/broken", nil)
	d.do("GET", "/nowhere/01000001234", nil)

	got := spans.Ended()
	if len(got) != 3 {
		t.Fatalf("%d spans, want one for each request", len(got))
	}
	for i, name := range []string{"GET /v1/things/{id}", "GET /broken", "GET none"} {
		if got[i].Name() != name {
			t.Errorf("span %d is called %q, want %q", i, got[i].Name(), name)
		}
		var text strings.Builder
		for _, a := range got[i].Attributes() {
			text.WriteString(string(a.Key) + "=" + a.Value.String() + "\n")
		}
		for _, secret := range []string{"1234", "canary", "nowhere"} {
			if strings.Contains(text.String(), secret) {
				t.Errorf("span %q tells of the request:\n%s", name, &text)
			}
		}
		if i == 0 && !strings.Contains(text.String(), "sinpyo.request_id="+res.Header.Get("X-Request-Id")) {
			t.Errorf("span %q does not name its request:\n%s", name, &text)
		}
	}
	if first := got[0].SpanContext(); inside.SpanID() != first.SpanID() || strings.Contains(parent, first.TraceID().String()) {
		t.Errorf("the handler ran in %v of trace %v: want the door's span, in a trace of our own", inside.SpanID(), first.TraceID())
	}
	if got[0].Status().Code != codes.Unset || got[1].Status().Code != codes.Error || got[2].Status().Code != codes.Unset {
		t.Errorf("statuses %v, %v, %v: only what failed on our side is an error", got[0].Status(), got[1].Status(), got[2].Status())
	}
}
