// Package consoletest gives tests the console as operators meet it: behind a real
// door at a real address, on a real database, at a time that stands still until
// the test moves it; and people of every role who use it over HTTP.
package consoletest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/console"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/replay"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/watch"
	"github.com/sinpyo/sinpyo/internal/web"
	"github.com/sinpyo/sinpyo/sandbox"
)

// World is the console, what it stands on, and where it is.
type World struct {
	testing.TB
	Clock     *dbtest.Clock
	DB        *db.DB
	Ring      *seal.Ring
	Texts     *verifytest.World // what texts are made with
	Holder    string            // the member whose number every number is, "" for those who have it
	Accounts  *account.Accounts
	Consents  *consent.Ledger
	Operators *operator.Operators
	Traffic   *traffic.Traffic
	Watch     *watch.Watch
	Outbox    *outbox.Outbox
	Limits    *limit.Limits // with ceilings, and the network's rule in shadow
	Provider  *sandbox.Sandbox
	Findings  []doctor.Finding // of the doctor
	LastRound doctor.Round     // the one it went by itself, if any
	Handler   http.Handler     // the door
	Routes    *web.Routes      // behind it
	URL       string           // without a slash at the end
}

// The sender numbers of the settings, the day's spending and the floor.
const (
	Sender       = "0215770000"
	LoginSender  = "07040001234"
	SecondSender = "16000420"

	WonPerDay    = 35_046
	BalanceFloor = 10_000
)

// The key pairs that the provider takes: that of the settings, and another.
var (
	Pair     = provider.Pair{Key: "NCSCONSOLE000001", Secret: "hush-hush-hush-hush-hush-hush-hu"} //nolint:gosec // the emulator's
	NextPair = provider.Pair{Key: "NCSCONSOLE000002", Secret: "rush-rush-rush-rush-rush-rush-ru"} //nolint:gosec // the emulator's
)

// findings are one of every kind.
var findings = []doctor.Finding{
	{Number: 1, Name: "settings", State: doctor.OK, Detail: doctor.Detail("complete", "빠진 것이 없어요")},
	{Number: 2, Name: "balance", State: doctor.Warning, Detail: doctor.Detail("KRW 1,234, for 61 texts", "1,234원, 문자 61건"), Remedy: doctor.NoMoney},
	{Number: 3, Name: "key", State: doctor.Failed, Detail: doctor.Plain("InvalidAPIKey"), Remedy: doctor.PermissionRemedy},
	{Number: 4, Name: "sender", State: doctor.Skipped, Detail: doctor.Needs("the key", "키가", 3).Detail},
}

// Options change what New makes.
type Options struct {
	Networks []netip.Prefix // that the console answers to
	Log      *slog.Logger   // nil for none
	At       time.Time      // zero for the afternoon
}

// New returns the console of a bookshop that lasts as long as the test, at 3:04 on
// an afternoon in Seoul. Its host is localhost, which browsers trust as they
// trust https.
func New(t testing.TB, o Options) *World {
	t.Helper()
	if o.At.IsZero() {
		o.At = time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC)
	}
	w := &World{TB: t, Findings: findings, Routes: &web.Routes{}, Texts: verifytest.New(t, verifytest.Options{
		Name: "한뼘책방", At: o.At,
		Sandbox: []sandbox.Option{sandbox.WithReportDelay(1600 * time.Millisecond), sandbox.WithSender(verifytest.Sender, time.Time{})},
	})}
	w.Clock, w.DB, w.Ring = w.Texts.Clock, w.Texts.DB, w.Texts.Ring
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	at := &url.URL{Scheme: "http", Host: "localhost:" + port}
	w.URL = at.String()
	registry := prometheus.NewRegistry()
	var err error
	w.Operators, err = operator.New(operator.Options{DB: w.DB, Ring: w.Ring, Name: "한뼘책방", Origin: at, Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w.Outbox = w.provide(log, registry)
	w.people(at, registry)
	w.Limits = limit.New(limit.Options{
		DB: w.DB, Shadow: []limit.Rule{limit.Network},
		Ceilings: &limit.Ceilings{ApplicationPerMinute: 120, InstallationPerMinute: 300, WonPerDay: 50_000},
	})
	tester := replay.NewTester(w.DB, w.Limits)
	site, err := console.New(console.Options{
		Limits: w.Limits, Backtest: tester,
		Operators: w.Operators, Traffic: w.Traffic, Watch: w.Watch, Outbox: w.Outbox, Apps: app.New(w.DB),
		Results: w.results(), Builtin: w.Texts.App, Records: audit.NewBook(w.DB, w.Ring), Accounts: w.Accounts, Consents: w.Consents,
		BalanceFloor: BalanceFloor, RunwayDays: 7,
		Pairs: w.pairs(), Doctor: func(context.Context) ([]doctor.Finding, error) { return w.Findings, nil },
		LastRound: func(context.Context) (doctor.Round, bool, error) { return w.LastRound, w.LastRound.At != 0, nil },
		URL:       at, Public: &url.URL{Scheme: "https", Host: "id.hanppyeom.example"}, ServiceName: "한뼘책방", Log: log, Now: w.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.run(tester)
	site.Mount(w.Routes)
	w.Handler, err = web.New(web.Options{
		Name: "console", Handler: w.Routes, Log: log, Registerer: registry, Now: w.Clock.Now,
		PublicURL: at, Networks: o.Networks, Refuse: site.Refuse,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = w.Handler
	server.Start()
	t.Cleanup(server.Close)
	return w
}

// run has policies tried out until the test is over.
func (w *World) run(tester *replay.Tester) {
	w.Helper()
	ctx, stop := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	go func() { ended <- tester.Run(ctx, func(err error) { w.Error(err) }) }()
	w.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.Error(err)
		}
	})
}

// provide gives the console a provider, and what watches and counts its texts.
// Nothing is handed over before a test has the outbox do so.
func (w *World) provide(log *slog.Logger, registry *prometheus.Registry) *outbox.Outbox {
	w.Helper()
	w.Provider = sandbox.New(sandbox.WithClock(w.Clock.Now), sandbox.WithBalance(412_300, 0), sandbox.WithKey(Pair.Key, Pair.Secret), sandbox.WithKey(NextPair.Key, NextPair.Secret))
	w.Cleanup(w.Provider.Close)
	at := httptest.NewServer(w.Provider)
	w.Cleanup(at.Close)
	for _, number := range []string{Sender, LoginSender, SecondSender} {
		if err := w.Provider.Register(sandbox.Sender{PhoneNumber: number}); err != nil {
			w.Fatal(err)
		}
	}
	key, secret := w.Provider.Key()
	limits := limit.New(limit.Options{DB: w.DB, Logger: log, Registerer: registry})
	out := outbox.New(outbox.Options{
		DB: w.DB, Ring: w.Ring, Key: key, Logger: log, Registerer: registry, BalanceFloor: BalanceFloor,
		Sender: Sender, SecondSender: SecondSender, SenderByPurpose: map[string]string{"login": LoginSender},
		Client: coolsms.New(key, secret, coolsms.WithBaseURL(at.URL), coolsms.WithHTTPClient(&http.Client{}),
			coolsms.WithRetry(0), coolsms.WithClock(w.Clock.Now)),
	})
	w.Watch = watch.New(watch.Options{
		DB: w.DB, Ring: w.Ring, Outbox: out, Limits: limits, Logger: log, Registerer: registry,
		Spending: func(context.Context) (int, error) { return WonPerDay, nil }, RunwayDays: 7, Floor: BalanceFloor,
	})
	w.Traffic = traffic.New(traffic.Options{DB: w.DB, Limits: limits, Logger: log, Registerer: registry})
	return out
}

// pairs change the key of the provider.
func (w *World) pairs() *provider.Pairs {
	return &provider.Pairs{
		DB: w.DB, Ring: w.Ring, Settings: Pair, Sender: Sender,
		Client: func(p provider.Pair) *coolsms.Client {
			return coolsms.New(p.Key, p.Secret, coolsms.WithHTTPClient(&http.Client{Transport: w.Provider}), coolsms.WithRetry(0), coolsms.WithClock(w.Clock.Now))
		},
	}
}

func (w *World) results() *results.Results {
	return results.New(results.Options{
		DB: w.DB, Ring: w.Ring, Outbox: w.Texts.Outbox, Verify: w.Texts.Verifier, Limits: w.Texts.Limits,
		Holder: func(tx *db.Tx, number []byte) (string, error) {
			if w.Holder != "" {
				return w.Holder, nil
			}
			return w.Accounts.Holder(tx, number)
		},
	})
}

// FirstLink returns the code of the first owner's link.
func (w *World) FirstLink() string {
	w.Helper()
	link, needed, err := w.Operators.FirstLink(w.Context())
	if err != nil || !needed {
		w.Fatalf("no first link (needed %t): %v", needed, err)
	}
	return link.Token
}

// Invite returns the code of a link for somebody.
func (w *World) Invite(name string, role operator.Role) string {
	w.Helper()
	link, err := w.Operators.Invite(w.Context(), name, role, operator.Act{Actor: "command line"})
	if err != nil {
		w.Fatal(err)
	}
	return link.Token
}

// Person is somebody at a browser.
type Person struct {
	*World
	Language string
	Cookies  map[string]string
	Device   *factortest.Authenticator
	Secret   string // of the authenticator app, "" for none
	Name     string
	ID       string // of the operator, "" before they have joined

	from  string // the address that requests come from
	token string // of the forms of the last page
}

// Person returns somebody whom the console does not know.
func (w *World) Person(language string) *Person {
	return &Person{World: w, Language: language, Cookies: map[string]string{}, Device: factortest.New(w.URL), from: "203.0.113.7:4711"}
}

// At has the requests of a person come from another address.
func (p *Person) At(address string) *Person {
	p.from = address
	return p
}

// Owner returns the first owner, who has an authenticator app and has just signed
// in.
func (w *World) Owner(language string) *Person {
	w.Helper()
	return w.Person(language).Join(w.FirstLink(), "김하늘")
}

// Operator returns somebody of a role, who has just signed in.
func (w *World) Operator(language, name string, role operator.Role) *Person {
	w.Helper()
	return w.Person(language).Join(w.Invite(name, role), name)
}

// Join walks through a link with an authenticator app.
func (p *Person) Join(code, name string) *Person {
	p.Helper()
	p.Get("/start")
	p.Leads("/start", "/start", "do", "open", "code", code)
	p.Get("/start")
	p.Post("/start", "do", "name", "name", name)
	p.Secret = SecretOn(p.Post("/start", "do", "totp", "name", name).Body.String())
	p.Leads("/start", "/", "do", "confirm", "name", name, "code", p.Code())
	p.Name = name
	op, err := p.Operators.ByName(p.Context(), name)
	if err != nil {
		p.Fatal(err)
	}
	p.ID = op.ID
	p.Clock.Advance(31 * time.Second) // a code counts once
	p.Get("/")
	return p
}

var secretField = regexp.MustCompile(`<dd translate="no">([A-Z2-7 ]+)</dd>`)

// SecretOn returns the key that a page shows for an authenticator app.
func SecretOn(page string) string {
	if found := secretField.FindStringSubmatch(page); found != nil {
		return found[1]
	}
	return ""
}

// Code is what the person's authenticator app shows now.
func (p *Person) Code() string { return factortest.Code(p.TB, p.Secret, p.Clock.Now()) }

// Prove makes the person's session fresh.
func (p *Person) Prove() {
	p.Helper()
	p.Clock.Advance(31 * time.Second)
	p.Get("/confirm")
	if a := p.Post("/confirm", "code", p.Code()); a.Code != http.StatusSeeOther {
		p.Fatalf("the proof answered %d\n%s", a.Code, a.Body)
	}
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// Send makes a request as the person's browser does, and keeps what it brings.
func (p *Person) Send(r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Accept-Language", p.Language)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	r.RemoteAddr = p.from
	var names []string
	for name := range p.Cookies {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		r.AddCookie(&http.Cookie{Name: name, Value: p.Cookies[name]}) //nolint:gosec // a request has no more of a cookie
	}
	rec := httptest.NewRecorder()
	p.Handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if p.Cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(p.Cookies, c.Name)
		}
	}
	if found := tokenField.FindStringSubmatch(rec.Body.String()); found != nil {
		p.token = found[1]
	}
	return rec
}

// Get opens a page.
func (p *Person) Get(path string) *httptest.ResponseRecorder {
	return p.Send(httptest.NewRequestWithContext(p.Context(), http.MethodGet, p.URL+path, nil))
}

// Post sends a form of the last page: field, value, field, value.
func (p *Person) Post(path string, fields ...string) *httptest.ResponseRecorder {
	form := url.Values{"token": {p.token}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequestWithContext(p.Context(), http.MethodPost, p.URL+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.Send(r)
}

// Token returns what the forms of the last page carry.
func (p *Person) Token() string { return p.token }

// Leads sends a form that must lead to a page.
func (p *Person) Leads(path, to string, fields ...string) {
	p.Helper()
	a := p.Post(path, fields...)
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != to {
		p.Fatalf("%s %v answered %d to %q, want %q\n%s", path, fields, a.Code, a.Header().Get("Location"), to, a.Body)
	}
}
