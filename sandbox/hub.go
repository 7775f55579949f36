package sandbox

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// part is a set of page parts that are out of date.
type part uint8

const (
	partPhone part = 1 << iota
	partAccount
	partFaults
	partRequests
)

func (p part) String() string {
	var names []string
	for i, name := range [...]string{"phone", "account", "faults", "requests"} {
		if p&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

const maxListeners = 64

// hub tells open pages what changed. With nobody listening it costs one
// atomic load per call.
type hub struct {
	count atomic.Int32
	done  chan struct{}
	once  sync.Once

	mu        sync.Mutex
	listeners map[*listener]bool
}

// listener is one open page. What it has not been told yet adds up in due.
type listener struct {
	due  atomic.Uint32
	wake chan struct{}
}

func newHub() *hub {
	return &hub{done: make(chan struct{}), listeners: map[*listener]bool{}}
}

func (h *hub) tell(p part) {
	if p == 0 || h.count.Load() == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		l.due.Or(uint32(p))
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

func (h *hub) join() *listener {
	l := &listener{wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.listeners) >= maxListeners {
		return nil
	}
	h.listeners[l] = true
	h.count.Store(int32(len(h.listeners))) //nolint:gosec // at most 64
	return l
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
	h.count.Store(int32(len(h.listeners))) //nolint:gosec // at most 64
}

func (h *hub) close() { h.once.Do(func() { close(h.done) }) }

// serve is GET /sandbox/events, a stream of server-sent events. Each names the
// parts of the page to fetch again; it carries no text and no number. Bursts
// are gathered for 100 ms.
func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	l := h.join()
	if l == nil {
		http.Error(w, "too many open pages", http.StatusServiceUnavailable)
		return
	}
	defer h.leave(l)
	stream := http.NewResponseController(w)
	_ = stream.SetWriteDeadline(time.Time{}) // a stream outlives a server's write time-out
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	say := func(line string) bool {
		_, err := w.Write([]byte(line + "\n\n"))
		return err == nil && stream.Flush() == nil
	}
	if !say("retry: 1000\nevent: ready\ndata: ready") {
		return
	}
	alive := time.NewTicker(15 * time.Second)
	defer alive.Stop()
	for {
		line := ": still here"
		select {
		case <-r.Context().Done():
			return
		case <-h.done:
			return
		case <-alive.C:
		case <-l.wake:
			line = "event: change\ndata: " + part(l.due.Swap(0)).String() //nolint:gosec // four bits
		}
		if !say(line) {
			return
		}
		wait(r.Context(), 100*time.Millisecond)
	}
}
