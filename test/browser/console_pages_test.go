package browser_test

import (
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// applications makes an application and a key, sees what its texts say while a name is
// typed, and ends the key.
func (o *operatorAt) applications() {
	o.Helper()
	o.must(o.tab.Go(o.world.URL + "/applications"))
	o.look("applications-empty")
	o.must(o.tab.Press(`a[href="/applications/new"]`))
	o.must(o.tab.Type("#name", "책방 모바일"))
	o.must(o.tab.Type("#host", "m.hanppyeom.example"))
	o.must(o.tab.Until(`document.querySelectorAll("#sayings .bubble").length === 6`))
	o.look("application-new")
	o.must(o.tab.Type("#name", "😀"))
	o.must(o.tab.Until(`document.querySelector("#name").ariaInvalid === "true" && document.querySelector("#name-note").dataset.state === "error"`))
	o.look("application-refused")
	o.must(o.tab.Type("#name", "책방 모바일"))
	o.must(o.tab.Press("form .main"))
	o.must(o.tab.Type("#name", "shop-backend"))
	o.look("newkey")
	o.must(o.tab.Press("form .main"))
	o.look("secret")
	o.must(o.tab.Go(o.world.URL + "/applications"))
	o.look("applications")
	o.must(o.tab.Press(".keys th a"))
	o.look("key")
	o.must(o.tab.Go(o.world.URL + "/texts"))
	o.look("texts")
	o.must(o.tab.Press(".tabs a:nth-child(2)"))
	o.must(o.tab.Type("#host", "id.hanppyeom.example"))
	o.must(o.tab.Until(`document.querySelector("#save a") !== null`))
	o.look("texts-tried")
	o.must(o.tab.Go(o.world.URL + "/provider"))
	o.look("provider")
	o.must(o.tab.Press("#checks button"))
	o.look("provider-checked")
	o.must(o.tab.Go(o.world.URL + "/provider/key"))
	o.must(o.tab.Type("#key", consoletest.NextPair.Key))
	o.must(o.tab.Type("#secret", "wrong"))
	o.must(o.tab.Press("form .main"))
	o.look("pair-refused")
	o.must(o.tab.Type("#secret", consoletest.NextPair.Secret))
	o.must(o.tab.Press("form .main"))
	o.at("/provider")
	o.look("provider-set")
}

// texts looks at what became of texts, from the list to one number.
func (o *operatorAt) texts() {
	o.Helper()
	o.must(o.tab.Go(o.world.URL + "/results"))
	o.look("results-empty")
	o.sendTexts()
	o.must(o.tab.Go(o.world.URL + "/results"))
	o.look("results")
	o.must(o.tab.Press(".texts tbody tr:nth-child(2) th a"))
	o.look("result-failed")
	o.must(o.tab.Go(o.world.URL + "/results"))
	o.must(o.tab.Press(".texts tbody tr:nth-child(1) th a"))
	o.must(o.tab.Press(`form[action$="/answer"] button`))
	o.look("result")
	o.must(o.tab.Click(".unmask summary"))
	o.must(o.tab.Press(".unmask .main"))
	o.look("result-reason")
	o.must(o.tab.Type("#reason", "ticket 7"))
	o.must(o.tab.Press(".unmask .main"))
	o.shows("010-1234-5678")
	o.look("result-unmasked")
	o.must(o.tab.Go(o.world.URL + "/results?purpose=login&status=delivered&code=4000"))
	o.look("results-filtered")
	o.must(o.tab.Go(o.world.URL + "/results?status=gone"))
	o.look("results-refused")
	o.must(o.tab.Go(o.world.URL + "/results/csv?status=delivered"))
	o.at("/confirm")
	o.must(o.tab.See(".passkey button"))
	o.must(o.tab.Click(".passkey button"))
	o.at("/results/csv")
	o.look("results-csv")
	o.must(o.tab.Go(o.world.URL + "/results"))
	o.must(o.tab.Type("#sought", "010-1234-5678"))
	o.must(o.tab.Press(".seek button"))
	o.look("results-number")
	o.must(o.tab.Go(o.world.URL + "/numbers"))
	o.look("numbers")
	o.must(o.tab.Type("#sought", "010-1234-5678"))
	o.must(o.tab.Press("main form .main"))
	o.look("number")
}

// people looks at members, consents and the list after a leak.
func (o *operatorAt) people() {
	o.Helper()
	o.must(o.tab.Go(o.world.URL + "/members"))
	o.look("members-empty")
	id := o.join()
	o.must(o.tab.Go(o.world.URL + "/members"))
	o.look("members")
	o.must(o.tab.Type("#sought", "010-9999-9999"))
	o.must(o.tab.Press(".seek button"))
	o.look("members-nobody")
	o.must(o.tab.Type("#sought", "010-1234-9876"))
	o.must(o.tab.Press(".seek button"))
	o.at("/members/" + id)
	o.look("member")
	o.must(o.tab.Click(".unmask summary"))
	o.must(o.tab.Type("#reason", "ticket 7"))
	o.must(o.tab.Press(".unmask .main"))
	o.shows("010-1234-9876")
	o.must(o.tab.Go(o.world.URL + "/members/" + id))
	o.must(o.tab.Click("details.panel > summary"))
	o.must(o.tab.Press("details.panel .main"))
	o.look("member-reason")
	o.must(o.tab.Type("#block-reason", "report 31"))
	o.must(o.tab.Press("details.panel .main"))
	o.look("member-blocked")
	for name, path := range map[string]string{
		"consents": "/consents", "consent": "/consents/terms/1", "members-blocked": "/members?state=blocked", "members-refused": "/members?state=gone",
		"member-erase": "/members/" + id + "/erase", "member-data": "/members/" + id + "/data", "consent-csv": "/consents/terms/1/csv",
	} {
		o.must(o.tab.Go(o.world.URL + path))
		o.look(name)
	}
	o.must(o.tab.Go(o.world.URL + "/leak"))
	o.look("leak")
	o.must(o.tab.Click("details.panel > summary"))
	o.look("leak-words")
	o.must(o.tab.Press("form .main"))
	o.look("leak-refused")
	o.must(o.tab.Go(o.world.URL + "/members/" + id + "/erase"))
	o.must(o.tab.Type("#name", "somebody"))
	o.must(o.tab.Press("form .main"))
	o.look("member-erase-wrong")
}

// join has a few people join, and returns the id of one who does much.
func (o *operatorAt) join() string {
	o.Helper()
	w := o.world
	for i, name := range []string{"이바다", "정우주", "한가람"} {
		s := w.Member(fmt.Sprintf("010-3456-%d", 1062+977*i), name)
		if i == 1 {
			o.must(w.Accounts.Block(o.Context(), s.UserID, account.Act{Actor: "command line", Reason: "report 7"}))
		}
	}
	s := w.Member("010-1234-9876", "박서준", "marketing_sms", "marketing_night")
	o.must(w.Consents.Withdraw(o.Context(), s.UserID, consent.Account, "marketing_sms"))
	_, err := w.Accounts.EnterByPasskey(o.Context(), s.UserID, account.Browser{Label: "Chrome, Windows"})
	o.must(err)
	code, _, err := w.Accounts.MakeOnce(o.Context(), s.UserID, account.Act{Actor: "command line", Reason: "review"})
	o.must(err)
	_, err = w.Accounts.EnterOnce(o.Context(), code, account.Browser{Label: "Safari, iPad"})
	o.must(err)
	return s.UserID
}

// limits looks at what may be spent, and at what other limits would have done.
func (o *operatorAt) limits() {
	o.Helper()
	o.world.Strain()
	o.must(o.tab.Go(o.world.URL + "/limits"))
	o.look("limits")
	o.must(o.tab.Press(`a[href="/limits/budgets/won_per_day"]`))
	o.look("budget")
	o.must(o.tab.Type("#reason", "an event"))
	o.must(o.tab.Press("form[method=post] .main"))
	o.at("/limits")
	o.must(o.tab.Press(`a[href="/limits/budgets/won_per_day"]`))
	o.look("budget-changed")
	o.must(o.tab.Go(o.world.URL + "/limits/number"))
	o.look("limitseek")
	o.must(o.tab.Type("#sought", "010-1234-5678"))
	o.must(o.tab.Press("main form .main"))
	o.look("limitnumber")
	o.must(o.tab.Go(o.world.URL + "/limits/backtest"))
	o.look("backtest")
	o.must(o.tab.Go(o.world.URL + "/limits/backtest?won_day=500&installation_minute=1"))
	o.must(o.tab.Press(".policy .main"))
	o.must(o.tab.Until(`document.querySelector(".answer") !== null`))
	o.look("backtest-done")
}

// recorded looks at what operators did, and has a test text sent.
func (o *operatorAt) recorded() {
	o.Helper()
	o.must(o.tab.Go(o.world.URL + "/senders/test?role=login"))
	o.must(o.tab.Type("#to", "010-8765-4321"))
	o.must(o.tab.Type("#reason", "ticket 8"))
	o.must(o.tab.Press("main form .main"))
	o.shows("010-8765-4321")
	o.look("trial-sure")
	o.must(o.tab.Press("main form .main"))
	o.must(o.tab.Until(`location.pathname.startsWith("/results/msg_")`))
	o.look("trial-sent")
	o.must(o.tab.Go(o.world.URL + "/audit"))
	o.must(o.tab.Press(".chain form button"))
	o.look("records")
	o.must(o.tab.Click(".chain summary"))
	o.look("records-mark")
	o.must(o.tab.Go(o.world.URL + "/audit?act=keys"))
	o.look("records-none")
	o.must(o.tab.Go(o.world.URL + "/audit/csv"))
	o.look("records-csv")
}

// sendTexts sends a few texts, of which some arrive and some are answered.
func (o *operatorAt) sendTexts() {
	o.Helper()
	w := o.world
	w.Start("010-1234-5678", verify.Login)
	w.Clock.Advance(20 * time.Minute)
	for i, fate := range []string{"4000", "4000", "3032", "4000", "3043", "3000", "4000", "1062", "4000", "3000"} {
		number := fmt.Sprintf("010-2345-%d", 1062+977*i)
		w.Fate(number, fate)
		ref := w.Start(number, verify.Purposes()[i%4])
		if fate == "4000" && i%3 != 0 {
			w.Clock.Advance(time.Duration(7+5*i) * time.Second)
			w.Enter(number, ref)
		}
	}
	w.Fate("010-2345-3032", "3043")
	w.Start("010-2345-3032", verify.Signup)
	ref := w.Start("010-1234-5678", verify.Signup)
	w.Clock.Advance(11 * time.Second)
	w.Enter("010-1234-5678", ref)
	w.Clock.Advance(2 * time.Second)
	w.Use(ref, "usr_01jd9x5a")
}

// crowd gives the owner company, of every role and state.
func (o *operatorAt) crowd() {
	o.Helper()
	o.world.Operator("ko", "박서준", operator.Manager)
	o.world.Operator("ko", "Mina Choi", operator.Support)
	away := o.world.Operator("ko", "정우주", operator.Viewer)
	o.must(o.world.Operators.Disable(o.Context(), away.ID, operator.Act{Actor: "command line"}))
	o.world.Invite("한가람", operator.Support)
}
