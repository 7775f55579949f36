package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/kit"
)

// row is a fault of the provider and how often its calls are hit by it.
type row struct {
	fault       string
	act         wrong
	only        func(*http.Request) bool
	full, short int
	most        int // calls hit in a row
	note        string
}

// Five calls in a row that get no usable answer are what it takes for the
// program to leave the provider alone.
const (
	fewInARow  = 6
	manyInARow = 16
)

var (
	statuses = []row{
		{fault: "provider answers 500", act: refuse(500, "InternalServerError", 0), full: 200, short: 4, most: fewInARow},
		{fault: "provider answers 502", act: refuse(502, "", 0), full: 200, short: 4, most: fewInARow},
		{fault: "provider answers 503", act: refuse(503, "", 0), full: 200, short: 4, most: fewInARow},
		{fault: "provider answers 429", act: refuse(429, "TooManyRequests", 0), full: 200, short: 4, most: fewInARow},
	}
	statusesWithWait = []row{
		{fault: "provider answers 500 with Retry-After", act: refuse(500, "InternalServerError", 1), full: 200, short: 2, most: fewInARow},
		{fault: "provider answers 502 with Retry-After", act: refuse(502, "", 1), full: 200, short: 2, most: fewInARow},
		{fault: "provider answers 503 with Retry-After", act: refuse(503, "", 1), full: 200, short: 2, most: fewInARow},
		{fault: "provider answers 429 with Retry-After", act: refuse(429, "TooManyRequests", 1), full: 200, short: 2, most: fewInARow},
	}
	cuts = []row{
		{fault: "provider took it, answer lost", act: answerLost, full: 200, short: 6, most: fewInARow},
		{fault: "connection reset while sending", act: resetSending, full: 200, short: 6, most: fewInARow},
		{fault: "connection reset while reading", act: resetReading, full: 200, short: 6, most: fewInARow},
		{fault: "provider answers broken bodies", act: broken, full: 50, short: 4, most: fewInARow},
		{fault: "provider answers huge bodies", act: huge, full: 50, short: 4, most: fewInARow,
			note: "each body is 256 MiB, of which the program reads no more than it needs to know so"},
	}
	refusals = []row{
		{fault: "refused: balance", act: refuse(402, "NotEnoughBalance", 0), only: isSend, full: 50, short: 2, most: 3},
		{fault: "refused: signature", act: refuse(403, "SignatureDoesNotMatch", 0), full: 50, short: 2, most: 3},
		{fault: "refused: clock", act: refuse(403, "RequestTimeTooSkewed", 0), full: 50, short: 2, most: 3},
	}
	halfASecond = []row{{fault: "provider slow: 0.5 s", act: slow(500 * time.Millisecond), full: 200, short: 10, most: 10, note: performedLate}}
	fiveSeconds = []row{{fault: "provider slow: 5 s", act: slow(5 * time.Second), full: 200, short: 5, most: manyInARow, note: performedLate}}
	halfAMinute = []row{{fault: "provider slow: 30 s", act: slow(30 * time.Second), full: 200, short: 1, most: manyInARow,
		note: performedLate + "; the program waits 10 s for a call"}}
	drips = []row{{fault: "provider answers dripping bodies", act: dripping, full: 50, short: 2, most: manyInARow, note: "a byte in 0.2 s, for as long as the program listens; it does for 10 s"}}
)

const performedLate = "a call is performed when its time is over, also where the program has given it up by then; " +
	"the fault ends when the last call that it holds has ended"

func isSend(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/send") }

// TestFaults_Provider plays what the provider can do wrong, while people ask for
// texts. Rows of one group follow each other in one installation.
func TestFaults_Provider(t *testing.T) {
	t.Parallel()
	for name, group := range map[string][]row{
		"statuses": statuses, "statuses with a wait": statusesWithWait, "cuts": cuts, "refusals": refusals,
		"slow 0.5 s": halfASecond, "drips": drips,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			playRows(t, group, 1)
		})
	}
	// What takes long is shared by installations that wait side by side.
	for name, group := range map[string][]row{"slow 5 s": fiveSeconds, "slow 30 s": halfAMinute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			playRows(t, group, 4)
		})
	}
}

// playRows plays each row of a group, its hits shared by so many installations.
func playRows(t *testing.T, group []row, worlds int) {
	t.Helper()
	worlds = kit.Times(t, worlds, 1)
	type place struct {
		w *kit.World
		g *gate
	}
	places := make([]place, worlds)
	for i := range places {
		g := &gate{}
		places[i] = place{kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1, Gate: g.before}), g}
	}
	for _, r := range group {
		times := kit.Times(t, r.full, r.short)
		lines := make([]kit.Line, worlds)
		var all sync.WaitGroup
		for i, p := range places {
			lines[i].Fault = r.fault // should the place be given up
			all.Go(func() {
				share := times/worlds + min(1, max(0, times%worlds-i))
				lines[i] = newTally(p.w, r.fault).play(p.g, r, share)
			})
		}
		all.Wait()
		line := sum(lines)
		line.Note = r.note
		line.Report(t)
	}
}

// play lets so many calls go wrong, some of them in a row, and returns the line.
func (y *tally) play(g *gate, r row, times int) kit.Line {
	chance := rand.New(rand.NewPCG(1, 0))
	if r.most == manyInARow {
		y.pause = time.Second / 2 // thousands who ask and prove nothing would be held for an attack
	}
	for y.Injected < times {
		stop := y.load(kit.Times(y.T, 2, 1))
		n := min(1+chance.IntN(r.most), times-y.Injected)
		g.hit(n, r.act, r.only)
		y.WaitFor(5*time.Minute, fmt.Sprintf("%d calls to go wrong", n), g.spent)
		y.Injected += n
		y.recovered(time.Now())
		stop()
		y.countInTime()
	}
	return y.finish()
}

// sum is the line of what was played in several installations.
func sum(lines []kit.Line) kit.Line {
	all := lines[0]
	for _, l := range lines[1:] {
		all.Injected += l.Injected
		all.Accepted += l.Accepted
		all.Sent += l.Sent
		all.Duplicated += l.Duplicated
		all.Lost += l.Lost
		all.Approved += l.Approved
		all.ApprovedWrong += l.ApprovedWrong
		all.ApprovedTwice += l.ApprovedTwice
		all.BudgetOvershoot += l.BudgetOvershoot
		all.TokenReuse += l.TokenReuse
		all.Leaks += l.Leaks
		all.Recovery = max(all.Recovery, l.Recovery)
		all.P99 = max(all.P99, l.P99)
	}
	return all
}

// TestFaults_SenderRefused switches the sender number off at the provider, which
// then refuses every text: what was asked for meanwhile ends as refused, or
// leaves once.
func TestFaults_SenderRefused(t *testing.T) {
	t.Parallel()
	times := kit.Times(t, 50, 4)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "refused: sender number")
	for y.Injected < times {
		y.mayFail = true
		y.sender("INACTIVE")
		for range min(4, times-y.Injected) {
			if s := y.start(y.A()); s.id != "" && y.ended(s.id) == "rejected" {
				y.Injected++
			}
		}
		y.mayFail = false
		y.sender("ACTIVE")
		y.recovered(time.Now())
		y.countInTime()
	}
	y.report()
}

// sender changes the state of the sender number at the provider.
func (y *tally) sender(status string) {
	y.Helper()
	if err := y.Provider.Register(sandbox.Sender{PhoneNumber: "0215770000", Status: status}); err != nil {
		y.Fatal(err)
	}
}
