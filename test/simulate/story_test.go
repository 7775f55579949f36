//go:build crashpoints

package simulate

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
)

var gaps = []time.Duration{
	time.Millisecond, 50 * time.Millisecond, 300 * time.Millisecond, time.Second, time.Second, 2 * time.Second, 2 * time.Second,
	5 * time.Second, 11 * time.Second, 31 * time.Second, 61 * time.Second,
}

// happenings is the part of a history in which things happen.
func (w *world) happenings() {
	for range 1 + w.chance.IntN(6) {
		if n := w.live(); n != nil {
			w.drive(n)
		}
	}
	steps := 40 + w.chance.IntN(100)
	for step := range steps {
		if step%8 == 7 {
			w.forward()
		}
		w.step()
	}
}

// step lets one thing happen.
func (w *world) step() {
	switch pick := w.chance.IntN(100); {
	case pick < 40:
		if tasks := w.parkedTasks(); len(tasks) > 0 {
			w.run(tasks[w.chance.IntN(len(tasks))])
			return
		}
		fallthrough
	case pick < 65:
		if n := w.live(); n != nil {
			w.drive(n)
		}
	case pick < 80:
		if n := w.live(); n != nil && len(w.tasks) < 12 {
			w.act(n)
		}
	case pick < 91:
		w.pass(gaps[w.chance.IntN(len(gaps))])
	default:
		w.happen()
	}
}

// drive has a program do a piece of work.
func (w *world) drive(n *node) {
	if !n.up {
		if n.running[n.takeUp.Name] == 0 {
			w.spawn(n, n.takeUp.Name, func() {
				if worked, _ := n.takeUp.Do(w.t.Context()); worked {
					n.up = true
				}
			})
		}
		return
	}
	w.work(n, n.works[workDrawn[w.chance.IntN(len(workDrawn))]])
}

// The kinds of work by their place in the list of outbox.Works.
const (
	handOver = iota
	settle
	ask
	poll
	lookUp
	refill
	probe
	balance
	beat
)

// workDrawn are kinds of work as often as they are drawn.
var workDrawn = []int{
	handOver, handOver, handOver, handOver, handOver, settle, settle, settle, ask, ask, poll, poll, poll, lookUp, refill, refill, refill,
	probe, balance, beat,
}

// happen lets something happen from outside.
func (w *world) happen() {
	n := w.nodes[w.chance.IntN(len(w.nodes))]
	switch w.chance.IntN(9) {
	case 0:
		if w.killAt > 0 && !n.dead {
			w.kill(n, "any time")
			w.bury(n)
		}
	case 1, 2:
		if n.gone {
			w.start(n)
		}
	case 3:
		if n.paused = !n.paused && !n.dead && (len(w.nodes) > 1 || w.oneIn(3)); n.paused {
			w.note("%s is paused", n)
			w.fault("paused")
		}
	case 4:
		if w.loseAt > 0 {
			w.unsettle()
		}
	case 5:
		w.lateCallComes()
	case 6:
		if !n.dead {
			w.report(n)
		}
	case 7:
		if w.oneIn(3) {
			w.stepClock()
		}
	case 8:
		if n := w.live(); n != nil {
			w.spawn(n, "sweep", func() {
				if _, err := n.verify.Sweep(w.t.Context()); err != nil {
					w.wrong("sweeping: %v", err)
				}
				if err := n.limits.Tend(w.t.Context()); err != nil {
					w.wrong("tending: %v", err)
				}
			})
		}
	}
}

// stepClock sets the machines' clock forward or back.
func (w *world) stepClock() {
	by := []time.Duration{-10 * time.Minute, -time.Minute, -time.Second, time.Second, time.Minute, 10 * time.Minute}[w.chance.IntN(6)]
	if (w.clockOff + by).Abs() > 12*time.Minute {
		return
	}
	w.furthest = w.shown()
	w.clockOff += by
	w.fault("clock step")
	w.note("the clock is set by %v", by)
}

// live returns a program that runs, or nil.
func (w *world) live() *node {
	n := w.nodes[w.chance.IntN(len(w.nodes))]
	for range w.nodes {
		if !n.dead && !n.paused {
			return n
		}
		n = w.nodes[(w.index(n)+1)%len(w.nodes)]
	}
	return nil
}

func (w *world) index(n *node) int {
	for i := range w.nodes {
		if w.nodes[i] == n {
			return i
		}
	}
	return 0
}

// pass lets time pass. Where there are two nodes they beat meanwhile: at the end,
// and as often as a program does where that tells something. Sometimes all of
// them are away at once, as when the database rests.
func (w *world) pass(d time.Duration) {
	if len(w.nodes) == 1 || !w.quiet && w.oneIn(6) {
		w.wait(d)
		return
	}
	for calls := callMost; d > outbox.BeatEvery && (w.missed() || calls > 0 && len(w.tasks) > 0); calls -= outbox.BeatEvery {
		w.wait(outbox.BeatEvery)
		d -= outbox.BeatEvery
		w.beat()
	}
	w.wait(d)
	w.beat()
}

// callMost is how long a call of the provider may last.
const callMost = 10 * time.Second

func (w *world) wait(d time.Duration) {
	time.Sleep(d)
	w.calm()
	w.provider.Settle()
}

// beat has the nodes beat that are up, most of the time.
func (w *world) beat() {
	for _, n := range w.nodes {
		if n.up && !n.dead && !n.paused && (w.quiet || !w.oneIn(8)) {
			w.work(n, n.works[beat])
		}
	}
}

// missed reports whether there is a run that does not beat, and a node that may
// find out.
func (w *world) missed() bool {
	living, runs := 0, 0
	for _, n := range w.nodes {
		if n.up && !n.dead && !n.paused {
			living++
		}
	}
	w.view(`SELECT count(*) FROM nodes`, func(scan func(...any) error) error { return scan(&runs) })
	return living > 0 && runs > living
}

// restMost is how long the world may take to come to rest once nothing goes
// wrong any more.
const restMost = 40 * time.Minute

// roundsMost is the same in rounds of all work there is.
const roundsMost = 1000

// settle ends all trouble and lets the world come to rest.
func (w *world) settle() {
	w.note("nothing goes wrong any more")
	w.quiet = true
	w.restore()
	for i, n := range w.nodes {
		n.paused = false
		if n.gone && (i == 0 || w.oneIn(2)) {
			w.start(n)
		}
	}
	for len(w.tasks) > 0 {
		w.run(w.tasks[w.chance.IntN(len(w.tasks))])
	}
	since, gap := time.Now(), 250*time.Millisecond
	for rounds := 0; !w.atRest(); rounds++ {
		if rounds > roundsMost {
			w.wrong("it works without end")
			return
		}
		if w.workAll() {
			gap = 250 * time.Millisecond
			continue
		}
		if time.Since(since) > restMost {
			w.wrong("it does not come to rest")
			return
		}
		w.pass(gap)
		gap = min(2*gap, 20*time.Second)
	}
	w.note("at rest")
}

// workAll has every program do what there is to do, and reports whether there
// was anything.
func (w *world) workAll() (worked bool) {
	for _, n := range w.nodes {
		if n.dead {
			continue
		}
		if !n.up {
			w.drive(n)
		}
		for _, job := range n.works {
			if job.Name != n.works[refill].Name && w.work(n, job) {
				worked = true
			}
		}
		if worked {
			continue
		}
		if line, err := n.outbox.Line(w.t.Context()); err == nil && line.Texts > 0 {
			worked = w.work(n, n.works[refill])
		}
	}
	return worked
}
