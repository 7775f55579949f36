// Package console is the operators' door: the pages on which the people who run
// an installation see what became of every text, and decide.
//
// # The walk
//
// The first owner comes by a link that the program prints while there is nobody,
// everybody else by a link that an owner hands over: /start takes the link's code
// and has its holder make a passkey or an authenticator app. /signin asks for
// that, and nothing else, from then on. /confirm asks for it once more before
// what matters, and leads back.
//
// # What holds
//
// Every address stands in one table, routes, with the least role that may go
// there and whether a proof of the last five minutes is needed. What is not open
// there is shut: who is not signed in is led to /signin, and who may not is told
// which role may (S-98). A POST is one act, carries the token of its page, and is
// answered with a redirect, so that reloading repeats nothing. A POST has a page
// at its own address, to which a proof leads back.
//
// The console has cookies of its own, all strict: "console" is the session,
// "console-door" binds the forms of who is not signed in, "console-link" holds an
// opened link until its person has joined, "console-next" where a sign-in or a
// proof leads back to, "console-news" what the next page is to say, and
// "console-lang" the language. Nothing of a person stands in an address or a
// title, and no code of a link but behind a # (S-46).
//
// Words stand in locales/, one file a language, and markup in templates/. Every
// page works without JavaScript, and nothing on it comes from another origin.
//
// Every figure is of one window, which the address names and the page states, and
// leads to the list of the texts that it counts. Charts are drawn here, as bars of
// a few paths, and have the same figures in a table.
//
// Lists, a text's way and the overview ask again by their own script, at the same
// addresses, and are answered with the parts that change. Such a request is no use
// of the session, so that an open page goes idle, and then leads to the sign-in.
//
// A number that is looked for is sent by a form and stands in addresses as a
// sealed token. Numbers are masked on every page but the one that answers whoever
// has said why they need to see one.
//
// That somebody looked at a member is recorded, and who saw a number stands on
// the pages of the number and of its member.
//
// The package keeps nothing itself and decides nothing: it asks the rooms below,
// such as operator, results, account and limit, and shows their refusals by their
// code. Figures are those of traffic, and what is known of the account with the
// provider is that of watch.
package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/face"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/replay"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/watch"
	"github.com/sinpyo/sinpyo/internal/web"
)

// Options says what the console stands on.
type Options struct {
	Operators   *operator.Operators
	Results     *results.Results
	Accounts    *account.Accounts
	Consents    *consent.Ledger
	Builtin     app.Application // whose texts are known
	Traffic     *traffic.Traffic
	Watch       *watch.Watch
	Outbox      *outbox.Outbox
	Apps        *app.Apps
	Records     *audit.Book
	Limits      *limit.Limits
	Backtest    *replay.Tester
	URL         *url.URL // the console's address: links begin with it
	ServiceName string   // shown beside the mark and in titles
	Pairs       *provider.Pairs
	Public      *url.URL // the address of the pages and the API
	Inbox       string   // the address of the emulator's phone; "" outside dev mode

	BalanceFloor int // in won: with less nothing is sent; 0 is no floor
	RunwayDays   int // with money for fewer days somebody is warned; 0 warns nobody

	// Doctor makes all checks, which takes seconds.
	Doctor func(context.Context) ([]doctor.Finding, error)
	// LastRound returns what the checks found when they were last made by
	// themselves; ok is false before the first time. nil is never.
	LastRound func(context.Context) (last doctor.Round, ok bool, err error)

	Log *slog.Logger
	Now func() time.Time
}

// Console serves the operators' pages.
type Console struct {
	operators *operator.Operators
	results   *results.Results
	accounts  *account.Accounts
	consents  *consent.Ledger
	builtin   app.Application
	traffic   *traffic.Traffic
	watch     *watch.Watch
	outbox    *outbox.Outbox
	apps      *app.Apps
	records   *audit.Book
	limits    *limit.Limits
	tester    *replay.Tester
	url       *url.URL
	public    *url.URL
	pairs     *provider.Pairs
	doctor    func(context.Context) ([]doctor.Finding, error)
	lastRound func(context.Context) (doctor.Round, bool, error)
	service   string
	inbox     string

	balanceFloor, runwayDays int

	log     *slog.Logger
	now     func() time.Time
	cookies web.Cookies
	assets  *face.Shelf
	routes  []route
	pages   *http.ServeMux   // the addresses that can be opened, see pageAt
	locales func() []*locale // the first is the default
}

// New returns the console that o describes. Texts and templates, which the tests
// join, are joined for the first visitor: no start waits for them.
func New(o Options) (*Console, error) {
	if o.Operators == nil || o.Results == nil || o.URL == nil || o.Log == nil || o.Now == nil {
		return nil, errors.New("console: Operators, Results, URL, Log and Now are needed")
	}
	if o.Public == nil || o.Pairs == nil || o.Doctor == nil {
		return nil, errors.New("console: Public, Pairs and Doctor are needed")
	}
	if o.Traffic == nil || o.Watch == nil || o.Outbox == nil || o.Apps == nil {
		return nil, errors.New("console: Traffic, Watch, Outbox and Apps are needed")
	}
	if o.Records == nil || o.Accounts == nil || o.Consents == nil || o.Limits == nil || o.Backtest == nil {
		return nil, errors.New("console: Records, Accounts, Consents, Limits and Backtest are needed")
	}
	c := &Console{
		operators: o.Operators, url: o.URL, service: o.ServiceName, inbox: o.Inbox, log: o.Log, now: o.Now,
		traffic: o.Traffic, watch: o.Watch, outbox: o.Outbox, apps: o.Apps, balanceFloor: o.BalanceFloor, runwayDays: o.RunwayDays,
		results: o.Results, builtin: o.Builtin, records: o.Records, accounts: o.Accounts, consents: o.Consents,
		limits: o.Limits, tester: o.Backtest, public: o.Public, pairs: o.Pairs, doctor: o.Doctor, lastRound: o.LastRound,
		cookies: web.Cookies{Secure: o.URL.Scheme == "https", Strict: true},
		assets:  newAssets(), routes: routes(), pages: http.NewServeMux(),
	}
	join := sync.OnceValues(c.newLocales)
	c.locales = func() []*locale {
		locales, err := join()
		if err != nil {
			panic("console: texts and templates do not fit: " + err.Error()) // the tests see it first
		}
		return locales
	}
	for _, r := range c.routes {
		if r.method == http.MethodGet && !r.open {
			c.pages.Handle(r.path, http.NotFoundHandler())
		}
	}
	return c, nil
}

// Mount registers the pages on mux.
func (c *Console) Mount(mux web.Mux) {
	for _, r := range c.routes {
		mux.Handle(r.method+" "+r.path, c.guard(r))
	}
	mux.Handle("GET /assets/", c.assets)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.Refuse(w, r, web.ErrRoute) })
}

// Refuse shows a page for an error that is no field's fault. It is fit for
// web.Options.Refuse, and asks no database.
func (c *Console) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	problem := web.ProblemOf(r.Context(), err)
	for name, values := range problem.GetHeaders() {
		w.Header()[name] = values
	}
	v := c.visit(w, r)
	v.switchLanguage()
	words := "problem.other"
	switch {
	case problem.Status == http.StatusNotFound:
		words = "problem.missing"
	case errors.Is(err, web.ErrNetwork):
		words = "problem.network"
	case errors.Is(err, errForm):
		words = "problem.form"
	}
	view := &problemView{
		Page: v.frame("title.problem"), Words: words, Back: "/", Request: problem.RequestID,
	}
	if errors.Is(err, errForm) {
		view.Back = r.URL.Path
	}
	if err := v.show("problem.html", problem.Status, view); err != nil {
		http.Error(w, problem.Title, problem.Status)
	}
}

// problemView is what problem.html shows.
type problemView struct {
	Page    frame
	Words   string // the id of its heading; that of the lines below has ".lead" behind
	Back    string // where to go on
	Request string // id to quote when asking about it, "" when there is none
}
