// Package sandbox is the CoolSMS (SOLAPI) text gateway, emulated: an
// http.Handler that answers the message API v4 as the provider does, keeps the
// texts instead of delivering them, and shows them on the screen of a phone.
//
// A text walks one way through it. A call is authenticated (auth.go), its
// messages are read (wire.go) and checked by rules that need no state
// (draft.go), and under one short lock they are put into a group (accept.go).
// Sending the group takes the money and enters the group's future into the
// agenda (launch.go): 2000 at once, 3000 when the carrier has it, 4000 or the
// number's own fate when the report comes. Nothing but the agenda moves time:
// every call first settles what has come due, and with WithClock there is no
// goroutine at all, so that a simulation can step through hours in no time.
//
//	sb := sandbox.New(sandbox.WithKey("NCSKEY0000000001", "secret"))
//	defer sb.Close()
//	http.ListenAndServe("127.0.0.1:8910", sb)          // as a server
//	client := &http.Client{Transport: sb}              // or without a socket
//	texts := sb.Handset("01000000001")
//
// Beside the provider's surface stand its own controls (/sandbox/*: faults,
// fates of numbers, money, senders, what was called) and the phone itself
// (GET /). Those answer loopback hosts only, because whoever reads them reads
// every code.
//
// Where the provider's behaviour is not documented the comment says G and what
// was guessed.
//
// It refuses to be mistaken for the real one: every answer carries
// "Server: sinpyo-sandbox", no text ever leaves the process, and nothing is
// written to disk. It has no legacy API (v1, v2), no file store, no webhooks
// and no statistics.
package sandbox

import (
	"net/http"
	"sync"
	"time"
)

// Sandbox is one emulated provider account. It is made by New, is safe for
// concurrent use, and serves HTTP both as an http.Handler and, through
// RoundTrip, as an http.RoundTripper.
type Sandbox struct {
	set     settings
	mux     *http.ServeMux
	control http.Handler // the controls and the page, behind their own guards
	replay  *replay
	faults  *faultBook
	log     *requestLog
	hub     *hub
	finds   *findBook

	mu    sync.Mutex // guards world
	world *world

	wake chan struct{} // tells the timer that an earlier event was entered
	stop chan struct{}
	once sync.Once
}

// New makes an emulated account. Without options it has a random key pair (see
// Key), one ACTIVE sender number 0215770000 that expires in half a year, and
// 10,000 won; a text reaches the carrier after 0.3 s and is reported after 1 s.
func New(opts ...Option) *Sandbox {
	set := defaults()
	for _, opt := range opts {
		opt(&set)
	}
	set.complete()
	s := &Sandbox{
		set:    set,
		replay: newReplay(),
		faults: newFaultBook(set.rand),
		log:    newRequestLog(set.logger),
		hub:    newHub(),
		finds:  newFindBook(),
		world:  newWorld(&set, set.now()),
		wake:   make(chan struct{}, 1),
		stop:   make(chan struct{}),
	}
	s.mux = s.routes()
	s.control = s.guard(s.controlRoutes())
	if !set.manual {
		go s.keepTime()
	}
	return s
}

// Key returns the API key and secret this account answers to: the first pair
// given by WithKey, or the pair made at random.
func (s *Sandbox) Key() (key, secret string) { return s.set.key, s.set.keys[s.set.key] }

// Close stops the timer and ends the live streams of the page. Calls are still
// answered afterwards, but no report comes by itself any more.
func (s *Sandbox) Close() {
	s.once.Do(func() {
		close(s.stop)
		s.hub.close()
	})
}

// Settle brings the account up to its clock: every hand-over, report and
// scheduled send that has come due takes place, each at its own time. Calls do
// so by themselves; a simulation calls it after moving its clock.
func (s *Sandbox) Settle() { s.change(func(*world) {}) }

// NextDue returns when the next thing will happen by itself, and false when
// nothing is waiting. A simulation moves its clock there and calls Settle.
func (s *Sandbox) NextDue() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.agenda.next()
}

// change runs fn on the account as it stands now and tells the page what
// changed. It is the one way to the state.
func (s *Sandbox) change(fn func(*world)) {
	s.mu.Lock()
	w := s.world
	before, waiting := w.agenda.next()
	w.settle(s.set.now())
	fn(w)
	w.settle(w.now) // what was entered for this very moment happens now
	changed := w.takeChanged()
	after, due := w.agenda.next()
	s.mu.Unlock()

	if due && (!waiting || after.Before(before)) {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	s.hub.tell(changed)
}

// keepTime settles whenever the next event of the agenda comes due. It is the
// only goroutine of a Sandbox and does not exist under WithClock.
func (s *Sandbox) keepTime() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := time.Hour
		if due, ok := s.NextDue(); ok {
			wait = max(due.Sub(s.set.now()), 0)
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
			s.Settle()
		case <-s.wake:
		case <-s.stop:
			return
		}
	}
}
