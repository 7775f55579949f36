package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/sandbox"
)

// environ returns the settings that name an emulator.
func environ(url string) []string {
	return []string{
		"SINPYO_COOLSMS_API_KEY=" + testKey, "SINPYO_COOLSMS_API_SECRET=" + testSecret,
		"SINPYO_COOLSMS_SENDER=" + emulatorSender, "SINPYO_COOLSMS_BASE_URL=" + url,
	}
}

// TestResults_FollowsEachChange sends a text that stays at the carrier until
// the test moves the emulator's clock, and reads one line for each status.
func TestResults_FollowsEachChange(t *testing.T) {
	t.Parallel()
	report := make(chan struct{})
	now := func() time.Time {
		select {
		case <-report:
			return time.Now().Add(time.Minute)
		default:
			return time.Now()
		}
	}
	s := sandbox.New(sandbox.WithKey(testKey, testSecret), sandbox.WithClock(now),
		sandbox.WithCarrierDelay(0), sandbox.WithReportDelay(time.Minute))
	t.Cleanup(s.Close)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	var errOut lockedBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"results", "--follow", "--json", "--every", "10ms"}, environ(server.URL), in, &errOut)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	next := func() (r result) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the command ended: %s", &errOut)
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		return r
	}

	var sent lockedBuffer
	if status := run(t.Context(), []string{"send", "--yes", "010-1234-5678", "hello"}, environ(server.URL), &sent, &sent); status != 0 {
		t.Fatalf("send: status %d, %s", status, &sent)
	}
	first := next()
	for first.Status == "2000" { // read between the send and the hand-over
		first = next()
	}
	if first.Status != "3000" || first.To != "010-****-5678" || first.Class != coolsms.ClassPending {
		t.Errorf("first line %+v", first)
	}
	// A call that goes wrong for a while is told of and waited out.
	if _, err := s.Arm(sandbox.Fault{Path: "/messages/v4/list", Kind: sandbox.FaultStatus, Status: 503, Times: 4}); err != nil {
		t.Fatal(err)
	}
	close(report)
	if last := next(); last.Status != "4000" || last.MessageID != first.MessageID {
		t.Errorf("second line %+v, want %s with 4000", last, first.MessageID)
	}
	if said := errOut.String(); !strings.Contains(said, "sinpyo: warning: coolsms: GET /messages/v4/list: 503") {
		t.Errorf("of the trouble on the way it said %q", said)
	}
	cancel()
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if status := <-ended; status != 0 {
		t.Errorf("status %d after a stop, want 0: %s", status, &errOut)
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                     {},
		"2h":                   now.Add(-2 * time.Hour),
		"90m":                  now.Add(-90 * time.Minute),
		"7d":                   now.AddDate(0, 0, -7),
		"2026-11-22":           time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC),
		"2026-11-22T15:04":     time.Date(2026, 11, 22, 6, 4, 0, 0, time.UTC),
		"2026-11-22 15:04":     time.Date(2026, 11, 22, 6, 4, 0, 0, time.UTC),
		"2026-11-22T15:04:05Z": time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC),
	} {
		if got, err := moment(text, now); err != nil || !got.Equal(want) {
			t.Errorf("moment(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-2h", "-1d", "1.5d", "2d3h", "2026-13-01", "d"} {
		if got, err := moment(text, now); err == nil {
			t.Errorf("moment(%q) = %v, want an error", text, got)
		}
	}
}

func TestWon(t *testing.T) {
	t.Parallel()
	for amount, want := range map[float64]string{
		0: "KRW 0", 20: "KRW 20", 999: "KRW 999", 1000: "KRW 1,000", 1234567: "KRW 1,234,567", 8.4: "KRW 8.4", -1500.5: "KRW -1,500.5",
	} {
		if got := won(amount); got != want {
			t.Errorf("won(%v) = %q, want %q", amount, got, want)
		}
	}
}

// TestResults_FollowsAsATable reads the head and the row of a text that was
// there before.
func TestResults_FollowsAsATable(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.WithKey(testKey, testSecret), sandbox.WithClock(time.Now), sandbox.WithCarrierDelay(0), sandbox.WithReportDelay(0))
	t.Cleanup(s.Close)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	var sent lockedBuffer
	if status := run(t.Context(), []string{"send", "--yes", "010-1234-5678", "hello"}, environ(server.URL), &sent, &sent); status != 0 {
		t.Fatalf("send: status %d, %s", status, &sent)
	}
	for form, want := range map[string][2]string{
		"--csv=false": {"changed (KST)   to             type  carrier  status  class        message", " 010-****-5678  SMS   SKT      4000    delivered    M4V"},
		"--csv":       {"message_id,group_id,", ",010-****-5678,0215770000,SMS,4000,delivered,"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		out, in := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, []string{"results", "--follow", form}, environ(server.URL), in, io.Discard)
			_ = in.Close()
		}()
		lines := bufio.NewScanner(out)
		for _, part := range want {
			if !lines.Scan() || !strings.Contains(lines.Text(), part) {
				t.Errorf("%s: line %q, want %q in it", form, lines.Text(), part)
			}
		}
		cancel()
		if status := <-ended; status != 0 {
			t.Errorf("%s: status %d after a stop, want 0", form, status)
		}
	}
}
