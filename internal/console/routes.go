package console

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/web"
)

// route is one thing that can be asked of the console.
type route struct {
	method, path string
	open         bool          // to who is not signed in
	least        operator.Role // that may, where it is not open
	fresh        bool          // a proof of the last five minutes is needed
	script       bool          // a script asks, and can be shown no other page
	serve        func(*visit) error
}

// What a route may be.
var (
	viewer  = operator.Viewer
	support = operator.Support
	manager = operator.Manager
	owner   = operator.Owner
)

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes are all there are. TestMatrix holds them against testdata/matrix.txt, so
// that a change of rights shows in a review.
func routes() []route {
	return []route{
		{method: get, path: startPath, open: true, serve: (*visit).start},
		{method: post, path: startPath, open: true, serve: (*visit).actOnStart},
		{method: post, path: startPath + "/options", open: true, script: true, serve: (*visit).askFirstPasskey},
		{method: get, path: signInPath, open: true, serve: (*visit).signIn},
		{method: post, path: signInPath, open: true, serve: (*visit).actOnSignIn},
		{method: post, path: signInPath + "/options", open: true, script: true, serve: (*visit).askPasskey},

		{method: get, path: "/{$}", least: viewer, serve: (*visit).overview},
		{method: get, path: trafficPath, least: viewer, serve: (*visit).trafficPage},
		{method: get, path: sendersPath, least: viewer, serve: (*visit).senderPage},
		{method: get, path: trialPath, least: manager, fresh: true, serve: (*visit).trial},
		{method: post, path: trialPath, least: manager, fresh: true, serve: (*visit).actOnTrial},

		{method: get, path: resultsPath, least: viewer, serve: (*visit).resultList},
		{method: get, path: seekPath, least: support, serve: (*visit).resultList},
		{method: post, path: seekPath, least: support, serve: (*visit).seek},
		{method: get, path: exportPath, least: manager, fresh: true, serve: (*visit).export},
		{method: post, path: exportPath, least: manager, fresh: true, serve: (*visit).actOnExport},
		{method: get, path: resultsPath + "/{id}", least: viewer, serve: (*visit).result},
		{method: get, path: resultsPath + "/{id}/answer", least: viewer, serve: (*visit).result},
		{method: post, path: resultsPath + "/{id}/answer", least: viewer, serve: (*visit).askAnswer},
		{method: get, path: resultsPath + "/{id}/number", least: support, serve: (*visit).result},
		{method: post, path: resultsPath + "/{id}/number", least: support, serve: (*visit).unmask},
		{method: get, path: numbersPath, least: support, serve: (*visit).numbers},
		{method: post, path: numbersPath, least: support, serve: (*visit).seekNumber},
		{method: get, path: numbersPath + "/{token}", least: support, serve: (*visit).number},

		{method: get, path: membersPath, least: support, serve: (*visit).memberList},
		{method: post, path: membersPath, least: support, serve: (*visit).seekMember},
		{method: get, path: membersPath + "/{id}", least: support, serve: (*visit).member},
		{method: post, path: membersPath + "/{id}", least: support, serve: (*visit).actOnMember},
		{method: get, path: membersPath + "/{id}/number", least: support, serve: (*visit).member},
		{method: post, path: membersPath + "/{id}/number", least: support, serve: (*visit).unmaskMember},
		{method: get, path: membersPath + "/{id}/code", least: manager, fresh: true, serve: (*visit).once},
		{method: post, path: membersPath + "/{id}/code", least: manager, fresh: true, serve: (*visit).actOnOnce},
		{method: get, path: membersPath + "/{id}/data", least: manager, fresh: true, serve: (*visit).data},
		{method: post, path: membersPath + "/{id}/data", least: manager, fresh: true, serve: (*visit).actOnData},
		{method: get, path: membersPath + "/{id}/erase", least: manager, fresh: true, serve: (*visit).erase},
		{method: post, path: membersPath + "/{id}/erase", least: manager, fresh: true, serve: (*visit).actOnErase},
		{method: get, path: consentsPath, least: viewer, serve: (*visit).consentList},
		{method: get, path: consentsPath + "/{item}/{version}", least: viewer, serve: (*visit).consent},
		{method: get, path: consentsPath + "/{item}/{version}/csv", least: manager, fresh: true, serve: (*visit).ledger},
		{method: post, path: consentsPath + "/{item}/{version}/csv", least: manager, fresh: true, serve: (*visit).actOnLedger},
		{method: get, path: leakPath, least: manager, fresh: true, serve: (*visit).leak},
		{method: post, path: leakPath, least: manager, fresh: true, serve: (*visit).actOnLeak},
		{method: get, path: limitsPath, least: viewer, serve: (*visit).limitsPage},
		{method: get, path: limitNumberPath, least: support, serve: (*visit).limitSeek},
		{method: post, path: limitNumberPath, least: support, serve: (*visit).seekLimits},
		{method: get, path: limitNumberPath + "/{token}", least: support, serve: (*visit).limitNumber},
		{method: post, path: limitNumberPath + "/{token}", least: support, serve: (*visit).clearLimits},
		{method: get, path: budgetsPath + "/{rule}", least: manager, fresh: true, serve: (*visit).budget},
		{method: post, path: budgetsPath + "/{rule}", least: manager, fresh: true, serve: (*visit).actOnBudget},
		{method: get, path: backtestPath, least: viewer, serve: (*visit).backtest},
		{method: post, path: backtestPath, least: manager, serve: (*visit).actOnBacktest},
		{method: get, path: textsPath, least: viewer, serve: (*visit).texts},
		{method: get, path: providerPath, least: viewer, serve: (*visit).provider},
		{method: post, path: providerPath, least: manager, serve: (*visit).examine},
		{method: get, path: pairPath, least: manager, fresh: true, serve: (*visit).pair},
		{method: post, path: pairPath, least: manager, fresh: true, serve: (*visit).actOnPair},
		{method: get, path: applicationsPath, least: viewer, serve: (*visit).applicationList},
		{method: get, path: applicationsPath + "/new", least: manager, fresh: true, serve: (*visit).newApplication},
		{method: post, path: applicationsPath + "/new", least: manager, fresh: true, serve: (*visit).actOnNewApplication},
		{method: get, path: applicationsPath + "/{id}/name", least: manager, fresh: true, serve: (*visit).application},
		{method: post, path: applicationsPath + "/{id}/name", least: manager, fresh: true, serve: (*visit).actOnApplication},
		{method: get, path: applicationsPath + "/{id}/keys", least: manager, fresh: true, serve: (*visit).newKey},
		{method: post, path: applicationsPath + "/{id}/keys", least: manager, fresh: true, serve: (*visit).actOnNewKey},
		{method: get, path: applicationsPath + "/{id}/keys/{key}", least: manager, fresh: true, serve: (*visit).key},
		{method: post, path: applicationsPath + "/{id}/keys/{key}", least: manager, fresh: true, serve: (*visit).actOnKey},

		{method: get, path: confirmPath, least: viewer, serve: (*visit).confirm},
		{method: post, path: confirmPath, least: viewer, serve: (*visit).actOnConfirm},
		{method: post, path: confirmPath + "/options", least: viewer, script: true, serve: (*visit).askOwnPasskey},
		{method: get, path: mePath, least: viewer, serve: (*visit).me},
		{method: post, path: mePath, least: viewer, serve: (*visit).actOnMe},
		{method: get, path: passkeysPath, least: viewer, fresh: true, serve: (*visit).passkeys},
		{method: post, path: passkeysPath, least: viewer, fresh: true, serve: (*visit).actOnPasskeys},
		{method: post, path: passkeysPath + "/options", least: viewer, fresh: true, script: true, serve: (*visit).askNewPasskey},
		{method: get, path: totpPath, least: viewer, fresh: true, serve: (*visit).totp},
		{method: post, path: totpPath, least: viewer, fresh: true, serve: (*visit).actOnTOTP},
		{method: post, path: signOutPath, least: viewer, serve: (*visit).signOut},

		{method: get, path: recordsPath, least: manager, serve: (*visit).recordList},
		{method: post, path: recordsPath, least: manager, serve: (*visit).verifyRecords},
		{method: get, path: recordsCSVPath, least: owner, fresh: true, serve: (*visit).recordsCSV},
		{method: post, path: recordsCSVPath, least: owner, fresh: true, serve: (*visit).actOnRecordsCSV},

		{method: get, path: operatorsPath, least: owner, serve: (*visit).operatorList},
		{method: get, path: invitePath, least: owner, fresh: true, serve: (*visit).invite},
		{method: post, path: invitePath, least: owner, fresh: true, serve: (*visit).actOnInvite},
		{method: get, path: operatorsPath + "/{id}", least: owner, fresh: true, serve: (*visit).operator},
		{method: post, path: operatorsPath + "/{id}", least: owner, fresh: true, serve: (*visit).actOnOperator},
	}
}

// The addresses of the pages.
const (
	startPath      = operator.StartPath
	signInPath     = "/signin"
	resultsPath    = "/results"
	seekPath       = "/results/number"
	exportPath     = "/results/csv"
	numbersPath    = "/numbers"
	confirmPath    = "/confirm"
	mePath         = "/me"
	passkeysPath   = "/me/passkeys"
	totpPath       = "/me/totp"
	signOutPath    = "/me/signout"
	trafficPath    = "/traffic"
	sendersPath    = "/senders"
	trialPath      = "/senders/test"
	recordsPath    = "/audit"
	recordsCSVPath = "/audit/csv"
	operatorsPath  = "/operators"
	invitePath     = "/operators/new"
	membersPath    = "/members"
	consentsPath   = "/consents"
	leakPath       = "/leak"

	textsPath        = "/texts"
	providerPath     = "/provider"
	pairPath         = "/provider/key"
	applicationsPath = "/applications"
)

// guard returns the handler of a route, with what the table asks for before it.
func (c *Console) guard(r route) http.Handler {
	return web.Page(func(w http.ResponseWriter, req *http.Request) error {
		v := c.visit(w, req)
		if err := v.who(); err != nil {
			return err
		}
		switch {
		case r.open:
		case v.self == nil && byItself(req):
			v.leave()
			return operator.ErrNoSession
		case v.self == nil && r.script:
			return operator.ErrNoSession
		case v.self == nil:
			return v.askSignIn()
		case !v.self.Role.May(r.least):
			return v.refuseRole(r)
		}
		if r.method == post {
			if err := v.readForm(); err != nil {
				return err
			}
		}
		if r.fresh && !c.operators.Fresh(v.self.session) {
			if r.script {
				return operator.ErrStepUp
			}
			return v.askProof()
		}
		return r.serve(v)
	}).Or(c.Refuse)
}

// refuseRole tells who is signed in which role may.
func (v *visit) refuseRole(r route) error {
	v.log.LogAttrs(v.r.Context(), slog.LevelWarn, "access refused",
		slog.String("operator", v.self.ID), slog.String("role", string(v.self.Role)),
		slog.String("route", r.path), slog.String("least_role", string(r.least)),
		slog.String("request_id", web.RequestID(v.r.Context())))
	return v.show("forbidden.html", http.StatusForbidden, &forbiddenView{
		Page: v.frame("title.forbidden"), Least: v.locale.role(r.least), Own: v.locale.role(v.self.Role),
	})
}

// forbiddenView is what forbidden.html shows.
type forbiddenView struct {
	Page       frame
	Least, Own string // roles in words
}

// pageAt returns a path, with what stands behind its ?, if a page that needs a
// sign-in stands there, and the overview's if none does: no address is taken from
// a visitor without a look (S-44).
func (c *Console) pageAt(path string) string {
	at, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || at.RequestURI() != path || at.Host != "" || at.Path == confirmPath {
		return "/"
	}
	if _, pattern := c.pages.Handler(&http.Request{Method: http.MethodGet, URL: at}); pattern == "" {
		return "/"
	}
	return path
}
