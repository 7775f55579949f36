package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/sinpyo/sinpyo/internal/web"
)

// door is a door over the given routes, its log and its metrics.
type door struct {
	*web.Door
	log bytes.Buffer
	reg *prometheus.Registry
}

func newDoor(t *testing.T, mux http.Handler, edit func(*web.Options)) *door {
	t.Helper()
	d := &door{reg: prometheus.NewRegistry()}
	clock := time.Unix(1_800_000_000, 0)
	o := web.Options{
		Name:       "public",
		Handler:    mux,
		Log:        slog.New(slog.NewJSONHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Registerer: d.reg,
		Now: func() time.Time {
			clock = clock.Add(1500 * time.Microsecond)
			return clock
		},
		PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"},
	}
	if edit != nil {
		edit(&o)
	}
	var err error
	if d.Door, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	return d
}

// do sends a request through the door and returns the answer.
func (d *door) do(method, path string, edit func(*http.Request)) *http.Response {
	r := httptest.NewRequest(method, "https://id.example.kr"+path, nil)
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result()
}

// code returns the code of a problem document.
func code(t *testing.T, res *http.Response) string {
	t.Helper()
	if got, want := res.Header.Get("Content-Type"), "application/problem+json"; got != want {
		t.Fatalf("Content-Type = %q, want %q", got, want)
	}
	var p struct {
		Type, Title, Code, Detail string
		Status                    int
		RequestID                 string `json:"request_id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.Type == "" || p.Title == "" || p.Detail == "" || p.Status != res.StatusCode || p.RequestID != res.Header.Get("X-Request-Id") {
		t.Errorf("incomplete problem %+v with status %d and id %q", p, res.StatusCode, res.Header.Get("X-Request-Id"))
	}
	return p.Code
}

func TestDoor_EveryAnswerCarriesTheHeaders(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /kept.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
	})
	d := newDoor(t, mux, func(o *web.Options) { o.FormAction = []string{"https://app.example.kr"} })
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
			"connect-src 'self'; object-src 'none'; form-action 'self' https://app.example.kr; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control":              "no-store",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Permissions-Policy":         "otp-credentials=(self)",
		"Strict-Transport-Security":  "max-age=31536000",
	}
	res := d.do("GET", "/nothing-here", nil)
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	first, second := res.Header.Get("X-Request-Id"), d.do("GET", "/", nil).Header.Get("X-Request-Id")
	if first == "" || first == second {
		t.Errorf("request ids %q and %q, want two different ones", first, second)
	}
	d.do("GET", "/kept.css", nil)
	if got := d.do("GET", "/nothing-here", nil).Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control = %q after another answer replaced it, want no-store", got)
	}
}

func TestDoor_HSTSOnlyOverTLS(t *testing.T) {
	t.Parallel()
	plain := newDoor(t, http.NotFoundHandler(), func(o *web.Options) {
		o.PublicURL = &url.URL{Scheme: "http", Host: "localhost:8080"}
		o.Hosts = []string{"id.example.kr"}
	})
	if got := plain.do("GET", "/", nil).Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("over http: %q, want none", got)
	}
	wide := newDoor(t, http.NotFoundHandler(), func(o *web.Options) { o.HSTSSubdomains = true })
	if got, want := wide.do("GET", "/", nil).Header.Get("Strict-Transport-Security"), "max-age=31536000; includeSubDomains"; got != want {
		t.Errorf("with subdomains: %q, want %q", got, want)
	}
}

func TestDoor_AnswersOnlyForItsHosts(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	d := newDoor(t, mux, func(o *web.Options) { o.Hosts = []string{"127.0.0.1", "::1"} })
	tests := []struct {
		host, path string
		want       int
	}{
		{"id.example.kr", "/", 200},
		{"id.example.kr:8443", "/", 200},
		{"ID.Example.KR", "/", 200},
		{"127.0.0.1:8080", "/", 200},
		{"[::1]:8080", "/", 200},
		{"[::1]", "/", 200},
		{"evil.example", "/", 400},
		{"id.example.kr.evil.example", "/", 400},
		{"evil.example:443@id.example.kr", "/", 400},
		{"", "/", 400},
		{"evil.example", "/livez", 200},
		{"10.0.0.7:8080", "/readyz", 200},
	}
	for _, tt := range tests {
		res := d.do("GET", tt.path, func(r *http.Request) { r.Host = tt.host })
		if res.StatusCode != tt.want {
			t.Errorf("%s%s: status %d, want %d", tt.host, tt.path, res.StatusCode, tt.want)
		}
		if tt.want == 400 {
			if got := code(t, res); got != "host_unknown" {
				t.Errorf("%s: code %q, want host_unknown", tt.host, got)
			}
		}
	}
}

// S-97: who comes from elsewhere learns nothing, not even which hosts there are.
func TestDoor_AnswersOnlyToItsNetworks(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	d := newDoor(t, mux, func(o *web.Options) {
		o.Networks = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	for _, tt := range []struct {
		peer, forwarded, host string
		want                  int
	}{
		{"203.0.113.7:1", "", "", 200},
		{"10.0.0.1:1", "203.0.113.7", "", 200},
		{"10.0.0.1:1", "198.51.100.1", "", 403},
		{"198.51.100.1:1", "203.0.113.7", "", 403},
		{"198.51.100.1:1", "", "evil.example", 403},
		{"", "", "", 403},
	} {
		for _, path := range []string{"/", "/livez"} {
			res := d.do("GET", path, func(r *http.Request) {
				if r.RemoteAddr = tt.peer; tt.forwarded != "" {
					r.Header.Set("X-Forwarded-For", tt.forwarded)
				}
				if tt.host != "" {
					r.Host = tt.host
				}
			})
			if res.StatusCode != tt.want {
				t.Errorf("%s from %q for %q answered %d, want %d", path, tt.peer, tt.forwarded, res.StatusCode, tt.want)
			}
		}
	}
}

func TestDoor_RefusesPostsOfOtherSites(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	d := newDoor(t, mux, func(o *web.Options) { o.CrossOriginExempt = []string{"/v1/"} })
	tests := []struct {
		name, method, path, site, origin string
		want                             int
	}{
		{"our page", "POST", "/signup", "same-origin", "https://id.example.kr", 200},
		{"our page behind a proxy that rewrites Host", "POST", "/signup", "", "https://id.example.kr", 200},
		{"no browser", "POST", "/signup", "", "", 200},
		{"another site", "POST", "/signup", "cross-site", "https://evil.example", 403},
		{"a neighbour", "POST", "/signup", "same-site", "https://www.example.kr", 403},
		{"an old browser on another site", "POST", "/signup", "", "https://evil.example", 403},
		{"a link on another site", "GET", "/signup", "cross-site", "", 200},
		{"a path without cookies", "POST", "/v1/verifications", "cross-site", "https://app.example.kr", 200},
	}
	for _, tt := range tests {
		res := d.do(tt.method, tt.path, func(r *http.Request) {
			if tt.site != "" {
				r.Header.Set("Sec-Fetch-Site", tt.site)
			}
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
		})
		if res.StatusCode != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, res.StatusCode, tt.want)
		}
		if tt.want == 403 {
			if got := code(t, res); got != "cross_origin" {
				t.Errorf("%s: code %q, want cross_origin", tt.name, got)
			}
		}
	}
}

func TestDoor_BoundsBodies(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			web.WriteProblem(w, r, err)
		}
	})
	const more = 2 * web.MaxBody
	d := newDoor(t, mux, func(o *web.Options) { o.MaxBodies = map[string]int64{"/more": more} })
	tests := []struct {
		name     string
		path     string
		size     int
		declared bool
		want     int
	}{
		{"the largest", "/", web.MaxBody, true, 200},
		{"the largest, chunked", "/", web.MaxBody, false, 200},
		{"declared too large", "/", web.MaxBody + 1, true, 413},
		{"too large, chunked", "/", web.MaxBody + 1, false, 413},
		{"the largest where more may come", "/more", more, true, 200},
		{"the same, chunked", "/more", more, false, 200},
		{"declared too large there", "/more", more + 1, true, 413},
		{"too large there, chunked", "/more", more + 1, false, 413},
		{"beside it", "/more/", web.MaxBody + 1, true, 413},
	}
	for _, tt := range tests {
		res := d.do("POST", tt.path, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", tt.size)))
			r.ContentLength = -1
			if tt.declared {
				r.ContentLength = int64(tt.size)
			}
		})
		if res.StatusCode != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, res.StatusCode, tt.want)
		}
	}
}

func TestDoor_PanicBecomesInternal(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /early", func(http.ResponseWriter, *http.Request) { panic("lost the thread") })
	mux.HandleFunc("GET /quoting", func(http.ResponseWriter, *http.Request) { panic(errors.New("bad input 01012345678")) })
	mux.HandleFunc("GET /late", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half an ans")
		panic("lost the thread")
	})
	d := newDoor(t, mux, nil)

	res := d.do("GET", "/early", nil)
	if got := code(t, res); res.StatusCode != 500 || got != "internal" {
		t.Errorf("status %d, code %q; want 500, internal", res.StatusCode, got)
	}
	if got := d.log.String(); strings.Count(got, `"level":"ERROR"`) != 1 || !strings.Contains(got, "lost the thread") || !strings.Contains(got, "door_test.go") {
		t.Errorf("want one error with the panic and its stack, got log\n%s", got)
	}

	d.do("GET", "/quoting", nil)
	if got := d.log.String(); strings.Contains(got, "01012345678") {
		t.Errorf("the log quotes an error's text:\n%s", got)
	}

	aborted := func() (p any) {
		defer func() { p = recover() }()
		d.do("GET", "/late", nil)
		return nil
	}()
	if aborted != any(http.ErrAbortHandler) {
		t.Errorf("after half an answer: panic %v, want http.ErrAbortHandler", aborted)
	}
}

func TestDoor_LogsTheRouteAndNothingOfTheRequest(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/verifications/{id}/check", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	d := newDoor(t, mux, nil)
	res := d.do("POST", "/v1/verifications/01012345678/check?to=01012345678", func(r *http.Request) {
		r.Header.Set("User-Agent", "01012345678")
	})
	var got map[string]any
	if err := json.Unmarshal(d.log.Bytes(), &got); err != nil {
		t.Fatalf("want one JSON line: %v\n%s", err, d.log.String())
	}
	delete(got, "time")
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "POST", "route": "/v1/verifications/{id}/check",
		"status": 418.0, "duration_ms": 1.5, "bytes": 15.0, "request_id": res.Header.Get("X-Request-Id"),
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s = %v, want %v", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("log fields %v, want those of %v", got, want)
	}

	d.log.Reset()
	d.do("BREW", "/01012345678", nil)
	if got := d.log.String(); strings.Contains(got, "01012345678") || !strings.Contains(got, `"method":"other","route":"none"`) {
		t.Errorf("an unknown route and method are logged as\n%s", got)
	}
}

func TestDoor_CountsByRouteMethodAndClass(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/verifications/{id}", func(http.ResponseWriter, *http.Request) {})
	d := newDoor(t, mux, nil)
	d.do("GET", "/v1/verifications/a", nil)
	d.do("GET", "/v1/verifications/b", nil)
	d.do("GET", "/elsewhere", nil)
	got := map[string]float64{}
	families, err := d.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			key := f.GetName()
			for _, l := range m.GetLabel() {
				key += " " + l.GetName() + "=" + l.GetValue()
			}
			got[key] = m.GetCounter().GetValue() + m.GetHistogram().GetSampleSum()
		}
	}
	want := map[string]float64{
		"sinpyo_http_requests_total door=public method=GET route=/v1/verifications/{id} status=2xx": 2,
		"sinpyo_http_requests_total door=public method=GET route=none status=4xx":                   1,
		"sinpyo_http_request_duration_seconds door=public route=/v1/verifications/{id}":             0.003,
		"sinpyo_http_request_duration_seconds door=public route=none":                               0.0015,
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s = %v, want %v", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("series %v, want those of %v", got, want)
	}
}

func TestNew_RefusesTheSameNameTwice(t *testing.T) {
	t.Parallel()
	d := newDoor(t, http.NotFoundHandler(), nil)
	_, err := web.New(web.Options{
		Name: "public", Registerer: d.reg, Now: time.Now, Handler: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler),
		PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"},
	})
	if err == nil || !strings.Contains(err.Error(), "public") {
		t.Errorf("New = %v, want an error that names the door", err)
	}
}

func TestClientAddr(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.7:51000", nil, "203.0.113.7"},
		{"an unknown peer is not believed", "203.0.113.7:51000", []string{"198.51.100.1"}, "203.0.113.7"},
		{"a proxy is believed", "10.0.0.2:51000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"what a client wrote itself is not", "10.0.0.2:51000", []string{"192.0.2.66, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.2:51000", []string{"192.0.2.66, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"two header lines", "10.0.0.2:51000", []string{"192.0.2.66, 198.51.100.1", "10.9.9.9"}, "198.51.100.1"},
		{"a proxy that writes ports", "10.0.0.2:51000", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"IPv6", "[fd00::2]:51000", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 with port", "[fd00::2]:51000", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"IPv6 in brackets", "[fd00::2]:51000", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv4 inside IPv6", "[::ffff:10.0.0.2]:51000", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"a proxy that forwards nothing", "10.0.0.2:51000", nil, "10.0.0.2"},
		{"only proxies", "10.0.0.2:51000", []string{"10.0.0.3, 10.0.0.4"}, "10.0.0.3"},
		{"not an address", "10.0.0.2:51000", []string{"198.51.100.1, unknown"}, "invalid IP"},
		{"a local socket", "@", nil, "invalid IP"},
	}
	for _, tt := range tests {
		var got netip.Addr
		d := newDoor(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.ClientAddr(r) }),
			func(o *web.Options) { o.TrustedProxies = proxies })
		d.do("GET", "/", func(r *http.Request) {
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
		})
		if got.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// FuzzClientAddr looks for a header that makes a client choose its address
// although an honest proxy appended the true one.
func FuzzClientAddr(f *testing.F) {
	f.Add("192.0.2.66")
	f.Add("10.0.0.9, ,")
	f.Add("\"[::1]:80\"")
	f.Fuzz(func(t *testing.T, written string) {
		var got netip.Addr
		d := newDoor(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.ClientAddr(r) }),
			func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
		d.do("GET", "/", func(r *http.Request) {
			r.RemoteAddr = "10.0.0.2:51000"
			r.Header["X-Forwarded-For"] = []string{written + ", 198.51.100.1"}
		})
		if got.String() != "198.51.100.1" {
			t.Errorf("X-Forwarded-For %q: client %s", written, got)
		}
	})
}

// BenchmarkDoor shows what a request costs without tracing, and what it costs
// when a hundredth of the requests is traced.
func BenchmarkDoor(b *testing.B) {
	hundredth := sdk.NewTracerProvider(sdk.WithSampler(sdk.TraceIDRatioBased(0.01))).Tracer("bench")
	b.Run("tracing=off", func(b *testing.B) { benchmarkDoor(b, nil) })
	b.Run("tracing=1%", func(b *testing.B) { benchmarkDoor(b, hundredth) })
}

func benchmarkDoor(b *testing.B, tracer trace.Tracer) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/verifications/{id}/check", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })
	d, err := web.New(web.Options{
		Name: "public", Handler: mux, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), //nolint:sloglint // the handler is a part of the cost
		Registerer: prometheus.NewRegistry(), Now: time.Now, PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"}, Tracer: tracer,
	})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("POST", "https://id.example.kr/v1/verifications/ver_01/check", strings.NewReader("{}"))
	b.ReportAllocs()
	for b.Loop() {
		d.ServeHTTP(nowhere{http.Header{}}, r)
	}
}

// nowhere is a writer that costs nothing.
type nowhere struct{ h http.Header }

func (n nowhere) Header() http.Header         { return n.h }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}
