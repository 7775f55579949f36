package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

const hooks = "/webhook/v1/outgoing"

// hookSecret is the secret of the documents' sample, and its SHA-1.
const (
	hookSecret = "change-me"
	hookSHA1   = "e8d4a2f731a2b37fcb169639d14ccb9350952d59"
)

// receiver is a webhook's other end. It answers with the statuses given, then
// with 200, and keeps what it got.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	got      []delivered
}

type delivered struct {
	event, secret, contentType string
	items                      []object
}

func newReceiver(t testing.TB, statuses ...int) *receiver {
	r := &receiver{statuses: statuses}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		d := delivered{
			event: req.Header.Get("X-Solapi-Event-Name"), secret: req.Header.Get("X-Solapi-Secret"),
			contentType: req.Header.Get("Content-Type"),
		}
		if err != nil || req.Method != http.MethodPost || json.Unmarshal(body, &d.items) != nil {
			t.Errorf("%s with %q: %v", req.Method, body, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, d)
		if len(r.statuses) > 0 {
			w.WriteHeader(r.statuses[0])
			r.statuses = r.statuses[1:]
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// calls returns what has come so far.
func (r *receiver) calls() []delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// recipients returns the numbers of the reports in the order they came.
func (r *receiver) recipients() string {
	var out []string
	for _, d := range r.calls() {
		for _, item := range d.items {
			out = append(out, item.text("to")[8:])
		}
	}
	return strings.Join(out, " ")
}

// hook registers a receiver and returns the id of the webhook.
func (w *world) hook(r *receiver, event string) string {
	w.t.Helper()
	return w.do(200, "POST", hooks, fmt.Sprintf(`{"eventId":%q,"url":"%s/hooks/sms","secret":%q}`, event, r.URL, hookSecret)).text("webhookId")
}

// sendTo sends one text in a group of its own.
func (w *world) sendTo(numbers ...string) {
	w.t.Helper()
	for _, number := range numbers {
		w.do(200, "POST", "/messages/v4/send", `{"message":`+text(number)+`}`)
	}
}

func TestWebhook_Management(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.do(200, "POST", hooks, `{"eventId":"SINGLE-REPORT","url":"https://verify.example/hooks/sms","secret":"change-me","name":"example"}`)
	id := made.text("webhookId")
	if len(id) != 32 || !strings.HasPrefix(id, "WH01WH261122060405000") || made.text("secret") != hookSHA1 ||
		made.text("status") != "ACTIVE" || made["failCount"] != 0.0 || made.text("name") != "example" || made.text("accountId") == "" {
		t.Errorf("made %v", made)
	}
	w.do(200, "POST", hooks, `{"eventId":"GROUP-REPORT","url":"https://verify.example/groups"}`)
	if l := w.do(200, "GET", hooks, ""); len(l.at("webhookList").([]any)) != 2 || l["nextKey"] != nil || l["limit"] != 20.0 {
		t.Errorf("list %v", l)
	}
	first := w.do(200, "GET", hooks+"?limit=1", "")
	second := w.do(200, "GET", hooks+"?limit=1&startKey="+first.text("nextKey"), "")
	if got := second.at("webhookList").([]any)[0].(map[string]any)["webhookId"]; got != id {
		t.Errorf("the second page holds %v, want %s", got, id)
	}
	if l := w.do(200, "GET", hooks+"?eventId=SINGLE-REPORT&status=ACTIVE", ""); len(l.at("webhookList").([]any)) != 1 {
		t.Errorf("filtered %v", l)
	}
	if changed := w.do(200, "PUT", hooks+"/"+id, `{"status":"INACTIVE","secret":""}`); changed.text("status") != "INACTIVE" || changed["secret"] != nil ||
		changed.text("url") != "https://verify.example/hooks/sms" {
		t.Errorf("changed %v", changed)
	}
	w.do(200, "DELETE", hooks+"/"+id, "{}")
	w.refused(404, "ResourceNotFound", "DELETE", hooks+"/"+id, "")
	w.refused(404, "ResourceNotFound", "PUT", hooks+"/"+id, `{"name":"x"}`)
	if events := w.do(200, "GET", "/webhook/v1/events", ""); len(events.at("eventList").([]any)) != 3 {
		t.Errorf("events %v", events)
	}
	for _, body := range []string{
		"", `{"eventId":"SINGLE-REPORT"}`, `{"eventId":"NOTHING","url":"https://verify.example"}`, `{"eventId":"SINGLE-REPORT","url":"ftp://x/"}`,
		`{"eventId":"SINGLE-REPORT","url":"/hooks"}`, `{"eventId":"SINGLE-REPORT","url":"https://verify.example","status":"FINE"}`,
	} {
		w.refused(400, "ValidationError", "POST", hooks, body)
	}
}

func TestWebhook_DeliversReports(t *testing.T) {
	t.Parallel()
	for _, enveloped := range []bool{false, true} {
		w := newWorld(t, sandbox.WithQuirks(sandbox.Quirks{EnvelopeReports: enveloped}))
		single, whole := newReceiver(t), newReceiver(t)
		w.hook(single, "SINGLE-REPORT")
		w.hook(whole, "GROUP-REPORT")
		w.control(200, "POST", "/sandbox/numbers", `{"to":"01000000002","statusCode":"3043"}`)
		id := w.group(`{"to":"01000000001","from":"0215770000","text":"a","customFields":{"challengeId":"ch_01"}}`, text("01000000002"), text("01"))
		w.do(200, "POST", groups+"/"+id+"/send", "")
		if n := len(single.calls()); n != 0 {
			t.Fatalf("%d calls before the report", n)
		}
		w.pass(time.Second)
		calls := single.calls()
		if len(calls) != 1 || len(calls[0].items) != 2 || calls[0].event != "SINGLE-REPORT" || calls[0].secret != hookSHA1 || calls[0].contentType != "application/json" {
			t.Fatalf("enveloped %v: calls %v", enveloped, calls)
		}
		item, at := calls[0].items[0], ""
		if enveloped {
			if at = "data."; item["retryCount"] != 0.0 || len(item.text("eventDataId")) != 32 {
				t.Errorf("envelope %v", item)
			}
		}
		if item.text(at+"statusCode") != "4000" || item.text(at+"to") != "01000000001" || item.text(at+"groupId") != id || item.text(at+"networkCode") == "" ||
			item.text(at+"customFields.challengeId") != "ch_01" || item.text(at+"dateReceived") != "2026-11-22T06:04:06.000Z" || item.at(at+"text") != nil {
			t.Errorf("item %v", item)
		}
		if failed := calls[0].items[1]; failed.text(at+"statusCode") != "3043" || failed.at(at+"dateReceived") != nil {
			t.Errorf("failed item %v", failed)
		}
		if calls := whole.calls(); len(calls) != 1 || calls[0].items[0].text(at+"status") != "COMPLETE" || calls[0].items[0].text(at+"groupId") != id {
			t.Errorf("group calls %v", calls)
		}
	}
}

func TestWebhook_AtMost100ItemsInOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := newReceiver(t)
	w.hook(r, "SINGLE-REPORT")
	messages := make([]string, 250)
	for i := range messages {
		messages[i] = text(fmt.Sprintf("010%08d", i))
	}
	w.do(200, "POST", groups+"/"+w.group(messages...)+"/send", "")
	w.pass(time.Second)
	var sizes []int
	for _, c := range r.calls() {
		sizes = append(sizes, len(c.items))
	}
	if !slices.Equal(sizes, []int{100, 100, 50}) {
		t.Errorf("items per call %v", sizes)
	}
}

func TestWebhook_TriesFiveTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := newReceiver(t, 500, 302, 201, 404, 503, 200)
	id := w.hook(r, "SINGLE-REPORT")
	w.sendTo("01000000001")
	w.pass(time.Second)
	for i, wait := range []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, time.Hour} {
		if n := len(r.calls()); n != i+1 {
			t.Fatalf("%d calls, want %d", n, i+1)
		}
		w.pass(wait - time.Millisecond)
		if n := len(r.calls()); n != i+1 {
			t.Fatalf("call %d came before %v had passed", n, wait)
		}
		w.pass(time.Millisecond)
	}
	if n := len(r.calls()); n != 5 {
		t.Errorf("%d calls in all, want 5", n)
	}
	if got := w.Webhooks(); len(got) != 1 || got[0].WebhookID != id || got[0].FailCount != 5 || got[0].LastAnswer != "503" || got[0].Status != "ACTIVE" {
		t.Errorf("webhooks %+v", got)
	}
	w.sendTo("01000000002")
	w.pass(time.Second)
	if got := w.Webhooks()[0]; got.FailCount != 0 || got.LastAnswer != "200" || got.Waiting != 0 {
		t.Errorf("after a success %+v", got)
	}
}

func TestWebhook_BecomesInactive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := newReceiver(t)
	id := w.hook(r, "SINGLE-REPORT")
	r.Close() // nobody listens any more
	for i := range 5 {
		w.sendTo(fmt.Sprintf("0100000000%d", i))
		for range 5 {
			w.pass(3 * time.Minute)
		}
	}
	if got := w.Webhooks()[0]; got.Status != "INACTIVE" || got.FailCount != 25 || got.LastAnswer != "cannot be reached" {
		t.Errorf("webhook %+v", got)
	}
	w.sendTo("01000000009")
	w.pass(time.Minute)
	if got := w.Webhooks()[0]; got.FailCount != 25 || got.Waiting != 0 {
		t.Errorf("an INACTIVE webhook was called: %+v", got)
	}
	if back := w.do(200, "PUT", hooks+"/"+id, `{"status":"ACTIVE"}`); back["failCount"] != 0.0 {
		t.Errorf("activated again: %v", back)
	}
}

func TestWebhook_Faults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, fault string
		before, at  string // recipients after the reports, and after half a minute
	}{
		{"none", `{"kind":"status","status":503,"path":"/hooks/sms"}`, "001 002 003", "001 002 003"},
		{"duplicate", `{"kind":"webhook_duplicate"}`, "001 001 002 003", "001 001 002 003"},
		{"reorder", `{"kind":"webhook_reorder"}`, "002 001 003", "002 001 003"},
		{"reorder all", `{"kind":"webhook_reorder","times":-1}`, "", "001 002 003"},
		{"late", `{"kind":"webhook_late","delay_ms":20000}`, "002 003", "002 003 001"},
		{"lose", `{"kind":"webhook_lose","path":"/hooks/*"}`, "002 003", "002 003"},
		{"other path", `{"kind":"webhook_lose","path":"/other"}`, "001 002 003", "001 002 003"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := newReceiver(t)
			w.hook(r, "SINGLE-REPORT")
			w.control(200, "POST", "/sandbox/faults", tt.fault)
			for _, number := range []string{"01000000001", "01000000002", "01000000003"} {
				w.control(200, "POST", "/sandbox/numbers", `{"to":"`+number+`"}`)
				if resp, _, err := w.send("POST", "/messages/v4/send", `{"message":`+text(number)+`}`, w.authorization()); err != nil || resp.StatusCode != 200 {
					t.Fatal(resp, err)
				}
				w.pass(time.Second)
			}
			if got := r.recipients(); got != tt.before {
				t.Errorf("reports %q, want %q", got, tt.before)
			}
			w.pass(30 * time.Second)
			if got := r.recipients(); got != tt.at {
				t.Errorf("half a minute later %q, want %q", got, tt.at)
			}
		})
	}
}

func TestWebhook_ForgedSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := newReceiver(t)
	w.hook(r, "SINGLE-REPORT")
	if _, err := w.Arm(sandbox.Fault{Kind: sandbox.FaultHookForge}); err != nil {
		t.Fatal(err)
	}
	w.sendTo("01000000001")
	w.pass(time.Second)
	if c := r.calls(); len(c) != 1 || c[0].secret == hookSHA1 || len(c[0].secret) != 40 {
		t.Errorf("calls %v", c)
	}
}

func TestWebhook_Test(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := newReceiver(t, 200, 500)
	body := fmt.Sprintf(`{"url":"%s/hooks/sms","secret":%q}`, r.URL, hookSecret)
	if got := w.do(200, "POST", "/webhook/v1/outgoing-test", body).text("message"); got != "Success" {
		t.Errorf("message %q", got)
	}
	if c := r.calls(); len(c) != 1 || c[0].secret != hookSHA1 || len(c[0].items) != 0 {
		t.Errorf("calls %v", c)
	}
	w.refused(400, "ValidationError", "POST", "/webhook/v1/outgoing-test", body)
	w.refused(400, "ValidationError", "POST", "/webhook/v1/outgoing-test", "{}")
}

// In real time the calls are made by the sandbox itself.
func TestWebhook_RealTime(t *testing.T) {
	t.Parallel()
	arrived := make(chan int, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var items []object
		if err := json.NewDecoder(r.Body).Decode(&items); err != nil {
			t.Error(err)
		}
		arrived <- len(items)
	}))
	defer server.Close()
	sb := sandbox.New(sandbox.WithKey(key, secret), sandbox.WithSender(sender, time.Time{}), sandbox.WithReportDelay(time.Millisecond),
		sandbox.WithWebhookClient(server.Client()))
	defer sb.Close()
	for i, c := range []struct{ path, body string }{
		{hooks, `{"eventId":"SINGLE-REPORT","url":"` + server.URL + `"}`},
		{"/messages/v4/send", `{"message":` + text("01000000001") + `}`},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", c.path, strings.NewReader(c.body))
		r.Header.Set("Authorization", header(time.Now().UTC().Format(time.RFC3339), fmt.Sprintf("%s%d", salt, i)))
		rec := httptest.NewRecorder()
		if sb.ServeHTTP(rec, r); rec.Code != 200 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	}
	if n := <-arrived; n != 1 {
		t.Errorf("%d items, want 1", n)
	}
}
