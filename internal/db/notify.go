package db

import (
	"slices"
	"sync"
)

// Notify says, once the act is committed, that something about topic has
// changed: whoever listens to it is woken, on this node at once and on the
// others of the same PostgreSQL soon after. A topic is a short word with an id,
// such as "ver:ver_…", of one line and at most 200 bytes; it tells that there
// is something to read and never what.
//
// It is a hint: a node that dies between the commit and its notice, or one
// whose connection is down, leaves the others to find out by themselves.
func (tx *Tx) Notify(topic string) {
	if tx.err == nil {
		tx.topics = append(tx.topics, topic)
	}
}

// Listen returns a channel that holds a token after a commit with a
// [Tx.Notify] of topic, of any node, and until stop is called. Several in a row
// may leave one token. A token also comes when notices of other nodes may have
// been missed, so that whoever waits looks again.
func (d *DB) Listen(topic string) (woken <-chan struct{}, stop func()) {
	d.hear()
	return d.hub.listen(topic)
}

// Single reports whether this process is the only node there can be: SQLite,
// whose file no second server opens.
func (d *DB) Single() bool {
	_, single := d.backend.(*sqliteDB)
	return single
}

// hub knows who listens to which topic in this process.
type hub struct {
	mu        sync.Mutex
	listeners map[string][]chan struct{}
}

func newHub() *hub { return &hub{listeners: make(map[string][]chan struct{})} }

func (h *hub) listen(topic string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners[topic] = append(h.listeners[topic], c)
	return c, sync.OnceFunc(func() { h.leave(topic, c) })
}

func (h *hub) leave(topic string, c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	rest := slices.DeleteFunc(h.listeners[topic], func(other chan struct{}) bool { return other == c })
	if len(rest) == 0 {
		delete(h.listeners, topic)
	} else {
		h.listeners[topic] = rest
	}
}

func (h *hub) wake(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.listeners[topic] {
		leaveToken(c)
	}
}

func (h *hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, listeners := range h.listeners {
		for _, c := range listeners {
			leaveToken(c)
		}
	}
}

// leaveToken wakes whoever waits on c, and never waits itself.
func leaveToken(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
