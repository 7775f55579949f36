// Package pages is the door people come through: sign-up and sign-in, and the
// page of one's own account.
//
// /signup and /login are two doors to one hall: the steps are the same, and only
// the words differ. An address has no step in it. A POST does one thing
// (it starts a verification, checks a code, asks for another text, gives a
// number up, or finishes with name and consents) and is answered 303; the GET
// that follows computes the step from the stored verification: number, code,
// name and consents, welcome. So going back, reloading or opening a second tab
// shows where things stand and sends nothing. A refused POST shows the same
// step again with the reason under its field and what was typed still in it.
//
// A right code is not always enough: where a member holds more than a number, or
// proved it long ago, the step after the code asks for another proof. /recover is
// a third door, for whoever lacks that. A passkey comes in by itself.
//
// Behind /account a member sees and changes everything about themselves. What
// matters asks for a proof first, at /account/confirm/NAME, which leads back to
// the page NAME; what was done is said by the next page. Wherever a number is
// proved (a new one, the one before at /undo, one's own) the steps of the hall
// are used: see [door].
//
// The browser holds three cookies: "flow", the verification it started and the
// secret that binds it (S-10), and once it has signed in "session" and "device",
// by which it is known again for half a year (S-19). A fourth, "news", names for
// a minute what the next page is to say. Nothing of a person stands in a cookie,
// an address, a title or a browser's storage.
//
// Words stand in locales/, one file a language, and markup in templates/. Both
// are joined once, for the first visitor; see [newLocale]. Every page works
// without JavaScript, and nothing on it comes from another origin.
//
// The package decides nothing about numbers, codes, limits or members: it asks
// verify and account, and shows their refusals by the refusal's code. It never
// says whether a number has an account before possession of it is proved (S-28).
package pages

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/catalogue"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/face"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// Options says what the pages stand on.
type Options struct {
	Verify      *verify.Verifier
	Accounts    *account.Accounts
	Challenges  *challenge.Challenges
	Consents    *consent.Ledger
	Factors     *factor.Factors
	Application app.Application // the hosted pages' own, app.Builtin
	Cookies     web.Cookies
	ServiceName string // shown in the header and in titles
	Look        Look
	ReturnTo    []string                     // addresses people may be led back to, see returns
	Sender      string                       // the number texts come from, in digits; "" leaves it out
	Arrival     func() (time.Duration, bool) // how long texts usually take; nil when nobody knows
	Now         func() time.Time             // what waits on a page are counted from
	Dev         *DevStrip                    // nil outside dev mode
}

// DevStrip is what a strip above each page says in dev mode.
type DevStrip struct {
	Inbox string // address of the emulator's phone

	// Left says how many more texts a number may get; nil leaves it out.
	Left func(context.Context, phone.Number) (int, error)
	// Reset gives a number its whole budget back; nil leaves it out.
	Reset func(context.Context, phone.Number) error
}

// Pages serves the public pages.
type Pages struct {
	verify      *verify.Verifier
	accounts    *account.Accounts
	challenges  *challenge.Challenges
	consents    *consent.Ledger
	factors     *factor.Factors
	application app.Application
	cookies     web.Cookies
	now         func() time.Time
	arrival     func() (time.Duration, bool)
	dev         *DevStrip
	returns     returns
	doors       map[string]door
	assets      *face.Shelf
	locales     func() []*locale // the first is the default
}

// New returns the pages that o describes. It fails when there is a mistake in what
// the operator has put in the place of ours. Our own texts and templates, which
// the tests join, are joined for the first visitor: no start waits for them.
func New(o Options) (*Pages, error) {
	if o.Verify == nil || o.Accounts == nil || o.Challenges == nil || o.Consents == nil || o.Factors == nil || o.Now == nil {
		return nil, errors.New("pages: Verify, Accounts, Challenges, Consents, Factors and Now are needed")
	}
	assets, err := newAssets(o.Look)
	if err != nil {
		return nil, err
	}
	p := &Pages{
		verify: o.Verify, accounts: o.Accounts, challenges: o.Challenges, consents: o.Consents, factors: o.Factors,
		application: o.Application, cookies: o.Cookies, now: o.Now, arrival: o.Arrival, dev: o.Dev,
		returns: newReturns(o.ReturnTo), doors: doors(), assets: assets,
	}
	s := site{
		Service: o.ServiceName, Sender: face.SpellSender(o.Sender), Support: o.Look.Support,
		Assets: p.assets, Consents: o.Consents,
	}
	if o.Dev != nil {
		s.Inbox = o.Dev.Inbox
	}
	join := sync.OnceValues(func() ([]*locale, error) { return newLocales(s, o.Look.Dir) })
	if o.Look.Dir != "" {
		if _, err := join(); err != nil {
			return nil, err
		}
	}
	p.locales = func() []*locale {
		locales, err := join()
		if err != nil {
			panic("pages: our own texts and templates do not fit: " + err.Error()) // the tests see it first
		}
		return locales
	}
	return p, nil
}

// newLocales joins texts and templates, the operator's in dir in the place of
// ours, in every language.
func newLocales(s site, dir string) ([]*locale, error) {
	own, err := readOwn(dir)
	if err == nil {
		err = own.check()
	}
	if err != nil {
		return nil, err
	}
	var reading errgroup.Group // somebody waits for it
	locales := make([]*locale, len(catalogue.Languages))
	for i, name := range catalogue.Languages {
		reading.Go(func() (err error) {
			locales[i], err = newLocale(name, s, own)
			return err
		})
	}
	return locales, reading.Wait()
}

// Mount registers the pages on mux.
func (p *Pages) Mount(mux web.Mux) {
	mux.Handle("GET /{$}", http.RedirectHandler("/signup", http.StatusSeeOther))
	for _, path := range []string{signupPath, loginPath} {
		mux.Handle("GET "+path, p.page((*visit).hall))
		mux.Handle("POST "+path, p.page((*visit).act))
	}
	mux.Handle("GET /signup/message", p.page((*visit).message))
	mux.Handle("POST /signout", p.page((*visit).signOut))
	mux.Handle("GET /documents/{id}", p.page((*visit).document))
	mux.Handle("GET /documents/{id}/{version}", p.page((*visit).document))
	mux.Handle("GET /assets/", p.assets)
	p.mountComing(mux)
	p.mountAccount(mux)
	if p.dev != nil && p.dev.Reset != nil {
		mux.Handle("POST /dev/reset", p.page((*visit).resetBudget))
	}
}

// page returns the handler that leads a visitor to one of the doors above.
func (p *Pages) page(serve func(*visit) error) http.Handler {
	return web.Page(func(w http.ResponseWriter, r *http.Request) error {
		return serve(p.visit(w, r))
	}).Or(p.Refuse)
}

// Refuse shows a page for an error that is no field's fault. It is fit for
// web.Options.Refuse where a listener serves pages only.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	v := p.visit(w, r)
	problem := web.ProblemOf(r.Context(), err)
	for name, values := range problem.GetHeaders() {
		w.Header()[name] = values
	}
	err = v.show("problem.html", problem.Status, &problemView{
		Page:    v.frame("title.problem", true),
		Missing: problem.Status == http.StatusNotFound,
		Request: problem.RequestID,
	})
	if err != nil {
		http.Error(w, problem.Title, problem.Status)
	}
}

// problemView is what problem.html shows.
type problemView struct {
	Page    frame
	Missing bool   // there is nothing at the address
	Request string // id to quote when asking about it, "" when there is none
}
