package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/web"
)

// problem checks that an answer is a problem document with a code, and returns
// its detail.
func problem(t *testing.T, name string, res response, status int, code string) string {
	t.Helper()
	detail, _ := res.body["detail"].(string)
	kind, _ := res.body["type"].(string)
	switch {
	case res.StatusCode != status || res.body["code"] != code:
		t.Errorf("%s: %d %v, want %d %s\n%s", name, res.StatusCode, res.body["code"], status, code, res.text)
	case res.Header.Get("Content-Type") != "application/problem+json",
		res.body["status"] != float64(status), res.body["title"] != http.StatusText(status),
		detail == "", !strings.HasSuffix(kind, "#"+code), res.body["request_id"] != res.Header.Get("X-Request-Id"):
		t.Errorf("%s: not a whole problem document: %s\n%s", name, res.Header.Get("Content-Type"), res.text)
	}
	return detail
}

func TestStart_RefusesBadInput(t *testing.T) {
	t.Parallel()
	s := newService(t)
	as := func(contentType string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", contentType) }
	}
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	same := func(*http.Request) {}
	big := `{"to":"01012345678","binding":"` + strings.Repeat("b", web.MaxBody) + `"}`
	metadata := func(n int) string {
		var fields []string
		for i := range n {
			fields = append(fields, fmt.Sprintf(`"k%d":"v"`, i))
		}
		return `{"to":"01012345678","metadata":{` + strings.Join(fields, ",") + `}}`
	}
	tests := []struct {
		name, body string
		edit       func(*http.Request)
		status     int
		code       string
		detail     string // a part of it
	}{
		{"unreadable number", `{"to":"hello"}`, same, 400, "number_invalid", ""},
		{"empty number", `{"to":""}`, same, 400, "number_invalid", ""},
		{"landline", `{"to":"02-123-4567"}`, same, 400, "number_landline", ""},
		{"050", `{"to":"0504-1234-5678"}`, same, 400, "number_relay", ""},
		{"070", `{"to":"070-1234-5678"}`, same, 400, "number_voip", ""},
		{"15xx", `{"to":"1577-0000"}`, same, 400, "number_special", ""},
		{"foreign", `{"to":"+1 650 253 0000"}`, same, 400, "number_foreign", ""},
		{"011", `{"to":"011-234-5678"}`, same, 400, "number_legacy", ""},

		{"no body", "", same, 400, "body_missing", ""},
		{"no body, declared", "", as("application/json"), 400, "body_missing", ""},
		{"oversized", big, same, 413, "body_too_large", ""},
		{"oversized, chunked", big, chunked, 413, "body_too_large", ""},
		{"another media type", `{"to":"01012345678"}`, as("text/plain"), 415, "content_type_unsupported", ""},
		{"a form", `to=01012345678`, as("application/x-www-form-urlencoded"), 415, "content_type_unsupported", ""},
		{"no media type", `{"to":"01012345678"}`, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "content_type_unsupported", ""},
		{"a media type that ends like ours", `{"to":"01012345678"}`, as("text/x+application/json"), 415, "content_type_unsupported", ""},

		{"bad JSON", `{"to":`, same, 400, "json_invalid", "unexpected end"},
		{"two values", `{"to":"01012345678"} {}`, same, 400, "json_invalid", ""},
		{"deep nesting", strings.Repeat("[", 12000), same, 400, "json_invalid", ""},
		{"no object", `["01012345678"]`, same, 400, "request_invalid", "expected object"},
		{"null", `null`, same, 400, "request_invalid", ""},
		{"unknown field", `{"to":"01012345678","too":1}`, same, 400, "field_unknown", "too: "},
		{"a field in another case", `{"To":"01012345678"}`, same, 400, "field_unknown", "To: "},
		{"a long unknown field", `{"to":"01012345678","` + strings.Repeat("x", 9000) + `":1}`, same, 400, "field_unknown", "…: "},
		{"doubled field", `{"to":"01012345678","to":"01087654321"}`, same, 400, "field_doubled", "to: "},
		{"doubled field, escaped", `{"to":"01012345678","\u0074o":"01087654321"}`, same, 400, "field_doubled", "to: "},
		{"doubled field, nested", `{"to":"01012345678","metadata":{"a":"{\"b\":1}","b" : "\\","b":"2"}}`, same, 400, "field_doubled", "b: "},
		{"unknown parameter", `{"to":"01012345678"}`, func(r *http.Request) { r.URL.RawQuery = "dry_run=1" }, 400, "parameter_unknown", "dry_run: "},

		{"no number", `{}`, same, 400, "request_invalid", "to"},
		{"a number that is none", `{"to":1012345678}`, same, 400, "request_invalid", "to: expected string"},
		{"a null number", `{"to":null}`, same, 400, "request_invalid", "to: expected string"},
		{"another purpose", `{"to":"01012345678","purpose":"payment"}`, same, 400, "request_invalid", "purpose: "},
		{"another language", `{"to":"01012345678","locale":"fr"}`, same, 400, "request_invalid", "locale: "},
		{"a binding of 257 bytes", `{"to":"01012345678","binding":"` + strings.Repeat("b", 257) + `"}`, same, 400, "request_invalid", "binding: "},
		{"an address that is none", `{"to":"01012345678","client_ip":"here"}`, same, 400, "request_invalid", "client_ip: "},
		{"eleven texts", metadata(11), same, 400, "request_invalid", "metadata: "},
		{"a text that is none", `{"to":"01012345678","metadata":{"a":1}}`, same, 400, "request_invalid", "metadata.a: expected string"},
		{"a long text", `{"to":"01012345678","metadata":{"a":"` + strings.Repeat("x", 501) + `"}}`, same, 400, "request_invalid", "metadata: "},
	}
	for _, tt := range tests {
		detail := problem(t, tt.name, s.call("POST", "/v1/verifications", tt.body, tt.edit), tt.status, tt.code)
		if !strings.Contains(detail, tt.detail) || len(detail) > 300 {
			t.Errorf("%s: detail %q, want one that says %q", tt.name, detail, tt.detail)
		}
	}
	if got := s.Provider.Handset(""); len(got) > 0 {
		t.Errorf("%d texts were sent for refused requests", len(got))
	}
	s.mustCall(201, "POST", "/v1/verifications", metadata(10), as("application/json; charset=utf-8"))
}

func TestRoutes_UnknownOnesAreProblems(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, path := range []string{"/v1/", "/v1/verification", "/v1/verifications/", "/v1/verifications/a/b", "/v1/verifications/a/check/b"} {
		problem(t, path, s.call("GET", path, ""), 404, "route_unknown")
	}
	tests := []struct{ method, path, allow string }{
		{"GET", "/v1/verifications", "POST"},
		{"DELETE", "/v1/verifications", "POST"},
		{"PUT", "/v1/verifications/ver_1", "GET, HEAD"},
		{"GET", "/v1/verifications/ver_1/check", "POST"},
		{"OPTIONS", "/v1/verifications", "POST"},
		{"POST", "/livez", "GET, HEAD"},
		{"POST", "/openapi.json", "GET, HEAD"},
	}
	for _, tt := range tests {
		res := s.call(tt.method, tt.path, "")
		problem(t, tt.method+" "+tt.path, res, 405, "method_not_allowed")
		if got := res.Header.Get("Allow"); got != tt.allow {
			t.Errorf("%s %s: Allow %q, want %q", tt.method, tt.path, got, tt.allow)
		}
	}
}

func TestCalls_AllowNoOtherOrigin(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, method := range []string{"OPTIONS", "POST"} {
		res := s.call(method, "/v1/verifications", "", func(r *http.Request) { r.Header.Set("Origin", "https://app.example.kr") })
		for name := range res.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: the answer carries %s", method, name)
			}
		}
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, path := range []string{"/livez", "/readyz"} {
		if got := s.mustCall(200, "GET", path, "", func(r *http.Request) { r.Host = "10.0.0.7:8080" }).text; got != "ok\n" {
			t.Errorf("%s: %q, want ok", path, got)
		}
	}
	s.unready = errDown
	s.mustCall(200, "GET", "/livez", "")
	res := s.mustCall(503, "GET", "/readyz", "")
	problem(t, "not ready", res, 503, "not_ready")
	if strings.Contains(res.text, errDown.Error()) || strings.Count(s.log.String(), errDown.Error()) != 1 {
		t.Errorf("want the cause once in the log and not in the answer: %s\n%s", res.text, s.log.String())
	}
}

func TestDocument_IsServed(t *testing.T) {
	t.Parallel()
	res := newService(t).mustCall(200, "GET", "/openapi.json", "", func(r *http.Request) { r.Header.Del("Authorization") })
	if res.body["openapi"] != "3.1.0" {
		t.Errorf("openapi %v, want 3.1.0", res.body["openapi"])
	}
}

// FuzzStart looks for a body that breaks the service instead of being refused.
func FuzzStart(f *testing.F) {
	s := newService(f)
	for _, seed := range []string{
		`{"to":"010-1234-5678","purpose":"signup","locale":"ko","binding":"b","client_ip":"::1","metadata":{"a":"b"}}`,
		`{"to":"\u0000"}`, `{"metadata":{"":""}}`, `{"a":{"a":1,"a":2}}`, `"`, `{"to":"０１０１２３４５６７８","binding":"\ud800"}`,
		`{"to":"01012345678","metadata":{"a":"\u0000"}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s.TB = t
		s.Clock.Advance(24 * time.Hour) // the number's limit is not what is tried here
		res := s.call("POST", "/v1/verifications", body)
		if res.StatusCode >= 500 {
			t.Errorf("status %d for %q\n%s", res.StatusCode, body, res.text)
		}
		s.log.Reset()
	})
}
