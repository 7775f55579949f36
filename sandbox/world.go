package sandbox

import (
	"bufio"
	"container/list"
	"time"
)

// accountID is the account's number, as every answer carries it.
const accountID = "26010100000001"

// world is the state of the account: plain data with no lock, no goroutine and
// no clock of its own. Sandbox.change is the only caller; everything that
// happens later waits in the agenda.
type world struct {
	set    *settings
	chance *bufio.Reader
	now    time.Time // of the call or event under way; never goes back

	groups     map[string]*group
	groupOrder *list.List // of *group, newest first
	messages   map[string]*message
	order      *list.List // of *message, newest first
	seq        uint64

	phones  map[string]*phone
	byRank  map[int]*phone
	ranks   int
	senders []*Sender
	fates   map[string]*Fate
	balance int64
	point   int64
	res     resources
	legacy  legacyBook

	hooks   []*webhook
	agenda  agenda
	changed part
}

func newWorld(set *settings, now time.Time) *world {
	w := &world{
		set: set, chance: bufio.NewReaderSize(set.rand, 4096), now: now,
		groups: map[string]*group{}, groupOrder: list.New(),
		messages: map[string]*message{}, order: list.New(),
		phones: map[string]*phone{}, byRank: map[int]*phone{},
		fates: map[string]*Fate{}, balance: set.balance, point: set.point,
		res: newResources(),
	}
	w.addSamples()
	for _, sender := range set.senders {
		w.register(sender)
	}
	return w
}

// settle lets happen what is due at now, each event at its own time.
func (w *world) settle(now time.Time) {
	for {
		e, ok := w.agenda.take(now)
		if !ok {
			break
		}
		w.advance(e.at)
		e.run(w)
	}
	w.advance(now)
}

// advance moves the time on; a clock that steps back does not take it along.
func (w *world) advance(t time.Time) {
	if t.After(w.now) {
		w.now = t
	}
}

func (w *world) after(d time.Duration, run func(*world)) { w.agenda.enter(w.now.Add(d), run) }

// takeChanged returns and clears the parts of the page that are out of date.
func (w *world) takeChanged() part {
	changed := w.changed
	w.changed = 0
	return changed
}

// remember adds a new group and lets the oldest go when there are too many.
func (w *world) remember(g *group) {
	w.groups[g.id] = g
	g.place = w.groupOrder.PushFront(g)
	for w.groupOrder.Len() > w.set.keep {
		w.forget(w.oldestGroup())
	}
}

// oldestGroup chooses the group to forget. A waiting group may be in someone's
// pool, so among the eight oldest an ended one goes first.
func (w *world) oldestGroup() *group {
	e := w.groupOrder.Back()
	for range 8 {
		if e == nil {
			break
		}
		if g := e.Value.(*group); g.ended() {
			return g
		}
		e = e.Prev()
	}
	return w.groupOrder.Back().Value.(*group)
}

func (w *world) forget(g *group) {
	for _, m := range g.messages {
		w.drop(m)
	}
	g.messages = nil
	delete(w.groups, g.id)
	w.groupOrder.Remove(g.place)
}

// keepMessage adds a message to every index and lets the oldest one go when
// there are too many.
func (w *world) keepMessage(m *message) {
	m.seq = w.seq + 1
	w.index(m)
	m.group.messages = append(m.group.messages, m)
	w.trim()
}

// index enters a message that is newer than all others.
func (w *world) index(m *message) {
	w.seq = m.seq
	w.messages[m.id] = m
	m.place = w.order.PushFront(m)
	m.phone = w.phoneOf(m.to)
	m.onPhone = m.phone.messages.PushFront(m)
}

// trim lets the oldest messages go while there are too many.
func (w *world) trim() {
	for w.order.Len() > w.set.keep {
		oldest := w.order.Back().Value.(*message)
		w.drop(oldest)
		g := oldest.group
		g.messages = g.messages[1:] // the oldest of all is the oldest of its group
		if oldest.code == "2000" && oldest.sent.IsZero() {
			g.open-- // it will never be sent, so nobody waits for its end
		}
	}
}

// drop removes a message from the indexes, but not from its group's list.
func (w *world) drop(m *message) {
	delete(w.messages, m.id)
	w.order.Remove(m.place)
	p := m.phone
	p.messages.Remove(m.onPhone)
	if p.messages.Len() == 0 {
		delete(w.phones, p.number)
		delete(w.byRank, p.rank)
	}
}

// phone is one recipient number. Its rank names it on the page, where a number
// must not stand in an address.
type phone struct {
	number   string
	rank     int
	messages *list.List // of *message, newest first
}

func (w *world) phoneOf(number string) *phone {
	p := w.phones[number]
	if p == nil {
		w.ranks++
		p = &phone{number: number, rank: w.ranks, messages: list.New()}
		w.phones[number], w.byRank[p.rank] = p, p
	}
	return p
}
