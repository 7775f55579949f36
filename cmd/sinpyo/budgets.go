package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// withBudgets runs do on the limits of an installation, which know its budgets.
func (f settingsFlags) withBudgets(s *shell, do func(d *db.DB, l *limit.Limits) error) error {
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	err = do(d, limitsOf(settings, d))
	if refusal := fault.As(err); refusal != nil {
		err = refusal // it says all that a person needs
	}
	return errors.Join(err, d.Close())
}

// limitsOf are the limits as a server of the same settings has them.
func limitsOf(c *config.Config, d *db.DB) *limit.Limits {
	return limit.New(limit.Options{DB: d, Shadow: shadowRules(c), Ceilings: ceilingsOf(c)})
}

// limitsStatus tells how far the budgets are used.
type limitsStatus struct {
	settingsFlags
	listFlags
}

// Help is shown below the flags.
func (limitsStatus) Help() string { return "Example:  sinpyo limits status" }

// shownStatus is a budget with what is used of it, or something out of the
// ordinary.
type shownStatus struct {
	Rule        string `json:"rule"`
	Application string `json:"application,omitempty"`
	Used        *int   `json:"used,omitempty"`
	Limit       *int   `json:"limit,omitempty"`
	State       string `json:"state"` // "free", "spent", "alarm" or "challenge"
	Since       string `json:"since,omitempty"`
}

// Run lists them.
func (c *limitsStatus) Run(s *shell) error {
	return c.withBudgets(s, func(_ *db.DB, l *limit.Limits) error {
		standing, err := l.Standing(s.ctx)
		if err != nil {
			return err
		}
		list := []shownStatus{
			statusOf(limit.Won, "", standing.Day, standing.WonPerDay),
			statusOf(limit.Installation, "", standing.Installation.Used, standing.Installation.Most),
		}
		for _, m := range standing.Applications {
			list = append(list, statusOf(limit.Application, m.Application, m.Used, m.Most))
		}
		for _, g := range standing.Gates {
			list = append(list, shownStatus{Rule: string(g.Rule), Application: g.Scope, State: string(g.Level), Since: stamp(g.Since)})
		}
		rows := [][]string{{"rule", "application", "used", "limit", "state", "since"}}
		for _, shown := range list {
			rows = append(rows, []string{shown.Rule, shown.Application, numberOr(shown.Used), numberOr(shown.Limit), shown.State, shown.Since})
		}
		return c.print(s, list, rows)
	})
}

func statusOf(rule limit.Rule, application string, used, most int) shownStatus {
	state := "free"
	if used >= most {
		state = "spent"
	}
	return shownStatus{Rule: string(rule), Application: application, Used: &used, Limit: &most, State: state}
}

// numberOr writes a number, or nothing for none.
func numberOr(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// limitsDecisions counts what rules did.
type limitsDecisions struct {
	settingsFlags
	listFlags
	Days int `default:"7" help:"Of so many days in Seoul, the last of which is today; decisions are kept for 30."`
}

// Help is shown below the flags.
func (limitsDecisions) Help() string { return "Example:  sinpyo limits decisions --days 30 --json" }

// shownDecisions are those of a rule on a day.
type shownDecisions struct {
	Day        string `json:"day"`
	Rule       string `json:"rule"`
	Refused    int    `json:"refused"`
	Challenged int    `json:"challenged"`
	Shadowed   int    `json:"shadowed"` // it is in limits.shadow, and let them pass
}

// Run counts them, a row for each rule and day.
func (c *limitsDecisions) Run(s *shell) error {
	if c.Days < 1 {
		return usageError{errors.New("--days takes 1 or more")}
	}
	return c.withBudgets(s, func(d *db.DB, l *limit.Limits) error {
		now := d.Now().Std().In(seoul)
		first := time.Date(now.Year(), now.Month(), now.Day()-c.Days+1, 0, 0, 0, 0, seoul)
		decided, err := l.DecidedHours(s.ctx, first.Unix()/3600, now.Unix()/3600+1)
		if err != nil {
			return err
		}
		list := []shownDecisions{}
		at := map[[2]string]int{}
		for _, of := range decided {
			key := [2]string{time.Unix(of.Hour*3600, 0).In(seoul).Format(time.DateOnly), string(of.Rule)}
			i, known := at[key]
			if !known {
				i = len(list)
				at[key], list = i, append(list, shownDecisions{Day: key[0], Rule: key[1]})
			}
			switch of.Outcome {
			case limit.Refused:
				list[i].Refused += of.Times
			case limit.Challenged:
				list[i].Challenged += of.Times
			case limit.Shadowed:
				list[i].Shadowed += of.Times
			}
		}
		rows := [][]string{{"day", "rule", "refused", "challenged", "shadowed"}}
		for _, shown := range list {
			rows = append(rows, []string{shown.Day, shown.Rule, strconv.Itoa(shown.Refused), strconv.Itoa(shown.Challenged), strconv.Itoa(shown.Shadowed)})
		}
		return c.print(s, list, rows)
	})
}

// budgetCommand shows and changes budgets.
type budgetCommand struct {
	Show  budgetShow  `cmd:"" help:"List the budgets that hold, and those of the settings."`
	Set   budgetSet   `cmd:"" help:"Put a budget in the place of the settings'; this is recorded."`
	Reset budgetReset `cmd:"" help:"Let a budget be that of the settings again; this is recorded."`
}

type budgetShow struct {
	settingsFlags
	listFlags
}

// Help is shown below the flags.
func (budgetShow) Help() string { return "Example:  sinpyo limits budget show" }

// shownBudget is one budget as it is listed.
type shownBudget struct {
	Rule        string `json:"rule"`
	Application string `json:"application,omitempty"`
	Limit       int    `json:"limit"`
	Setting     int    `json:"setting"`
	SetAt       string `json:"set_at,omitempty"`
}

// Run lists the budgets.
func (c *budgetShow) Run(s *shell) error {
	return c.withBudgets(s, func(_ *db.DB, l *limit.Limits) error {
		budgets, err := l.BudgetsNow(s.ctx)
		if err != nil {
			return err
		}
		var list []shownBudget
		rows := [][]string{{"rule", "application", "limit", "setting", "set at"}}
		for _, b := range budgets {
			shown := shownBudget{string(b.Rule), b.Application, b.Most, b.Setting, stamp(b.SetAt)}
			list = append(list, shown)
			rows = append(rows, []string{shown.Rule, shown.Application, strconv.Itoa(shown.Limit), strconv.Itoa(shown.Setting), shown.SetAt})
		}
		return c.print(s, list, rows)
	})
}

// budgetFlags name a budget and say why it is changed.
type budgetFlags struct {
	settingsFlags
	Rule        string `arg:"" enum:"won_per_day,installation_per_minute,application_per_minute" help:"won_per_day, installation_per_minute or application_per_minute."`
	Application string `placeholder:"ID" help:"Of one application alone, with application_per_minute."`
	Reason      string `required:"" placeholder:"TEXT" help:"Why, for the record. Write no name and no number."`
}

// change runs do on the budget that the flags name.
func (f budgetFlags) change(s *shell, do func(*limit.Limits, limit.Act) error) error {
	return f.withBudgets(s, func(d *db.DB, l *limit.Limits) error {
		if f.Application != "" {
			names, err := app.New(d).Names(s.ctx)
			if err != nil {
				return err
			}
			if _, known := names[f.Application]; !known {
				return usageError{fmt.Errorf("there is no application %q", f.Application)}
			}
		}
		return do(l, limit.Act{Actor: "command line", Reason: f.Reason})
	})
}

type budgetSet struct {
	budgetFlags
	Limit int `arg:"" help:"Won of a day, or texts a minute."`
}

// Help is shown below the flags.
func (budgetSet) Help() string {
	return `Example:  sinpyo limits budget set won_per_day 90000 --reason "an advertisement begins"`
}

// Run puts the budget.
func (c *budgetSet) Run(s *shell) error {
	return c.change(s, func(l *limit.Limits, act limit.Act) error {
		if err := l.SetBudget(s.ctx, limit.Rule(c.Rule), c.Application, c.Limit, act); err != nil {
			return err
		}
		return s.say("set; running servers follow within a second")
	})
}

type budgetReset struct{ budgetFlags }

// Help is shown below the flags.
func (budgetReset) Help() string {
	return `Example:  sinpyo limits budget reset won_per_day --reason "it is over"`
}

// Run takes the budget back.
func (c *budgetReset) Run(s *shell) error {
	return c.change(s, func(l *limit.Limits, act limit.Act) error {
		if err := l.ResetBudget(s.ctx, limit.Rule(c.Rule), c.Application, act); err != nil {
			return err
		}
		return s.say("reset; running servers follow within a second")
	})
}
