// Package sandbox is the CoolSMS (SOLAPI) text gateway, emulated: an
// http.Handler that answers the message API v4, and the older ones beside it
// (legacy_serve.go), as the provider does, keeps the texts instead of
// delivering them, and shows them on the screen of a phone.
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
// Beside messages the account has resources (resources.go): files, sender
// numbers, Kakao channels and templates, block lists, statistics, a quota. What
// a person does in the provider's console, such as approving a template, is a
// control here. A new account has a channel and an approved template, so that a
// first AlimTalk can be sent at once.
//
// Where the provider's behaviour is not documented the comment says G and what
// was guessed.
//
// Webhooks that are registered are called (webhook.go, courier.go), the one
// thing that leaves the process by itself. Save, Load and KeepIn write the
// account down and put it back (state.go, keeper.go); without them nothing is
// written to disk.
//
// It refuses to be mistaken for the real one: every answer carries
// "Server: sinpyo-sandbox", and no text ever leaves the process. Package
// sandboxtest starts it inside a test.
package sandbox

import (
	"context"
	"net/http"
	"slices"
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

	wake    chan struct{} // tells the timer that an earlier event was entered
	touched chan struct{} // tells the keeper that something may have changed
	life    context.Context
	end     context.CancelFunc
	once    sync.Once
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
		set:     set,
		replay:  newReplay(),
		faults:  newFaultBook(set.rand),
		log:     newRequestLog(set.logger),
		hub:     newHub(),
		finds:   newFindBook(),
		world:   newWorld(&set, set.now()),
		wake:    make(chan struct{}, 1),
		touched: make(chan struct{}, 1),
	}
	s.life, s.end = context.WithCancel(context.Background())
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
		s.end()
		s.hub.close()
	})
}

// Settle brings the account up to its clock: every hand-over, report and
// scheduled send that has come due takes place, each at its own time. Calls do
// so by themselves; a simulation calls it after moving its clock. Under
// WithClock it also makes the calls that webhooks are owed, and waits for them.
func (s *Sandbox) Settle() {
	var owed []*webhook
	look := func(w *world) {
		if s.set.manual {
			owed = w.owedHooks()
		}
	}
	for s.change(look); len(owed) > 0; s.change(look) {
		for _, h := range owed {
			s.serveHook(h)
		}
	}
}

// NextDue returns when the next thing will happen by itself, and false when
// nothing is waiting. A simulation moves its clock there and calls Settle.
func (s *Sandbox) NextDue() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set.manual && slices.ContainsFunc(s.world.hooks, (*webhook).owed) {
		return s.world.now, true
	}
	return s.world.agenda.next()
}

// change runs fn on the account as it stands now and tells the page what
// changed. It is the one way to the state.
func (s *Sandbox) change(fn func(*world)) {
	changed, sooner, owed := s.locked(fn)
	if sooner {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	for _, h := range owed {
		go s.serveHook(h)
	}
	select {
	case s.touched <- struct{}{}:
	default:
	}
	s.hub.tell(changed)
}

// locked runs fn on the account as it stands now. It returns what changed,
// whether something is due sooner than before, and the reports to deliver. A
// panic of fn lets the lock go: it ends one call, not the emulator.
func (s *Sandbox) locked(fn func(*world)) (changed part, sooner bool, owed []*webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world
	before, waiting := w.agenda.next()
	w.settle(s.set.now())
	fn(w)
	w.settle(w.now) // what was entered for this very moment happens now
	changed = w.takeChanged()
	after, due := w.agenda.next()
	if !s.set.manual {
		owed = w.owedHooks()
	}
	return changed, due && (!waiting || after.Before(before)), owed
}

// keepTime settles whenever the next event of the agenda comes due. Beside the
// calls to webhooks it is the only goroutine of a Sandbox, and like them it
// does not exist under WithClock.
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
		case <-s.life.Done():
			return
		}
	}
}
