package faults

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// The calls of the provider that a hand-over makes.
const (
	create = "/messages/v4/groups"
	put    = "/messages/v4/groups/*/messages"
	send   = "/messages/v4/groups/*/send"
)

// crash is a point at which the program is killed, and what goes wrong at the
// provider meanwhile so that it comes by.
type crash struct {
	point   string
	trouble sandbox.Fault
	refused bool // the provider refuses every message meanwhile
}

// unsaid are the points at which the provider has said yes and that is not
// committed yet.
var unsaid = []crash{
	{point: "pool.made"}, {point: "handover.put"}, {point: "handover.sent"}, {point: "record.before"},
	{point: "settle.put", trouble: sandbox.Fault{Method: http.MethodPut, Path: put, Kind: sandbox.FaultReset}},
	{point: "settle.put", trouble: sandbox.Fault{Method: http.MethodPut, Path: put, Kind: sandbox.FaultStatus, Status: 503, Times: 2}},
	{point: "settle.sent", trouble: sandbox.Fault{Method: http.MethodPut, Path: put, Kind: sandbox.FaultDropReply}},
	{point: "settle.sent", trouble: sandbox.Fault{Method: http.MethodPost, Path: send, Kind: sandbox.FaultReset}},
	{point: "settle.sent", trouble: sandbox.Fault{Method: http.MethodPut, Path: put, Kind: sandbox.FaultStatus, Status: 500, After: true}},
	{point: "record.before", trouble: sandbox.Fault{Method: http.MethodPost, Path: send, Kind: sandbox.FaultStatus, Status: 503, After: true}},
	{point: "handover.put", trouble: sandbox.Fault{Method: http.MethodPost, Path: create, Kind: sandbox.FaultDropReply, Times: 2}},
	{point: "settle.deleted", refused: true},
}

// between are the other points between a request and the provider's answer.
var between = []crash{
	{point: "start.drafted"}, {point: "start.committed"}, {point: "pool.stored"}, {point: "handover.taken"},
	{point: "handover.claimed"}, {point: "handover.recorded"},
	{point: "settle.read", trouble: sandbox.Fault{Method: http.MethodPost, Path: send, Kind: sandbox.FaultDropReply}},
	{point: "settle.read", trouble: sandbox.Fault{Method: http.MethodPut, Path: put, Kind: sandbox.FaultDropReply}},
	{point: "handover.claimed", trouble: sandbox.Fault{Method: http.MethodPost, Path: create, Kind: sandbox.FaultReset, Times: 2}},
	{point: "start.committed", trouble: sandbox.Fault{Method: http.MethodPost, Path: create, Kind: sandbox.FaultStatus, Status: 502, After: true, Times: 2}},
}

// TestFaults_KilledBetweenTheProvidersYesAndOurCommit kills the program where it
// knows what the provider has done and has not written it down.
func TestFaults_KilledBetweenTheProvidersYesAndOurCommit(t *testing.T) {
	t.Parallel()
	killAt(t, "killed between provider's yes and our commit", unsaid, kit.Times(t, 108, len(unsaid)))
}

// TestFaults_KilledBetweenRequestAndTheProvidersAnswer kills the program at each
// other point of a hand-over.
func TestFaults_KilledBetweenRequestAndTheProvidersAnswer(t *testing.T) {
	t.Parallel()
	killAt(t, "killed between request and provider's answer", between, kit.Times(t, 50, len(between)))
}

// killAt walks through the crashes in turn. Whatever was answered 201 must have
// exactly one text in the end and its code must work; whatever was not may have
// one or none.
func killAt(t *testing.T, fault string, crashes []crash, times int) {
	t.Helper()
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1, Program: kit.Crashing}), fault)
	for i := 0; y.Injected < times; i++ {
		c := crashes[i%len(crashes)]
		if !y.killAt(c) {
			t.Errorf("the program was not killed at %s", c.point)
			if i > 2*times {
				break
			}
		}
		y.countInTime()
	}
	y.report()
}

// killAt starts the program with a point at which it kills itself, asks for
// texts, and leaves what it left to the next start. It reports whether the
// program came by.
func (y *tally) killAt(c crash) bool {
	y.Helper()
	if c.refused {
		y.rest() // what was left before must not be refused
	}
	y.A().Kill()
	if y.A().StartUp("SINPYO_CRASH_AT=" + c.point) {
		if c.trouble.Kind != "" {
			y.arm(c.trouble)
		}
		if c.refused {
			y.mayFail = true
			y.sender("INACTIVE")
		}
		y.askTogether(6)
	}
	died := y.A().Died(3 * time.Second)
	y.A().Kill()
	if died {
		y.Injected++
	}
	y.Provider.Disarm("")
	if c.refused {
		y.mayFail = false
		y.sender("ACTIVE")
	}
	end := time.Now()
	y.A().Up()
	y.recovered(end)
	return died
}

// askTogether asks for several texts at once.
func (y *tally) askTogether(n int) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { y.start(y.Any(i)) })
	}
	all.Wait()
}

// arm lets a call of the provider go wrong in the emulator's own way.
func (y *tally) arm(f sandbox.Fault) sandbox.Fault {
	y.Helper()
	f, err := y.Provider.Arm(f)
	if err != nil {
		y.Fatal(err)
	}
	return f
}
