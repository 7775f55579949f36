package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stream opens the events of a verification.
func (p *program) stream(id string) *bufio.Scanner {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.site("/v1/verifications/"+id+"/events"), nil)
	if err != nil {
		p.Fatal(err)
	}
	key, _, _ := strings.Cut(p.places["API key"], " ")
	r.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		p.Fatalf("the stream begins with %s", res.Status)
	}
	return bufio.NewScanner(res.Body)
}

// started starts a verification and returns its id.
func (p *program) started(to string) string {
	p.Helper()
	var v struct{ ID string }
	if err := json.Unmarshal([]byte(p.want(201, "ver_", p.site("/v1/verifications"), `{"to":"`+to+`"}`)), &v); err != nil {
		p.Fatal(err)
	}
	return v.ID
}

// TestServe_StreamsUntilItStops follows one verification to its end, and
// another until the program stops, which does not wait for it.
func TestServe_StreamsUntilItStops(t *testing.T) {
	t.Parallel()
	p := start(t, filepath.Join(t.TempDir(), "data"))
	whole := p.started("01000000001")
	events := p.stream(whole)
	code := p.code("01000000001")
	p.want(200, `"approved":true`, p.site("/v1/verifications/"+whole+"/check"), `{"code":"`+code+`"}`)
	last := ""
	for events.Scan() {
		if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
			last = data
		}
	}
	if !strings.Contains(last, `"status":"approved"`) || !strings.Contains(last, `"status":"delivered"`) {
		t.Errorf("the last event is %s", last)
	}

	open := p.stream(p.started("01000000002"))
	open.Scan()
	began := time.Now()
	if status := p.stop(); status != statusDone || time.Since(began) > doorsMost {
		t.Errorf("stopping took %v and ended with %d\n%s", time.Since(began), status, p.errOut)
	}
	for open.Scan() {
	}
	if open.Err() != nil {
		t.Errorf("the stream broke off: %v", open.Err())
	}
}
