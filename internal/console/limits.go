package console

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/limit"
)

// The addresses of the pages about limits.
const (
	limitsPath      = "/limits"
	limitNumberPath = "/limits/number"
	budgetsPath     = "/limits/budgets"
	backtestPath    = "/limits/backtest"
)

// limitsView is what limits.html shows: what is spent, what holds, and what it
// has done.
type limitsView struct {
	Page frame
	windowed
	Won     template.HTML // of today
	WonOf   string
	WonLeft string
	WonBar  partBar
	WonSet  string // the setting's, where it is another one
	WonPath string // where it is changed; "" for who may not
	Kept    string // of it for priority
	Budgets []budgetLine
	Rules   []ruleLine
	Gates   []gateLine
	Decided *figureTable // by rule; nil when nothing was decided
	Daily   *figureTable

	Number bool // may look at those of a number
}

// budgetLine is one budget of a minute.
type budgetLine struct {
	Name, Used, Most, Setting string
	Set                       bool // it is not the setting's
	Bar                       partBar
	Path                      string // where it is changed; "" for who may not
}

// ruleLine is a rule in force.
type ruleLine struct{ Name, Figures, State, Tone string }

// gateLine is something out of the ordinary.
type gateLine struct{ Name, Of, Level, Tone, Since string }

// limitsPage shows the limits of the installation.
func (v *visit) limitsPage() error {
	ctx := v.r.Context()
	s, err := v.limits.Standing(ctx)
	if err != nil {
		return err
	}
	names, err := v.apps.Names(ctx)
	if err != nil {
		return err
	}
	view := &limitsView{
		Page: v.frame("title.limits"), windowed: v.windowed(limitsPath), Number: v.self.Role.May(support),
		Won: v.locale.markup("figure.won", "n", grouped(s.Day)), WonOf: v.locale.say("limits.won.of", "won", v.locale.won(s.WonPerDay)),
		WonLeft: v.locale.say("limits.won.left", "won", v.locale.won(max(s.WonPerDay-s.Day, 0))),
		WonBar:  partOf(s.Day, s.WonPerDay, wonTone(s.Day, s.WonPerDay)),
		Kept:    v.locale.say("limits.won.kept", "won", v.locale.won(limit.KeptForPriority(s.WonPerDay))),
		Budgets: v.budgetLines(s, names), Rules: v.ruleLines(s.Budgets),
	}
	won := v.budgetLine(s.Budgets[0], "", s.Day)
	view.WonPath = won.Path
	if won.Set {
		view.WonSet = v.locale.say("limits.won.set", "won", won.Setting)
	}
	for _, g := range s.Gates {
		view.Gates = append(view.Gates, v.gateLine(g, names))
	}
	decided, err := v.limits.DecidedHours(ctx, view.window.From, view.window.To)
	if err != nil {
		return err
	}
	view.Decided, view.Daily = v.decidedTables(decided)
	return v.show("limits.html", http.StatusOK, view)
}

// wonTone is the colour of so much of the day's won: the last fifth is kept for
// priority.
func wonTone(spent, most int) string {
	switch {
	case spent >= most:
		return "danger"
	case spent >= most-limit.KeptForPriority(most):
		return "warn"
	}
	return ""
}

func minuteTone(used, most int) string {
	if used >= most {
		return "danger"
	}
	return ""
}

// budgetLines are the budgets of a minute, with what is used of them.
// Applications are told apart where one has sent or has a budget of its own.
func (v *visit) budgetLines(s limit.Standing, names map[string]string) (lines []budgetLine) {
	own := map[string]limit.Budget{}
	var all limit.Budget // of applications
	for _, b := range s.Budgets {
		switch {
		case b.Application != "":
			own[b.Application] = b
		case b.Rule == limit.Application:
			all = b
			lines = append(lines, v.budgetLine(b, "", -1))
		case b.Rule == limit.Installation:
			lines = append(lines, v.budgetLine(b, "", s.Installation.Used))
		}
	}
	used := map[string]int{}
	for _, m := range s.Applications {
		used[m.Application] = m.Used
		if _, ok := own[m.Application]; !ok {
			b := all
			b.Application, b.Set, b.Setting = m.Application, false, m.Most
			own[m.Application] = b
		}
	}
	for _, id := range sortedByName(own, names) {
		lines = append(lines, v.budgetLine(own[id], cmp.Or(names[id], id), used[id]))
	}
	return lines
}

func sortedByName(own map[string]limit.Budget, names map[string]string) (ids []string) {
	for id := range own {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a, b)) })
	return ids
}

// budgetLine is one of them; what is used of it is unknown below 0.
func (v *visit) budgetLine(b limit.Budget, application string, used int) budgetLine {
	line := budgetLine{
		Name: v.locale.say("budget." + string(b.Rule)), Most: v.budgetAmount(b.Rule, b.Most), Setting: v.budgetAmount(b.Rule, b.Setting),
		Set: b.Set, Used: unknown,
	}
	if application != "" {
		line.Name = v.locale.say("budget.of", "name", application)
	}
	if used >= 0 {
		line.Used = v.budgetAmount(b.Rule, used)
		line.Bar = partOf(used, b.Most, minuteTone(used, b.Most))
	}
	if v.self.Role.May(manager) {
		line.Path = budgetPath(b.Rule, b.Application)
	}
	return line
}

// budgetAmount writes what a budget is counted in.
func (v *visit) budgetAmount(rule limit.Rule, n int) string {
	if rule == limit.Won {
		return v.locale.won(n)
	}
	return v.locale.text(n)
}

// ruleLines are all rules with their figures in words.
func (v *visit) ruleLines(set []limit.Budget) (lines []ruleLine) {
	words := map[limit.Rule][]string{}
	for _, f := range limit.Figures() {
		words[f.Rule] = append(words[f.Rule], v.figureWords(f))
	}
	for _, b := range set {
		if b.Application == "" {
			id := "figureof.minute"
			if b.Rule == limit.Won {
				id = "figureof.day"
			}
			words[b.Rule] = []string{v.locale.say(id, "n", v.budgetAmount(b.Rule, b.Most))}
		}
	}
	for _, rule := range limit.Rules() {
		line := ruleLine{
			Name: v.locale.say("rule." + string(rule)), Figures: strings.Join(words[rule], " · "),
			State: v.locale.say("limits.state.on"), Tone: "ok",
		}
		if v.limits.Shadowed(rule) {
			line.State, line.Tone = v.locale.say("limits.state.shadow"), "warn"
		}
		lines = append(lines, line)
	}
	return lines
}

// figureWords says one number that a rule goes by.
func (v *visit) figureWords(f limit.Figure) string {
	return v.locale.say("figureof."+strings.ReplaceAll(f.What, " ", "_"), "n", grouped(f.Most), "per", v.per(f.Per))
}

// per is a stretch of time in words.
func (v *visit) per(d time.Duration) string {
	switch {
	case d < time.Minute:
		return v.locale.count("span.seconds", int(d/time.Second))
	case d < time.Hour:
		return v.locale.count("span.minutes", int(d/time.Minute))
	case d <= 24*time.Hour:
		return v.locale.count("span.hours", int(d/time.Hour))
	}
	return v.locale.days(int(d / (24 * time.Hour)))
}

func (v *visit) gateLine(g limit.Gate, names map[string]string) gateLine {
	line := gateLine{
		Name: v.locale.named("rule", string(g.Rule)), Of: cmp.Or(names[g.Scope], g.Scope),
		Level: v.locale.say("gate." + string(g.Level)), Tone: "warn", Since: v.locale.say("gate.since", "time", v.stamp(moment(g.Since))),
	}
	if g.Level == limit.Challenging {
		line.Tone = "danger"
	}
	return line
}

// outcomes are what a rule can make of a start or a check, in the order of their
// columns.
var outcomes = []limit.Outcome{limit.Refused, limit.Challenged, limit.Shadowed}

// decidedTables tells how often each rule decided, and how often on each day, the
// newest first. They are nil when nothing was decided.
func (v *visit) decidedTables(decided []limit.DecidedHour) (rules, days *figureTable) {
	if len(decided) == 0 {
		return nil, nil
	}
	byRule, byDay := map[string]map[limit.Outcome]int{}, map[string]map[limit.Outcome]int{}
	for _, d := range decided {
		day := time.Unix(d.Hour*3600, 0).In(seoul).Format("01-02")
		for of, name := range map[*map[string]map[limit.Outcome]int]string{&byRule: string(d.Rule), &byDay: day} {
			if (*of)[name] == nil {
				(*of)[name] = map[limit.Outcome]int{}
			}
			(*of)[name][d.Outcome] += d.Times
		}
	}
	rules = v.decidedTable("rule", byRule, func(name string) string { return v.locale.named("rule", name) })
	days = v.decidedTable("day", byDay, func(name string) string { return name })
	slices.SortStableFunc(days.Rows, func(a, b figureRow) int { return cmp.Compare(b.Name, a.Name) })
	return rules, days
}

func (v *visit) decidedTable(by string, counts map[string]map[limit.Outcome]int, named func(string) string) *figureTable {
	t := &figureTable{Of: v.locale.say("by." + by)}
	for _, o := range outcomes {
		t.Heads = append(t.Heads, v.locale.say("decided."+string(o)))
	}
	total := func(name string) (n int) {
		for _, o := range outcomes {
			n += counts[name][o]
		}
		return n
	}
	var names []string
	most := 0
	for name := range counts {
		names = append(names, name)
		most = max(most, total(name))
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(total(b), total(a)), cmp.Compare(a, b)) })
	for _, name := range names {
		row := figureRow{Name: named(name), Bar: partOf(total(name), most, "sent")}
		var texts []string
		for _, o := range outcomes {
			texts = append(texts, grouped(counts[name][o]))
		}
		row.Cells = t.cells(texts...)
		t.Rows = append(t.Rows, row)
	}
	return t
}
