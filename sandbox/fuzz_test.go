package sandbox_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// answered checks what holds for every call whatever was sent: no 5xx, and JSON
// with an errorCode where it is an error.
func answered(t *testing.T, w *world, method, path, body, authorization string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, base+"/", strings.NewReader(body))
	r.URL = &url.URL{Path: path}
	if p, query, ok := strings.Cut(path, "?"); ok {
		r.URL.Path, r.URL.RawQuery = p, query
	}
	r.Header.Set("Authorization", authorization)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if rec.Code >= 500 {
		t.Fatalf("%s %s answered %d: %s", method, path, rec.Code, rec.Body)
	}
	if !json.Valid(rec.Body.Bytes()) {
		t.Fatalf("%s %s answered no JSON: %s", method, path, rec.Body)
	}
	if rec.Code >= 400 {
		var o object
		if decode(t, rec.Body.Bytes(), &o); o.text("errorCode") == "" {
			t.Fatalf("%s %s: %d without an errorCode", method, path, rec.Code)
		}
	}
}

func FuzzAuthorization(f *testing.F) {
	now := start.Format(time.RFC3339)
	for _, seed := range []string{
		"", "HMAC-SHA256", header(now, salt), header("2026-11-22T15:04:05.32400Z", salt), "HMAC-MD5 apiKey=,=,,date", "Bearer x",
		"HMAC-SHA256 apiKey=" + key + ",date=,salt=" + salt + ",signature=00",
	} {
		f.Add(seed)
	}
	w := newWorld(f)
	valid := header(now, salt)
	f.Fuzz(func(t *testing.T, authorization string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", base+"/cash/v1/balance", nil)
		r.Header.Set("Authorization", authorization)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		// Only a header that carries a true signature may pass.
		if rec.Code == 200 && !strings.Contains(authorization, valid[strings.LastIndex(valid, "=")+1:]) &&
			!strings.Contains(authorization, sign("2026-11-22T15:04:05.32400Z", salt)) {
			t.Fatalf("%q passed", authorization)
		}
		answered(t, w, "GET", "/cash/v1/balance", "", authorization)
	})
}

func FuzzListQuery(f *testing.F) {
	for _, seed := range []string{
		"", "limit=5&startKey=x", "criteria=to,statusCode&cond=eq,ne&value=01000000001,4000", "messageIds[in]=[\"a\"]", "to[]=1&to[]=2",
		"startDate=2026-11-22T15:04:05 09:00", "dateCreated%5Bgte%5D=2026-11-22", "criteria=count.total&cond=gt&value=0", "a[b[c]=1&;&%",
	} {
		f.Add(seed)
	}
	w := newWorld(f)
	history(w)
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/messages/v4/list?", groups + "?", hooks + "?"} {
			answered(t, w, "GET", path+query, "", w.authorization())
		}
	})
}

func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "[]", "null", list(text("01000000001")), `{"messages":"[{}]"}`, `{"messages":[{"to":[null,"x"],"customFields":[]}]}`,
		`{"message":{"to":"01000000001","from":"0215770000","text":"\ud800"},"strict":"no"}`, `{"messageIds":["a"]}`, `{"eventId":"SINGLE-REPORT","url":"https://verify.example/","isTemporary":"true"}`,
		`{"scheduledDate":"2026-11-22T15:04:05Z","messages":[{"kakaoOptions":7}]}`, "{\"messages\":[{\"text\":\"\xff\"}]}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := newWorld(t)
		id := w.group()
		for _, path := range []string{
			"POST /messages/v4/send", "POST /messages/v4/send-many", "POST /messages/v4/send-many/detail", "POST " + groups,
			"PUT " + groups + "/" + id + "/messages", "DELETE " + groups + "/" + id + "/messages", "POST " + groups + "/" + id + "/schedule",
			"POST " + groups + "/" + id + "/send", "DELETE " + groups + "/" + id, "POST " + hooks,
		} {
			method, target, _ := strings.Cut(path, " ")
			answered(t, w, method, target, body, w.authorization())
		}
		for _, path := range []string{"/sandbox/faults", "/sandbox/numbers", "/sandbox/account", "/sandbox/senders"} {
			answered(t, w, "POST", path, body, "")
		}
	})
}

// FuzzState wants a state file that is not one to be refused, not to break the
// program; what is read must be servable.
func FuzzState(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"version":1}`, `{"version":1,"groups":[{"id":"g","status":"SCHEDULED"},{"messages":[{"code":"2000","sent":"2026-11-22T06:04:05Z"}]}]}`,
		`{"version":1,"webhooks":[{"id":"h","waiting":[{"message":"m"}]}],"senders":[{}],"fates":[{"to":"*"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, state string) {
		w := newWorld(t)
		if w.Load(strings.NewReader(state)) != nil {
			return
		}
		w.pass(time.Second)
		for _, path := range []string{"/messages/v4/list", groups, "/cash/v1/balance", "/senderid/v1/numbers", hooks} {
			answered(t, w, "GET", path, "", w.authorization())
		}
		answered(t, w, "POST", "/messages/v4/send", `{"message":`+text("01000000001")+`}`, w.authorization())
	})
}
