package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLimits_WorkBesideARunningServer spends a number's text and gives it back
// from the command line.
func TestLimits_WorkBesideARunningServer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p := start(t, dir)
	begin := `{"to":"010-1234-5678"}`
	p.want(201, "queued", p.site("/v1/verifications"), begin)
	p.want(429, "number_limited", p.site("/v1/verifications"), begin)

	limits := func(what string) string {
		t.Helper()
		var out lockedBuffer
		if status := run(t.Context(), []string{"limits", what, "01012345678", "--data-dir", dir}, nil, &out, &out); status != 0 {
			t.Fatalf("limits %s: status %d, %s", what, status, &out)
		}
		return out.String()
	}
	line := func(text, head string) string {
		for line := range strings.Lines(text) {
			if fields := strings.Join(strings.Fields(line), " "); strings.HasPrefix(fields, head) {
				return strings.TrimPrefix(fields, head)
			}
		}
		return ""
	}
	shown := limits("show")
	if got := line(shown, "number texts 5 1 h "); got != "4" {
		t.Errorf("after one text %q of the hour's five are left, want 4\n%s", got, shown)
	}
	if got := line(shown, "number texts 1 30 s "); !strings.HasPrefix(got, "0 2") {
		t.Errorf("the pause between two texts is %q, want none left and a time\n%s", got, shown)
	}
	limits("clear")

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // less than the pause of 30 s
	defer cancel()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		status, text := p.call(p.site("/v1/verifications"), begin)
		if status == 201 {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("the server still refuses a cleared number: %d %s", status, text)
		}
	}
}

// TestServe_AtACeilingTextsTheOperator reaches the ceiling of an application.
func TestServe_AtACeilingTextsTheOperator(t *testing.T) {
	t.Parallel()
	p := startWith(t, append(serveArgs(filepath.Join(t.TempDir(), "data")),
		"--set", "limits.application_per_minute=1", "--set", "alerts.to=010-9999-0000")...)
	p.want(201, "queued", p.site("/v1/verifications"), `{"to":"010-1234-5678"}`)
	p.want(503, "budget_spent", p.site("/v1/verifications"), `{"to":"010-1234-5679"}`)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		_, texts := p.call(p.places["inbox"]+"/sandbox/handset/messages?to=01099990000", "")
		if strings.Contains(texts, "[경보]") {
			break
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("no alarm came to the operator's number: %s\nlog:\n%s", texts, p.errOut)
		}
	}
	if !strings.Contains(p.errOut.String(), `"rule":"application_per_minute"`) && !strings.Contains(p.errOut.String(), "rule=application_per_minute") {
		t.Errorf("the log tells of no alarm:\n%s", p.errOut)
	}
}
