package faults

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// ways are the ways in which a call of the provider goes wrong.
var ways = []sandbox.Fault{
	{Kind: sandbox.FaultDelay, DelayMS: 300},
	{Kind: sandbox.FaultReset},
	{Kind: sandbox.FaultDropReply},
	{Kind: sandbox.FaultStatus, Status: 500},
	{Kind: sandbox.FaultStatus, Status: 500, After: true},
	{Kind: sandbox.FaultStatus, Status: 503},
	{Kind: sandbox.FaultStatus, Status: 503, After: true},
	{Kind: sandbox.FaultStatus, Status: 429},
	{Kind: sandbox.FaultGarbage},
	{Kind: sandbox.FaultSlowBody, DelayMS: 300},
}

// victim is a call of the provider that a fault hits, and what has to happen
// so that the program makes it at all.
type victim struct {
	name, method, path string
	before             []sandbox.Fault
	refused            bool // the provider refuses every message meanwhile
	canceled           bool // one of the starts is given up while the answer is out
}

var lostPut = sandbox.Fault{Method: http.MethodPut, Path: put, Kind: sandbox.FaultDropReply}

var victims = []victim{
	{name: "create", method: http.MethodPost, path: create},
	{name: "put", method: http.MethodPut, path: put},
	{name: "send", method: http.MethodPost, path: send},
	{name: "group read", method: http.MethodGet, path: create + "/*", before: []sandbox.Fault{lostPut}},
	{name: "group's messages", method: http.MethodGet, path: put, before: []sandbox.Fault{lostPut}},
	{name: "message list", method: http.MethodGet, path: "/messages/v4/list"},
	{name: "delete", method: http.MethodDelete, path: create + "/*", refused: true},
	{name: "delete messages", method: http.MethodDelete, path: put, canceled: true, before: []sandbox.Fault{
		lostPut, {Method: http.MethodGet, Path: create + "/*", Kind: sandbox.FaultDelay, DelayMS: 200},
	}},
}

const (
	hitMost  = 250 * time.Millisecond
	killMost = 150 * time.Millisecond
)

// TestFaults_EveryCallInEveryWay lets each call of a hand-over go wrong in each
// way there is, and kills the program at random in every second round.
func TestFaults_EveryCallInEveryWay(t *testing.T) {
	t.Parallel()
	rounds := kit.Times(t, 5*len(ways)*len(victims), len(ways)*len(victims)/4)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "every call of a hand-over wrong in every way, with kills")
	y.Note = "counted are calls that went wrong; in half of the rounds the program is killed as well"
	chance := rand.New(rand.NewPCG(1, 0))
	for i := range rounds {
		// Walk through all pairs before one comes again.
		y.round(chance, ways[i%len(ways)], victims[(i+i/len(ways))%len(victims)])
		y.countInTime()
	}
	y.report()
}

// round asks for several texts while a call goes wrong.
func (y *tally) round(chance *rand.Rand, f sandbox.Fault, v victim) {
	y.Helper()
	if v.refused {
		y.rest() // what earlier rounds left must not be refused
		y.mayFail = true
		y.sender("INACTIVE")
	}
	for _, b := range v.before {
		y.arm(b)
	}
	f.Method, f.Path, f.Times = v.method, v.path, 1+chance.IntN(3)
	f = y.arm(f)
	kill := chance.IntN(2) == 0
	after := time.Duration(chance.Int64N(int64(killMost)))
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		y.askTogether(4)
		if v.canceled {
			y.giveUp()
		}
	}()
	if kill {
		time.Sleep(after) // some moment
		y.A().Kill()
	}
	<-asked
	if kill {
		y.A().Up()
	}
	y.Injected += f.Times - y.unhit(f)
	y.Provider.Disarm("")
	if v.refused {
		y.rest() // or what was refused would not be
		y.mayFail = false
		y.sender("ACTIVE")
	}
	y.recovered(time.Now())
}

// giveUp cancels the last of the starts that was answered.
func (y *tally) giveUp() {
	y.mu.Lock()
	defer y.mu.Unlock()
	if s := y.starts[len(y.starts)-1]; s.id != "" {
		s.given = true
		_ = y.Call(y.A(), http.MethodPost, "/v1/verifications/"+s.id+"/cancel", struct{}{}) // it may be dead
	}
}

// unhit waits a little for a fault to hit and returns how often it has not.
func (y *tally) unhit(f sandbox.Fault) (left int) {
	y.Helper()
	for began := time.Now(); time.Since(began) < hitMost; time.Sleep(5 * time.Millisecond) {
		var armed []sandbox.Fault
		if err := json.Unmarshal(y.GatewayCall(http.MethodGet, "/sandbox/faults", nil).Body, &armed); err != nil {
			y.Fatal(err)
		}
		left = 0
		for _, a := range armed {
			if a.ID == f.ID {
				left = a.Times
			}
		}
		if left == 0 {
			return 0
		}
	}
	return left
}
