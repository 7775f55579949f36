package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Webhooks are called in turn, each by a goroutine that lives as long as there
// is something to tell. Under WithClock there is none: Settle makes the calls.

// hookPatienceTime is how long a receiver may take to answer (T).
const hookPatienceTime = 5 * time.Second

// hookSuccess is the outcome of a call that was answered 200; others are the
// status, or the kind of failure.
const hookSuccess = "200"

// parcel is one call to a webhook, ready to be made outside the lock.
type parcel struct {
	hook     *webhook
	delivery *delivery
	url      string
	event    string
	secret   string
	items    []any
}

// pack takes what a webhook is owed; it returns nil when nothing is.
func (w *world) pack(h *webhook) *parcel {
	d := h.take()
	if h.taken = d; d == nil {
		return nil
	}
	p := &parcel{hook: h, delivery: d, url: h.url, event: h.event, secret: h.secret, items: make([]any, len(d.reports))}
	for i, r := range d.reports {
		p.items[i] = w.viewReport(r, d.tries)
	}
	return p
}

// viewReport is one item as it goes out, flat or in an envelope.
func (w *world) viewReport(r report, retries int) any {
	var data any
	if r.message != nil {
		data = viewMessageReport(r.message)
	} else {
		data = w.viewGroup(r.group)
	}
	if !w.set.quirks.EnvelopeReports {
		return data
	}
	return struct {
		EventDataID string `json:"eventDataId"`
		Data        any    `json:"data"`
		RetryCount  int    `json:"retryCount"`
	}{r.id, data, retries}
}

// messageReport is what SINGLE-REPORT tells of a message.
type messageReport struct {
	MessageID     string            `json:"messageId"`
	GroupID       string            `json:"groupId"`
	Type          *string           `json:"type"`
	To            string            `json:"to"`
	From          string            `json:"from"`
	StatusCode    string            `json:"statusCode"`
	StatusMessage string            `json:"statusMessage"`
	NetworkCode   *string           `json:"networkCode"`
	DateProcessed *string           `json:"dateProcessed"`
	DateReported  *string           `json:"dateReported"`
	DateReceived  *string           `json:"dateReceived"`
	CustomFields  map[string]string `json:"customFields"`
	KakaoOptions  any               `json:"kakaoOptions"`
	RCSOptions    struct{}          `json:"rcsOptions"`
	NaverOptions  struct{}          `json:"naverOptions"`
}

func viewMessageReport(m *message) messageReport {
	v := viewMessage(m)
	out := messageReport{
		MessageID: m.id, GroupID: m.group.id, Type: v.Type, To: m.to, From: m.from,
		StatusCode: m.code, StatusMessage: statusText(m.code), NetworkCode: v.NetworkCode,
		DateProcessed: v.DateProcessed, DateReported: v.DateReported, DateReceived: v.DateReceived,
		CustomFields: v.CustomFields, KakaoOptions: struct{}{},
	}
	if v.KakaoOptions != nil {
		out.KakaoOptions = v.KakaoOptions
	}
	return out
}

// owedHooks returns the webhooks a goroutine has to begin to call, and marks
// them as being called.
func (w *world) owedHooks() []*webhook {
	var out []*webhook
	for _, h := range w.hooks {
		if h.owed() {
			h.busy = true
			out = append(out, h)
		}
	}
	return out
}

// serveHook calls one webhook until it is owed nothing.
func (s *Sandbox) serveHook(h *webhook) {
	for s.life.Err() == nil && s.callHook(h) {
	}
}

// callHook makes the next call to a webhook and reports whether there was one.
func (s *Sandbox) callHook(h *webhook) bool {
	var p *parcel
	s.change(func(w *world) {
		if p = w.pack(h); p == nil {
			h.busy = false
		}
	})
	if p == nil {
		return false
	}
	finish := s.dispatch(p)
	s.change(func(w *world) {
		if h.taken = nil; h.status == hookActive { // it may have been deleted meanwhile
			finish(w)
		}
	})
	return true
}

// dispatch makes a call under a fault, if one was drawn, and returns what is to
// be noted: how it ended, or that it was put off.
func (s *Sandbox) dispatch(p *parcel) (finish func(*world)) {
	outcome := hookSuccess
	f := s.drawHookFault(p)
	switch {
	case f == nil:
		outcome = s.post(p)
	case f.Kind == FaultHookLate:
		return func(w *world) { w.deliverAfter(f.delay(), p.hook, p.delivery) }
	case f.Kind == FaultHookReorder:
		return func(w *world) { w.hold(p.hook, p.delivery) }
	case f.Kind == FaultHookForge:
		p.secret = secretHex("not " + p.secret)
		outcome = s.post(p)
	case f.Kind == FaultHookDuplicate:
		s.post(p)
		outcome = s.post(p)
	}
	return func(w *world) { w.book(p.hook, p.delivery, outcome) }
}

func (s *Sandbox) drawHookFault(p *parcel) *Fault {
	if p.delivery.faulted {
		return nil
	}
	path := p.url
	if u, err := url.Parse(p.url); err == nil {
		path = u.Path
	}
	f := s.faults.drawHook(path)
	if f != nil {
		p.delivery.faulted = true
		s.hub.tell(partFaults)
	}
	return f
}

// post makes one call and returns its outcome.
func (s *Sandbox) post(p *parcel) string {
	body, err := json.Marshal(p.items)
	if err != nil {
		return "unencodable"
	}
	ctx, cancel := context.WithTimeout(s.life, hookPatienceTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return "bad address"
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Solapi-Event-Name", p.event)
	if p.secret != "" {
		r.Header.Set("X-Solapi-Secret", p.secret)
	}
	resp, err := s.set.hookClient.Do(r)
	if err != nil {
		return hookFailure(err)
	}
	_ = resp.Body.Close() // the status is all that counts
	return strconv.Itoa(resp.StatusCode)
}

// hookFailure names a failed call without its address, which may hold a secret.
func hookFailure(err error) string {
	var timeout net.Error
	var dial *net.OpError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "cannot be reached"
	}
	return "connection failed"
}
