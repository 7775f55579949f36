package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzPosts sends any body, key and idempotency key to every other POST of the API
// than the two that have targets of their own: a refusal is the caller's fault, and
// nothing is an error of ours.
func FuzzPosts(f *testing.F) {
	s := newService(f)
	id := s.start(`{"to":"01012345678","binding":"b"}`)
	calls := []string{
		"/v1/verifications/" + id + "/check", "/v1/verifications/" + id + "/resend", "/v1/verifications/" + id + "/cancel",
		"/v1/receipts/redeem", "/v1/verifications/ver_%00/check",
	}
	for i := range calls {
		f.Add(uint8(i), `{"code":"000000","binding":"b"}`, "", "")
		f.Add(uint8(i), `{"receipt":"eyJhbGciOiJub25lIn0.e30.","purpose":"signup"}`, "key-1", "")
		f.Add(uint8(i), `{"code":"\u0000","binding":"\ud800"}`, "key\x00", "Basic x")
		f.Add(uint8(i), `[]`, `"quoted"`, "Bearer ")
		f.Add(uint8(i), ``, strings.Repeat("k", 300), "Bearer \xff")
	}
	f.Fuzz(func(t *testing.T, call uint8, body, once, authorization string) {
		s.TB = t
		s.Clock.Advance(time.Minute)
		path := calls[int(call)%len(calls)]
		res := s.call("POST", path, body, func(r *http.Request) {
			if once != "" {
				r.Header["Idempotency-Key"] = []string{once}
			}
			if authorization != "" {
				r.Header["Authorization"] = []string{authorization}
			}
		})
		if res.StatusCode >= 500 {
			t.Errorf("%s answered %d to %q\n%s", path, res.StatusCode, body, res.text)
		}
		if authorization != "" && res.StatusCode < 400 {
			t.Errorf("%s took %q for a key", path, authorization)
		}
		s.log.Reset()
	})
}
