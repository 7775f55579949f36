package main

import (
	"context"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/console"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/web"
)

// consoleDoor builds what stands behind the console's listener. It answers for its
// own address and to the networks of the settings alone (S-97).
func (h *house) consoleDoor() (http.Handler, error) {
	c := h.settings
	site, err := console.New(console.Options{
		Operators: h.operators, Builtin: h.builtin,
		Results: results.New(results.Options{
			DB: h.db, Ring: h.ring, Outbox: h.outbox, Verify: h.verifier, Limits: h.limits, Holder: h.accounts.Holder,
		}),
		Records:  audit.NewBook(h.db, h.ring),
		Accounts: h.accounts, Consents: h.consents,
		Traffic: h.traffic, Watch: h.watch, Outbox: h.outbox, Apps: h.apps,
		Limits: h.limits, Backtest: h.tester,
		BalanceFloor: c.CoolSMS.BalanceFloor, RunwayDays: c.CoolSMS.RunwayDays,
		Pairs: pairsOf(c, h.db, h.ring), Doctor: h.examine, LastRound: h.rounds.Last,
		URL: c.ConsoleURL, Public: c.PublicURL, ServiceName: c.Service.Name, Inbox: h.inbox(), Log: h.log, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	site.Mount(&h.consoling)
	return web.New(web.Options{
		Name: "console", Handler: &h.consoling, Log: h.log, Registerer: h.registry, Now: time.Now, Tracer: h.tracing.tracer(),
		PublicURL: c.ConsoleURL, Hosts: otherNames(c.ConsoleURL), TrustedProxies: c.TrustedProxies, Networks: c.ConsoleNetworks,
		Refuse: site.Refuse,
	})
}

// examine makes the doctor's checks of the running installation, on settings of
// their own: they put the key that is in use in its place.
func (h *house) examine(ctx context.Context) ([]doctor.Finding, error) {
	settings := *h.settings
	ctx, cancel := context.WithTimeout(ctx, examineMost)
	defer cancel()
	return doctor.Examine(ctx, (&examiner{settings: &settings, emulated: h.emulator != nil}).checks())
}

// examineMost is how long the checks may take, so that somebody who waits for them
// is answered.
const examineMost = 25 * time.Second

// inbox is the address of the emulator's phone; "" outside dev mode.
func (h *house) inbox() string {
	if h.emulator == nil {
		return ""
	}
	return h.emulator.url
}

// announceConsole prints where the console is and, while there is no operator, the
// link by which the first one comes in.
func (h *house) announceConsole(ctx context.Context, line func(what, where string)) error {
	if h.open.console == nil {
		return nil
	}
	line("console", h.settings.ConsoleURL.String())
	link, needed, err := h.operators.FirstLink(ctx)
	if err != nil || !needed {
		return err
	}
	line("owner", operator.LinkTo(h.settings.ConsoleURL, link.Token)+" (works once, for 30 minutes)")
	return nil
}
