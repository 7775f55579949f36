package rows

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// client keeps as many connections as the largest burst here needs.
var client = &http.Client{
	Timeout: patience,
	Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: patience}).DialContext,
		MaxIdleConnsPerHost: 256,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is what came back from a call.
type answer struct {
	status int // 0 when no whole answer came
	header http.Header
	body   []byte
	took   time.Duration
	err    error
}

// code is the stable code of a problem document, "" for another answer.
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p) // another answer has none
	return p.Code
}

// detail is what a problem document says for developers.
func (a answer) detail() string {
	var p struct{ Detail string }
	_ = json.Unmarshal(a.body, &p) // another answer has none
	return p.Detail
}

// retryAfter is the wait that the answer names, 0 for none.
func (a answer) retryAfter() time.Duration {
	s, _ := strconv.Atoi(a.header.Get("Retry-After")) // none is 0
	return time.Duration(s) * time.Second
}

// String tells status and code; bodies hold numbers.
func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("%d %s", a.status, a.code())
}

// edit changes a request before it is sent.
type edit func(*http.Request)

// withKey makes a call with another application key.
func withKey(key string) edit {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
}

// once gives a call an Idempotency-Key.
func once(key string) edit {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
}

// request makes the call that its parts say; body is sent as JSON.
func request(ctx context.Context, method, address string, body any, edits ...edit) answer {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return answer{err: err}
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		return answer{err: err}
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edits {
		e(r)
	}
	return send(r)
}

func send(r *http.Request) answer {
	began := time.Now()
	resp, err := client.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return answer{err: err}
	}
	a.took = time.Since(began)
	return a
}

// call calls the API of a node with the key of the built-in application.
func (w *world) call(n *node, method, path string, body any, edits ...edit) answer {
	return request(w.Context(), method, "http://"+n.listen+path, body, append([]edit{withKey(w.key)}, edits...)...)
}

// mustCall is call where the status is known; the answer is read into out.
func (w *world) mustCall(status int, out any, n *node, method, path string, body any, edits ...edit) answer {
	w.Helper()
	a := w.call(n, method, path, body, edits...)
	if a.status != status {
		w.Fatalf("%s %s at node %s answered %v, want %d", method, path, n.name, a, status)
	}
	if out != nil {
		if err := json.Unmarshal(a.body, out); err != nil {
			w.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return a
}

// gatewayCall calls the emulator.
func (w *world) gatewayCall(method, path string, body any) answer {
	w.Helper()
	a := request(w.Context(), method, w.gateway.URL+path, body)
	if a.status/100 != 2 {
		w.Fatalf("the emulator answered %v to %s", a, method)
	}
	return a
}

// verification is a verification as the API shows it.
type verification struct {
	ID           string    `json:"id"`
	Purpose      string    `json:"purpose"`
	Status       string    `json:"status"`
	CodeLength   int       `json:"code_length"`
	AttemptsLeft int       `json:"attempts_left"`
	ResendsLeft  int       `json:"resends_left"`
	CreatedAt    time.Time `json:"created_at"`
	ExpiresAt    time.Time `json:"expires_at"`
	ResendAt     time.Time `json:"resend_at"`
	Message      struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	} `json:"message"`
}

// fields are the members of a JSON body beside those that are always there.
type fields map[string]any

// with returns the fields and those of more.
func (f fields) with(more ...fields) fields {
	for _, m := range more {
		for name, value := range m {
			f[name] = value
		}
	}
	return f
}

// tryStart asks a node for a verification of a number.
func (w *world) tryStart(n *node, number string, more ...fields) answer {
	return w.call(n, http.MethodPost, "/v1/verifications", fields{"to": number, "purpose": "signup"}.with(more...))
}

// start is tryStart that must be answered 201.
func (w *world) start(n *node, number string, more ...fields) verification {
	w.Helper()
	var v verification
	w.mustCall(http.StatusCreated, &v, n, http.MethodPost, "/v1/verifications",
		fields{"to": number, "purpose": "signup"}.with(more...))
	return v
}

// read looks at a verification.
func (w *world) read(n *node, id string) verification {
	w.Helper()
	var v verification
	w.mustCall(http.StatusOK, &v, n, http.MethodGet, "/v1/verifications/"+id, nil)
	return v
}

// checked is what a check found.
type checked struct {
	Status       string `json:"status"`
	Approved     bool   `json:"approved"`
	AttemptsLeft *int   `json:"attempts_left"`
	Receipt      string `json:"receipt"`
}

// left is the number of attempts that are left, -1 when it was not said.
func (c checked) left() int {
	if c.AttemptsLeft == nil {
		return -1
	}
	return *c.AttemptsLeft
}

// tryCheck submits a code to a node.
func (w *world) tryCheck(n *node, id, code string, more ...fields) (checked, answer) {
	a := w.call(n, http.MethodPost, "/v1/verifications/"+id+"/check", fields{"code": code}.with(more...))
	var c checked
	if a.status == http.StatusOK {
		if err := json.Unmarshal(a.body, &c); err != nil {
			a.err = err
		}
	}
	return c, a
}

// check is tryCheck that must be answered 200.
func (w *world) check(n *node, id, code string, more ...fields) checked {
	w.Helper()
	c, a := w.tryCheck(n, id, code, more...)
	if a.status != http.StatusOK || a.err != nil {
		w.Fatalf("a check at node %s answered %v", n.name, a)
	}
	return c
}

// ended waits until the message of a verification has an end, and returns it.
func (w *world) ended(n *node, id string) string {
	w.Helper()
	var status string
	w.wait("the end of a message", func() bool {
		status = w.read(n, id).Message.Status
		switch status {
		case "queued", "sending", "accepted":
			return false
		}
		return true
	})
	return status
}

// into reads the JSON object that was answered.
func (a answer) into(out any) error {
	if a.err != nil {
		return a.err
	}
	return json.Unmarshal(a.body, out)
}

// field is a text of the JSON object that was answered, "" for none.
func (a answer) field(name string) string {
	var object map[string]any
	_ = json.Unmarshal(a.body, &object) // another answer has none
	text, _ := object[name].(string)
	return text
}

// message is a text as the API shows it.
type message struct {
	ID             string `json:"id"`
	VerificationID string `json:"verification_id"`
	Status         string `json:"status"`
	StatusCode     string `json:"status_code"`
	Reason         words  `json:"reason"`
	Advice         words  `json:"advice"`

	ProviderMessageID string `json:"provider_message_id"`
}

// words are a sentence in both languages.
type words struct {
	Korean  string `json:"ko"`
	English string `json:"en"`
}

// search lists messages.
func (w *world) search(n *node, filter fields) []message {
	w.Helper()
	var page struct {
		Messages []message `json:"messages"`
	}
	w.mustCall(http.StatusOK, &page, n, http.MethodPost, "/v1/messages/search", filter)
	return page.Messages
}
