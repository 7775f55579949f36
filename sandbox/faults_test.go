package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// overSocket calls the sandbox through a real server and connection.
func overSocket(t *testing.T, w *world, server *httptest.Server, method, path, body string) (int, http.Header, []byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", w.authorization())
	resp, err := server.Client().Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, b, err
}

func TestFaults_OnASend(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, fault string
		happened    bool // the send took effect
		check       func(t *testing.T, status int, h http.Header, body []byte, err error)
	}{
		{"status", `{"kind":"status","status":503,"retry_after":7}`, false, func(t *testing.T, status int, h http.Header, _ []byte, err error) {
			if err != nil || status != 503 || h.Get("Retry-After") != "7" {
				t.Errorf("got %d %v %v", status, h, err)
			}
		}},
		{"status after effect", `{"kind":"status","status":500,"after":true}`, true, func(t *testing.T, status int, _ http.Header, body []byte, err error) {
			if err != nil || status != 500 || !bytes.Contains(body, []byte(`"errorCode":"InternalServerError"`)) {
				t.Errorf("got %d %s %v", status, body, err)
			}
		}},
		{"own error code", `{"kind":"status","status":409,"errorCode":"AlreadySent"}`, false, func(t *testing.T, status int, _ http.Header, body []byte, err error) {
			if err != nil || status != 409 || !bytes.Contains(body, []byte(`"errorCode":"AlreadySent"`)) {
				t.Errorf("got %d %s %v", status, body, err)
			}
		}},
		{"reset", `{"kind":"reset"}`, false, func(t *testing.T, _ int, _ http.Header, _ []byte, err error) {
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("error %v, want a reset connection", err)
			}
		}},
		{"drop_reply", `{"kind":"drop_reply"}`, true, func(t *testing.T, _ int, _ http.Header, _ []byte, err error) {
			if !errors.Is(err, io.EOF) {
				t.Errorf("error %v, want EOF", err)
			}
		}},
		{"garbage", `{"kind":"garbage"}`, true, func(t *testing.T, status int, _ http.Header, body []byte, err error) {
			if err != nil || status != 200 || json.Valid(body) {
				t.Errorf("got %d %s %v, want 200 and no JSON", status, body, err)
			}
		}},
		{"slow_body", `{"kind":"slow_body","delay_ms":20}`, true, func(t *testing.T, status int, _ http.Header, body []byte, err error) {
			if err != nil || status != 200 || !json.Valid(body) {
				t.Errorf("got %d %s %v, want the whole answer", status, body, err)
			}
		}},
		{"delay", `{"kind":"delay","delay_ms":1}`, true, func(t *testing.T, status int, _ http.Header, body []byte, err error) {
			if err != nil || status != 200 || !json.Valid(body) {
				t.Errorf("got %d %s %v", status, body, err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			server := httptest.NewServer(w)
			defer server.Close()
			id := w.group(text("01000000001"))
			where := `{"method":"POST","path":"/messages/v4/groups/*/send",`
			w.control(200, "POST", "/sandbox/faults", where+tt.fault[1:])
			status, h, body, err := overSocket(t, w, server, "POST", groups+"/"+id+"/send", "{}")
			tt.check(t, status, h, body, err)
			want := "PENDING"
			if tt.happened {
				want = "SENDING"
			}
			if g := w.do(200, "GET", groups+"/"+id, ""); g.text("status") != want {
				t.Errorf("the group is %v, want %s", g["status"], want)
			}
			if faults := w.control(200, "GET", "/sandbox/faults", ""); string(faults) != "[]" {
				t.Errorf("still armed: %s", faults)
			}
		})
	}
}

func TestFaults_MatchAndCount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, path string
		hits         []string // of the calls below
	}{
		{"", "", []string{"GET /cash/v1/balance", "POST /messages/v4/groups", "POST /messages/v4/groups/G4V/send", "POST /messages/v4/send-many/detail"}},
		{"GET", "", []string{"GET /cash/v1/balance"}},
		{"POST", "/messages/v4/groups/*/send", []string{"POST /messages/v4/groups/G4V/send"}},
		{"POST", "/messages/v4/groups/", []string{"POST /messages/v4/groups"}},
		{"*", "/messages/v4/**send**", []string{"POST /messages/v4/groups/G4V/send", "POST /messages/v4/send-many/detail"}},
		{"", "/messages/**", []string{"POST /messages/v4/groups", "POST /messages/v4/groups/G4V/send", "POST /messages/v4/send-many/detail"}},
		{"", "**/detail", []string{"POST /messages/v4/send-many/detail"}},
	}
	for _, tt := range tests {
		w := newWorld(t)
		if _, err := w.Arm(sandbox.Fault{Method: tt.method, Path: tt.path, Kind: sandbox.FaultStatus, Status: 418, Times: -1}); err != nil {
			t.Fatal(err)
		}
		var hits []string
		for _, call := range []string{"GET /cash/v1/balance", "POST /messages/v4/groups", "POST /messages/v4/groups/G4V/send", "POST /messages/v4/send-many/detail"} {
			method, path, _ := strings.Cut(call, " ")
			resp, _, err := w.send(method, path, "", w.authorization())
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode == 418 {
				hits = append(hits, call)
			}
		}
		if strings.Join(hits, ",") != strings.Join(tt.hits, ",") {
			t.Errorf("%s %s hit %v, want %v", tt.method, tt.path, hits, tt.hits)
		}
	}
}

func TestFaults_TimesCountDownAndControlsAreSpared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.control(200, "POST", "/sandbox/faults", `{"kind":"status","status":503,"times":2}`)
	for i, want := range []int{503, 503, 200} {
		w.control(200, "GET", "/sandbox/faults", "")
		resp, _, err := w.send("GET", "/cash/v1/balance", "", w.authorization())
		if err != nil || resp.StatusCode != want {
			t.Errorf("call %d: %v %v, want %d", i+1, resp, err, want)
		}
	}
	f, err := w.Arm(sandbox.Fault{Kind: sandbox.FaultReset, Times: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.send("GET", "/cash/v1/balance", "", w.authorization()); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v, want ECONNRESET", err)
	}
	w.control(200, "DELETE", "/sandbox/faults/"+f.ID, "")
	w.do(200, "GET", "/cash/v1/balance", "")
}

func TestFaults_Probability(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Arm(sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, Times: -1, Probability: 0.5}); err != nil {
		t.Fatal(err)
	}
	hits := 0
	for range 400 {
		resp, _, err := w.send("GET", "/cash/v1/balance", "", w.authorization())
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == 503 {
			hits++
		}
	}
	if hits < 120 || hits > 280 { // eight standard deviations
		t.Errorf("%d of 400 calls were hit at 0.5", hits)
	}
}

func TestFaults_DelayEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Arm(sandbox.Fault{Kind: sandbox.FaultDelay, DelayMS: 600_000}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", base+"/cash/v1/balance", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", w.authorization())
	if resp, err := w.RoundTrip(r); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v %v, want the deadline", resp, err)
	}
}
