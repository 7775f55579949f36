package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/web"
)

// FuzzLog_OneObjectALine puts anything into messages and attributes, and into a
// request with a door before it: each event stays one JSON line whose control
// characters are escaped (S-92).
func FuzzLog_OneObjectALine(f *testing.F) {
	for _, seed := range []string{
		"plain", "a\nb", "a\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}", "\x1b[2J\x1b[31mred", "\x00\x7f", "\"}\n{\"", "\u2028\u0085", "\xff\xfe", "%0a%0d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		log := newLog(&out, slog.LevelDebug)
		log.Error(text, "error", errors.New(text), "text", text) //nolint:sloglint // whatever it is
		log.With("with", text).WithGroup("group").Warn("grouped", "text", text)
		mux := http.NewServeMux()
		mux.HandleFunc("GET /break", func(http.ResponseWriter, *http.Request) { panic(text) })
		door, err := web.New(web.Options{
			Name: "public", Handler: mux, Log: log, Registerer: prometheus.NewRegistry(), Now: time.Now,
			PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/break", "/none"} {
			r := httptest.NewRequest(http.MethodGet, "https://id.example.kr"+path, nil)
			r.URL.Path, r.URL.RawQuery = path, text
			r.Header["User-Agent"] = []string{text}
			if path == "/none" {
				r.Method, r.URL.Path = text, text
			}
			door.ServeHTTP(httptest.NewRecorder(), r)
		}
		wantLines(t, out.String(), 5)
	})
}

// wantLines wants so many JSON objects, one a line, with level, message and a
// time in UTC.
func wantLines(t *testing.T, text string, n int) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != n {
		t.Fatalf("%d lines, want %d:\n%q", len(lines), n, text)
	}
	for _, line := range lines {
		var event struct{ Time, Level, Msg *string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Time == nil || event.Level == nil || event.Msg == nil {
			t.Errorf("no event: %q (%v)", line, err)
		} else if !strings.HasSuffix(*event.Time, "Z") {
			t.Errorf("the time %s is not in UTC", *event.Time)
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' }); i >= 0 {
			t.Errorf("a control character stands in %q", line)
		}
	}
}

// TestLog_NamesTheRequest logs from below a door, as any room may.
func TestLog_NamesTheRequest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newLog(&out, slog.LevelInfo)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(_ http.ResponseWriter, r *http.Request) {
		log.InfoContext(r.Context(), "deep down")
		log.DebugContext(r.Context(), "too deep")
	})
	door, err := web.New(web.Options{
		Name: "public", Handler: mux, Log: log, Registerer: prometheus.NewRegistry(), Now: time.Now,
		PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"},
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	door.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "https://id.example.kr/", nil))
	id := rec.Header().Get("X-Request-Id")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("logged:\n%s", &out)
	}
	for _, line := range lines {
		if strings.Count(line, `"request_id":"`+id+`"`) != 1 {
			t.Errorf("want request %s named once in %s", id, line)
		}
	}
}
