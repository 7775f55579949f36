package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
)

// FuzzRequests sends any query, any form and any cookies to the console, from a
// stranger and from its owner: nobody sees an error of ours, and a stranger
// nothing at all.
func FuzzRequests(f *testing.F) {
	w := consoletest.New(f, consoletest.Options{})
	owner := w.Owner("ko")
	var session strings.Builder
	for name, value := range owner.Cookies {
		session.WriteString(name + "=" + value + "; ")
	}
	lists := []string{"/", "/results", "/numbers", "/traffic", "/senders", "/provider", "/applications", "/members", "/consents", "/limits", "/operators", "/audit", "/texts", "/leak", "/me"}
	for i := range lists {
		f.Add(uint8(i), true, "cursor=%00&since=2026-01-01&until=9999-12-31&status=queued", "")
		f.Add(uint8(i), true, "number=%EF%BC%90%EF%BC%91%EF%BC%90&days=-1&by=carrier&days=1e9&page=99999999999999999999", "")
		f.Add(uint8(i), false, "", "__Host-operator=x; operator=\"; =")
	}
	f.Add(uint8(1), true, "cursor=AAAA&from=%zz&limit=0&lang=xx&show=%F0%9F%99%82", "")
	f.Fuzz(func(t *testing.T, list uint8, signedIn bool, query, cookies string) {
		path := lists[int(list)%len(lists)]
		r := httptest.NewRequest(http.MethodGet, w.URL+path, nil)
		r.URL.RawQuery = query
		if signedIn {
			cookies = session.String() + cookies
		}
		r.Header["Cookie"] = []string{cookies}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		rec := httptest.NewRecorder()
		w.Handler.ServeHTTP(rec, r)
		if rec.Code >= http.StatusInternalServerError {
			t.Errorf("%s?%s answered %d\n%s", path, query, rec.Code, rec.Body)
		}
		if !signedIn && rec.Code == http.StatusOK {
			t.Errorf("%s?%s shows a stranger a page\n%s", path, query, rec.Body)
		}
	})
}
