//go:build crashpoints

package simulate

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/sinpyo/sinpyo/internal/crash"
)

// task is something under way in a program: it runs when it is its turn.
type task struct {
	node   *node
	name   string
	turn   chan struct{}
	parked string // where it stands
	done   bool
}

// killed is what a task ends with whose program was killed.
type killed struct{}

// spawn begins a task and runs it to where it first stands still, or to its end.
func (w *world) spawn(n *node, name string, do func()) {
	t := &task{node: n, name: name, turn: make(chan struct{})}
	n.running[name]++
	w.tasks = append(w.tasks, t)
	go func() {
		<-t.turn
		defer func() {
			if v := recover(); v != nil && v != (killed{}) {
				w.wrong("a panic: %v\n%s", v, debug.Stack())
			}
			t.done = true
			w.back <- struct{}{}
		}()
		do()
	}()
	w.run(t)
}

// run lets a task go on. If its program is killed by that, all its other tasks
// end too.
func (w *world) run(t *task) {
	w.current = t
	t.turn <- struct{}{}
	<-w.back
	w.current = nil
	if t.done {
		w.tasks = slices.DeleteFunc(w.tasks, func(o *task) bool { return o == t })
		t.node.running[t.name]--
	}
	if t.node.dead {
		w.bury(t.node)
	}
}

// park gives the turn back until the scheduler returns it. It is called by tasks.
func (w *world) park(where string) {
	t := w.current
	t.parked = where
	w.back <- struct{}{}
	<-t.turn
	if t.node.dead {
		panic(killed{})
	}
}

// bury ends what was under way in a program that was killed.
func (w *world) bury(n *node) {
	for _, t := range slices.Clone(w.tasks) {
		if t.node == n && !t.done {
			w.current = t
			t.turn <- struct{}{}
			<-w.back
			w.current = nil
		}
	}
	w.tasks = slices.DeleteFunc(w.tasks, func(t *task) bool { return t.node == n })
	w.close(n)
}

// parked returns the tasks that may go on now.
func (w *world) parkedTasks() (list []*task) {
	for _, t := range w.tasks {
		if !t.node.paused || w.quiet {
			list = append(list, t)
		}
	}
	return list
}

// at is called at each point of package crash.
func (w *world) at(point string) {
	t := w.current
	if t == nil {
		return // who only looks
	}
	n := t.node
	if point == "act.answered" {
		w.calm()
		if n.dead { // the writer was killed in the middle of the commit
			panic(killed{})
		}
		return
	}
	if w.quiet || w.killAt == 0 || !w.oneIn(1+w.killAt*weight(point)/8) {
		if !strings.HasPrefix(point, "commit.") && !w.quiet && w.oneIn(3) {
			w.park(point)
		}
		return
	}
	w.kill(n, point)
	if strings.HasPrefix(point, "commit.") {
		runtime.Goexit() // this is the writer's goroutine, not the task's
	}
	panic(killed{})
}

// weight is how seldom a program is killed at a point: those that it seldom
// comes by are drawn sooner.
func weight(point string) int {
	switch part, _, _ := strings.Cut(point, "."); part {
	case "handover", "settle", "record", "resend", "takeover":
		return 1
	case "commit", "start", "poll":
		return 16
	}
	return 6
}

// calm waits, where time has passed, for what else was due at this very moment:
// else it would be a matter of luck whether a call's time is over.
func (w *world) calm() {
	if now := time.Now(); now != w.latest {
		w.latest = now
		synctest.Wait()
	}
}

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	w.trace = fmt.Appendf(w.trace, "%8.3f ", w.elapsed().Seconds())
	w.trace = fmt.Appendf(w.trace, format, args...)
	w.trace = append(w.trace, '\n')
}

// wrong notes that something happened that must not.
func (w *world) wrong(format string, args ...any) {
	w.note("WRONG: "+format, args...)
	w.broken = append(w.broken, fmt.Sprintf(format, args...))
}

// oneIn draws: true once in so many times, never for 0.
func (w *world) oneIn(n int) bool { return n > 0 && w.chance.IntN(n) == 0 }

// listen makes the points of the program call the world.
func (w *world) listen() (end func()) {
	crash.Hook = w.at
	return func() { crash.Hook = nil }
}
