package console

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/web"
)

// budgetView is what budget.html shows: one budget, and how to change it.
type budgetView struct {
	Page               frame
	Rule               string
	Name, Lead         string
	Most, Setting      string
	Set                bool
	Since              string
	Unit, Range        string
	Value, Reason      string
	Applications       []option // nil where the budget is of no application
	Application        string
	Error, ReasonError string
}

// budgetPath is where a budget is changed.
func budgetPath(rule limit.Rule, application string) string {
	return link(budgetsPath+"/"+string(rule), "application", application)
}

// budget shows one budget.
func (v *visit) budget() error { return v.showBudget(refusal{}, refusal{}) }

// askedBudget is the budget of the address, as it holds.
func (v *visit) askedBudget() (b limit.Budget, names map[string]string, err error) {
	rule, application := limit.Rule(v.r.PathValue("rule")), v.r.URL.Query().Get("application")
	if names, err = v.apps.Names(v.r.Context()); err != nil {
		return b, nil, err
	}
	if _, known := names[application]; !slices.Contains(limit.Budgeted(), rule) || application != "" && (!known || rule != limit.Application) {
		return b, nil, web.ErrRoute
	}
	list, err := v.limits.BudgetsNow(v.r.Context())
	if err != nil {
		return b, nil, err
	}
	for _, of := range list {
		switch {
		case of.Rule != rule:
		case of.Application == application:
			return of, names, nil
		case of.Application == "":
			b = limit.Budget{Rule: rule, Application: application, Setting: of.Most, Most: of.Most}
		}
	}
	return b, names, nil
}

// showBudget shows it, with what is wrong about the amount or about the reason.
func (v *visit) showBudget(amount, reason refusal) error {
	why := amount
	if reason.Text != "" {
		why = reason
	}
	b, names, err := v.askedBudget()
	if err != nil {
		return err
	}
	least, most := limit.Bounds(b.Rule)
	view := &budgetView{
		Page: v.failed("title.budget", why), Rule: string(b.Rule), Name: v.locale.say("budget." + string(b.Rule)),
		Lead: v.locale.say("budget." + string(b.Rule) + ".lead"), Most: v.budgetAmount(b.Rule, b.Most), Setting: v.budgetAmount(b.Rule, b.Setting),
		Set: b.Set, Unit: v.locale.say("budget." + string(b.Rule) + ".unit"),
		Range: v.locale.say("budget.range", "least", grouped(least), "most", grouped(most)),
		Value: cmp.Or(v.typed("most"), strconv.Itoa(b.Most)), Reason: v.typed("reason"), Application: b.Application,
		Error: amount.Text, ReasonError: reason.Text,
	}
	if b.Set {
		view.Since = v.locale.say("budget.since", "time", v.stamp(moment(b.SetAt)))
	}
	if b.Application != "" {
		view.Name = cmp.Or(names[b.Application], b.Application)
	}
	if b.Rule == limit.Application {
		view.Applications = v.applicationOptions(names, b.Application)
	}
	return v.show("budget.html", why.code(), view)
}

// applicationOptions are all applications by name, after that of all of them.
func (v *visit) applicationOptions(names map[string]string, chosen string) []option {
	list := []option{{"", v.locale.say("budget.all"), chosen == ""}}
	for id, name := range names {
		list = append(list, option{id, cmp.Or(name, id), id == chosen})
	}
	slices.SortFunc(list[1:], func(a, b option) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	return list
}

// actOnBudget changes the budget or takes the change back.
func (v *visit) actOnBudget() error {
	b, _, err := v.askedBudget()
	if err != nil {
		return err
	}
	act := v.act()
	did := "set"
	if v.typed("do") == "reset" {
		did = "reset"
		err = v.limits.ResetBudget(v.r.Context(), b.Rule, b.Application, act)
	} else {
		most, bad := strconv.Atoi(strings.NewReplacer(",", "", " ", "").Replace(v.typed("most")))
		if bad != nil {
			most = -1 // which no budget can be
		}
		err = v.limits.SetBudget(v.r.Context(), b.Rule, b.Application, most, act)
	}
	if errors.Is(err, audit.ErrReason) {
		return v.refuseAs(err, func(why refusal) error { return v.showBudget(refusal{}, why) })
	}
	if err != nil {
		return v.refuseAs(err, func(why refusal) error { return v.showBudget(why, refusal{}) })
	}
	v.tell("news.budget." + did)
	return v.next(limitsPath)
}
