package outbox

import (
	"container/heap"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	askTick    = 250 * time.Millisecond
	askMost    = 100 // ids in one call
	askFirst   = 2 * time.Second
	askWatched = time.Second
	watchFor   = 20 * time.Second // after acceptance a watched message is asked about every second
	askLongest = 10 * time.Minute
	askEnd     = 72 * time.Hour // a message without an end by then is unknown
)

// ask is a message whose end is awaited.
type ask struct {
	id       string
	provider string
	group    string
	accepted db.Time
	asked    db.Time // last
	next     db.Time
	gap      time.Duration
	once     bool // another node asks about it too: this one asks no further
	index    int  // in the heap
}

// asks holds the messages whose end is awaited, by the time of their next ask.
type asks struct {
	mu         sync.Mutex
	byID       map[string]*ask
	byProvider map[string]*ask // by the provider's id
	queue      askHeap
	ready      chan struct{}
}

func newAsks() *asks {
	return &asks{byID: make(map[string]*ask), byProvider: make(map[string]*ask), ready: make(chan struct{}, 1)}
}

func (a *asks) add(m ask, next db.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.byID[m.id]; ok {
		known.once = known.once && m.once
		return
	}
	m.next = next
	a.byID[m.id], a.byProvider[m.provider] = &m, &m
	heap.Push(&a.queue, &m)
	if m.once {
		signal(a.ready)
	}
}

// watch brings the next ask of a message forward to a second after the last,
// and reports whether the message is one of these.
func (a *asks) watch(id string, now db.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, known := a.byID[id]
	if known && now.Sub(m.accepted) <= watchFor {
		a.forward(m, now)
	}
	return known
}

// hint does the same for a message by the provider's id, however old it is.
func (a *asks) hint(provider string, now db.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, known := a.byProvider[provider]
	if known {
		a.forward(m, now)
	}
	return known
}

func (a *asks) forward(m *ask, now db.Time) {
	if next := max(m.asked.Add(askWatched), now); next < m.next {
		m.next = next
		heap.Fix(&a.queue, m.index)
		signal(a.ready)
	}
}

// take returns the messages to ask about now, at most a call's worth, and
// sets their next time: after 2, 5, 10 s and so on, up to ten minutes.
func (a *asks) take(now db.Time) []*ask {
	a.mu.Lock()
	defer a.mu.Unlock()
	var due []*ask
	for len(due) < askMost && len(a.queue) > 0 && a.queue[0].next <= now {
		m := a.queue[0]
		due = append(due, m)
		if m.once {
			a.remove(m)
			continue
		}
		switch m.gap {
		case 0:
			m.gap = 3 * time.Second
		case 3 * time.Second:
			m.gap = 5 * time.Second
		default:
			m.gap = min(2*m.gap, askLongest)
		}
		m.asked, m.next = now, now.Add(m.gap)
		heap.Fix(&a.queue, 0)
	}
	return due
}

func (a *asks) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m, known := a.byID[id]; known {
		a.remove(m)
	}
}

func (a *asks) remove(m *ask) {
	heap.Remove(&a.queue, m.index)
	delete(a.byID, m.id)
	delete(a.byProvider, m.provider)
}

// fate is what the provider says of a message that has ended.
type fate struct {
	*ask
	to       Status
	code     string
	network  string
	received db.Time // 0 when not given
}

// askNext asks about the messages whose time has come and records those that
// have ended.
func (o *Outbox) askNext(ctx context.Context) (worked bool, err error) {
	if o.road.away.Load() {
		return false, nil
	}
	due := o.asks.take(o.db.Now())
	if len(due) == 0 {
		return false, nil
	}
	ctx, cancel := call(ctx)
	defer cancel()
	ids := make([]string, len(due))
	for i, m := range due {
		ids[i] = m.provider
	}
	page, err := through(ctx, o.road, func(ctx context.Context) (*coolsms.MessagesPage, error) {
		return o.client().Messages.List(ctx, coolsms.ListParams{MessageIDs: ids, Limit: askMost})
	})
	if err != nil {
		return false, fmt.Errorf("asking about messages: %w", err)
	}
	found := make(map[string]*coolsms.StoredMessage, len(page.Messages))
	for _, m := range page.Messages {
		found[m.MessageID] = m
	}
	var fates []fate
	now := o.db.Now()
	for _, m := range due {
		stored := found[m.provider]
		if stored != nil && m.once && stored.CustomFields[idField] != m.id {
			stored = nil // a report named a message that is another one's
		}
		if f, ended := judgeFate(m, stored, now); ended {
			fates = append(fates, f)
		}
		o.learn(stored)
	}
	return true, o.settleFates(ctx, fates)
}

// judgeFate tells whether a message has ended, and how. What is no code at all
// ends nothing; a code that nobody knows is judged by its first digit.
func judgeFate(m *ask, stored *coolsms.StoredMessage, now db.Time) (fate, bool) {
	f := fate{ask: m}
	if stored != nil {
		f.code, f.network = string(stored.StatusCode), stored.NetworkName
		if stored.DateReceived != nil {
			f.received = db.At(*stored.DateReceived)
		}
		switch stored.StatusCode.Class() {
		case coolsms.ClassDelivered:
			f.to = Delivered
			return f, true
		case coolsms.ClassPending, coolsms.ClassUnknown:
		default:
			f.to = Undelivered
			return f, true
		}
	}
	f.to = Unknown
	return f, !m.once && now.Sub(m.accepted) > askEnd
}

// learn counts codes that nobody knows, and passes a sender number over that
// the carriers object to.
func (o *Outbox) learn(stored *coolsms.StoredMessage) {
	if stored == nil {
		return
	}
	if !stored.StatusCode.Known() {
		o.metrics.strange.Inc()
	}
	if senderFault(stored.StatusCode) {
		o.senders.pass(stored.From, o.db.Now())
	}
}

// ending is what the provider says alike of many messages that ended.
type ending struct {
	to            Status
	code, network string
}

// alike returns fates, those alike together.
func alike(fates []fate) map[ending][]fate {
	m := make(map[ending][]fate)
	for _, f := range fates {
		e := ending{f.to, f.code, f.network}
		m[e] = append(m[e], f)
	}
	return m
}

// write writes messages that ended alike.
func (e ending) write(tx *db.Tx, fates []fate) {
	for _, p := range pieces(len(fates)) {
		args := make([]any, 4, 4+2*p.size)
		args[0], args[1], args[2], args[3] = tx.Now, string(e.to), e.code, e.network
		for i := range p.size {
			f := fates[p.at(i)]
			var received any
			if f.received != 0 {
				received = f.received
			}
			args = append(args, f.id, received)
		}
		tx.Exec(settleMessages[p.size], args...)
	}
}

// settleFates records how messages ended, and closes the groups all of whose
// messages have.
func (o *Outbox) settleFates(ctx context.Context, fates []fate) error {
	if len(fates) == 0 {
		return nil
	}
	err := o.db.UpdateSoon(ctx, func(tx *db.Tx) error {
		for like, some := range alike(fates) {
			like.write(tx, some)
		}
		groups := make(map[string]bool)
		for _, f := range fates {
			tx.Notify(Topic(f.id))
			if !groups[f.group] {
				groups[f.group] = true
				tx.Exec(settleGroup, f.group, tx.Now)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording reports: %w", err)
	}
	o.arrivals.add(fates, o.db.Now())
	for _, f := range fates {
		o.asks.forget(f.id)
		o.metrics.moved(f.to, "") // its code was seen by learn
	}
	return nil
}

// loadAsks takes up accepted messages that memory does not know: those of an
// earlier run, of another node, or of a group.
func (o *Outbox) loadAsks(ctx context.Context, query string, of string) error {
	now := o.db.Now()
	err := o.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(query, []any{of}, func(scan func(...any) error) error {
			var m ask
			if err := scan(&m.id, &m.provider, &m.group, &m.accepted); err != nil {
				return err
			}
			o.asks.add(m, now)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("reading unsettled messages: %w", err)
	}
	return nil
}

// failureOf says what a final status code means for the person who waits.
func failureOf(code coolsms.StatusCode) Failure {
	switch {
	case code.Unreachable():
		return Unreachable
	case code.CannotReceive():
		return CannotReceive
	default:
		return Ours
	}
}

// askHeap orders asks by their next time.
type askHeap []*ask

func (h askHeap) Len() int           { return len(h) }
func (h askHeap) Less(i, j int) bool { return h[i].next < h[j].next }
func (h askHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *askHeap) Push(x any) {
	m := x.(*ask)
	m.index = len(*h)
	*h = append(*h, m)
}

func (h *askHeap) Pop() any {
	old := *h
	m := old[len(old)-1]
	*h = old[:len(old)-1]
	return m
}
