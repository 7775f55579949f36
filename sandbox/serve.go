package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxBody = 15 << 20 // bytes per request, the provider's own limit

	// firstRead bounds the memory that a body is given for its announced length
	// alone; a body that does come is given more.
	firstRead = 64 << 10

	// bodyTime is how long a body may take to arrive.
	bodyTime = time.Minute
)

// call is one request to the provider's surface on its way through.
type call struct {
	s    *Sandbox
	r    *http.Request
	form form // the parameters of a legacy call
	body []byte
	now  time.Time
	note note // what it meant, for the request log
	conn *http.ResponseController
}

// bodyUntil sets when reading the body is given up; zero is never. A transport
// without deadlines, such as RoundTrip, brings bodies at once.
func (c *call) bodyUntil(t time.Time) {
	if c.conn != nil {
		_ = c.conn.SetReadDeadline(t)
	}
}

// endpoint answers a call with a value to be encoded, or an error.
type endpoint func(c *call) (any, error)

// routes is the provider's surface.
func (s *Sandbox) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, e := range map[string]endpoint{
		"POST /messages/v4/send":                   sendOne,
		"POST /messages/v4/send-many":              sendMany,
		"POST /messages/v4/send-many/detail":       sendManyDetail,
		"POST /messages/v4/groups":                 createGroup,
		"GET /messages/v4/groups":                  listGroups,
		"GET /messages/v4/groups/{id}":             getGroup,
		"DELETE /messages/v4/groups/{id}":          deleteGroup,
		"PUT /messages/v4/groups/{id}/messages":    putMessages,
		"POST /messages/v4/groups/{id}/messages":   putMessages,
		"GET /messages/v4/groups/{id}/messages":    listGroupMessages,
		"DELETE /messages/v4/groups/{id}/messages": deleteMessages,
		"POST /messages/v4/groups/{id}/send":       sendGroup,
		"POST /messages/v4/groups/{id}/resend":     resendGroup,
		"POST /messages/v4/groups/{id}/schedule":   scheduleGroup,
		"DELETE /messages/v4/groups/{id}/schedule": cancelSchedule,
		"GET /messages/v4/list":                    listMessages,
		"GET /messages/v4/list-old":                listMessages,
		"GET /cash/v1/balance":                     getBalance,
		"GET /senderid/v1/numbers":                 listSenders,
		"GET /senderid/v1/numbers/active":          listActiveSenders,
		"GET /webhook/v1/events":                   listWebhookEvents,
		"GET /webhook/v1/outgoing":                 listWebhooks,
		"POST /webhook/v1/outgoing":                createWebhook,
		"PUT /webhook/v1/outgoing/{id}":            updateWebhook,
		"DELETE /webhook/v1/outgoing/{id}":         deleteWebhook,
		"POST /webhook/v1/outgoing-test":           testWebhook,
	} {
		mux.Handle(pattern, s.provider(e))
	}
	for pattern, e := range resourceRoutes {
		mux.Handle(pattern, s.provider(e))
	}
	s.legacyRoutes(mux)
	mux.Handle("/", s.provider(func(*call) (any, error) { return nil, errNotFound }))
	return mux
}

// ServeHTTP answers the provider's surface under any host, and the controls
// and the page under loopback hosts.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "sinpyo-sandbox")
	path := r.URL.Path
	if path == "/" || path == "/sandbox" || strings.HasPrefix(path, "/sandbox/") {
		s.control.ServeHTTP(w, r)
		return
	}
	if len(path) > 1 && strings.HasSuffix(path, "/") {
		r = withPath(r, strings.TrimRight(path, "/")) // the documents themselves write /groups/
	}
	s.mux.ServeHTTP(w, r)
}

func withPath(r *http.Request, path string) *http.Request {
	u := new(url.URL)
	*u = *r.URL
	u.Path, u.RawPath = path, ""
	r2 := new(http.Request)
	*r2 = *r
	r2.URL = u
	return r2
}

// provider wraps an endpoint: fault, signature, body, call, answer, log.
func (s *Sandbox) provider(e endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, r: r, now: s.set.now(), conn: http.NewResponseController(w)}
		entry := s.log.open(r, c.now)
		fault := s.faults.draw(r.Method, r.URL.Path)
		if fault != nil {
			s.hub.tell(partFaults)
		}
		a := s.perform(c, e, fault)
		if c.legacy() {
			a = a.inLegacyForm()
		}
		entry.body, entry.reply = c.body, a.body
		entry.note, entry.code, entry.status = c.note, a.code, a.status
		if fault != nil {
			entry.fault = fault.Kind
		}
		entry.took = s.set.now().Sub(c.now)
		s.log.close(entry)
		s.hub.tell(partRequests)
		a.deliver(w, r)
	})
}

// perform runs a call under a fault, if one was drawn. Which faults leave the
// call undone is told at Fault.
func (s *Sandbox) perform(c *call, e endpoint, f *Fault) answer {
	if f == nil {
		return s.run(c, e)
	}
	switch f.Kind {
	case FaultDelay:
		wait(c.r.Context(), f.delay())
		return s.run(c, e)
	case FaultReset:
		return answer{cut: cutReset}
	case FaultStatus:
		if f.After {
			s.run(c, e)
		}
		return f.answer()
	}
	a := s.run(c, e)
	switch f.Kind {
	case FaultDropReply:
		a.cut, a.status = cutSilent, 0
	case FaultGarbage:
		a.status, a.body = http.StatusOK, []byte("{\"groupId\":\"G4V<!doctype html><h1>Bad Gateway</h1>")
	case FaultSlowBody:
		a.drip = f.delay()
	}
	return a
}

// run authenticates, reads and performs a call. The signature does not cover
// the body, so nobody without a key makes it read one.
func (s *Sandbox) run(c *call, e endpoint) answer {
	c.bodyUntil(time.Now().Add(s.set.bodyTime))
	if err := c.enter(); err != nil {
		return refuse(err)
	}
	v, err := e(c)
	if err != nil {
		return refuse(err)
	}
	body, ok := v.(encoded)
	if !ok {
		if body, err = json.Marshal(v); err != nil {
			return refuse(err)
		}
	}
	return answer{status: http.StatusOK, body: body}
}

// read takes the body in, at most 15 MB.
func (c *call) read() error {
	if c.r.Body == nil || c.r.ContentLength == 0 {
		c.bodyUntil(time.Time{})
		return nil
	}
	var buf bytes.Buffer
	switch n := c.r.ContentLength; {
	case n > maxBody:
		return errTooLarge // without waiting for it
	case n > 0:
		buf.Grow(int(min(n, firstRead)) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(c.r.Body, maxBody+1))
	c.body = buf.Bytes()
	switch {
	case n > maxBody:
		return errTooLarge
	case err != nil:
		return errValidation.because("본문을 끝까지 읽지 못했습니다.")
	}
	c.bodyUntil(time.Time{}) // or a long delay would end with it
	return nil
}

// refuse is the answer to a call that failed.
func refuse(err error) answer {
	var r *refusal
	if !errors.As(err, &r) {
		r = errInternal
	}
	body, _ := json.Marshal(struct { // two strings always encode
		Code    string `json:"errorCode"`
		Message string `json:"errorMessage"`
	}{r.code, r.message})
	return answer{status: r.status, body: body, code: r.code}
}

// wait sleeps unless the caller hangs up first.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
