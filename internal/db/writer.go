package db

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/internal/crash"
)

const (
	// queueDepth is how many acts may wait; one more is refused with ErrBusy.
	queueDepth = 4096
	// patience is how long a caller waits before it looks whether it is itself
	// the writer, and so would wait for ever.
	patience = 100 * time.Millisecond
	// soon is how long an act of UpdateSoon may wait for company.
	soon = 3 * time.Millisecond
)

// engine is a database as its writer sees it.
type engine interface {
	// limit is the greatest number of acts in one group.
	limit() int
	// commit runs the acts that have not been withdrawn, in order, makes those
	// that succeeded durable together, and answers every act it has begun.
	commit(group []*act)
	// reset undoes what a group has left open that was broken off in the middle.
	reset()
}

// writer is the one goroutine that changes the database. It takes what waits,
// up to the engine's limit, and never waits for more: while one group is being
// committed the next one gathers. Only acts that all can wait do so a little.
type writer struct {
	engine   engine
	metrics  *metrics
	log      *slog.Logger
	tell     func(topics []string) // of what the acts of a group have notified
	queue    chan *act
	finished chan struct{}
	routine  atomic.Int64          // the number of its goroutine
	timers   sync.Pool             // stopped ones, for the next updates
	ill      atomic.Pointer[error] // why the last changes were not kept; nil when they were

	mu     sync.RWMutex
	closed bool
}

func newWriter() *writer {
	w := &writer{queue: make(chan *act, queueDepth), finished: make(chan struct{})}
	w.timers.New = func() any {
		t := time.NewTimer(patience)
		t.Stop()
		return t
	}
	return w
}

// depth returns how many acts wait.
func (w *writer) depth() float64 { return float64(len(w.queue)) }

// update puts an act into the queue and waits for its end. Once begun, an act
// is not given up: the caller hears the truth about it.
func (w *writer) update(ctx context.Context, a *act) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.put(a); err != nil {
		return err
	}
	timer := w.timers.Get().(*time.Timer)
	timer.Reset(patience)
	defer func() {
		timer.Stop()
		w.timers.Put(timer)
	}()
	for {
		select {
		case <-a.done:
			crash.At("act.answered")
			return a.err
		case <-ctx.Done():
			if a.withdraw() {
				return ctx.Err()
			}
			<-a.done
			return a.err
		case <-timer.C:
			if goroutine() == w.routine.Load() && a.withdraw() {
				panic("db: Update called inside the closure of an Update, which would wait for itself: pass the Tx on")
			}
		}
	}
}

// put appends an act to the queue.
func (w *writer) put(a *act) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.queue <- a:
		return nil
	default:
		return ErrBusy
	}
}

// close refuses new acts and returns when the last waiting one is answered.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	<-w.finished
}

// run is the writer's goroutine.
func (w *writer) run() {
	var group []*act
	w.routine.Store(goroutine())
	ended := false
	defer func() {
		if ended {
			close(w.finished)
			return
		}
		w.breakOff(group)
		go w.run() // a closure has ended this goroutine
	}()
	for first := range w.queue {
		runtime.Gosched()
		group = w.linger(w.gather(append(group[:0], first)))
		for _, a := range group {
			a.group = len(group)
		}
		began := time.Now()
		w.engine.commit(group)
		w.metrics.groupSize.Observe(float64(len(group)))
		w.metrics.commit.Observe(time.Since(began).Seconds())
		w.judge(group)
		if topics := notified(group); len(topics) > 0 {
			w.tell(topics)
		}
		clear(group)
	}
	ended = true
}

// gather appends to group what waits.
func (w *writer) gather(group []*act) []*act {
	for len(group) < w.engine.limit() {
		select {
		case a, ok := <-w.queue:
			if !ok {
				return group
			}
			group = append(group, a)
		default:
			return group
		}
	}
	return group
}

// linger lets a group that nobody waits for wait for one that somebody waits
// for, so that both are one commit.
func (w *writer) linger(group []*act) []*act {
	if !patient(group) {
		return group
	}
	timer := time.NewTimer(soon)
	defer timer.Stop()
	for len(group) < w.engine.limit() && patient(group) {
		select {
		case a, ok := <-w.queue:
			if !ok {
				return group
			}
			group = append(group, a)
		case <-timer.C:
			return group
		}
	}
	return w.gather(group)
}

// patient reports whether all acts of a group can wait.
func patient(group []*act) bool {
	return !slices.ContainsFunc(group, func(a *act) bool { return !a.soon })
}

// notified returns the topics of the acts that were kept.
func notified(group []*act) (topics []string) {
	for _, a := range group {
		if a.begun() && a.err == nil {
			topics = append(topics, a.tx.topics...)
		}
	}
	return topics
}

// breakOff answers a group whose goroutine ended under it. Nothing was kept.
func (w *writer) breakOff(group []*act) {
	w.engine.reset()
	for _, a := range group {
		a.begin()
		select {
		case <-a.done:
		default:
			a.answer(errLeft)
		}
	}
}

// goroutine returns the number of the calling goroutine, from the first line
// of its stack ("goroutine 12 [running]:"). The runtime offers no other way;
// it is asked once per writer and by callers that wait unusually long.
func goroutine() int64 {
	var buf [64]byte
	fields := bytes.Fields(buf[:runtime.Stack(buf[:], false)])
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
