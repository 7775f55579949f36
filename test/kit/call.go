package kit

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

// Client keeps as many connections as the largest burst here needs.
var Client = &http.Client{
	Timeout: Patience,
	Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: Patience}).DialContext,
		MaxIdleConnsPerHost: 256,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Answer is what came back from a call.
type Answer struct {
	Status int // 0 when no whole answer came
	Header http.Header
	Body   []byte
	Took   time.Duration
	Err    error
}

// Code is the stable code of a problem document, "" for another answer.
func (a Answer) Code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.Body, &p) // another answer has none
	return p.Code
}

// Detail is what a problem document says for developers.
func (a Answer) Detail() string {
	var p struct{ Detail string }
	_ = json.Unmarshal(a.Body, &p) // another answer has none
	return p.Detail
}

// RetryAfter is the wait that the answer names, 0 for none.
func (a Answer) RetryAfter() time.Duration {
	s, _ := strconv.Atoi(a.Header.Get("Retry-After")) // none is 0
	return time.Duration(s) * time.Second
}

// String tells status and code; bodies hold numbers.
func (a Answer) String() string {
	if a.Err != nil {
		return a.Err.Error()
	}
	return fmt.Sprintf("%d %s", a.Status, a.Code())
}

// Edit changes a request before it is sent.
type Edit func(*http.Request)

// WithKey makes a Call with another application key.
func WithKey(key string) Edit {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
}

// Once gives a call an Idempotency-Key.
func Once(key string) Edit {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
}

// Request makes the Call that its parts say; body is sent as JSON.
func Request(ctx context.Context, method, address string, body any, edits ...Edit) Answer {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return Answer{Err: err}
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		return Answer{Err: err}
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edits {
		e(r)
	}
	return Send(r)
}

// Send makes a call.
func Send(r *http.Request) Answer {
	began := time.Now()
	resp, err := Client.Do(r)
	if err != nil {
		return Answer{Err: err}
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	a := Answer{Status: resp.StatusCode, Header: resp.Header}
	if a.Body, err = io.ReadAll(resp.Body); err != nil {
		return Answer{Err: err}
	}
	a.Took = time.Since(began)
	return a
}

// Call calls the API of a node with the key of the built-in application.
func (w *World) Call(n *Node, method, path string, body any, edits ...Edit) Answer {
	a := Request(w.Context(), method, "http://"+n.Listen+path, body, append([]Edit{WithKey(w.Key)}, edits...)...)
	if a.Status >= http.StatusBadRequest {
		told := a.Header.Clone()
		told.Del("RateLimit") // what is left of a million looks like codes
		_, _ = fmt.Fprintf(w.Refusals, "%v %s\n", told, a.Body)
	}
	return a
}

// MustCall is Call where the status is known; the answer is read into out.
func (w *World) MustCall(status int, out any, n *Node, method, path string, body any, edits ...Edit) Answer {
	w.Helper()
	a := w.Call(n, method, path, body, edits...)
	if a.Status != status {
		w.Fatalf("%s %s at node %s answered %v, want %d", method, path, n.Name, a, status)
	}
	if out != nil {
		if err := json.Unmarshal(a.Body, out); err != nil {
			w.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return a
}

// GatewayCall calls the emulator.
func (w *World) GatewayCall(method, path string, body any) Answer {
	w.Helper()
	a := Request(w.Context(), method, w.Gateway.URL+path, body)
	if a.Status/100 != 2 {
		w.Fatalf("the emulator answered %v to %s", a, method)
	}
	return a
}

// Verification is a verification as the API shows it.
type Verification struct {
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

// Fields are the members of a JSON body beside those that are always there.
type Fields map[string]any

// With returns the fields and those of more.
func (f Fields) With(more ...Fields) Fields {
	for _, m := range more {
		for name, value := range m {
			f[name] = value
		}
	}
	return f
}

// TryStart asks a node for a verification of a number.
func (w *World) TryStart(n *Node, number string, more ...Fields) Answer {
	return w.Call(n, http.MethodPost, "/v1/verifications", Fields{"to": number, "purpose": "signup"}.With(more...))
}

// Start is TryStart that must be answered 201.
func (w *World) Start(n *Node, number string, more ...Fields) Verification {
	w.Helper()
	var v Verification
	w.MustCall(http.StatusCreated, &v, n, http.MethodPost, "/v1/verifications",
		Fields{"to": number, "purpose": "signup"}.With(more...))
	return v
}

// Read looks at a verification.
func (w *World) Read(n *Node, id string) Verification {
	w.Helper()
	var v Verification
	w.MustCall(http.StatusOK, &v, n, http.MethodGet, "/v1/verifications/"+id, nil)
	return v
}

// Checked is what a check found.
type Checked struct {
	Status       string `json:"status"`
	Approved     bool   `json:"approved"`
	AttemptsLeft *int   `json:"attempts_left"`
	Receipt      string `json:"receipt"`
}

// Left is the number of attempts that are left, -1 when it was not said.
func (c Checked) Left() int {
	if c.AttemptsLeft == nil {
		return -1
	}
	return *c.AttemptsLeft
}

// TryCheck submits a code to a node.
func (w *World) TryCheck(n *Node, id, code string, more ...Fields) (Checked, Answer) {
	a := w.Call(n, http.MethodPost, "/v1/verifications/"+id+"/check", Fields{"code": code}.With(more...))
	var c Checked
	if a.Status == http.StatusOK {
		if err := json.Unmarshal(a.Body, &c); err != nil {
			a.Err = err
		}
	}
	return c, a
}

// Check is TryCheck that must be answered 200.
func (w *World) Check(n *Node, id, code string, more ...Fields) Checked {
	w.Helper()
	c, a := w.TryCheck(n, id, code, more...)
	if a.Status != http.StatusOK || a.Err != nil {
		w.Fatalf("a check at node %s answered %v", n.Name, a)
	}
	return c
}

// Ended waits until the message of a verification has an end, and returns it.
func (w *World) Ended(n *Node, id string) string {
	w.Helper()
	var status string
	w.Wait("the end of a message", func() bool {
		status = w.Read(n, id).Message.Status
		switch status {
		case "queued", "sending", "accepted":
			return false
		}
		return true
	})
	return status
}

// Into reads the JSON object that was answered.
func (a Answer) Into(out any) error {
	if a.Err != nil {
		return a.Err
	}
	return json.Unmarshal(a.Body, out)
}

// Field is a text of the JSON object that was answered, "" for none.
func (a Answer) Field(name string) string {
	var object map[string]any
	_ = json.Unmarshal(a.Body, &object) // another answer has none
	text, _ := object[name].(string)
	return text
}

// Message is a text as the API shows it.
type Message struct {
	ID             string `json:"id"`
	VerificationID string `json:"verification_id"`
	Status         string `json:"status"`
	StatusCode     string `json:"status_code"`
	Reason         Words  `json:"reason"`
	Advice         Words  `json:"advice"`

	ProviderMessageID string `json:"provider_message_id"`
}

// Words are a sentence in both languages.
type Words struct {
	Korean  string `json:"ko"`
	English string `json:"en"`
}

// Search lists messages.
func (w *World) Search(n *Node, filter Fields) []Message {
	w.Helper()
	var page struct {
		Messages []Message `json:"messages"`
	}
	w.MustCall(http.StatusOK, &page, n, http.MethodPost, "/v1/messages/search", filter)
	return page.Messages
}
