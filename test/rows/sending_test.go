package rows

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// The provider's calls of a hand-over.
const (
	callCreate = "/messages/v4/groups"
	callPut    = "/messages/v4/groups/*/messages"
	callSend   = "/messages/v4/groups/*/send"
)

// kill is one way of row 9 to end a node.
type kill struct {
	point string
	fault *sandbox.Fault // what the provider does meanwhile
}

var kills = []kill{
	{point: "start.drafted"}, {point: "start.committed"},
	{point: "pool.made"}, {point: "pool.stored"},
	{point: "handover.taken"}, {point: "handover.claimed"}, {point: "handover.put"},
	{point: "handover.sent"}, {point: "record.before"}, {point: "handover.recorded"},
	{"settle.read", &sandbox.Fault{Method: http.MethodPost, Path: callSend, Kind: sandbox.FaultDropReply, Times: -1}},
	{"settle.put", &sandbox.Fault{Method: http.MethodPut, Path: callPut, Kind: sandbox.FaultReset, Times: -1}},
	{"settle.sent", &sandbox.Fault{Method: http.MethodPost, Path: callSend, Kind: sandbox.FaultReset, Times: -1}},
}

// TestRow09_KilledAnywhereExactlyOneText kills a node at each point between a
// request and the provider's answer, while another, if there is one, goes on.
// Counting many rounds under faults is test/faults' part.
func TestRow09_KilledAnywhereExactlyOneText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{Program: kit.Crashing})
	starts := make(map[string][]asked, len(kills))
	for _, k := range kills {
		starts[k.point] = w.killAt(k)
	}
	for _, k := range kills {
		t.Run(k.point, func(t *testing.T) {
			for _, s := range starts[k.point] {
				w.in(t).exactlyOne(s)
			}
		})
	}
}

// asked is a start whose answer may never have come.
type asked struct {
	number string
	id     string // "" when not answered
}

// killAt has the first node asked for texts while it is killed, and starts it
// again.
func (w *world) killAt(k kill) []asked {
	w.Helper()
	a := w.A()
	a.Stop()
	a.Launch("SINPYO_CRASH_AT=" + k.point)
	w.Wait("the node to be ready or dead", func() bool { return a.Ready() || a.Died(0) })
	if k.fault != nil {
		if _, err := w.Provider.Arm(*k.fault); err != nil {
			w.Fatal(err)
		}
	}
	starts := make([]asked, 4)
	for i := range starts {
		starts[i].number = w.Number()
	}
	kit.Together(len(starts), func(i int) {
		got := w.TryStart(a, starts[i].number)
		switch {
		case got.Status == http.StatusCreated:
			starts[i].id = got.Field("id")
		case got.Status != 0 && got.Status < 500:
			w.Errorf("%s: a start was refused: %v", k.point, got)
		}
	})
	if !a.Died(5 * time.Second) {
		w.Errorf("%s: the node was never killed there", k.point)
		a.Kill()
	}
	w.Provider.Disarm("")
	a.Up()
	return starts
}

// exactlyOne waits for what became of a start that was answered: one text,
// whose code works. One that was not answered may have been kept or not; if it
// was, the same holds, and the caller finds it by its number.
func (w *world) exactlyOne(s asked) {
	w.Helper()
	id := s.id
	if id == "" {
		found := w.Search(w.B(), fields{"to": s.number})
		if len(found) != 1 {
			if n := len(w.Texts(s.number)); n != 0 || len(found) > 1 {
				w.Errorf("a start that was not answered left %d messages and %d texts", len(found), n)
			}
			return
		}
		id = found[0].VerificationID
	}
	if status := w.Ended(w.B(), id); status != "delivered" {
		w.Errorf("its message ends %s", status)
	}
	texts := w.Texts(s.number)
	if len(texts) != 1 {
		w.Errorf("%d texts, want 1", len(texts))
		return
	}
	if c := w.Check(w.B(), id, kit.CodeOf(texts[0].Text)); !c.Approved {
		w.Errorf("its delivered code gives %s", c.Status)
	}
}

// TestRow10_OneIdempotencyKeyOneText makes the same start 100 times at once, at
// both nodes, and again after all of them were restarted.
func TestRow10_OneIdempotencyKeyOneText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.Number()
	again := func(n *node) answer { return w.tryStartOnce(n, number, "order-7") }
	var mu sync.Mutex
	var bodies [][]byte
	kit.Together(100, func(i int) {
		var a answer
		for began := time.Now(); time.Since(began) < kit.Patience; { // as the answer asks a caller to
			if a = again(w.Any(i)); a.Code() != "idempotency_under_way" {
				break
			}
			if a.Status != http.StatusConflict || a.RetryAfter() <= 0 {
				t.Errorf("under way answered %v, to try again in %v", a, a.RetryAfter())
			}
			<-time.After(20 * time.Millisecond)
		}
		if a.Status != http.StatusCreated {
			t.Errorf("a repeated start answered %v", a)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, a.Body)
	})
	if t.Failed() {
		return
	}
	same := func(when string, body []byte) {
		t.Helper()
		if !bytes.Equal(body, bodies[0]) {
			t.Errorf("%s the answer differs", when)
		}
	}
	for _, b := range bodies {
		same("at once", b)
	}
	code := w.Code(number)
	w.Restart()
	for _, n := range w.Nodes {
		a := again(n)
		if a.Status != http.StatusCreated || a.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("after a restart node %s answered %v, replayed %q", n.Name, a, a.Header.Get("Idempotent-Replayed"))
		}
		same("after a restart", a.Body)
	}
	if a := w.tryStartOnce(w.B(), w.Number(), "order-7"); a.Status != http.StatusUnprocessableEntity || a.Code() != "idempotency_mismatch" {
		t.Errorf("another body under the same key answered %v", a)
	}
	w.Settled()
	if texts := w.Texts(number); len(texts) != 1 {
		t.Errorf("%d texts, want 1", len(texts))
	}

	t.Run("check", func(t *testing.T) {
		w, id := w.in(t), answer{Body: bodies[0]}.Field("id")
		guess := fields{"code": kit.Other(code, 0)}
		for i := range 6 {
			a := w.Call(w.Any(i), http.MethodPost, "/v1/verifications/"+id+"/check", guess, kit.Once("guess-1"))
			if a.Status != http.StatusOK || !strings.Contains(string(a.Body), `"attempts_left":4`) {
				t.Errorf("the same wrong check, time %d, answered %v: %s", i+1, a, a.Body)
			}
		}
		if got := w.Read(w.B(), id); got.AttemptsLeft != 4 {
			t.Errorf("one wrong check made six times leaves %d attempts, want 4", got.AttemptsLeft)
		}
	})
}

func (w *world) tryStartOnce(n *node, number, key string) answer {
	return w.Call(n, http.MethodPost, "/v1/verifications", fields{"to": number, "purpose": "signup"}, kit.Once(key))
}

// TestRow11_ALostAnswerIsFoundAgain loses the provider's answer to each call of
// a hand-over, in each way, once it has taken effect and before.
func TestRow11_ALostAnswerIsFoundAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	calls := []struct{ name, method, path string }{
		{"create", http.MethodPost, callCreate}, {"put", http.MethodPut, callPut}, {"send", http.MethodPost, callSend},
	}
	kinds := []struct {
		name  string
		fault sandbox.Fault
	}{
		{"answer lost", sandbox.Fault{Kind: sandbox.FaultDropReply}},
		{"503 after its effect", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503, After: true}},
		{"noise for an answer", sandbox.Fault{Kind: sandbox.FaultGarbage}},
		{"connection reset", sandbox.Fault{Kind: sandbox.FaultReset}},
	}
	type sent struct{ what, number, id string }
	var all []sent
	for _, c := range calls {
		for i, k := range kinds {
			k.fault.Method, k.fault.Path = c.method, c.path
			if _, err := w.Provider.Arm(k.fault); err != nil {
				t.Fatal(err)
			}
			s := sent{what: c.name + ", " + k.name, number: w.Number()}
			s.id = w.Start(w.Any(i), s.number).ID
			w.Code(s.number)
			all = append(all, s)
		}
	}
	w.Provider.Disarm("")
	w.Settled()
	for _, s := range all {
		if status := w.Ended(w.B(), s.id); status != "delivered" {
			t.Errorf("%s: the message ends %s", s.what, status)
		}
		if n := len(w.Texts(s.number)); n != 1 {
			t.Errorf("%s: %d texts, want 1", s.what, n)
		}
	}
}

// TestRow14_AProviderThatIsDownIsToldAtOnce runs alone: what is measured is the
// program's time, not the wait for a processor.
func TestRow14_AProviderThatIsDownIsToldAtOnce(t *testing.T) {
	w := newWorld(t, setup{})
	for _, n := range w.Nodes {
		w.Start(n, w.Number())
	}
	if _, err := w.Provider.Arm(sandbox.Fault{Path: "**", Kind: sandbox.FaultStatus, Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	for _, n := range w.Nodes {
		var down answer
		w.Wait("the breaker of node "+n.Name, func() bool {
			down = w.TryStart(n, w.Number())
			return down.Status != http.StatusCreated
		})
		const tries = 41
		took := make([]time.Duration, tries)
		for i := range took {
			a := w.TryStart(n, w.Number())
			if a.Status != http.StatusServiceUnavailable || a.Code() != "provider_unavailable" || a.RetryAfter() <= 0 {
				t.Fatalf("while the provider is down node %s answered %v, to try again in %v", n.Name, a, a.RetryAfter())
			}
			took[i] = a.Took
		}
		slices.Sort(took)
		t.Logf("node %s refuses in %v, the slowest of %d in %v", n.Name, took[tries/2], tries, took[tries-1])
		// Two of them may have waited for a processor.
		if slowest := took[tries-3]; slowest > 50*time.Millisecond {
			t.Errorf("node %s takes %v to refuse, want under 50 ms", n.Name, slowest)
		}
	}
	w.Provider.Disarm("")
	back := time.Now()
	for _, n := range w.Nodes {
		number := w.Number()
		w.WaitFor(5*time.Second, "node "+n.Name+" to start again", func() bool {
			a := w.TryStart(n, number)
			if a.Status == http.StatusCreated {
				return true
			}
			number = w.Number()
			return false
		})
		w.Code(number)
	}
	t.Logf("the nodes were back %v after the provider", time.Since(back))
	w.Settled()
	for i := range w.Numbers.Load() {
		if n := len(w.Texts(fmt.Sprintf("0100000%04d", i+1))); n > 1 {
			t.Errorf("a number got %d texts over the outage", n)
		}
	}
}
