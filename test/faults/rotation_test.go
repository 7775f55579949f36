package faults

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// A second pair of the provider's account.
const (
	nextKey    = "NCSROWS000000002"
	nextSecret = "rows-provider-secret-2"
)

// TestFaults_KeysRotatedUnderLoad rotates each key there is while people ask for
// texts: nobody is refused, and nothing is lost, doubled or unreadable. Sessions,
// flows and forms have no keys that could be rotated: their secrets are drawn for
// each and kept hashed.
func TestFaults_KeysRotatedUnderLoad(t *testing.T) {
	t.Parallel()
	turns := kit.Times(t, 5, 1)
	for _, c := range []struct {
		key, note string
		rotate    func(y *rotating)
	}{
		{"application key", "", (*rotating).application},
		{"provider key pair", "", (*rotating).provider},
		{"master key", "", (*rotating).master},
		{"receipt signing key", "a new key signs a day after it was added, which is not waited for: receipts from before and after it was added are taken once each", (*rotating).signing},
	} {
		t.Run(c.key, func(t *testing.T) {
			t.Parallel()
			w := kit.NewWorld(t, kit.Setup{Settings: quick, Sandbox: []sandbox.Option{
				sandbox.WithKey(kit.ProviderKey, kit.ProviderSecret), sandbox.WithKey(nextKey, nextSecret),
			}})
			y := &rotating{tally: newTally(w, c.key+" rotated under load")}
			y.Note = "recovery is the longest that anybody waited for an answer meanwhile. " + c.note
			for range turns {
				stop := y.people(2)
				y.passed(4)
				c.rotate(y)
				y.passed(8) // afterwards, at every node
				stop()
				y.Recovery = max(y.Recovery, time.Duration(y.worst.Load()))
				y.Injected++
				y.count()
			}
			y.report()
		})
	}
}

// rotating is a tally of people of whom nobody may be refused for any reason.
type rotating struct {
	*tally
	key    atomic.Pointer[string] // that the people use
	id     string                 // of it
	done   atomic.Int64           // starts that were answered
	worst  atomic.Int64           // the longest wait of one, in nanoseconds
	paired bool                   // the provider's second pair is in use
}

// people is load without faults that could excuse a refusal.
func (y *rotating) people(n int) (stop func()) {
	y.worst.Store(0)
	if y.key.Load() == nil {
		id, key := y.NewKey("people")
		y.id = id
		y.key.Store(&key)
	}
	ended := make(chan struct{})
	var all []chan struct{}
	for i := range n {
		own := make(chan struct{})
		all = append(all, own)
		go func() {
			defer close(own)
			for turn := i; ; turn++ {
				select {
				case <-ended:
					return
				case <-y.Context().Done():
					return
				case <-time.After(10 * time.Millisecond):
				}
				y.ask(y.Any(turn))
			}
		}()
	}
	return func() {
		close(ended)
		for _, own := range all {
			<-own
		}
	}
}

func (y *rotating) ask(n *kit.Node) {
	s := &asked{number: y.Number()}
	a := y.Call(n, http.MethodPost, "/v1/verifications", kit.Fields{"to": s.number, "purpose": "signup"}, kit.WithKey(*y.key.Load()))
	if a.Status != http.StatusCreated {
		y.Errorf("a start at node %s was answered %v", n.Name, a)
		return
	}
	s.id = a.Field("id")
	y.mu.Lock()
	y.starts, y.waits = append(y.starts, s), append(y.waits, a.Took)
	y.mu.Unlock()
	y.done.Add(1)
	for {
		worst := y.worst.Load()
		if int64(a.Took) <= worst || y.worst.CompareAndSwap(worst, int64(a.Took)) {
			return
		}
	}
}

// passed waits until so many more starts were answered.
func (y *rotating) passed(n int64) {
	y.Helper()
	until := y.done.Load() + n
	y.Wait("starts to be answered", func() bool { return y.done.Load() >= until })
}

// application puts a successor in the place of the key that the people use. The
// old one works on while they change over.
func (y *rotating) application() {
	y.Helper()
	var made struct{ ID, Key string }
	if err := json.Unmarshal([]byte(y.A().CLI("keys", "rotate", y.id, "--overlap", "1h", "--json")), &made); err != nil || made.Key == "" {
		y.Fatalf("keys rotate printed no key: %v", err)
	}
	y.passed(8) // with the old one
	old := y.id
	y.id = made.ID
	y.key.Store(&made.Key)
	y.passed(8)
	y.A().CLI("keys", "revoke", old)
}

// provider goes to the other pair of the provider's account, and the next time
// back.
func (y *rotating) provider() {
	y.Helper()
	pair := nextKey + "\n" + nextSecret + "\n"
	if y.paired = !y.paired; !y.paired {
		pair = kit.ProviderKey + "\n" + kit.ProviderSecret + "\n"
	}
	file := filepath.Join(y.TempDir(), "pair")
	if err := os.WriteFile(file, []byte(pair), 0o600); err != nil {
		y.Fatal(err)
	}
	changed := func(n *kit.Node) int { return strings.Count(n.Log.String(), "the provider's key was changed") }
	var before []int
	for _, n := range y.Nodes {
		before = append(before, changed(n))
	}
	y.A().CLI("provider", "set-key", file)
	for i, n := range y.Nodes {
		y.Wait("node "+n.Name+" to go on with the new pair", func() bool { return changed(n) > before[i] })
	}
}

// master seals everything anew.
func (y *rotating) master() {
	y.Helper()
	y.A().CLI("keys", "rotate-master", "--wait", "60s")
}

// signing adds the next signing key, which is published at once, and looks that
// receipts go on being taken.
func (y *rotating) signing() {
	y.Helper()
	redeem := func(receipt string) bool {
		a := y.Call(y.B(), http.MethodPost, "/v1/receipts/redeem", kit.Fields{"receipt": receipt, "purpose": "signup"})
		return a.Status == http.StatusOK
	}
	number := y.Number()
	v := y.Start(y.A(), number)
	before := y.Check(y.A(), v.ID, y.Code(number)).Receipt
	y.A().CLI("keys", "rotate-signing")
	number = y.Number()
	v = y.Start(y.A(), number)
	after := y.Check(y.A(), v.ID, y.Code(number)).Receipt
	for _, receipt := range []string{before, after} {
		if !redeem(receipt) {
			y.Error("a receipt was not taken")
		}
		if redeem(receipt) {
			y.TokenReuse++
		}
	}
}
