package sandbox_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

func TestControl_LoopbackHostsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := map[string]bool{
		"localhost": true, "localhost:8910": true, "LOCALHOST:1": true, "inbox.localhost": true, "127.0.0.1:8910": true,
		"127.1.2.3": true, "[::1]:8910": true, "::1": true, "[::ffff:127.0.0.1]:1": true,
		"evil.example": false, "localhost.evil.example:8910": false, "10.0.0.1:8910": false, "": false, "[::2]": false,
	}
	for host, allowed := range tests {
		for _, path := range []string{"/", "/sandbox/handset/messages", "/sandbox/requests", "/sandbox/assets/style.css"} {
			r := httptest.NewRequestWithContext(t.Context(), "GET", path, http.NoBody)
			r.Host = host
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, r)
			if (rec.Code == 200) != allowed || !allowed && rec.Code != 403 {
				t.Errorf("host %q, %s: %d", host, path, rec.Code)
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/cash/v1/balance", http.NoBody)
		r.Host = host
		r.Header.Set("Authorization", w.authorization())
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != 200 || rec.Header().Get("Server") != "sinpyo-sandbox" {
			t.Errorf("host %q: the provider's surface answered %d as %q", host, rec.Code, rec.Header().Get("Server"))
		}
	}
}

func TestControl_RefusesForeignPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/sandbox/reset", http.NoBody)
		r.Header.Set(name, value)
		rec := httptest.NewRecorder()
		if w.ServeHTTP(rec, r); rec.Code != 403 {
			t.Errorf("%s: %s answered %d, want 403", name, value, rec.Code)
		}
	}
}

func TestControl_RefusesBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ path, body string }{
		{"/sandbox/faults", `{"kind":"nonsense"}`}, {"/sandbox/faults", `{"kind":"reset","tmies":3}`}, {"/sandbox/faults", ``},
		{"/sandbox/faults", `[]`}, {"/sandbox/numbers", `{"to":"abc","statusCode":"3032"}`}, {"/sandbox/numbers", `{"to":"010","statusCode":"9"}`},
		{"/sandbox/numbers", `{"to":"010","report_ms":-1}`}, {"/sandbox/account", `{"balance":-1}`}, {"/sandbox/account", `{"balance":1e30}`},
		{"/sandbox/senders", `{"phoneNumber":"x"}`}, {"/sandbox/senders", `{"phoneNumber":"021","status":"FINE"}`},
		{"/sandbox/senders", `{"phoneNumber":"021","expireAt":"soon"}`}, {"/sandbox/faults", `{"path":"` + strings.Repeat("a", 70_000) + `"}`},
	}
	for _, tt := range tests {
		w.control(400, "POST", tt.path, tt.body)
	}
	w.control(400, "GET", "/sandbox/requests?limit=x", "")
	w.control(404, "GET", "/sandbox/nothing", "")
}

func TestControl_Account(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := string(w.control(200, "POST", "/sandbox/account", `{"point":5}`)); got != `{"balance":10000,"point":5}` {
		t.Errorf("got %s", got)
	}
	w.control(200, "POST", "/sandbox/account", `{"balance":0,"point":0}`)
	if b := w.do(200, "GET", "/cash/v1/balance", ""); b["balance"] != 0.0 || b.text("lowBalanceAlert.currentBalance") != "0" {
		t.Errorf("balance %v", b)
	}
}

func TestControl_HandsetMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	history(w)
	var got []map[string]any
	decode(t, w.control(200, "GET", "/sandbox/handset/messages?to=010-0000-0001&limit=2", ""), &got)
	if len(got) != 2 || got[0]["acceptedAt"] != "2026-11-22T06:04:09Z" || got[1]["acceptedAt"] != "2026-11-22T06:04:07Z" {
		t.Errorf("got %v, want the newest two", got)
	}
	for _, name := range []string{"messageId", "groupId", "to", "from", "text", "type", "bytes", "acceptedAt", "receivedAt"} {
		if _, ok := got[0][name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	decode(t, w.control(200, "GET", "/sandbox/handset/messages?to=01000000003", ""), &got)
	if len(got) != 0 {
		t.Errorf("a failed text is on the phone: %v", got)
	}
}

func TestControl_RequestsMaskSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"apiSecret":"` + secret + `","note":"` + secret + ` ` + key + `","customFields":{"a":"b"},"SIGNATURE":"abc\"def"}`
	w.do(200, "POST", groups+"?api_key="+key+"&signature=f00d&x=1", body)
	raw := string(w.control(200, "GET", "/sandbox/requests", ""))
	for _, leak := range []string{secret, key, "f00d", "abc", "def", "salt0"} {
		if strings.Contains(raw, leak) {
			t.Errorf("%q leaks in %s", leak, raw)
		}
	}
	var got []sandbox.Request
	decode(t, []byte(raw), &got)
	if len(got) != 1 || got[0].Method != "POST" || got[0].Path != groups || got[0].Status != 200 || got[0].N != 1 ||
		got[0].Authorization != "HMAC-SHA256 ***" || !strings.Contains(got[0].Body, `"a":"b"`) || !strings.HasSuffix(got[0].Query, "&x=1") {
		t.Errorf("got %+v", got)
	}
}

func TestControl_RequestLogIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 510 {
		w.do(200, "GET", "/cash/v1/balance", "")
	}
	w.refused(400, "ValidationError", "POST", groups, `{"customFields":{"a":1,"b":"`+strings.Repeat("x", 100_000)+`"}}`)
	got := w.Requests(1000)
	if len(got) != 500 || got[0].N != 511 || got[499].N != 12 || len(got[0].Body) > 2048 || got[0].ErrorCode != "ValidationError" {
		t.Errorf("%d entries, first %d, last %d, body of %d bytes", len(got), got[0].N, got[len(got)-1].N, len(got[0].Body))
	}
}

func TestServe_BodyLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(413, "RequestEntityTooLarge", "POST", groups, `{"hint":"`+strings.Repeat("x", 15<<20)+`"}`)
}

func TestControl_Reset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.group(text("01000000001"))
	w.do(200, "POST", groups+"/"+id+"/send", "")
	w.control(200, "POST", "/sandbox/senders", `{"phoneNumber":"0299990000"}`)
	w.control(200, "POST", "/sandbox/faults", `{"kind":"reset","path":"/nowhere"}`)
	w.control(200, "POST", "/sandbox/reset", "")
	if _, due := w.NextDue(); due {
		t.Error("something is still due")
	}
	if n := len(w.Requests(10)); n != 0 {
		t.Errorf("%d requests remembered", n)
	}
	w.refused(404, "ResourceNotFound", "GET", groups+"/"+id, "")
	if s := w.do(200, "GET", "/senderid/v1/numbers", "").at("senderIds").([]any); len(s) != 1 || w.Money().Balance != 10_000 {
		t.Errorf("%d senders, %d won", len(s), w.Money().Balance)
	}
	if faults := w.control(200, "GET", "/sandbox/faults", ""); string(faults) != "[]" {
		t.Errorf("still armed: %s", faults)
	}
}

// events reads the stream of the page until one names a part.
func await(t *testing.T, lines *bufio.Scanner, part string) {
	t.Helper()
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && strings.Contains(" "+data+" ", " "+part+" ") {
			return
		}
	}
	t.Fatalf("the stream ended before %q: %v", part, lines.Err())
}

func TestEvents_TellWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/sandbox/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	lines := bufio.NewScanner(resp.Body)
	await(t, lines, "ready")
	w.do(200, "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`)
	await(t, lines, "requests")
	w.pass(time.Second)
	await(t, lines, "phone")
	if _, err := w.Arm(sandbox.Fault{Kind: sandbox.FaultReset}); err != nil {
		t.Fatal(err)
	}
	await(t, lines, "faults")
	w.SetMoney(sandbox.Account{})
	await(t, lines, "account")
	w.Close()
	for lines.Scan() { // Close ends the stream, so the server can stop
		if strings.Contains(lines.Text(), "01000000001") {
			t.Error("a number in the stream")
		}
	}
}

func TestClock_RealTimeReportsByItself(t *testing.T) {
	t.Parallel()
	sb := sandbox.New(sandbox.WithKey(key, secret), sandbox.WithSender(sender, time.Time{}),
		sandbox.WithCarrierDelay(time.Millisecond), sandbox.WithReportDelay(2*time.Millisecond))
	defer sb.Close()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/messages/v4/send", strings.NewReader(`{"message":`+text("01000000001")+`}`))
	r.Header.Set("Authorization", header(time.Now().UTC().Format(time.RFC3339), salt))
	rec := httptest.NewRecorder()
	if sb.ServeHTTP(rec, r); rec.Code != 200 {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); ; {
		if _, due := sb.NextDue(); !due { // NextDue settles nothing: the timer did
			break
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("no report came by itself")
		}
	}
	if texts := sb.Handset("01000000001"); len(texts) != 1 || texts[0].ReceivedAt == nil {
		t.Errorf("texts %+v", texts)
	}
}
