package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/api"
	"github.com/sinpyo/sinpyo/internal/app"
)

// route is one operation of the document.
type route struct {
	*huma.Operation
	method, path string
}

// routes returns every operation of the document.
func routes() (all []route) {
	paths := api.Generate().Paths
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for method, op := range map[string]*huma.Operation{"GET": paths[path].Get, "POST": paths[path].Post} {
			if op != nil {
				all = append(all, route{op, method, path})
			}
		}
	}
	return all
}

// at is the route's path with an id in it.
func (r route) at(id string) string { return strings.ReplaceAll(r.path, "{id}", id) }

// body is one that the route takes.
func (r route) body() string {
	switch {
	case r.method == "GET":
		return ""
	case strings.HasSuffix(r.path, "/check"):
		return `{"code":"123456"}`
	case r.path == "/v1/verifications":
		return `{"to":"01012345678"}`
	default:
		return "{}"
	}
}

func TestRoutes_NeedAKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if len(routes()) < 10 {
		t.Fatalf("the document has %d operations", len(routes()))
	}
	for _, r := range routes() {
		for _, header := range []string{"", "Bearer", "Bearer sinpyo_guess", "Basic " + s.key, s.key, "Bearer " + s.key + "x"} {
			res := s.call(r.method, r.at("ver_1"), "not even JSON", func(q *http.Request) { q.Header.Set("Authorization", header) })
			problem(t, r.method+" "+r.path+" with "+header, res, 401, "key_invalid")
			if got := res.Header.Get("WWW-Authenticate"); got != "Bearer" {
				t.Errorf("WWW-Authenticate %q, want Bearer", got)
			}
		}
	}
	s.mustCall(404, "GET", "/v1/verifications/ver_1", "", func(r *http.Request) { r.Header.Set("Authorization", "bearer  "+s.key) })
}

// TestRoutes_NeedTheirScope calls each route with a key of each scope.
func TestRoutes_NeedTheirScope(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, scope := range app.Scopes() {
		_, secret, err := s.Apps.CreateKey(t.Context(), app.Builtin, string(scope), app.Act{Actor: "test"}, app.WithScopes(scope))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range routes() {
			res := s.call(r.method, r.at("ver_1"), r.body(), func(q *http.Request) { q.Header.Set("Authorization", "Bearer "+secret) })
			needed, _ := r.Extensions["x-scope"].(string)
			if needed == string(scope) {
				if res.StatusCode == 401 || res.StatusCode == 403 {
					t.Errorf("%s %s with its scope: %d", r.method, r.path, res.StatusCode)
				}
				continue
			}
			detail := problem(t, r.method+" "+r.path+" with "+string(scope), res, 403, "scope_missing")
			if !strings.Contains(detail, "scope "+needed) {
				t.Errorf("%s %s: the detail names no scope %s: %s", r.method, r.path, needed, detail)
			}
		}
	}
}

// TestRoutes_ForeignAnswersLikeMissing holds for every route about something:
// what another application owns meets the same answer as an id nobody has
// (S-68).
func TestRoutes_ForeignAnswersLikeMissing(t *testing.T) {
	t.Parallel()
	s := newService(t)
	verification, message := s.startElsewhere("01012345678")
	codes := map[string]string{"/v1/verifications/": "verification_not_found", "/v1/messages/": "message_not_found"}
	tried := 0
	for _, r := range routes() {
		if !strings.Contains(r.path, "{id}") {
			continue
		}
		tried++
		foreign := verification
		if strings.HasPrefix(r.path, "/v1/messages/") {
			foreign = message
		}
		nobodys := foreign[:len(foreign)-4] + "0000"
		var answers []map[string]any
		for _, id := range []string{foreign, nobodys, "ver_1", "01012345678", "%00", "%ff", strings.Repeat("v", 500)} {
			body := s.mustCall(404, r.method, r.at(id), r.body()).body
			delete(body, "request_id")
			answers = append(answers, body)
		}
		for _, a := range answers[1:] {
			if diff := cmp.Diff(answers[0], a); diff != "" {
				t.Errorf("%s %s: foreign and missing differ:\n%s", r.method, r.path, diff)
			}
		}
		prefix, _, _ := strings.Cut(r.path, "{id}")
		if answers[0]["code"] != codes[prefix] {
			t.Errorf("%s %s: code %v", r.method, r.path, answers[0]["code"])
		}
	}
	if tried < 6 {
		t.Errorf("tried %d routes", tried)
	}
	if got := s.mustCall(200, "POST", "/v1/messages/search", `{"to":"01012345678"}`).body["messages"]; len(got.([]any)) > 0 {
		t.Errorf("a search finds another application's messages: %v", got)
	}
}

func TestRoutes_ReadBodiesStrictly(t *testing.T) {
	t.Parallel()
	s := newService(t)
	at := s.start(`{"to":"01012345678"}`)
	for _, r := range routes() {
		if r.method != "POST" {
			problem(t, r.path, s.call(r.method, r.at(at)+"?dry_run=1", ""), 400, "parameter_unknown")
			continue
		}
		name := r.method + " " + r.path
		typed := func(media string) func(*http.Request) {
			return func(q *http.Request) { q.Header.Set("Content-Type", media) }
		}
		problem(t, name, s.call(r.method, r.at(at), `{"zzz":1}`), 400, "field_unknown")
		problem(t, name, s.call(r.method, r.at(at), `{"a":1,"a":2}`), 400, "field_doubled")
		problem(t, name, s.call(r.method, r.at(at), `{"a":`), 400, "json_invalid")
		problem(t, name, s.call(r.method, r.at(at), `[]`), 400, "request_invalid")
		problem(t, name, s.call(r.method, r.at(at), `{}`, typed("text/plain")), 415, "content_type_unsupported")
		problem(t, name, s.call(r.method, r.at(at), `{"a":"`+strings.Repeat("x", 16<<10)+`"}`), 413, "body_too_large")
	}
}

func TestRoutes_TakeTheirMethodsOnly(t *testing.T) {
	t.Parallel()
	s := newService(t)
	takes := map[string][]string{}
	for _, r := range routes() {
		takes[r.path] = append(takes[r.path], r.method)
	}
	for path, methods := range takes {
		if slices.Contains(methods, "GET") {
			methods = append(methods, "HEAD")
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "SINPYO"} {
			if slices.Contains(methods, method) {
				continue
			}
			res := s.call(method, strings.ReplaceAll(path, "{id}", "x"), "")
			if method != "HEAD" { // it has no body
				problem(t, method+" "+path, res, 405, "method_not_allowed")
			}
			if got := res.Header.Get("Allow"); res.StatusCode != 405 || got != strings.Join(methods, ", ") {
				t.Errorf("%s %s: %d, Allow %q, want %q", method, path, res.StatusCode, got, methods)
			}
		}
	}
}

func TestStart_KeepsToThePurposesOfItsKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	_, secret, err := s.Apps.CreateKey(t.Context(), app.Builtin, "n", app.Act{Actor: "test"}, app.WithPurposes("login"))
	if err != nil {
		t.Fatal(err)
	}
	limited := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
	for _, body := range []string{`{"to":"01012345678"}`, `{"to":"01012345678","purpose":"signup"}`} {
		detail := problem(t, body, s.call("POST", "/v1/verifications", body, limited), 403, "purpose_forbidden")
		if !strings.Contains(detail, "login") {
			t.Errorf("the detail names no purpose: %s", detail)
		}
	}
	s.mustCall(201, "POST", "/v1/verifications", `{"to":"01012345678","purpose":"login"}`, limited)
}

func TestKeys_EndAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678"}`)
	if err := s.Apps.RevokeKey(t.Context(), s.keyID, app.Act{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	problem(t, "revoked", s.call("GET", "/v1/verifications/"+id, ""), 401, "key_invalid")
	_, brief, err := s.Apps.CreateKey(t.Context(), app.Builtin, "n", app.Act{Actor: "test"}, app.WithLifetime(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	s.key = brief
	s.mustCall(200, "GET", "/v1/verifications/"+id, "")
	s.Clock.Advance(time.Minute)
	problem(t, "run out", s.call("GET", "/v1/verifications/"+id, ""), 401, "key_invalid")
}

func TestQuota_IsOfTheApplicationAndToldOfSendsAlone(t *testing.T) {
	t.Parallel()
	s := newService(t)
	left := 3
	s.quota = func(application string) (int, int, time.Duration, bool) {
		left--
		return 120, left, 1500 * time.Millisecond, application == app.Builtin
	}
	res := s.mustCall(201, "POST", "/v1/verifications", `{"to":"01012345678"}`)
	if policy, quota := res.Header.Get("RateLimit-Policy"), res.Header.Get("RateLimit"); policy != `"application";q=120;w=60` || quota != `"application";r=2;t=2` {
		t.Errorf("RateLimit-Policy %q, RateLimit %q", policy, quota)
	}
	res = s.mustCall(429, "POST", "/v1/verifications", `{"to":"01012345678"}`)
	if got := res.Header.Get("RateLimit"); got != `"application";r=1;t=2` || res.Header.Get("Retry-After") == "" {
		t.Errorf("a refusal: RateLimit %q, Retry-After %q", got, res.Header.Get("Retry-After"))
	}
	if got := s.mustCall(200, "GET", "/v1/balance", "").Header.Get("RateLimit"); got != "" {
		t.Errorf("a look: RateLimit %q", got)
	}
	s.quota = func(string) (int, int, time.Duration, bool) { return 0, 0, 0, false }
	if got := s.call("POST", "/v1/verifications", `{"to":"01087654321"}`).Header.Get("RateLimit"); got != "" {
		t.Errorf("no figure: RateLimit %q", got)
	}
}
