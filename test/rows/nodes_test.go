package rows

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

func TestNodes_ARevokedKeyIsRefusedAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	for range 5 {
		id, key := w.NewKey("to be revoked")
		for _, n := range w.Nodes {
			if a := w.Call(n, http.MethodGet, "/v1/verifications/ver_none", nil, kit.WithKey(key)); a.Status != http.StatusNotFound {
				t.Fatalf("before it is revoked node %s answers the key %v", n.Name, a)
			}
		}
		w.A().CLI("keys", "revoke", id)
		for _, n := range w.Nodes {
			a := w.Call(n, http.MethodGet, "/v1/verifications/ver_none", nil, kit.WithKey(key))
			if a.Status != http.StatusUnauthorized || a.Code() != "key_invalid" {
				t.Errorf("after it was revoked node %s answers the key %v", n.Name, a)
			}
		}
	}
}

// TestNodes_AVerificationIsAtHomeEverywhere takes one verification through its
// life with each act at the node that did not do the one before.
func TestNodes_AVerificationIsAtHomeEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	a, b := w.A(), w.B()
	number := w.Number()
	v := w.Start(a, number, fields{"binding": "x"})
	code := w.Code(number)
	if got := w.Read(b, v.ID); got.Status != "pending" {
		t.Errorf("the other node shows it as %s", got.Status)
	}
	if c := w.Check(b, v.ID, kit.Other(code, 0), fields{"binding": "x"}); c.Left() != 4 {
		t.Errorf("a wrong code at the other node leaves %d", c.Left())
	}
	if c := w.Check(a, v.ID, kit.Other(code, 1), fields{"binding": "x"}); c.Left() != 3 {
		t.Errorf("and one at the first leaves %d", c.Left())
	}
	c := w.Check(b, v.ID, code, fields{"binding": "x"})
	if !c.Approved {
		t.Fatalf("the right code at the other node gives %s", c.Status)
	}
	if got := w.Read(a, v.ID); got.Status != "approved" {
		t.Errorf("the first node shows it as %s", got.Status)
	}
	w.MustCall(http.StatusOK, nil, a, http.MethodPost, "/v1/receipts/redeem", fields{"receipt": c.Receipt, "purpose": "signup"})
	if got := w.Read(b, v.ID); got.Status != "redeemed" {
		t.Errorf("the other node shows it as %s", got.Status)
	}
	if got := w.Call(b, http.MethodPost, "/v1/receipts/redeem", fields{"receipt": c.Receipt, "purpose": "signup"}); got.Code() != "receipt_used" {
		t.Errorf("the other node redeems it again: %v", got)
	}

	canceled := w.Start(b, w.Number())
	w.MustCall(http.StatusOK, nil, a, http.MethodPost, "/v1/verifications/"+canceled.ID+"/cancel", nil)
	if got := w.Read(b, canceled.ID); got.Status != "canceled" {
		t.Errorf("what the first node canceled the other shows as %s", got.Status)
	}
}

// TestNodes_AStreamTellsWhatTheOtherNodeDid listens at one node while the other
// starts, checks and approves.
func TestNodes_AStreamTellsWhatTheOtherNodeDid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.Number()
	v := w.Start(w.A(), number)
	events := w.listen(w.B(), v.ID)
	events.until(`"pending"`)
	code := w.Code(number)
	events.until(`"delivered"`)
	began := time.Now()
	w.Check(w.A(), v.ID, kit.Other(code, 0))
	events.until(`"attempts_left":4`)
	w.Check(w.A(), v.ID, code)
	events.until(`"approved"`)
	t.Logf("a wrong and a right code were told within %v", time.Since(began))
	events.end()
}

// stream is an open stream of events.
type stream struct {
	*world
	lines chan string
}

func (w *world) listen(n *node, id string) stream {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), kit.Patience)
	w.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Listen+"/v1/verifications/"+id+"/events", nil)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.Key)
	resp, err := kit.Client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		w.Fatalf("the stream answered %s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	s := stream{w, make(chan string, 1000)}
	go func() {
		defer close(s.lines)
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			s.lines <- lines.Text()
		}
	}()
	return s
}

// until reads on to an event that holds a text.
func (s stream) until(text string) {
	s.Helper()
	for line := range s.lines {
		if strings.HasPrefix(line, "data:") && strings.Contains(strings.ReplaceAll(line, " ", ""), text) {
			return
		}
	}
	s.Fatalf("the stream ended without %s", text)
}

// end waits until the server ends the stream, as it does when nothing can come
// any more.
func (s stream) end() {
	s.Helper()
	after := time.After(kit.Patience / 2)
	for {
		select {
		case _, more := <-s.lines:
			if !more {
				return
			}
		case <-after:
			s.Fatal("the stream of a verification that has ended goes on")
		}
	}
}

// another starts one more node of the installation, with a data folder of its
// own.
func (w *world) another(name string, more ...string) *node {
	w.Helper()
	a := w.A()
	n := &node{T: w.T, Name: name, Program: a.Program, Listen: kit.Port(w.T), Metrics: kit.Port(w.T), Log: &journal{}}
	n.Env = append(a.Env[:len(a.Env):len(a.Env)], "SINPYO_DATA_DIR="+filepath.Join(w.TempDir(), "data"))
	w.Cleanup(n.Kill)
	n.Launch(more...)
	w.Wait("node "+name, func() bool { return n.Ready() || n.Died(0) })
	return n
}

// TestNodes_AnothersDeathLosesNothing kills nodes for good, each at a point of
// the hand-over, and has those that live send what the dead ones had accepted.
func TestNodes_AnothersDeathLosesNothing(t *testing.T) {
	t.Parallel()
	if !kit.OnPostgres() {
		t.Skip("SQLite has one node: TestRow09 restarts it")
	}
	w := newWorld(t, setup{Program: kit.Crashing})
	points := []string{"start.committed", "handover.taken", "handover.claimed", "handover.put", "handover.sent", "record.before"}
	starts := map[string]asked{}
	for i, point := range points {
		n := w.another(fmt.Sprintf("C%d", i), "SINPYO_CRASH_AT="+point)
		s := asked{number: w.Number()}
		if a := w.TryStart(n, s.number); a.Status == http.StatusCreated {
			s.id = a.Field("id")
		}
		if !n.Died(5 * time.Second) {
			t.Fatalf("the node was never killed at %s", point)
		}
		starts[point] = s
	}
	began := time.Now()
	for _, point := range points {
		s := starts[point]
		if s.id == "" {
			found := w.Search(w.B(), fields{"to": s.number})
			if len(found) != 1 {
				t.Errorf("%s: %d messages of a start that was not answered, want 1", point, len(found))
				continue
			}
			s.id = found[0].VerificationID
		}
		w.Wait("the text of a node killed at "+point, func() bool { return len(w.Texts(s.number)) > 0 })
	}
	t.Logf("all had their text %v after the last death", time.Since(began))
	w.Settled()
	for _, point := range points {
		t.Run(point, func(t *testing.T) { w.in(t).exactlyOne(starts[point]) })
	}
}

// TestNodes_APausedNodeSendsNothingTwice stops nodes in the middle of a
// hand-over for so long that they are taken for dead, until others have done their work, and
// lets them go on.
func TestNodes_APausedNodeSendsNothingTwice(t *testing.T) {
	t.Parallel()
	if !kit.OnPostgres() {
		t.Skip("SQLite has one node: nobody takes over what it had")
	}
	w := newWorld(t, setup{})
	calls := map[string]sandbox.Fault{
		"put":  {Method: http.MethodPut, Path: callPut, Kind: sandbox.FaultDelay, DelayMS: 2000},
		"send": {Method: http.MethodPost, Path: callSend, Kind: sandbox.FaultDelay, DelayMS: 2000},
		"lost": {Method: http.MethodPost, Path: callSend, Kind: sandbox.FaultReset}, // the answer comes to a node that sleeps
	}
	type paused struct {
		node   *node
		number string
		id     string
	}
	var all []paused
	for name, fault := range calls {
		p := paused{node: w.another("C-" + name), number: w.Number()}
		if _, err := w.Provider.Arm(fault); err != nil {
			t.Fatal(err)
		}
		p.id = w.Start(p.node, p.number).ID
		w.Wait("the hand-over to be under way", func() bool { return w.Read(w.A(), p.id).Message.Status != "queued" })
		p.node.Signal(syscall.SIGSTOP)
		all = append(all, p)
	}
	began := time.Now()
	for _, p := range all {
		w.Wait("another node to take over", func() bool {
			return w.Read(w.B(), p.id).Message.Status == "delivered"
		})
	}
	t.Logf("all were delivered %v after the last pause", time.Since(began))
	for _, p := range all {
		p.node.Signal(syscall.SIGCONT)
	}
	for _, p := range all { // it works again, and has done whatever it still wanted to do
		number := w.Number()
		w.Wait("node "+p.node.Name+" to start again", func() bool {
			return w.TryStart(p.node, number).Status == http.StatusCreated
		})
		w.Code(number)
	}
	w.Settled()
	for _, p := range all {
		if n := len(w.Texts(p.number)); n != 1 {
			t.Errorf("node %s: %d texts, want 1", p.node.Name, n)
		}
		if got := w.Read(w.B(), p.id); got.Message.Status != "delivered" {
			t.Errorf("node %s: the message became %s", p.node.Name, got.Message.Status)
		}
	}
}
