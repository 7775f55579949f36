package limit

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// The refusals of whoever changes a budget or gives a number its limits back.
var (
	ErrBudgetInvalid = fault.New(fault.Invalid, "budget_invalid",
		"a budget is a whole number: won_per_day from 0 to 1000000000, installation_per_minute and application_per_minute from 1 to 1000000; "+
			"application_per_minute alone may be of one application")
	ErrBudgetUnset = fault.New(fault.Conflict, "budget_unset", "the budget is the one of the settings already")
)

// Act is who does something that is recorded, and why.
type Act = audit.Act

// Budgeted are the rules whose budget can be changed while servers run.
func Budgeted() []Rule { return []Rule{Won, Installation, Application} }

// Bounds returns the least and the most that the budget of a rule can be.
func Bounds(rule Rule) (least, most int) {
	if rule == Won {
		return 0, 1_000_000_000
	}
	return 1, 1_000_000
}

// Budget is what a rule may spend: what the settings say, unless something else
// was put in its place.
type Budget struct {
	Rule        Rule
	Application string // "" for all, or for each that has none of its own
	Setting     int    // what the settings say; 0 where they are not known
	Set         bool   // Most was put in its place
	Most        int    // what holds
	SetAt       db.Time
}

// budgets are those that were put in the place of the settings', by rule and
// application.
type budgets map[gateKey]int

// over returns the ceilings of an application where settings say c.
func (b budgets) over(c Ceilings, application string) Ceilings {
	for _, of := range []struct {
		key  gateKey
		into *int
	}{
		{gateKey{Won, ""}, &c.WonPerDay}, {gateKey{Installation, ""}, &c.InstallationPerMinute},
		{gateKey{Application, ""}, &c.ApplicationPerMinute}, {gateKey{Application, application}, &c.ApplicationPerMinute},
	} {
		if most, ok := b[of.key]; ok {
			*of.into = most
		}
	}
	return c
}

func readBudgets(tx *db.Tx) (budgets, error) {
	set := budgets{}
	err := eachBudget(tx, func(b Budget) { set[gateKey{b.Rule, b.Application}] = b.Most })
	return set, err
}

func eachBudget(tx *db.Tx, fn func(Budget)) error {
	err := tx.Each(selectBudgets, nil, func(scan func(...any) error) error {
		b := Budget{Set: true}
		err := scan(&b.Rule, &b.Application, &b.Most, &b.SetAt)
		fn(b)
		return err
	})
	return failed("reading the budgets", err)
}

// knownCeilings are those of an application, as they were read with the gates.
func (l *Limits) knownCeilings(application string) Ceilings {
	l.gates.mu.Lock()
	defer l.gates.mu.Unlock()
	return l.gates.budgets.over(*l.ceilings, application)
}

// settings are the ceilings that the settings name, of which none are known
// where nothing is bounded.
func (l *Limits) settings() Ceilings {
	if l.ceilings == nil {
		return Ceilings{Price: TextPrice}
	}
	return *l.ceilings
}

// BudgetsNow is [Limits.Budgets] in a transaction of its own.
func (l *Limits) BudgetsNow(ctx context.Context) (list []Budget, err error) {
	err = l.db.View(ctx, func(tx *db.Tx) error { list, err = l.Budgets(tx); return err })
	return list, err
}

// Budgets returns the budgets that hold: one for each of [Budgeted], and those of
// applications that have one of their own.
func (l *Limits) Budgets(tx *db.Tx) (list []Budget, err error) {
	c := l.settings()
	list = []Budget{
		{Rule: Won, Setting: c.WonPerDay}, {Rule: Installation, Setting: c.InstallationPerMinute},
		{Rule: Application, Setting: c.ApplicationPerMinute},
	}
	for i := range list {
		list[i].Most = list[i].Setting
	}
	err = eachBudget(tx, func(b Budget) {
		for i := range list {
			if list[i].Rule == b.Rule && b.Application == "" {
				b.Setting = list[i].Setting
				list[i] = b
			}
		}
		if b.Application != "" {
			b.Setting = c.ApplicationPerMinute
			list = append(list, b)
		}
	})
	return list, err
}

// SetBudget puts a budget in the place of the settings'. Nothing more is granted
// by the one before from then on, on no node; what a node was granted and has not
// used it gives back within a second, and cannot use after two. The act is
// recorded with what was before. Refusals: [ErrBudgetInvalid], [audit.ErrReason].
func (l *Limits) SetBudget(ctx context.Context, rule Rule, application string, most int, act Act) error {
	least, upTo := Bounds(rule)
	known := rule == Won || rule == Installation || rule == Application
	if !known || most < least || most > upTo || application != "" && rule != Application {
		return ErrBudgetInvalid
	}
	return l.changeBudget(ctx, "limits budget set", Budget{Rule: rule, Application: application, Set: true, Most: most}, act)
}

// ResetBudget takes back what was put in the place of the settings'. Refusals:
// [ErrBudgetUnset], [audit.ErrReason].
func (l *Limits) ResetBudget(ctx context.Context, rule Rule, application string, act Act) error {
	return l.changeBudget(ctx, "limits budget reset", Budget{Rule: rule, Application: application}, act)
}

// changeBudget locks what every grant locks, in the same order, so that each
// grant comes wholly before the change or knows of it.
func (l *Limits) changeBudget(ctx context.Context, what string, to Budget, act Act) error {
	act, err := act.Reasoned()
	if err != nil {
		return err
	}
	key := gateKey{to.Rule, to.Application}
	err = l.db.Update(ctx, func(tx *db.Tx) error {
		tx.Exec(lockDay, seoulDay(tx.Now))
		tx.Exec(lockCeiling, installationScope, tx.Now)
		set, err := readBudgets(tx)
		if err != nil {
			return err
		}
		before, had := set[key]
		after := "settings"
		switch {
		case to.Set:
			tx.Exec(putBudget, string(to.Rule), to.Application, to.Most, tx.Now)
			after = strconv.Itoa(to.Most)
		case !had:
			return ErrBudgetUnset
		default:
			tx.Exec(dropBudget, string(to.Rule), to.Application)
		}
		was := "settings"
		if had {
			was = strconv.Itoa(before)
		}
		return audit.Keep(tx, act.Detailed(was+" -> "+after).Record(what, strings.TrimSpace(string(to.Rule)+" "+to.Application)))
	})
	if err != nil && fault.As(err) == nil {
		return fmt.Errorf("changing a budget: %w", err)
	}
	return err
}
