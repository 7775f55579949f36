package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/sandbox"
)

// texts returns the ids of the messages of an answer.
func texts(res response) (ids []string) {
	for _, m := range res.body["messages"].([]any) {
		ids = append(ids, m.(map[string]any)["id"].(string))
	}
	return ids
}

func TestMessages_TellWhatBecameOfAText(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const to = "01012345678"
	if err := s.Provider.Decide(sandbox.Fate{To: to, StatusCode: "3043"}); err != nil {
		t.Fatal(err)
	}
	started := s.mustCall(201, "POST", "/v1/verifications", `{"to":"`+to+`"}`).body
	id := started["message"].(map[string]any)["id"].(string)
	for range 10 {
		s.Drive()
		s.Clock.Advance(2 * time.Second)
	}
	got := s.mustCall(200, "GET", "/v1/messages/"+id, "").body
	for _, name := range []string{"group_id", "provider_message_id"} {
		if text, _ := got[name].(string); text == "" {
			t.Errorf("no %s", name)
		}
		delete(got, name)
	}
	if cost, _ := got["cost"].(float64); cost <= 0 {
		t.Errorf("the provider took %v won", got["cost"])
	}
	delete(got, "cost")
	timeline := got["timeline"].([]any)
	delete(got, "timeline")
	delete(got, "carrier")
	delete(got, "received_at")
	want := map[string]any{
		"id": id, "verification_id": started["id"], "to": "+821012345678", "status": "undelivered", "status_code": "3043",
		"purpose": "api", "sender": "0215770000",
		"reason":     map[string]any{"ko": "단말기 전원 꺼짐", "en": "Handset switched off"},
		"advice":     map[string]any{"ko": "잠시 뒤에 다시 시도하세요.", "en": "Try again after a while."},
		"created_at": "2026-11-22T03:04:05Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var steps []string
	for _, step := range timeline {
		steps = append(steps, step.(map[string]any)["status"].(string))
	}
	if diff := cmp.Diff([]string{"queued", "sending", "accepted", "undelivered"}, steps); diff != "" {
		t.Error(diff)
	}
}

func TestSearch_GoesPageByPage(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var want []string
	for range 3 {
		res := s.mustCall(201, "POST", "/v1/verifications", `{"to":"01012345678"}`)
		want = append([]string{res.body["message"].(map[string]any)["id"].(string)}, want...)
		s.Clock.Advance(31 * time.Minute)
	}
	s.start(`{"to":"01087654321"}`)
	var got []string
	body := `{"to":"010-1234-5678","limit":2}`
	for {
		res := s.mustCall(200, "POST", "/v1/messages/search", body)
		got = append(got, texts(res)...)
		cursor, more := res.body["next_cursor"].(string)
		if !more {
			break
		}
		if strings.Contains(cursor, "msg_") {
			t.Error("the cursor shows an id")
		}
		body = fmt.Sprintf(`{"to":"+821012345678","limit":2,"cursor":%q}`, cursor)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	since := s.Clock.Now().Add(-40 * time.Minute).Format(time.RFC3339)
	res := s.mustCall(200, "POST", "/v1/messages/search", `{"to":"01012345678","since":"`+since+`","status":"queued"}`)
	if diff := cmp.Diff(want[:1], texts(res)); diff != "" {
		t.Error(diff)
	}
	for body, want := range map[string]int{
		`{}`: 4, `{"to":"5678"}`: 3, `{"to":"9999"}`: 0, `{"purpose":"api"}`: 4, `{"purpose":"login"}`: 0, `{"status_code":"3043"}`: 0, `{"sender":"02"}`: 0,
	} {
		if found := texts(s.mustCall(200, "POST", "/v1/messages/search", body)); len(found) != want {
			t.Errorf("%s finds %d messages, want %d", body, len(found), want)
		}
	}
}

func TestSearch_RefusesBadInput(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for range 2 {
		s.start(`{"to":"01012345678"}`)
		s.Clock.Advance(time.Minute)
	}
	cursor := s.mustCall(200, "POST", "/v1/messages/search", `{"to":"01012345678","limit":1}`).body["next_cursor"].(string)
	altered := "A" + cursor[1:]
	if altered == cursor {
		altered = "B" + cursor[1:]
	}
	for _, tt := range []struct{ body, code string }{
		{`{"to":"hello"}`, "number_invalid"},
		{`{"to":"02-123-4567"}`, "number_landline"},
		{`{"status":"lost"}`, "request_invalid"},
		{`{"since":"yesterday"}`, "request_invalid"},
		{`{"status_code":"30x"}`, "request_invalid"},
		{`{"purpose":"\u0000"}`, "request_invalid"},
		{`{"sender":"02-1577"}`, "request_invalid"},
		{`{"verification_id":"' OR"}`, "request_invalid"},
		{`{"limit":0}`, "request_invalid"},
		{`{"limit":101}`, "request_invalid"},
		{`{"limit":1.5}`, "request_invalid"},
		{`{"cursor":"x"}`, "cursor_invalid"},
		{`{"cursor":"` + strings.Repeat("x", 10000) + `"}`, "cursor_invalid"},
		{`{"to":"01012345678","cursor":"` + altered + `"}`, "cursor_invalid"},
		{`{"to":"01087654321","cursor":"` + cursor + `"}`, "cursor_invalid"},
		{`{"to":"01012345678","status":"queued","cursor":"` + cursor + `"}`, "cursor_invalid"},
		{`{"number":"01012345678"}`, "field_unknown"},
	} {
		problem(t, tt.body, s.call("POST", "/v1/messages/search", tt.body), 400, tt.code)
	}
	s.mustCall(200, "POST", "/v1/messages/search", `{"to":"01012345678","limit":1,"cursor":"`+cursor+`"}`)
}

func TestProvider_SendersAndBalance(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.Provider.SetMoney(sandbox.Account{Balance: 12345, Point: 55})
	want := map[string]any{"balance": 12345.0, "point": 55.0, "usable": 12400.0}
	if diff := cmp.Diff(want, s.mustCall(200, "GET", "/v1/balance", "").body); diff != "" {
		t.Error(diff)
	}
	s.Provider.SetMoney(sandbox.Account{})
	if diff := cmp.Diff(want, s.mustCall(200, "GET", "/v1/balance", "").body); diff != "" {
		t.Errorf("within a minute it was asked for again:\n%s", diff)
	}
	senders := s.mustCall(200, "GET", "/v1/senders", "").body["senders"].([]any)
	if len(senders) == 0 || senders[0].(map[string]any)["number"] != "0215770000" || senders[0].(map[string]any)["default"] != true {
		t.Errorf("senders: %v", senders)
	}
}

func TestProvider_InTroubleIsARefusalWithAWait(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if _, err := s.Provider.Arm(sandbox.Fault{Kind: "status", Status: 503, Times: 1000}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/senders", "/v1/balance"} {
		res := s.call("GET", path, "")
		problem(t, path, res, 503, "provider_unavailable")
		if got := res.Header.Get("Retry-After"); got != "5" {
			t.Errorf("%s: Retry-After %q, want 5", path, got)
		}
	}
}

// FuzzSearch looks for a body that breaks the search instead of being refused.
func FuzzSearch(f *testing.F) {
	s := newService(f)
	s.start(`{"to":"01012345678"}`)
	for _, seed := range []string{
		`{"to":"01012345678","status":"queued","since":"2026-01-01T00:00:00Z","until":"9999-12-31T23:59:59Z","limit":100}`,
		`{"cursor":"\u0000"}`, `{"since":"0000-01-01T00:00:00Z"}`, `{"until":"0001-01-01T00:00:00Z"}`, `{"limit":1e9}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s.TB = t
		if res := s.call("POST", "/v1/messages/search", body); res.StatusCode >= 500 {
			t.Errorf("status %d for %q\n%s", res.StatusCode, body, res.text)
		}
		s.log.Reset()
	})
}

// jsonObject reads one JSON object.
func jsonObject(t testing.TB, text string) (object map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return object
}
