package idempotency_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/web"
)

var (
	errGone    = fault.New(fault.Conflict, "gone", "it has ended")
	errLimited = fault.New(fault.TooMany, "limited", "too many")
)

// node is a keeper above a database that others may have open too.
type node struct {
	*testing.T
	db     *db.DB
	keeper *idempotency.Keeper
}

// newNodes returns so many nodes of one installation.
func newNodes(t *testing.T, clock *dbtest.Clock, n int) []node {
	t.Helper()
	url := dbtest.URL(t)
	nodes := make([]node, n)
	for i := range nodes {
		nodes[i] = newNode(t, url, clock)
	}
	return nodes
}

func newNode(t *testing.T, url string, clock *dbtest.Clock) node {
	t.Helper()
	d := dbtest.Open(t, url, dbtest.WithClock(clock))
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return node{t, d, idempotency.New(d, ring)}
}

var at = time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC)

func request(key, body string) idempotency.Request {
	return idempotency.Request{Caller: "key_1", Route: "POST /things", Key: key, Body: []byte(body)}
}

// make counts a thing in the act that keeps its answer.
func (n node) make(r idempotency.Request, answer string) (*idempotency.Answer, error) {
	return n.keeper.Do(n.Context(), r, func(keep idempotency.Keep) error {
		return n.db.Update(n.Context(), func(tx *db.Tx) error {
			tx.Exec(`INSERT INTO db_facts (name, value) VALUES ($1, 'made')`, "thing "+answer)
			keep(tx, idempotency.Answer{Status: 201, Body: []byte(answer)})
			return nil
		})
	}, lasting)
}

// refuse is answered with a refusal.
func (n node) refuse(r idempotency.Request, refusal error) (*idempotency.Answer, error) {
	return n.keeper.Do(n.Context(), r, func(idempotency.Keep) error { return refusal }, lasting)
}

func lasting(err error) (idempotency.Answer, bool) {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Conflict {
		return idempotency.Answer{}, false
	}
	return idempotency.Answer{Status: 409, Body: []byte(f.Code)}, true
}

// made returns how many things there are.
func (n node) made() (made int) {
	n.Helper()
	err := n.db.View(n.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM db_facts WHERE name LIKE 'thing %'`).Scan(&made)
	})
	if err != nil {
		n.Fatal(err)
	}
	return made
}

func (n node) wantAnswer(a *idempotency.Answer, err error, status int, body string) {
	n.Helper()
	if err != nil || a == nil || a.Status != status || string(a.Body) != body {
		n.Errorf("answer %+v, %v; want %d %q", a, err, status, body)
	}
}

func TestDo_GivesTheFirstAnswerAgain(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(at)
	n := newNodes(t, clock, 1)[0]
	if a, err := n.make(request("k", "{}"), "first"); a != nil || err != nil {
		t.Fatalf("the first: %v, %v", a, err)
	}
	clock.Advance(idempotency.Lifetime - time.Second)
	a, err := n.make(request("k", "{}"), "second")
	n.wantAnswer(a, err, 201, "first")
	if n.made() != 1 {
		t.Errorf("%d things, want 1", n.made())
	}
}

func TestDo_RefusesAnotherBody(t *testing.T) {
	t.Parallel()
	n := newNodes(t, dbtest.NewClock(at), 1)[0]
	if _, err := n.make(request("k", `{"a":1}`), "first"); err != nil {
		t.Fatal(err)
	}
	_, err := n.make(request("k", `{"a": 1}`), "second")
	if !errors.Is(err, idempotency.ErrMismatch) || web.ProblemOf(t.Context(), err).Status != 422 {
		t.Errorf("err = %v, want ErrMismatch with 422", err)
	}
	if n.made() != 1 {
		t.Errorf("%d things, want 1", n.made())
	}
}

func TestDo_KeysAreOfOneCallerAndRoute(t *testing.T) {
	t.Parallel()
	n := newNodes(t, dbtest.NewClock(at), 1)[0]
	for name, edit := range map[string]func(*idempotency.Request){
		"first":          func(*idempotency.Request) {},
		"another caller": func(r *idempotency.Request) { r.Caller = "key_2" },
		"another route":  func(r *idempotency.Request) { r.Route = "POST /things/1" },
		"another key":    func(r *idempotency.Request) { r.Key = "k2" },
	} {
		r := request("k", "{}")
		edit(&r)
		if a, err := n.make(r, name); a != nil || err != nil {
			t.Errorf("%s: %v, %v; want it carried out", name, a, err)
		}
	}
	if n.made() != 4 {
		t.Errorf("%d things, want 4", n.made())
	}
}

func TestDo_ForgetsAfterADay(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(at)
	n := newNodes(t, clock, 1)[0]
	if _, err := n.make(request("k", "{}"), "first"); err != nil {
		t.Fatal(err)
	}
	clock.Advance(idempotency.Lifetime)
	if a, err := n.make(request("k", "other"), "second"); a != nil || err != nil {
		t.Fatalf("after a day: %v, %v; want it carried out", a, err)
	}
	a, err := n.make(request("k", "other"), "third")
	n.wantAnswer(a, err, 201, "second")
	clock.Advance(idempotency.Lifetime + time.Second)
	if _, err := n.make(request("young", "{}"), "young"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		var erased int
		err := n.db.Update(t.Context(), func(tx *db.Tx) (err error) {
			erased, err = n.keeper.Erase(tx, tx.Now, 10)
			return err
		})
		if err != nil || erased != want {
			t.Errorf("erased %d, %v; want %d", erased, err, want)
		}
	}
}

func TestDo_KeepsLastingRefusalsOnly(t *testing.T) {
	t.Parallel()
	n := newNodes(t, dbtest.NewClock(at), 1)[0]
	if a, err := n.refuse(request("lasting", "{}"), errGone); a != nil || !errors.Is(err, errGone) {
		t.Fatalf("the first refusal: %v, %v", a, err)
	}
	a, err := n.make(request("lasting", "{}"), "late")
	n.wantAnswer(a, err, 409, "gone")
	for name, refusal := range map[string]error{"limited": errLimited, "broken": errors.New("the disk"), "unknown": db.ErrUnknown} {
		if _, err := n.refuse(request(name, "{}"), refusal); !errors.Is(err, refusal) {
			t.Errorf("%s: %v", name, err)
		}
		if a, err := n.make(request(name, "{}"), name); a != nil || err != nil {
			t.Errorf("again after %s: %v, %v; want it carried out", name, a, err)
		}
	}
}

// TestDo_FindsWhatACommitOfUnknownEndHasKept loses the answer of a commit that
// went through.
func TestDo_FindsWhatACommitOfUnknownEndHasKept(t *testing.T) {
	t.Parallel()
	n := newNodes(t, dbtest.NewClock(at), 1)[0]
	a, err := n.keeper.Do(t.Context(), request("k", "{}"), func(keep idempotency.Keep) error {
		err := n.db.Update(t.Context(), func(tx *db.Tx) error {
			keep(tx, idempotency.Answer{Status: 201, Body: []byte("kept")})
			return nil
		})
		return errors.Join(err, db.ErrUnknown)
	}, lasting)
	n.wantAnswer(a, err, 201, "kept")
}

func TestDo_SaysWhenItIsUnderWay(t *testing.T) {
	t.Parallel()
	n := newNodes(t, dbtest.NewClock(at), 1)[0]
	_, err := n.keeper.Do(t.Context(), request("k", "{}"), func(idempotency.Keep) error {
		_, err := n.make(request("k", "{}"), "within")
		if f := fault.As(err); !errors.Is(err, idempotency.ErrUnderWay) || f.RetryAfter != time.Second {
			t.Errorf("err = %v, want ErrUnderWay and a second", err)
		}
		return errLimited
	}, lasting)
	if !errors.Is(err, errLimited) {
		t.Fatal(err)
	}
	if a, err := n.make(request("k", "{}"), "after"); a != nil || err != nil {
		t.Errorf("afterwards: %v, %v; want it carried out", a, err)
	}
}

// TestDo_OneActForOneKeyAcrossNodes has two nodes, each with many callers, at
// it at once: every caller ends with the same answer.
func TestDo_OneActForOneKeyAcrossNodes(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, dbtest.NewClock(at), 2)
	for round := range 10 {
		key := strings.Repeat("k", round+1)
		var wg sync.WaitGroup
		for i := range 20 {
			n := nodes[i%2]
			wg.Go(func() {
				for {
					a, err := n.make(request(key, "{}"), key)
					if errors.Is(err, idempotency.ErrUnderWay) {
						continue
					}
					if err != nil || a != nil && string(a.Body) != key {
						t.Errorf("answer %v, %v", a, err)
					}
					return
				}
			})
		}
		wg.Wait()
	}
	if made := nodes[0].made(); made != 10 {
		t.Errorf("%d things for 10 keys", made)
	}
}

// TestDo_GivesWhatAnotherNodeWasSoonerWith lets the other node carry the request
// out between the look and the act: the act is undone, and a refusal that only
// the other's act brought about is not told.
func TestDo_GivesWhatAnotherNodeWasSoonerWith(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, dbtest.NewClock(at), 2)
	slow, quick := nodes[0], nodes[1]
	for _, refusal := range []error{nil, errLimited, errGone} {
		key := "k" + errText(refusal)
		a, err := slow.keeper.Do(t.Context(), request(key, "{}"), func(keep idempotency.Keep) error {
			if _, err := quick.make(request(key, "{}"), key); err != nil {
				t.Fatal(err)
			}
			if refusal != nil {
				return refusal
			}
			return slow.db.Update(t.Context(), func(tx *db.Tx) error {
				tx.Exec(`INSERT INTO db_facts (name, value) VALUES ('thing of the slow', '')`)
				keep(tx, idempotency.Answer{Status: 201, Body: []byte("slow")})
				return nil
			})
		}, lasting)
		slow.wantAnswer(a, err, 201, key)
	}
	if made := slow.made(); made != 3 {
		t.Errorf("%d things, want the 3 of the quick node", made)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()[:3]
}

func TestDo_AnswersAfterARestart(t *testing.T) {
	t.Parallel()
	clock, url := dbtest.NewClock(at), dbtest.URL(t)
	before := newNode(t, url, clock)
	if _, err := before.make(request("k", "{}"), "first"); err != nil {
		t.Fatal(err)
	}
	if err := before.db.Close(); err != nil {
		t.Fatal(err)
	}
	after := newNode(t, url, clock)
	a, err := after.make(request("k", "{}"), "second")
	after.wantAnswer(a, err, 201, "first")
}

func TestDo_KeepsNothingInClear(t *testing.T) {
	t.Parallel()
	n := newNodes(t, dbtest.NewClock(at), 1)[0]
	r := request("canary-key", "canary-body")
	_, err := n.keeper.Do(t.Context(), r, func(keep idempotency.Keep) error {
		return n.db.Update(t.Context(), func(tx *db.Tx) error {
			keep(tx, idempotency.Answer{Status: 200, Body: []byte("canary-answer")})
			return nil
		})
	}, lasting)
	if err != nil {
		t.Fatal(err)
	}
	var key, body, answer []byte
	err = n.db.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT key_mac, body_mac, answer_sealed FROM idempotency`).Scan(&key, &body, &answer)
	})
	if err != nil || bytes.Contains(bytes.Join([][]byte{key, body, answer}, nil), []byte("canary")) {
		t.Errorf("the row holds a canary (%v)", err)
	}
}

func TestDo_EndOfTheCallerLeavesNothingUnderWay(t *testing.T) {
	t.Parallel()
	n := newNodes(t, dbtest.NewClock(at), 1)[0]
	ctx, cancel := context.WithCancel(t.Context())
	_, err := n.keeper.Do(ctx, request("k", "{}"), func(idempotency.Keep) error { cancel(); return ctx.Err() }, lasting)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if a, err := n.make(request("k", "{}"), "again"); a != nil || err != nil {
		t.Errorf("again: %v, %v; want it carried out", a, err)
	}
}

func TestKey_TakesVisibleASCII(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"k", "8e03978e-40d5-43dd-bc93-6894a57f9324", `"quoted"`, strings.Repeat("k", 255)} {
		if got, err := idempotency.Key([]string{good}); got != good || err != nil {
			t.Errorf("%q: %q, %v", good, got, err)
		}
	}
	if got, err := idempotency.Key(nil); got != "" || err != nil {
		t.Errorf("none: %q, %v", got, err)
	}
	for _, bad := range [][]string{{""}, {"a b"}, {"a\tb"}, {"키"}, {"a\x7f"}, {strings.Repeat("k", 256)}, {"a", "b"}} {
		if _, err := idempotency.Key(bad); !errors.Is(err, idempotency.ErrKey) {
			t.Errorf("%q: %v, want ErrKey", bad, err)
		}
	}
}
