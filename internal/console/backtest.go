package console

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/replay"
)

// backtestView is what backtest.html shows: a policy to try out, and what it would
// have done.
type backtestView struct {
	Page     frame
	May      bool // ask
	Error    string
	Fields   []policyField
	Days     pick
	Running  bool
	Done     string // how far it has come
	Bar      partBar
	Failed   bool
	Result   *backtestResult
	Untested bool // nobody has asked for this policy, but for the one in force
}

// policyField is one figure of the policy.
type policyField struct {
	Key, Name, Unit, Value string
	Now                    string // what holds now
	Range                  string
	Changed                bool
}

// backtestResult is the answer.
type backtestResult struct {
	Says, Lead string
	Of         string // the window and what there was
	Short      string // why it is shorter than was asked for
	Table      *figureTable
	Rules      *figureTable
}

// backtestDays are offered.
var backtestDays = []int{1, 7, 14, 30}

// backtest shows the policy of the address, and what it would have done if
// somebody has asked.
func (v *visit) backtest() error { return v.showBacktest(v.r.URL.Query(), refusal{}) }

// askedPolicy is the policy in force with what a query changes of it.
func (v *visit) askedPolicy(q url.Values) (asked replay.Question, inForce replay.Policy, err error) {
	if inForce, err = v.tester.InForce(v.r.Context()); err != nil {
		return asked, inForce, err
	}
	asked = replay.Question{Policy: inForce, Days: replay.DaysMost}
	for _, name := range replay.Limits() {
		text := strings.NewReplacer(",", "", " ", "").Replace(q.Get(string(name)))
		if text == "" {
			continue
		}
		n, bad := strconv.Atoi(text)
		if bad != nil {
			n = -1 // which no figure can be
		}
		if err := asked.Policy.Set(name, n); err != nil {
			return asked, inForce, err
		}
	}
	if text := q.Get("days"); text != "" {
		asked.Days, err = strconv.Atoi(text)
		if err != nil || asked.Days < 1 || asked.Days > replay.DaysMost {
			return asked, inForce, replay.ErrPolicy
		}
	}
	return asked, inForce, nil
}

func (v *visit) showBacktest(q url.Values, why refusal) error {
	asked, inForce, err := v.askedPolicy(q)
	if err != nil && why.Text == "" {
		return v.refuseAs(err, func(why refusal) error { return v.showBacktest(q, why) })
	}
	view := &backtestView{May: v.self.Role.May(manager), Error: why.Text, Days: v.daysPick(asked.Days)}
	for _, name := range replay.Limits() {
		view.Fields = append(view.Fields, v.policyField(name, q.Get(string(name)), &inForce))
	}
	if why.Text == "" {
		a := v.tester.Answer(asked)
		view.Failed, view.Running = a.Failed, a.Asked && a.Result == nil && !a.Failed
		view.Untested = !a.Asked && len(q) > 0
		if view.Running {
			view.Done = strconv.Itoa(int(100*a.Done)) + "%"
			view.Bar = partOf(int(100*a.Done), 100, "sent")
			v.w.Header().Set("Refresh", "2")
		}
		if a.Result != nil {
			view.Result = v.backtestResult(a.Result)
		}
	}
	view.Page = v.failed("title.backtest", why)
	return v.show("backtest.html", why.code(), view)
}

func (v *visit) daysPick(chosen int) pick {
	p := v.pick("days", strconv.Itoa(chosen))
	p.Name = v.locale.say("window.label")
	for _, days := range backtestDays {
		p.add(strconv.Itoa(days), v.locale.count("filter.days", days))
	}
	done := p.done()
	done.Options = done.Options[1:] // there is no policy over all time
	return done
}

func (v *visit) policyField(name replay.Limit, typed string, inForce *replay.Policy) policyField {
	least, most := replay.Bounds(name)
	now := strconv.Itoa(inForce.Figure(name))
	f := policyField{
		Key: string(name), Name: v.locale.say("policy." + string(name)), Unit: v.locale.say("policy." + string(name) + ".unit"), Value: typed,
		Now: v.locale.say("policy.now", "n", grouped(inForce.Figure(name))), Range: v.locale.say("budget.range", "least", grouped(least), "most", grouped(most)),
	}
	if f.Value == "" {
		f.Value = now
	}
	f.Changed = f.Value != now
	return f
}

// actOnBacktest has a policy tried out, and leads to its address.
func (v *visit) actOnBacktest() error {
	asked, _, err := v.askedPolicy(v.r.PostForm)
	if err == nil {
		err = v.tester.Ask(asked)
	}
	if err != nil {
		return v.refuseAs(err, func(why refusal) error { return v.showBacktest(v.r.PostForm, why) })
	}
	fields := []string{"days", strconv.Itoa(asked.Days)}
	for _, name := range replay.Limits() {
		fields = append(fields, string(name), strconv.Itoa(asked.Policy.Figure(name)))
	}
	return v.next(link(backtestPath, fields...))
}

// backtestResult tells an answer: the policy's outcome stands first, that of the
// one in force second.
func (v *visit) backtestResult(r *replay.Result) *backtestResult {
	l := v.locale
	tried, now := &r.Outcomes[0], &r.Outcomes[1]
	view := &backtestResult{
		Says: l.count("backtest.says", tried.Blocked.Starts, "n", grouped(tried.Blocked.Starts), "all", grouped(r.Starts),
			"share", share(tried.Blocked.Starts, r.Starts)),
		Lead: l.count("backtest.lead", tried.Blocked.Verified, "n", grouped(tried.Blocked.Verified), "won", l.won(tried.Blocked.Won)),
		Of: l.say("backtest.of", "since", v.moment(r.Since), "until", v.moment(r.Until), "starts", grouped(r.Starts), "verified", grouped(r.Verified),
			"won", l.won(r.Won)),
		Table: &figureTable{Of: l.say("backtest.policy")}, Rules: &figureTable{Of: l.say("by.rule")},
	}
	if r.Starts == 0 {
		view.Says, view.Lead = l.say("backtest.none"), l.say("backtest.none.lead")
	} else if tried.Blocked == (replay.Tally{}) {
		view.Says, view.Lead = l.say("backtest.nothing"), l.say("backtest.nothing.lead")
	}
	if r.Short {
		view.Short = l.say("backtest.short")
	}
	for _, head := range []string{"blocked", "verified", "resends", "won", "challenged"} {
		view.Table.Heads = append(view.Table.Heads, l.say("backtest."+head))
	}
	for _, o := range []struct {
		id string
		*replay.Outcome
	}{{"backtest.tried", tried}, {"backtest.now", now}} {
		row := figureRow{Name: l.say(o.id), Bar: partOf(o.Blocked.Starts, max(tried.Blocked.Starts, now.Blocked.Starts), "failed")}
		row.Cells = view.Table.cells(grouped(o.Blocked.Starts), grouped(o.Blocked.Verified), grouped(o.Blocked.Resends),
			l.won(o.Blocked.Won), grouped(o.Challenged.Starts))
		view.Table.Rows = append(view.Table.Rows, row)
	}
	v.backtestRules(view.Rules, tried, now)
	return view
}

// backtestRules tells which figures of the policy refused, those that did nothing
// left out.
func (v *visit) backtestRules(t *figureTable, tried, now *replay.Outcome) {
	for _, head := range []string{"figure", "blocked", "verified", "resends", "won", "before"} {
		t.Heads = append(t.Heads, v.locale.say("backtest."+head))
	}
	most := 0
	for _, name := range replay.Limits() {
		most = max(most, tried.By[name].Starts)
	}
	for _, name := range replay.Limits() {
		by, before := tried.By[name], now.By[name]
		if by == (replay.Tally{}) && before == (replay.Tally{}) {
			continue
		}
		row := figureRow{Name: v.locale.say("policy." + string(name)), Bar: partOf(by.Starts, most, "failed")}
		if name == replay.NetworkHour {
			row.Matter = v.locale.say("backtest.network")
		}
		row.Cells = t.cells(grouped(tried.Policy.Figure(name)), grouped(by.Starts), grouped(by.Verified), grouped(by.Resends),
			v.locale.won(by.Won), grouped(before.Starts))
		t.Rows = append(t.Rows, row)
	}
}

// moment is a time of the window.
func (v *visit) moment(t db.Time) string { return v.stamp(moment(t)) }
