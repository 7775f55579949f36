package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var (
	linked   = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	anchored = regexp.MustCompile(`id="([^"]*)"`)
)

func TestReference_ShowsTheWholeDocument(t *testing.T) {
	t.Parallel()
	s := newService(t)
	noKey := func(r *http.Request) { r.Header.Del("Authorization") }
	res := s.mustCall(200, "GET", "/docs", "", noKey)
	if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	for _, r := range routes() {
		korean, _ := r.Extensions["x-summary-ko"].(string)
		for _, want := range []string{`id="` + r.OperationID + `"`, r.method + " " + r.path, r.Summary, korean} {
			if want == "" || !strings.Contains(res.text, want) {
				t.Errorf("%s %s: the page does not say %q", r.method, r.path, want)
			}
		}
	}
	for _, code := range documentedCodes(t) {
		if !strings.Contains(res.text, "#"+code+`"`) {
			t.Errorf("the page does not explain %s", code)
		}
	}
}

// TestReference_StandsAlone wants a page that the door's own policy lets work:
// no script, no style of its own, nothing from elsewhere, and every link of it
// leading somewhere.
func TestReference_StandsAlone(t *testing.T) {
	t.Parallel()
	s := newService(t)
	page := s.mustCall(200, "GET", "/docs", "")
	for _, no := range []string{"<script", "<style", " style=", "@import", "cdn"} {
		if strings.Contains(page.text, no) {
			t.Errorf("the page has %q", no)
		}
	}
	if !strings.HasPrefix(page.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self'") {
		t.Errorf("the policy: %s", page.Header.Get("Content-Security-Policy"))
	}
	anchors := map[string]bool{}
	for _, match := range anchored.FindAllStringSubmatch(page.text, -1) {
		if anchors[match[1]] {
			t.Errorf("two elements have the id %q", match[1])
		}
		anchors[match[1]] = true
	}
	for _, match := range linked.FindAllStringSubmatch(page.text, -1) {
		switch target := match[1]; {
		case strings.HasPrefix(target, "#"):
			if !anchors[target[1:]] {
				t.Errorf("a link leads to %s, which is not there", target)
			}
		case strings.HasPrefix(target, "/"):
			s.mustCall(200, "GET", target, "")
		case !strings.HasPrefix(target, "https://github.com/sinpyo/sinpyo/blob/main/docs/problems.md#"):
			t.Errorf("a link leads to %s", target)
		}
	}
}
