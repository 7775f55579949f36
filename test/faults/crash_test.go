package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// The calls of the provider that a hand-over makes.
const (
	create = "/messages/v4/groups"
	put    = "/messages/v4/groups/*/messages"
	send   = "/messages/v4/groups/*/send"
)

// trouble is something that happens to the next calls of the provider.
type trouble struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Kind    string `json:"kind"`
	Status  int    `json:"status,omitempty"`
	After   bool   `json:"after,omitempty"`
	Times   int    `json:"times"`
	DelayMS int    `json:"delay_ms,omitempty"`
}

// fault is what one round does to the program.
type fault struct {
	point   string // where it is killed
	trouble *trouble
	refused bool // the provider refuses every message meanwhile
}

// faults are walked through in turn. Each point between the request and the
// provider's answer is there, each way of losing the answer of each call, and
// each act by which a batch is settled afterwards.
var faults = []fault{
	{point: "start.drafted"}, {point: "start.committed"},
	{point: "pool.made"}, {point: "pool.stored"},
	{point: "handover.taken"}, {point: "handover.claimed"}, {point: "handover.put"},
	{point: "handover.sent"}, {point: "record.before"}, {point: "handover.recorded"},
	{point: "settle.read", trouble: &trouble{http.MethodPost, send, "drop_reply", 0, false, 1, 0}},
	{point: "settle.read", trouble: &trouble{http.MethodPut, put, "drop_reply", 0, false, 1, 0}},
	{point: "settle.put", trouble: &trouble{http.MethodPut, put, "reset", 0, false, 1, 0}},
	{point: "settle.put", trouble: &trouble{http.MethodPut, put, "status", 503, false, 2, 0}},
	{point: "settle.sent", trouble: &trouble{http.MethodPut, put, "drop_reply", 0, false, 1, 0}},
	{point: "settle.sent", trouble: &trouble{http.MethodPost, send, "reset", 0, false, 1, 0}},
	{point: "settle.sent", trouble: &trouble{http.MethodPut, put, "status", 500, true, 1, 0}},
	{point: "record.before", trouble: &trouble{http.MethodPost, send, "status", 503, true, 1, 0}},
	{point: "handover.put", trouble: &trouble{http.MethodPost, create, "drop_reply", 0, false, 2, 0}},
	{point: "handover.claimed", trouble: &trouble{http.MethodPost, create, "reset", 0, false, 2, 0}},
	{point: "start.committed", trouble: &trouble{http.MethodPost, create, "status", 502, true, 2, 0}},
	{point: "settle.deleted", refused: true},
	{point: ""}, // killed from outside, whatever it is doing
}

// start is one verification asked for.
type start struct {
	number   string
	id       string // empty when no answer came
	answered bool
	refused  bool // asked for while the provider refused every message
}

const startsPerRound = 6

// TestCrash_EveryAnsweredStartHasExactlyOneText kills the program again and
// again. Whatever was answered 201 must have exactly one text in the end and
// its code must work; whatever was not may have one or none.
func TestCrash_EveryAnsweredStartHasExactlyOneText(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("SINPYO_TEST_CRASHES"))
	if err != nil || rounds < 1 {
		t.Skip("SINPYO_TEST_CRASHES does not say how many times to kill the program; make test does")
	}
	provider := sandbox.New(sandbox.WithKey("NCSFAULTS0000001", "secret"), sandbox.WithBalance(1e9, 0),
		sandbox.WithCarrierDelay(5*time.Millisecond), sandbox.WithReportDelay(20*time.Millisecond))
	t.Cleanup(provider.Close)
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	r := &run{
		t: t, program: newProgram(t, server.URL, "NCSFAULTS0000001", "secret"),
		provider: provider, url: server.URL, fired: map[string]int{},
	}
	for round := range rounds {
		r.round(faults[round%len(faults)])
		if round%30 == 29 || round == rounds-1 {
			r.count() // while the texts are still wanted
		}
	}
	t.Logf("fault=kill injected=%d accepted=%d sent=%d duplicated=%d lost=%d approved=%d unanswered=%d",
		rounds, r.accepted, r.sent, r.doubled, r.lost, r.approved, r.unanswered)
	for _, f := range faults[:min(rounds, len(faults))] {
		if f.point != "" && r.fired[f.point] == 0 {
			t.Errorf("the program was never killed at %s", f.point)
		}
	}
}

type run struct {
	t        *testing.T
	program  *program
	provider *sandbox.Sandbox
	url      string
	next     int // number
	starts   []start
	fired    map[string]int

	accepted, sent, doubled, lost, approved, unanswered int
}

// round starts the program, asks for texts while it is killed, and leaves what
// it left to the next round.
func (r *run) round(f fault) {
	if f.refused {
		r.count() // what earlier rounds left must not be refused
	}
	s := r.program.start(f.point)
	defer s.kill()
	if r.program.ready(s) {
		if f.trouble != nil {
			r.control("faults", f.trouble)
		}
		if f.refused {
			r.control("senders", map[string]string{"phoneNumber": "0215770000", "status": "INACTIVE"})
		}
		r.ask(f.refused)
	}
	if s.died(3 * time.Second) {
		r.fired[f.point]++
	}
	if f.refused {
		s.kill()
		r.control("senders", map[string]string{"phoneNumber": "0215770000", "status": "ACTIVE"})
	}
}

// ask asks for several texts at once.
func (r *run) ask(refused bool) {
	starts := make([]start, startsPerRound)
	var wg sync.WaitGroup
	for i := range starts {
		r.next++
		starts[i] = start{number: fmt.Sprintf("010%08d", r.next), refused: refused}
		wg.Go(func() {
			var answer struct {
				ID string `json:"id"`
			}
			status, err := r.program.call(http.MethodPost, "/v1/verifications",
				map[string]string{"to": starts[i].number, "purpose": "signup"}, &answer)
			switch {
			case status == http.StatusCreated && err == nil:
				starts[i].id, starts[i].answered = answer.ID, true
			case status != 0 && status < 500:
				r.t.Errorf("a start was refused: %v", err)
			}
		})
	}
	wg.Wait()
	r.starts = append(r.starts, starts...)
}

var lastLine = regexp.MustCompile(`@localhost #(\d{6})$`)

// count lets the program come to rest and then asks the emulator how many
// texts each number got.
func (r *run) count() {
	s := r.program.start("")
	defer s.kill()
	r.program.ready(s)
	for _, st := range r.starts {
		if !st.answered {
			r.unanswered++
			if n := len(r.provider.Handset(st.number)); n > 1 {
				r.doubled += n - 1
				r.t.Errorf("a start that was not answered got %d texts", n)
			}
			continue
		}
		r.accepted++
		status := r.end(st)
		texts := r.provider.Handset(st.number)
		r.sent += len(texts)
		switch {
		case len(texts) > 1:
			r.doubled += len(texts) - 1
			r.t.Errorf("a number got %d texts", len(texts))
		case len(texts) == 0 && st.refused && status == "rejected":
		case len(texts) == 0:
			r.lost++
			r.t.Errorf("an answered start got no text; its message is %s", status)
		default:
			r.check(st, texts[0].Text)
		}
	}
	r.starts = nil
}

// end waits until the message of a start has an end, and returns it.
func (r *run) end(st start) string {
	var v struct {
		Message struct {
			Status string `json:"status"`
		} `json:"message"`
	}
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		if _, err := r.program.call(http.MethodGet, "/v1/verifications/"+st.id, nil, &v); err != nil {
			r.t.Errorf("an answered start is gone: %v", err)
			return "gone"
		}
		switch v.Message.Status {
		case "queued", "sending":
		default:
			return v.Message.Status
		}
	}
	return v.Message.Status
}

// check submits the code of a text: what was delivered must work.
func (r *run) check(st start, text string) {
	code := lastLine.FindStringSubmatch(text)
	if code == nil {
		r.t.Error("a text has no last line")
		return
	}
	var v struct {
		Approved bool `json:"approved"`
	}
	_, err := r.program.call(http.MethodPost, "/v1/verifications/"+st.id+"/check", map[string]string{"code": code[1]}, &v)
	if err != nil || !v.Approved {
		r.t.Errorf("a delivered code was not approved: %v", err)
		return
	}
	r.approved++
}

// control calls one of the emulator's own controls.
func (r *run) control(path string, body any) {
	r.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+"/sandbox/"+path, bytes.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode/100 != 2 {
		r.t.Fatalf("/sandbox/%s answered %s", path, resp.Status)
	}
}
