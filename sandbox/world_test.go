package sandbox_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

const (
	key    = "NCSTESTKEY000001"
	secret = "TESTSECRET00000000000000000000AB"
	sender = "0215770000"
	base   = "http://localhost:8910"
)

// start is where the test clock begins.
var start = time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC)

// world is a sandbox on a clock that only the test moves.
type world struct {
	*sandbox.Sandbox
	t     testing.TB
	mu    sync.Mutex
	time  time.Time
	salts int
}

func newWorld(t testing.TB, opts ...sandbox.Option) *world {
	w := &world{t: t, time: start}
	w.Sandbox = sandbox.New(append([]sandbox.Option{
		sandbox.WithKey(key, secret), sandbox.WithSender(sender, start.AddDate(0, 1, 0)), sandbox.WithClock(w.now),
	}, opts...)...)
	t.Cleanup(w.Close)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

// pass moves the clock on and lets happen what has come due.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.time = w.time.Add(d)
	w.mu.Unlock()
	w.Settle()
}

func sign(date, salt string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(date + salt))
	return hex.EncodeToString(mac.Sum(nil))
}

func header(date, salt string) string {
	return fmt.Sprintf("HMAC-SHA256 apiKey=%s, date=%s, salt=%s, signature=%s", key, date, salt, sign(date, salt))
}

// authorization is a fresh header.
func (w *world) authorization() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.salts++
	return header(w.time.UTC().Format(time.RFC3339), fmt.Sprintf("salt%028d", w.salts))
}

// send does one request and returns the error of the transport, if any.
func (w *world) send(method, path, body, authorization string) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, base+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := w.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// object is a decoded JSON answer.
type object map[string]any

// at follows a path of keys ("groupInfo.count.total").
func (o object) at(path string) any {
	var v any = map[string]any(o)
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (o object) text(path string) string { s, _ := o.at(path).(string); return s }

// do is a signed call whose status must be want.
func (w *world) do(want int, method, path, body string) object {
	w.t.Helper()
	resp, b, err := w.send(method, path, body, w.authorization())
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	if resp.StatusCode != want {
		w.t.Fatalf("%s %s answered %d, want %d: %s", method, path, resp.StatusCode, want, b)
	}
	var o object
	if err := json.Unmarshal(b, &o); err != nil {
		w.t.Fatalf("%s %s: %v: %s", method, path, err, b)
	}
	return o
}

// refused is a signed call that must fail with this status and errorCode.
func (w *world) refused(status int, code, method, path, body string) {
	w.t.Helper()
	if got := w.do(status, method, path, body).text("errorCode"); got != code {
		w.t.Errorf("%s %s: errorCode %q, want %q", method, path, got, code)
	}
}

// text is one message as JSON.
func text(to string) string {
	return fmt.Sprintf(`{"to":%q,"from":%q,"text":"[예시] 인증번호 482913"}`, to, sender)
}

func list(messages ...string) string { return `{"messages":[` + strings.Join(messages, ",") + `]}` }

// group makes a group that holds these messages.
func (w *world) group(messages ...string) string {
	w.t.Helper()
	id := w.do(200, "POST", "/messages/v4/groups", `{}`).text("groupId")
	if len(messages) > 0 {
		w.do(200, "PUT", "/messages/v4/groups/"+id+"/messages", list(messages...))
	}
	return id
}

// only is the one message of a group.
func (w *world) only(group string) object {
	w.t.Helper()
	all := w.do(200, "GET", "/messages/v4/groups/"+group+"/messages", "").at("messageList").(map[string]any)
	if len(all) != 1 {
		w.t.Fatalf("the group holds %d messages, want 1", len(all))
	}
	for _, m := range all {
		return m.(map[string]any)
	}
	return nil
}

// control is a call of the sandbox's own surface.
func (w *world) control(want int, method, path, body string) []byte {
	w.t.Helper()
	resp, b, err := w.send(method, path, body, "")
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != want {
		w.t.Fatalf("%s %s answered %d, want %d: %s", method, path, resp.StatusCode, want, b)
	}
	return b
}

// keysOf returns the keys of a JSON object in the order they are written.
func keysOf(t testing.TB, raw []byte) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	var keys []string
	depth := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return keys
		}
		if err != nil {
			t.Fatal(err)
		}
		switch v := tok.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
		case string:
			if depth == 1 {
				keys = append(keys, v)
				var skip json.RawMessage
				if err := d.Decode(&skip); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func decode(t testing.TB, raw []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
}
