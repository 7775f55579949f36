package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStart_AnswersTheVerification(t *testing.T) {
	t.Parallel()
	s := newService(t)
	res := s.mustCall(201, "POST", "/v1/verifications",
		`{"to":"010-1234-5678","purpose":"signup","locale":"ko","binding":"b","client_ip":"203.0.113.7","metadata":{"order":"17"}}`)
	id, _ := res.body["id"].(string)
	message, _ := res.body["message"].(map[string]any)
	messageID, _ := message["id"].(string)
	if !strings.HasPrefix(id, "ver_") || !strings.HasPrefix(messageID, "msg_") {
		t.Errorf("ids %q and %q, want ver_… and msg_…", id, messageID)
	}
	want := map[string]any{
		"id": id, "to": "+821012345678", "purpose": "signup", "status": "pending", "code_length": 6.0,
		"attempts_left": 5.0, "resends_left": 2.0,
		"created_at": "2026-11-22T03:04:05Z", "expires_at": "2026-11-22T03:09:05Z", "resend_at": "2026-11-22T03:04:35Z",
		"metadata": map[string]any{"order": "17"},
		"message":  map[string]any{"id": messageID, "status": "queued"},
	}
	if diff := cmp.Diff(want, res.body); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, s.mustCall(200, "GET", "/v1/verifications/"+id, "").body); diff != "" {
		t.Errorf("read back:\n%s", diff)
	}
}

func TestStart_PurposeIsAPIWhenLeftOut(t *testing.T) {
	t.Parallel()
	s := newService(t)
	res := s.mustCall(201, "POST", "/v1/verifications", `{"to":"+82 10 1234 5678"}`)
	if got := res.body["purpose"]; got != "api" {
		t.Errorf("purpose %v, want api", got)
	}
	if _, any := res.body["metadata"]; any {
		t.Error("metadata stands in the answer though none was given")
	}
}

func TestCheck_RightCodeApprovesOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678"}`)
	code := s.code("01012345678")
	pasted := fmt.Sprintf(`{"code":"[Web발신] 인증번호 %s @id.example.kr #%s"}`, code, code)
	approved := s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", pasted).body
	receipt, _ := approved["receipt"].(string)
	want := map[string]any{"id": id, "status": "approved", "approved": true, "receipt": receipt}
	if diff := cmp.Diff(want, approved); diff != "" || strings.Count(receipt, ".") != 2 {
		t.Errorf("receipt %q\n%s", receipt, diff)
	}
	again := s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", pasted).body
	if again["approved"] != false || again["status"] != "approved" || again["receipt"] != nil {
		t.Errorf("the second time: %v, want approved false, status approved and no receipt", again)
	}
}

func TestCheck_FiveWrongCodesLock(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678"}`)
	code := s.code("01012345678")
	for left := 4; left >= 0; left-- {
		status := "pending"
		if left == 0 {
			status = "locked"
		}
		want := map[string]any{"id": id, "status": status, "approved": false, "attempts_left": float64(left)}
		got := s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+wrong(code)+`"}`).body
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	got := s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+code+`"}`).body
	if got["approved"] != false || got["status"] != "locked" {
		t.Errorf("the right code after five wrong ones: %v", got)
	}
}

func TestCheck_MissingOrWrongBindingUsesNoAttempt(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678","binding":"browser-1"}`)
	code := s.code("01012345678")
	for _, body := range []string{`{"code":"` + code + `"}`, `{"code":"` + code + `","binding":"browser-2"}`} {
		if got := s.mustCall(403, "POST", "/v1/verifications/"+id+"/check", body).body["code"]; got != "binding_mismatch" {
			t.Errorf("code %v, want binding_mismatch", got)
		}
	}
	if got := s.mustCall(200, "GET", "/v1/verifications/"+id, "").body["attempts_left"]; got != 5.0 {
		t.Errorf("attempts_left %v, want 5", got)
	}
	got := s.mustCall(200, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+code+`","binding":"browser-1"}`).body
	if got["approved"] != true {
		t.Errorf("with the binding: %v, want approved", got)
	}
}

func TestCheck_UnreadableCodeUsesNoAttempt(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678"}`)
	for _, code := range []string{"", "12345", "1234567", "abcdef"} {
		if got := s.mustCall(400, "POST", "/v1/verifications/"+id+"/check", `{"code":"`+code+`"}`).body["code"]; got != "code_unreadable" {
			t.Errorf("%q: code %v, want code_unreadable", code, got)
		}
	}
	if got := s.mustCall(200, "GET", "/v1/verifications/"+id, "").body["attempts_left"]; got != 5.0 {
		t.Errorf("attempts_left %v, want 5", got)
	}
}

func TestResend_WaitsThenSendsTheSameCode(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678","binding":"b"}`)
	code := s.code("01012345678")

	early := s.mustCall(409, "POST", "/v1/verifications/"+id+"/resend", `{"binding":"b"}`)
	if early.body["code"] != "resend_too_soon" || early.Header.Get("Retry-After") != "30" {
		t.Errorf("too soon: code %v, Retry-After %q; want resend_too_soon and 30", early.body["code"], early.Header.Get("Retry-After"))
	}
	s.Clock.Advance(31 * time.Second)
	s.mustCall(403, "POST", "/v1/verifications/"+id+"/resend", "")
	got := s.mustCall(200, "POST", "/v1/verifications/"+id+"/resend", `{"binding":"b"}`).body
	if got["resends_left"] != 1.0 || got["expires_at"] != "2026-11-22T03:09:36Z" || got["resend_at"] != "2026-11-22T03:05:36Z" {
		t.Errorf("after a resend: %v", got)
	}
	if again := s.code("01012345678"); again != code || len(s.Provider.Handset("01012345678")) != 2 {
		t.Errorf("%d texts, the second with another code than the first: %v", len(s.Provider.Handset("01012345678")), again != code)
	}
}

func TestCancel_EndsAVerification(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678"}`)
	if got := s.mustCall(200, "POST", "/v1/verifications/"+id+"/cancel", "").body["status"]; got != "canceled" {
		t.Errorf("status %v, want canceled", got)
	}
	for _, act := range []string{"cancel", "resend"} {
		if got := s.mustCall(409, "POST", "/v1/verifications/"+id+"/"+act, "").body["code"]; got != "verification_ended" {
			t.Errorf("%s afterwards: code %v, want verification_ended", act, got)
		}
	}
}

func TestStart_LimitOfANumberTellsTheWait(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.start(`{"to":"01012345678"}`)
	s.Clock.Advance(7 * time.Second)
	res := s.mustCall(429, "POST", "/v1/verifications", `{"to":"01012345678"}`)
	// 23 s are left; the answer is rounded up to 10 s.
	if res.body["code"] != "number_limited" || res.Header.Get("Retry-After") != "30" {
		t.Errorf("code %v, Retry-After %q; want number_limited and 30", res.body["code"], res.Header.Get("Retry-After"))
	}
}

func TestCalls_LogNoNumberNoCodeNoKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.start(`{"to":"01012345678","binding":"canary-binding","metadata":{"note":"canary-note"}}`)
	code := s.code("01012345678")
	s.call("POST", "/v1/verifications/"+id+"/check", `{"code":"`+code+`","binding":"canary-binding"}`)
	s.call("GET", "/v1/verifications/"+id+"?to=01012345678", "")
	s.call("GET", "/v1/01012345678", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer sinpyo_canary") })
	for _, secret := range []string{"12345678", "1234-5678", code, s.key, "canary", id} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, s.log.String())
		}
	}
}
