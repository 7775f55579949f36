package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/api"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/idempotency"
	"github.com/sinpyo/sinpyo/internal/keyring"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/provider"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/replay"
	"github.com/sinpyo/sinpyo/internal/retain"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/watch"
	"github.com/sinpyo/sinpyo/internal/web"
)

// house is one running installation: the parts, each made of the ones before.
type house struct {
	settings *config.Config
	log      *slog.Logger
	registry *prometheus.Registry
	open     *listeners
	tracing  *tracing  // nil when nothing is traced
	emulator *emulator // nil outside dev mode

	supervisor supervisor

	db         *db.DB
	keys       *keyring.Keyring
	ring       *seal.Ring
	apps       *app.Apps
	builtin    app.Application
	outbox     *outbox.Outbox
	limits     *limit.Limits
	tester     *replay.Tester
	pair       provider.Pair // of the provider, at the start
	follower   *provider.Follower
	watch      *watch.Watch
	rounds     *doctor.Rounds
	verifier   *verify.Verifier
	traffic    *traffic.Traffic
	keeper     *idempotency.Keeper
	api        *api.API
	receipts   *receipt.Receipts
	consents   *consent.Ledger
	factors    *factor.Factors
	accounts   *account.Accounts
	operators  *operator.Operators
	challenges *challenge.Challenges
	eraser     *retain.Keeper
	routes     web.Routes // behind the public listener
	public     http.Handler
	consoling  web.Routes // behind the console's listener
	console    http.Handler
}

// serve runs an installation until ctx ends, and prints where it can be found
// to standard output.
func serve(s *shell, c *config.Config, dev bool) (err error) {
	ctx, log := s.ctx, newLog(s.err, c.LogLevel)
	h := &house{settings: c, log: log, registry: newRegistry(), supervisor: supervisorOf(s.environ)}
	defer func() { err = errors.Join(err, h.close()) }()
	if h.open, err = openListeners(ctx, c, dev); err != nil {
		return err
	}
	if h.tracing, err = startTracing(ctx, c.Tracing, log); err != nil {
		return err
	}
	if dev {
		h.emulator = startEmulator(h.open.sandbox, log)
		h.emulator.adopt(c)
	}
	if h.db, h.keys, err = openStore(ctx, c, log, h.registry, h.tracing.tracer()); err != nil {
		return err
	}
	h.ring = h.keys.Ring()
	if err = refuseDemo(ctx, h.db, dev); err != nil {
		return err
	}
	if err = h.build(ctx); err != nil {
		return err
	}
	if err = h.announce(ctx, s.out); err != nil {
		return err
	}
	h.log.Info("started", "version", version())
	return h.run(ctx)
}

// newRegistry returns a registry with the figures of the process.
func newRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

// build makes the parts, from the ground up.
func (h *house) build(ctx context.Context) (err error) {
	c := h.settings
	if err = h.takePair(ctx); err != nil {
		return err
	}
	h.apps = app.New(h.db)
	if h.builtin, err = h.apps.PutBuiltin(ctx, c.Service.Name, c.Service.Host); err != nil {
		return err
	}
	node, err := nodeName(c)
	if err != nil {
		return err
	}
	h.outbox = outbox.New(outbox.Options{
		DB: h.db, Ring: h.ring, Logger: h.log, Registerer: h.registry, Node: node,
		Client: h.client(h.pair), Key: h.pair.Key,
		Sender: c.CoolSMS.Sender, SenderByPurpose: c.CoolSMS.SenderByPurpose, SecondSender: c.CoolSMS.SecondSender,
		CallsPerSecond: c.CoolSMS.CallsPerSecond, BalanceFloor: c.CoolSMS.BalanceFloor,
		Price:   limit.TextPrice,
		Charged: func(tx *db.Tx, at db.Time, won int) { h.limits.Release(tx, at, -won) },
	})
	h.limits = limit.New(limit.Options{
		DB: h.db, Logger: h.log, Registerer: h.registry, Shadow: shadowRules(c), Text: h.alarmText(), Ceilings: ceilingsOf(c),
	})
	h.tester = replay.NewTester(h.db, h.limits)
	h.watch = watch.New(watch.Options{
		DB: h.db, Ring: h.ring, Outbox: h.outbox, Limits: h.limits, Logger: h.log, Registerer: h.registry,
		Spending: h.spending, RunwayDays: c.CoolSMS.RunwayDays, Floor: c.CoolSMS.BalanceFloor,
	})
	h.rounds = doctor.NewRounds(doctor.RoundsOptions{
		DB: h.db, Examine: h.examine, Limits: h.limits, Logger: h.log, Registerer: h.registry,
	})
	if err = h.watch.Load(ctx); err != nil {
		return err
	}
	h.verifier = verify.New(verify.Options{
		DB: h.db, Ring: h.ring, Outbox: h.outbox, Limits: h.limits, Rand: rand.Reader, Registerer: h.registry,
	})
	h.traffic = traffic.New(traffic.Options{DB: h.db, Limits: h.limits, Logger: h.log, Registerer: h.registry})
	h.keeper = idempotency.New(h.db, h.ring)
	h.receipts, err = receipt.Open(ctx, receipt.Options{DB: h.db, Ring: h.ring, Issuer: c.PublicURL.String()})
	if err != nil {
		return err
	}
	if err = h.members(ctx); err != nil {
		return err
	}
	operators := operatorOptions(c, h.db, h.ring)
	operators.Registerer = h.registry
	if h.operators, err = operator.New(operators); err != nil {
		return err
	}
	h.challenges = challenge.New(h.db, h.ring)
	h.eraser = retain.New(h.db, h.retention()...)
	if h.public, err = h.door(); err != nil {
		return err
	}
	h.console, err = h.consoleDoor()
	return err
}

// retention says what is erased how long after it ended. The records of what
// operators did stay (S-93, S-94), and so does what belongs to an account.
func (h *house) retention() []retain.Job {
	kept := time.Duration(h.settings.RetentionDays) * 24 * time.Hour
	texts := time.Duration(h.settings.Retention.MessageDays) * 24 * time.Hour
	return []retain.Job{
		{Kind: "verifications", Kept: kept, Erase: h.verifier.Erase},
		{Kind: "numbers of messages", Kept: kept, Erase: h.outbox.Reduce},
		{Kind: "messages", Kept: texts, Erase: h.outbox.Erase},
		{Kind: "provider groups", Kept: texts, Erase: h.outbox.EraseGroups},
		{Kind: "events", Kept: kept, Erase: audit.Erase},
		{Kind: "sessions", Kept: kept, Erase: h.accounts.EraseSessions},
		{Kind: "passkey ceremonies", Erase: h.factors.EraseCeremonies},
		{Kind: "kept consents", Kept: time.Duration(h.settings.Retention.LeftConsentsDays) * 24 * time.Hour, Erase: h.consents.EraseKept},
		{Kind: "notices to members", Kept: account.NoticesKept, Erase: h.accounts.EraseNotices},
		{Kind: "changes of numbers", Kept: kept, Erase: h.accounts.EraseChanges},
		{Kind: "claims to accounts", Erase: h.accounts.EraseClaims},
		{Kind: "messages to members who left", Kept: account.DepartedKept, Walk: h.accounts.EraseDeparted},
		{Kind: "sessions of dormant members", Walk: h.accounts.Dormancy},
		{Kind: "sessions of operators", Kept: kept, Erase: h.operators.EraseSessions},
		{Kind: "links and tries of operators", Erase: h.operators.EraseClaims},
		{Kind: "counts of number blocks", Kept: limit.RowsKept, Erase: h.traffic.ErasePrefixes},
		{Kind: "kept answers", Erase: h.keeper.Erase},
		{Kind: "decisions of the limits", Kept: limit.DecisionsKept, Erase: h.limits.EraseDecisions},
		{Kind: "rows of the limits", Kept: limit.RowsKept, Walk: h.limits.EraseRows},
	}
}

// Where the provider reports to, and the largest report it may bring, in bytes.
const (
	webhookPath = "/coolsms/webhook"
	webhookMost = 256 << 10
)

// lookOf returns how the settings have the pages look.
func lookOf(c *config.Config) pages.Look {
	return pages.Look{Logo: c.Service.Logo, Brand: c.Service.Brand, Support: c.Service.Support, Dir: c.PagesDir}
}

// door builds what stands behind the public listener.
func (h *house) door() (http.Handler, error) {
	c := h.settings
	for _, warning := range lookOf(c).Warnings() {
		h.log.Warn("the look of the pages", "warning", warning)
	}
	site, err := pages.New(pages.Options{
		Verify: h.verifier, Accounts: h.accounts, Challenges: h.challenges, Consents: h.consents, Factors: h.factors, Application: h.builtin,
		Cookies:     web.Cookies{Secure: c.PublicURL.Scheme == "https"},
		Look:        lookOf(c),
		ReturnTo:    c.Service.ReturnTo,
		ServiceName: c.Service.Name, Sender: c.CoolSMS.Sender, Now: time.Now, Dev: h.devStrip(),
		Arrival: h.outbox.Arrival,
	})
	if err != nil {
		return nil, err
	}
	mux := &h.routes
	h.api = api.New(api.Options{
		DB: h.db, Apps: h.apps, Verifier: h.verifier, Outbox: h.outbox, Receipts: h.receipts, Challenges: h.challenges,
		Keeper: h.keeper, Quota: h.limits.Quota, Ready: h.ready, Now: time.Now,
	})
	h.api.Mount(mux)
	site.Mount(mux)
	if secret := c.CoolSMS.WebhookSecret.Reveal(); secret != "" {
		mux.Handle("POST "+webhookPath, coolsms.WebhookHandler(secret, h.outbox.Report))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { site.Refuse(w, r, web.ErrRoute) })

	return web.New(web.Options{
		Name: "public", Handler: mux, Log: h.log, Registerer: h.registry, Now: time.Now, Tracer: h.tracing.tracer(),
		PublicURL: c.PublicURL, Hosts: otherNames(c.PublicURL), HSTSSubdomains: c.HSTSSubdomains, TrustedProxies: c.TrustedProxies,
		FormAction:        originsOf(c.Service.ReturnTo), // a form's answer may lead there
		CrossOriginExempt: []string{"/v1/"},              // it takes keys and no cookies
		MaxBodies:         map[string]int64{webhookPath: webhookMost},
		Refuse: func(w http.ResponseWriter, r *http.Request, err error) {
			if strings.HasPrefix(r.URL.Path, "/v1/") {
				web.WriteProblem(w, r, err)
				return
			}
			site.Refuse(w, r, err)
		},
	})
}

// originsOf returns the origins of addresses that the settings have checked.
func originsOf(addresses []string) []string {
	var origins []string
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && !slices.Contains(origins, web.Origin(u)) {
			origins = append(origins, web.Origin(u))
		}
	}
	return origins
}

// ceilingsOf are the budgets of the settings.
func ceilingsOf(c *config.Config) *limit.Ceilings {
	return &limit.Ceilings{
		ApplicationPerMinute: c.Limits.ApplicationPerMinute, InstallationPerMinute: c.Limits.InstallationPerMinute,
		WonPerDay: c.Limits.WonPerDay,
	}
}

// shadowRules are the rules that decide and refuse nothing; that they exist was
// checked before.
func shadowRules(c *config.Config) []limit.Rule {
	rules, _ := limit.ParseRules(c.Limits.Shadow)
	return rules
}

// spending returns how many won texts cost a day.
func (h *house) spending(ctx context.Context) (perDay int, err error) {
	err = h.db.View(ctx, func(tx *db.Tx) error {
		perDay, err = h.limits.Spending(tx)
		return err
	})
	return perDay, err
}

// alarmLife is how long an alarm's text is worth sending.
const alarmLife = time.Hour

// alarmText sends alarms to the operator's number, if there is one.
func (h *house) alarmText() limit.Tell {
	to, err := phone.Parse(h.settings.AlertsTo)
	if err != nil {
		return nil // there is none: any other was refused before the start
	}
	return func(ctx context.Context, text string, first func(*db.Tx)) error {
		d := h.outbox.Draft(h.builtin.ID, "", "alarm", to, text)
		return h.outbox.Update(ctx, d, func(tx *db.Tx) error {
			first(tx)
			h.outbox.Enqueue(tx, d, tx.Now.Add(alarmLife))
			return nil
		})
	}
}

// devStrip is what stands above each page in dev mode, and nil outside it.
func (h *house) devStrip() *pages.DevStrip {
	if h.emulator == nil {
		return nil
	}
	return &pages.DevStrip{
		Inbox: h.emulator.url,
		Left: func(ctx context.Context, n phone.Number) (left int, err error) {
			err = h.db.View(ctx, func(tx *db.Tx) (err error) {
				left, err = h.limits.SendsLeft(tx, h.ring.Whole(n))
				return err
			})
			return left, err
		},
		Reset: func(ctx context.Context, n phone.Number) error {
			return h.db.Update(ctx, func(tx *db.Tx) error {
				h.limits.Clear(tx, h.ring.Whole(n))
				return nil
			})
		},
	}
}

// otherNames are the names of this machine, where an address of ours is one of
// them: people and programs on it use whichever they like.
func otherNames(of *url.URL) []string {
	if !config.Loopback(of.Hostname()) {
		return nil
	}
	return []string{"localhost", "127.0.0.1", "::1"}
}

// ready reports why the program cannot serve.
func (h *house) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return h.db.Ready(ctx)
}

// announce prints the addresses, and in dev mode a key to begin with.
func (h *house) announce(ctx context.Context, out io.Writer) error {
	var text strings.Builder
	line := func(what, where string) { fmt.Fprintf(&text, "%-9s %s\n", what, where) }
	if h.open.public != nil {
		line("sign-up", h.settings.PublicURL.String()+"/signup")
		line("API", h.settings.PublicURL.String()+"/docs")
	}
	if err := h.announceConsole(ctx, line); err != nil {
		return err
	}
	if h.open.metrics != nil {
		line("metrics", address(h.open.metrics)+"/metrics")
	}
	if h.emulator != nil {
		line("inbox", h.emulator.url)
		key, err := h.firstKey(ctx)
		if err != nil {
			return err
		}
		if key != "" {
			line("API key", key+" (shown once)")
		}
	}
	line("ready", "stop with Ctrl-C")
	_, err := io.WriteString(out, text.String())
	return err
}

// firstKey makes a key for the built-in application if there is none at all.
func (h *house) firstKey(ctx context.Context) (string, error) {
	keys, err := h.apps.Keys(ctx)
	if err != nil || len(keys) > 0 {
		return "", err
	}
	_, secret, err := h.apps.CreateKey(ctx, app.Builtin, "made by serve --dev", app.Act{Actor: "command line"})
	return secret, err
}

// close ends what was opened, the last opened first.
func (h *house) close() error {
	var errs []error
	if h.db != nil {
		errs = append(errs, h.db.Close())
	}
	h.tracing.close()
	if h.emulator != nil {
		h.emulator.close()
	}
	if h.open != nil {
		h.open.close()
	}
	return errors.Join(errs...)
}
