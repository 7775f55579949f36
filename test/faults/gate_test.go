package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gate stands before the emulated provider and lets the next calls go wrong.
type gate struct {
	provider http.Handler
	holding  atomic.Int64 // calls that go wrong just now

	mu   sync.Mutex
	left int // calls that are still to go wrong
	only func(*http.Request) bool
	act  wrong
}

// wrong is what becomes of a call in place of the provider's answer.
type wrong func(w http.ResponseWriter, r *http.Request, provider http.Handler)

// before puts the gate before the provider.
func (g *gate) before(provider http.Handler) http.Handler {
	g.provider = provider
	return g
}

// ServeHTTP implements [http.Handler].
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	act := g.take(r)
	if act == nil {
		g.provider.ServeHTTP(w, r)
		return
	}
	defer g.holding.Add(-1)
	act(w, r, g.provider)
}

func (g *gate) take(r *http.Request) wrong {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left == 0 || strings.HasPrefix(r.URL.Path, "/sandbox") || g.only != nil && !g.only(r) {
		return nil
	}
	g.left--
	g.holding.Add(1)
	return g.act
}

// hit lets the next n calls go wrong, of those that only admits where it is given.
func (g *gate) hit(n int, act wrong, only func(*http.Request) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.act, g.only = n, act, only
}

// spent reports whether all calls have gone wrong that were to, to their end.
func (g *gate) spent() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.left == 0 && g.holding.Load() == 0
}

// perform lets the provider do what was asked, whether or not anybody waits for
// its answer.
func perform(r *http.Request, provider http.Handler) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	provider.ServeHTTP(answer, r)
	return answer
}

// read takes the call in, so that it can be performed when the caller has gone.
func read(r *http.Request) *http.Request {
	body, _ := io.ReadAll(r.Body) // cut short, it is refused for what it is
	alone := r.Clone(context.WithoutCancel(r.Context()))
	alone.Body = io.NopCloser(bytes.NewReader(body))
	return alone
}

// cut ends the connection: by a reset, or as if nothing more was to be said.
func cut(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0) // without it the cut is a plain close
	}
	_ = conn.Close() // nothing is left to be told
}

// pass answers what the provider answered.
func pass(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a caller that has gone needs no answer
}

// slow performs the call late, even when the caller has gone meanwhile.
func slow(d time.Duration) wrong {
	return func(w http.ResponseWriter, r *http.Request, provider http.Handler) {
		r = read(r)
		time.Sleep(d)
		pass(w, perform(r, provider))
	}
}

// answerLost performs the call and says nothing.
func answerLost(w http.ResponseWriter, r *http.Request, provider http.Handler) {
	perform(read(r), provider)
	cut(w, false)
}

// resetSending resets the connection while the call is being sent.
func resetSending(w http.ResponseWriter, _ *http.Request, _ http.Handler) { cut(w, true) }

// resetReading performs the call and resets the connection in the middle of the
// answer.
func resetReading(w http.ResponseWriter, r *http.Request, provider http.Handler) {
	answer := perform(read(r), provider)
	body := answer.Body.Bytes()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	cut(w, true)
}

// refuse answers a refusal in place of performing the call.
func refuse(status int, code string, retryAfter int) wrong {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		if retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"errorCode": code, "errorMessage": "일부러 낸 오류입니다."})
	}
}

// broken performs the call and answers half of a page instead.
func broken(w http.ResponseWriter, r *http.Request, provider http.Handler) {
	perform(read(r), provider)
	_, _ = io.WriteString(w, `{"groupId":"G4V<!doctype html><h1>Bad Gateway</h1>`)
}

// huge performs the call and answers more than anybody should read.
func huge(w http.ResponseWriter, r *http.Request, provider http.Handler) {
	perform(read(r), provider)
	piece := bytes.Repeat([]byte(" "), 1<<20)
	for range 256 {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

// dripping performs the call and answers a byte at a time, for as long as the
// caller listens.
func dripping(w http.ResponseWriter, r *http.Request, provider http.Handler) {
	answer := perform(read(r), provider)
	w.WriteHeader(answer.Code)
	for _, b := range answer.Body.Bytes() {
		if _, err := w.Write([]byte{b}); err != nil || r.Context().Err() != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		time.Sleep(200 * time.Millisecond)
	}
}
