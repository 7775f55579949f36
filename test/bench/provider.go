package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/measure"
)

// text is one text as the provider took it.
type text struct {
	code string
	at   time.Time // when the call that sends it had been answered
}

// provider is the emulator inside this process, listened in on: whoever waits
// for a number hears its text the moment the send call has been answered, with
// no polling to pay for.
type provider struct {
	*httptest.Server
	calls atomic.Int64 // since the start
	delay atomic.Int64 // nanoseconds put before each answer

	mu      sync.Mutex
	groups  map[string][]heard     // put, not yet sent
	waiting map[string]chan<- text // by number
}

// heard is what a put tells of one message.
type heard struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

func startProvider() *provider {
	p := &provider{groups: map[string][]heard{}, waiting: map[string]chan<- text{}}
	emulator := sandbox.New(sandbox.WithKey(measure.APIKey, measure.APISecret), sandbox.WithBalance(1e12, 0), sandbox.WithKeep(10_000))
	p.Server = httptest.NewServer(p.listenIn(emulator))
	return p
}

// expect returns where the text for a number will be told.
func (p *provider) expect(to string) <-chan text {
	told := make(chan text, 1)
	p.mu.Lock()
	p.waiting[to] = told
	p.mu.Unlock()
	return told
}

// listenIn notes what is put into groups and tells it when they are sent.
func (p *provider) listenIn(next http.Handler) http.Handler {
	const prefix = "/messages/v4/groups/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d := p.delay.Load(); d > 0 {
			time.Sleep(time.Duration(d))
		}
		group, act, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix), "/")
		if r.Method != http.MethodGet {
			p.calls.Add(1) // reading what became of texts is not handing over
		}
		switch {
		case act == "messages" && r.Method == http.MethodPut:
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			var put struct{ Messages []heard }
			if json.Unmarshal(body, &put) == nil {
				p.mu.Lock()
				p.groups[group] = append(p.groups[group], put.Messages...)
				p.mu.Unlock()
			}
			next.ServeHTTP(w, r)
		case act == "send":
			next.ServeHTTP(w, r)
			p.tell(group)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// tell passes the texts of a sent group to those who wait for them.
func (p *provider) tell(group string) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.groups[group] {
		if told := p.waiting[m.To]; told != nil {
			told <- text{code: codeIn(m.Text), at: now}
			delete(p.waiting, m.To)
		}
	}
	delete(p.groups, group)
}

// codeIn returns the six digits behind the last "#" of a text.
func codeIn(s string) string { return s[strings.LastIndexByte(s, '#')+1:] }
