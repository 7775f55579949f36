package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
)

const code = "신표 인증번호 000000"

// nodes are several outboxes of one installation. On PostgreSQL each has a
// database handle of its own, as processes have; SQLite admits one program, so
// there they share it, and the rules of the table are the same.
type nodes struct {
	*world
	handles []*db.DB
}

func newNodes(t *testing.T) *nodes { return &nodes{world: newWorld(t)} }

// join returns a node of that name which has taken up its work.
func (n *nodes) join(name string) *outbox.Outbox {
	n.t.Helper()
	options := n.options
	options.Node, options.DB = name, n.handle()
	o := n.outbox(options)
	n.run(o)
	return o
}

func (n *nodes) handle() *db.DB {
	if n.url == "" || len(n.handles) == 0 {
		n.handles = append(n.handles, n.db)
		return n.db
	}
	d := dbtest.Open(n.t, n.url, dbtest.WithClock(n.clock))
	n.handles = append(n.handles, d)
	return d
}

// run drives a node until it has nothing to do. What fails is the point of
// some tests.
func (n *nodes) run(o *outbox.Outbox) {
	n.t.Helper()
	for idle := 0; idle < 3; {
		if worked, err := o.Step(n.t.Context()); !worked || err != nil {
			idle++
		}
	}
}

// until lets time pass, in which the living nodes work, until the messages
// have ended.
func (n *nodes) until(ids []string, living ...*outbox.Outbox) {
	n.t.Helper()
	for range 200 {
		open := 0
		for _, id := range ids {
			if !n.message(id).Status.Ended() {
				open++
			}
		}
		if open == 0 {
			return
		}
		n.clock.Advance(time.Second)
		for _, o := range living {
			n.run(o)
		}
	}
	for _, id := range ids {
		n.t.Logf("message stands at %v", n.message(id).Status)
	}
	n.t.Fatal("the messages did not come to an end")
}

// awaitDeath lets time pass in which one node works, a step a second, until it
// takes over the work of those that do not.
func (n *nodes) awaitDeath(living *outbox.Outbox) {
	n.t.Helper()
	before := len(n.runs())
	for range 10 {
		n.clock.Advance(time.Second)
		_, _ = living.Step(n.t.Context()) // what fails is the point of some tests
		if len(n.runs()) < before {
			return
		}
	}
	n.t.Fatal("no node was taken for dead")
}

// runs returns the runs that are among the nodes.
func (n *nodes) runs() (names []string) {
	n.t.Helper()
	err := n.db.View(n.t.Context(), func(tx *db.Tx) (err error) {
		names, err = outbox.Runs(tx)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return names
}

func (n *nodes) oneTextEach(ids []string, numbers []phone.Number) {
	n.t.Helper()
	for i, id := range ids {
		if got := n.texts(numbers[i]); got != 1 {
			n.t.Errorf("number %d got %d texts, want 1", i, got)
		}
		if got := n.message(id).Status; got != outbox.Delivered {
			n.t.Errorf("message %d is %v, want delivered", i, got)
		}
	}
}

// TestNodes_WhatADeadNodeLeftIsSentOnceByAnother lets a node die after each
// number of steps, with messages waiting, in a group and on their way.
func TestNodes_WhatADeadNodeLeftIsSentOnceByAnother(t *testing.T) {
	t.Parallel()
	for steps := range 12 {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			t.Parallel()
			n := newNodes(t)
			dead, living := n.join("one"), n.join("two")
			var ids []string
			var numbers []phone.Number
			for i := range 3 {
				numbers = append(numbers, number(t, i))
				ids = append(ids, n.enqueueAt(dead, "login", numbers[i], code))
			}
			for range steps {
				if _, err := dead.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			n.until(ids, living)
			n.oneTextEach(ids, numbers)
		})
	}
}

// TestNodes_ALostAnswerOfADeadNodeIsSettledByAnother loses the answer of each
// call as well.
func TestNodes_ALostAnswerOfADeadNodeIsSettledByAnother(t *testing.T) {
	t.Parallel()
	for call, route := range calls {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			n := newNodes(t)
			dead, living := n.join("one"), n.join("two")
			n.control("faults", faultSpec{Method: route[0], Path: route[1], Kind: "drop_reply", Times: 1})
			ids := []string{n.enqueueAt(dead, "login", number(t, 1), code)}
			for range 2 {
				_, _ = dead.Step(t.Context()) // the lost answer is the point
			}
			n.until(ids, living)
			n.oneTextEach(ids, []phone.Number{number(t, 1)})
		})
	}
}

// TestNodes_APausedNodeThatWakesLateSendsNothingTwice pauses a node after each
// number of steps until another has taken over, and then lets it go on with
// what it has in memory.
func TestNodes_APausedNodeThatWakesLateSendsNothingTwice(t *testing.T) {
	t.Parallel()
	for steps := range 8 {
		for _, lost := range []string{"", "put", "send"} {
			t.Run(fmt.Sprint(steps, lost), func(t *testing.T) {
				t.Parallel()
				n := newNodes(t)
				paused, living := n.join("one"), n.join("two")
				if lost != "" {
					n.control("faults", faultSpec{Method: calls[lost][0], Path: calls[lost][1], Kind: "reset", Times: 1})
				}
				var ids []string
				var numbers []phone.Number
				for i := range 4 {
					numbers = append(numbers, number(t, i))
					ids = append(ids, n.enqueueAt(paused, "login", numbers[i], code))
				}
				for range steps {
					_, _ = paused.Step(t.Context()) // a lost call is the point
				}
				n.awaitDeath(living)
				for range 4 {
					_, _ = living.Step(t.Context())
					_, _ = paused.Step(t.Context())
				}
				n.until(ids, living, paused)
				n.run(paused)
				n.oneTextEach(ids, numbers)
			})
		}
	}
}

// TestNodes_AStartOfANodeThatWasPausedIsNotLost lets a start take along a group
// that another node has taken over meanwhile.
func TestNodes_AStartOfANodeThatWasPausedIsNotLost(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	paused, living := n.join("one"), n.join("two")
	n.awaitDeath(living)
	id := n.enqueueAt(paused, "login", number(t, 1), code)
	if got := n.message(id).Status; got != outbox.Queued {
		t.Fatalf("a message whose group was taken is %v, want queued", got)
	}
	n.until([]string{id}, paused, living)
	n.oneTextEach([]string{id}, []phone.Number{number(t, 1)})
}

// TestNodes_ANodeThatWasPausedMakesNoGroupsForItsOldRun has a node make a group
// after another has taken its run over, and before it has noticed: a text in that
// group would be nobody's.
func TestNodes_ANodeThatWasPausedMakesNoGroupsForItsOldRun(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	paused, living := n.join("one"), n.join("two")
	ids := []string{n.enqueueAt(paused, "login", number(t, 1), code)} // it takes a group along: one is wanted
	n.awaitDeath(living)
	if worked, err := paused.Refill(t.Context()); worked || err == nil {
		t.Errorf("a node that was taken for dead made a group: %v, %v", worked, err)
	}
	var lost int
	err := n.db.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM provider_groups WHERE ended_at IS NULL AND node_id NOT IN (SELECT id FROM nodes)`).Scan(&lost)
	})
	if err != nil || lost > 0 {
		t.Errorf("%d groups belong to no run (%v)", lost, err)
	}
	n.until(ids, living, paused)
	n.oneTextEach(ids, []phone.Number{number(t, 1)})
}

func TestNodes_ARestartTakesUpItsOwnWorkAtOnce(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	dead := n.join("one")
	id := n.enqueueAt(dead, "login", number(t, 1), code) // it took a group along
	again := n.join("one")
	for range 20 {
		if _, err := again.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := n.texts(number(t, 1)); got != 1 {
		t.Fatalf("without any time passing there are %d texts of message %s, want 1", got, n.message(id).Status)
	}
}

// TestNodes_ALivingNodeKeepsItsWork has nobody work for a minute, as when the
// database rests, and then lets one node look more often than the other beats.
func TestNodes_ALivingNodeKeepsItsWork(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join("one"), n.join("two")
	id := n.enqueueAt(one, "login", number(t, 1), code)
	for _, pause := range []time.Duration{time.Minute, time.Second, time.Second} {
		n.clock.Advance(pause)
		n.run(two)
	}
	if got := n.message(id).Status; got != outbox.Sending || n.texts(number(t, 1)) != 0 {
		t.Fatalf("another node touched the message: %v", got)
	}
	n.run(one)
	n.clock.Advance(time.Second)
	n.run(two)
	if got := n.runs(); len(got) != 2 {
		t.Fatalf("there are %d runs, want 2", len(got))
	}
	n.until([]string{id}, one, two)
	n.oneTextEach([]string{id}, []phone.Number{number(t, 1)})
}

// TestNodes_WhoDoesNotBeatCallsNobody lets a node hand over that has not been
// able to say that it lives: the provider hears nothing of it until it has.
func TestNodes_WhoDoesNotBeatCallsNobody(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one := n.join("one")
	id := n.enqueueAt(one, "login", number(t, 1), code)
	n.clock.Advance(2600 * time.Millisecond)
	if worked, err := outbox.HandOver(t.Context(), one); !worked || err != nil {
		t.Fatalf("there was nothing to hand over: %v", err)
	}
	if got := n.message(id).Status; got != outbox.Sending || n.texts(number(t, 1)) != 0 {
		t.Fatalf("the message is %v, with %d texts, want it untouched", got, n.texts(number(t, 1)))
	}
	n.until([]string{id}, one)
	n.oneTextEach([]string{id}, []phone.Number{number(t, 1)})
}

// TestNodes_AnAnswerThatIsHeardLateMovesNothing pauses a node while it is told
// that its sender number is refused, until another node has put the text, from
// the second number, into a group that has left, and does not know it yet.
func TestNodes_AnAnswerThatIsHeardLateMovesNothing(t *testing.T) {
	t.Parallel()
	n := &nodes{world: newSenders(t)}
	n.switchOff(firstSender)
	paused, living := n.join("one"), n.join("two")
	n.control("faults", faultSpec{Method: calls["put"][0], Path: calls["put"][1], Kind: "slow_body", DelayMS: 2000, Times: 1})
	id := n.enqueueAt(paused, "signup", number(t, 1), code)
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		_, _ = outbox.HandOver(t.Context(), paused) // that it comes to nothing is the point
	}()
	for n.armed() { // until the answer is on its way
		runtime.Gosched()
	}
	n.awaitDeath(living)
	n.control("faults", faultSpec{Method: calls["send"][0], Path: calls["send"][1], Kind: "drop_reply", Times: 1})
	for n.armed() {
		n.clock.Advance(100 * time.Millisecond)
		_, _ = living.Step(t.Context()) // the lost answer is the point
	}
	select {
	case <-woken:
		t.Fatal("the other node was too slow for the test to show anything")
	default:
	}
	<-woken
	n.until([]string{id}, paused, living)
	n.oneTextEach([]string{id}, []phone.Number{number(t, 1)})
}

// TestNodes_ATakeoverThatWasNotAnsweredIsGoneOnWith loses the line in the commit
// of a takeover that came to be.
func TestNodes_ATakeoverThatWasNotAnsweredIsGoneOnWith(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	dead, living := n.join("one"), n.join("two")
	id := n.enqueueAt(dead, "login", number(t, 1), code)
	if err := living.TakeOverUnheard(t.Context(), dead); err != nil {
		t.Fatal(err)
	}
	n.until([]string{id}, living)
	n.oneTextEach([]string{id}, []phone.Number{number(t, 1)})
}

// TestNodes_ATakeoverThatGoesNoFurtherIsGoneOnWith has the database rest as soon
// as a node has taken over what another left: a text, and a report.
func TestNodes_ATakeoverThatGoesNoFurtherIsGoneOnWith(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	dead := n.join("one")
	n.control("faults", faultSpec{Method: http.MethodGet, Path: "/messages/v4/list", Kind: "status", Status: 500, Times: -1})
	ids := []string{n.enqueueAt(dead, "login", number(t, 1), code)}
	n.run(dead)
	ids = append(ids, n.enqueueAt(dead, "login", number(t, 2), code))
	n.disarm()
	ctx, rest := context.WithCancel(t.Context())
	n.options.Logger = slog.New(whenTold{slog.DiscardHandler, "outbox: took over the groups of a node that is gone", rest})
	living := n.join("two")
	for range 10 {
		n.clock.Advance(time.Second)
		_, _ = living.Step(ctx) // that it gets no further is the point
	}
	if ctx.Err() == nil {
		t.Fatal("no node was taken for dead")
	}
	n.until(ids, living)
	n.oneTextEach(ids, []phone.Number{number(t, 1), number(t, 2)})
}

// whenTold does something when a line is logged.
type whenTold struct {
	slog.Handler
	line string
	do   func()
}

func (w whenTold) Enabled(context.Context, slog.Level) bool { return true }

func (w whenTold) Handle(_ context.Context, r slog.Record) error {
	if r.Message == w.line {
		w.do()
	}
	return nil
}

// TestNodes_OneOfThemAsksAboutWhatADeadOneSent looks at the reports.
func TestNodes_OneOfThemAsksAboutWhatADeadOneSent(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	dead, living := n.join("one"), n.join("two")
	n.control("faults", faultSpec{Method: http.MethodGet, Path: "/messages/v4/list", Kind: "status", Status: 500, Times: -1})
	id := n.enqueueAt(dead, "login", number(t, 1), code)
	n.run(dead)
	if got := n.message(id).Status; got != outbox.Accepted {
		t.Fatalf("the message is %v, want accepted", got)
	}
	n.disarm()
	n.until([]string{id}, living)
}

// TestNodes_MessagesWaitingForThreeAreSentOnce lets three nodes find the same
// messages in the table, and each carry them.
func TestNodes_MessagesWaitingForThreeAreSentOnce(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	all := []*outbox.Outbox{n.join("one"), n.join("two"), n.join("three")}
	var ids []string
	var numbers []phone.Number
	for i := range 60 {
		numbers = append(numbers, number(t, i))
		ids = append(ids, n.enqueueAt(all[i%3], "login", numbers[i], code))
	}
	n.until(ids, all...)
	n.oneTextEach(ids, numbers)
}

// TestNodes_ACallThatArrivesLateSendsNothingTwice holds one call of a node back
// on its way, until another node has taken the group over and finished it.
func TestNodes_ACallThatArrivesLateSendsNothingTwice(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"put", "send"} {
		for _, several := range []bool{false, true} {
			t.Run(fmt.Sprint(call, several), func(t *testing.T) {
				t.Parallel()
				n := newNodes(t)
				paused, living := n.join("one"), n.join("two")
				n.control("faults", faultSpec{
					Method: calls[call][0], Path: calls[call][1], Kind: "delay", DelayMS: 600, Times: 1,
				})
				var ids []string
				var numbers []phone.Number
				for i := range 1 + 3*btoi(several) {
					numbers = append(numbers, number(t, i))
					ids = append(ids, n.enqueueAt(paused, "login", numbers[i], code))
				}
				woken := make(chan struct{})
				go func() {
					defer close(woken)
					n.run(paused)
				}()
				for n.armed() { // until the call is held back
					runtime.Gosched()
				}
				n.awaitDeath(living)
				for range 20 {
					_, _ = living.Step(t.Context())
				}
				<-woken
				n.until(ids, living, paused)
				n.run(paused)
				n.oneTextEach(ids, numbers)
			})
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
