package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/replay"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// limitIDs are the ids of texts of the pages about limits that the program puts
// together.
func limitIDs() (ids []string) {
	add := func(begins string, ends ...string) {
		for _, end := range ends {
			ids = append(ids, begins+end)
		}
	}
	add("fault.", "budget_invalid", "budget_unset")
	add("by.", "rule")
	for _, rule := range limit.Rules() {
		add("rule.", string(rule))
	}
	add("rule.", "won_low", string(limit.SenderLapsing), string(limit.SenderLapsed), string(limit.RunwayShort),
		string(limit.BalanceFloor), string(limit.DoctorFailed), string(limit.CarrierConversion))
	add("gate.", string(limit.Alarming), string(limit.Challenging))
	add("decided.", string(limit.Refused), string(limit.Challenged), string(limit.Shadowed))
	for _, rule := range limit.Budgeted() {
		add("budget."+string(rule), "", ".lead", ".unit")
	}
	for _, f := range limit.Figures() {
		add("figureof.", strings.ReplaceAll(f.What, " ", "_"))
	}
	for _, name := range replay.Limits() {
		add("policy."+string(name), "", ".unit")
	}
	add("backtest.", "blocked", "verified", "resends", "won", "challenged", "figure", "before")
	add("news.budget.", "set", "reset")
	return ids
}

// atWork gives the console texts of two weeks, a minute of an application that is
// used up, a challenge and an alarm.
func atWork(t *testing.T) *consoletest.World {
	t.Helper()
	w := consoletest.New(t, consoletest.Options{})
	w.Fill()
	w.Start("010-1234-5678", verify.Signup)
	w.Strain()
	return w
}

// tried has the console try a policy out, and returns the page with the answer.
func tried(p *consoletest.Person, fields ...string) (at string, page *httptest.ResponseRecorder) {
	p.Helper()
	p.Get("/limits/backtest")
	a := p.Post("/limits/backtest", fields...)
	if at = a.Header().Get("Location"); a.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/limits/backtest?") {
		p.Fatalf("asking answered %d to %q\n%s", a.Code, at, a.Body)
	}
	for page = p.Get(at); page.Header().Get("Refresh") != ""; page = p.Get(at) {
		if p.Context().Err() != nil {
			p.Fatal("it came to no end")
		}
	}
	return at, page
}

func TestLimits_LookAsTheyDid(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			o := atWork(t).Owner(language)
			see := func(name string, a *httptest.ResponseRecorder) {
				t.Helper()
				if strings.Contains(a.Body.String(), "ZgotmplZ") {
					t.Error("html/template refuses a value")
				}
				golden(t, name+"."+language, a.Body.String())
			}
			see("limits", o.Get("/limits"))
			see("budget", o.Get("/limits/budgets/won_per_day"))
			o.Leads("/limits/budgets/won_per_day", "/limits", "most", "70,000", "reason", "행사")
			see("limits-changed", o.Get("/limits?days=1"))
			see("budget-changed", o.Get("/limits/budgets/won_per_day"))
			see("budget-refused", o.Post("/limits/budgets/won_per_day", "most", "lots", "reason", "행사"))
			see("budget-application", o.Get("/limits/budgets/application_per_minute?application="+app.Builtin))
			see("limitseek", o.Get("/limits/number"))
			see("limitseek-refused", o.Post("/limits/number", "sought", "5678"))
			a := o.Post("/limits/number", "sought", "010-1234-5678")
			see("limitnumber", o.Get(a.Header().Get("Location")))
			see("backtest", o.Get("/limits/backtest"))
			see("backtest-refused", o.Post("/limits/backtest", "number_hour", "0"))
			see("backtest-unasked", o.Get("/limits/backtest?number_hour=4"))
			_, page := tried(o, "installation_minute", "1", "won_day", "500", "days", "14")
			see("backtest-done", page)
			_, page = tried(o, "number_hour", "4")
			see("backtest-nothing", page)
		})
	}
}

// limitRecords returns what was recorded, the newest first.
func limitRecords(t *testing.T, w *consoletest.World, act string) (list []audit.Kept) {
	t.Helper()
	err := w.DB.View(t.Context(), func(tx *db.Tx) (err error) {
		list, _, err = audit.List(tx, audit.Filter{Act: act})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestBudget_IsChangedRecordedAndTakenBack(t *testing.T) {
	t.Parallel()
	w := atWork(t)
	w.Owner("ko")
	p := w.Operator("en", "Mina Choi", operator.Manager)
	const page = "/limits/budgets/application_per_minute"
	p.Get(page)
	p.Leads(page, "/limits", "most", "9", "reason", "an attack")
	p.Leads(page+"?application="+app.Builtin, "/limits", "most", "500", "reason", "an event")
	shown := p.Get("/limits").Body.String()
	for _, want := range []string{"9 texts", "500 texts", "The budget was changed", "120 texts"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	list := limitRecords(t, w, "limits budget")
	if len(list) != 2 {
		t.Fatalf("%d records, want 2", len(list))
	}
	newest := list[0]
	if newest.Actor != p.ID || newest.From != "203.0.113.0/24" || newest.Subject != "application_per_minute "+app.Builtin ||
		newest.Detail != "settings -> 500: an event" {
		t.Errorf("the record is %+v", newest)
	}
	p.Get(page)
	p.Leads(page, "/limits", "do", "reset", "reason", "it is over")
	if a := p.Post(page, "do", "reset", "reason", "again"); a.Code != http.StatusConflict || !strings.Contains(a.Body.String(), "The setting holds already") {
		t.Errorf("taking back what is not there answered %d", a.Code)
	}
}

func TestBudget_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	o := w.Owner("en")
	const page = "/limits/budgets/won_per_day"
	o.Get(page)
	for _, typed := range []string{"", "lots", "-1", "1000000001", "1.5", "99999999999999999999"} {
		a := o.Post(page, "most", typed, "reason", "why")
		if a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "Type a number within the range") || !strings.Contains(a.Body.String(), "<title>Error: ") {
			t.Errorf("the budget %q answered %d", typed, a.Code)
		}
	}
	if a := o.Post(page, "most", "5", "reason", " "); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), `id="reason-note" data-state="error"><span>Say why`) {
		t.Errorf("no reason answered %d", a.Code)
	}
	for _, at := range []string{"/limits/budgets/number_sends", "/limits/budgets/won_per_day?application=" + app.Builtin, "/limits/budgets/application_per_minute?application=nobody"} {
		if a := o.Get(at); a.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", at, a.Code)
		}
	}
	if list := limitRecords(t, w, "limits"); len(list) != 0 {
		t.Errorf("what was refused is recorded: %+v", list)
	}
	w.Clock.Advance(operator.FreshFor)
	if a := o.Post(page, "most", "5", "reason", "why"); a.Header().Get("Location") != "/confirm" {
		t.Errorf("an old proof answered %d", a.Code)
	}
	viewer := w.Operator("en", "Mina Choi", operator.Viewer)
	if shown := viewer.Get("/limits").Body.String(); strings.Contains(shown, "/limits/budgets") || strings.Contains(shown, "/limits/number") {
		t.Error("a viewer is led to what a viewer may not do")
	}
}

func TestLimitNumber_ShowsAndGivesBack(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t, consoletest.Options{})
	w.Owner("ko")
	p := w.Operator("en", "Mina Choi", operator.Support)
	w.Start("010-1234-5678", verify.Signup)
	p.Get("/limits/number")
	at := p.Post("/limits/number", "sought", "010 1234 5678").Header().Get("Location")
	if !strings.HasPrefix(at, "/limits/number/") || strings.Contains(at, "5678") {
		t.Fatalf("looking for a number led to %q", at)
	}
	shown := p.Get(at).Body.String()
	for _, want := range []string{"010-****-5678", "1 / 5", "1 / 10", "100 wrong codes in a row"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q\n%s", want, shown)
		}
	}
	if a := p.Post(at); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "Say why") {
		t.Errorf("no reason answered %d", a.Code)
	}
	p.Leads(at, at, "reason", "ticket 7")
	if shown := p.Get(at).Body.String(); !strings.Contains(shown, "0 / 5") {
		t.Error("the limits were not given back")
	}
	list := limitRecords(t, w, "limits clear")
	if len(list) != 1 || list[0].Actor != p.ID || list[0].Detail != "ticket 7" || list[0].From != "203.0.113.0/24" || strings.Contains(list[0].Subject, "5678") {
		t.Errorf("the records are %+v", list)
	}
	for _, typed := range []string{"", "02-123-4567", "5678", "nobody"} {
		if a := p.Post("/limits/number", "sought", typed); a.Code != http.StatusBadRequest {
			t.Errorf("the number %q answered %d", typed, a.Code)
		}
	}
	if a := p.Get("/limits/number/tampered"); a.Header().Get("Location") != "/limits/number" {
		t.Errorf("a tampered token answered %d", a.Code)
	}
}

func TestBacktest_AnswersAtAnAddressThatCanBeShared(t *testing.T) {
	t.Parallel()
	w := atWork(t)
	o := w.Owner("en")
	at, page := tried(o, "won_day", "500", "days", "30")
	for _, want := range []string{"would have been refused", "Tried out", "In force now", "Won a day", "people who then entered the code"} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the answer does not say %q", want)
		}
	}
	viewer := w.Operator("en", "Mina Choi", operator.Viewer)
	if shared := viewer.Get(at); !strings.Contains(shared.Body.String(), "would have been refused") || strings.Contains(shared.Body.String(), `<button class="main">`) {
		t.Error("a viewer does not see the answer at its address, or could ask")
	}
	if a := viewer.Post("/limits/backtest", "days", "7"); a.Code != http.StatusForbidden || !strings.Contains(a.Body.String(), "<b>Operator</b>") {
		t.Errorf("a viewer who asks is answered %d", a.Code)
	}
	if again := o.Get("/limits/backtest?number_pause=7"); !strings.Contains(again.Body.String(), "Nobody has tried these limits yet") {
		t.Error("a policy that nobody asked for has an answer")
	}
	for _, query := range []string{"number_hour=0", "number_hour=x", "days=31", "days=x", "won_day=-1", "network_hour=10001"} {
		if a := o.Get("/limits/backtest?" + query); a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "out of bounds") {
			t.Errorf("%s answered %d", query, a.Code)
		}
		name, value, _ := strings.Cut(query, "=")
		if a := o.Post("/limits/backtest", name, value); a.Code != http.StatusBadRequest {
			t.Errorf("asking for %s answered %d", query, a.Code)
		}
	}
}

func TestLimits_WhatRulesOnTrialCountIsToldApart(t *testing.T) {
	t.Parallel()
	w := atWork(t)
	shown := w.Owner("en").Get("/limits").Body.String()
	for _, want := range []string{"On trial", "Showing challenges", "120 texts a minute", "20</td>"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	w.Clock.Advance(8 * 24 * time.Hour)
	if later := w.Operator("en", "Mina Choi", operator.Viewer).Get("/limits").Body.String(); !strings.Contains(later, "No limit was reached in this time") {
		t.Error("eight days later there are decisions of the last seven")
	}
}
