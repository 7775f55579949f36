package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/replay"
)

// limitsBacktest tries a policy out.
type limitsBacktest struct {
	settingsFlags
	listFlags
	Days               int  `default:"30" help:"Over so many days in Seoul, the last of which is today; 30 at most."`
	NumberPause        *int `placeholder:"SECONDS" help:"Between two texts to a number."`
	NumberHour         *int `placeholder:"N" help:"Texts to a number in an hour."`
	NumberDay          *int `placeholder:"N" help:"Texts to a number in 24 hours."`
	NetworkHour        *int `placeholder:"N" help:"Starts from a network in an hour, before a challenge."`
	ApplicationMinute  *int `placeholder:"N" help:"Texts of an application in a minute."`
	InstallationMinute *int `placeholder:"N" help:"Texts of all in a minute."`
	WonDay             *int `placeholder:"WON" help:"Won a day."`
}

// Help is shown below the flags.
func (limitsBacktest) Help() string {
	return `What is not named is as it is now. It reads the database, changes nothing and works beside a running server.

Example:  sinpyo limits backtest --number-hour 3 --days 30 --json`
}

// policy returns the policy that the flags make of the one in force.
func (c *limitsBacktest) policy(p replay.Policy) (replay.Policy, error) {
	for _, of := range []struct {
		name replay.Limit
		n    *int
	}{
		{replay.NumberPause, c.NumberPause}, {replay.NumberHour, c.NumberHour}, {replay.NumberDay, c.NumberDay},
		{replay.NetworkHour, c.NetworkHour}, {replay.ApplicationMinute, c.ApplicationMinute},
		{replay.InstallationMinute, c.InstallationMinute}, {replay.WonDay, c.WonDay},
	} {
		if of.n == nil {
			continue
		}
		if err := p.Set(of.name, *of.n); err != nil {
			least, most := replay.Bounds(of.name)
			return p, usageError{fmt.Errorf("%s takes %d to %d", of.name, least, most)}
		}
	}
	return p, nil
}

// shownBacktest is the answer.
type shownBacktest struct {
	Days     int            `json:"days"`
	Since    string         `json:"since"`
	Until    string         `json:"until"`
	Short    bool           `json:"short"` // verifications are not kept for so many days
	Starts   int            `json:"starts"`
	Verified int            `json:"verified"`
	Resends  int            `json:"resends"`
	Won      int            `json:"won"`
	Policies []shownOutcome `json:"policies"` // the one that was tried out, then the one in force
}

// shownOutcome is what a policy would have done.
type shownOutcome struct {
	Limits     map[replay.Limit]int        `json:"limits"`
	Blocked    shownTally                  `json:"blocked"`
	Challenged shownTally                  `json:"challenged"` // by network_hour; they could go on
	By         map[replay.Limit]shownTally `json:"by"`
}

// shownTally is what would not have been sent.
type shownTally struct {
	Starts   int `json:"starts"`
	Verified int `json:"verified"` // of the starts: people who then entered the code
	Resends  int `json:"resends"`
	Won      int `json:"won"`
}

// Run tries the policy out beside the one in force.
func (c *limitsBacktest) Run(s *shell) error {
	if c.Days < 1 || c.Days > replay.DaysMost {
		return usageError{fmt.Errorf("--days takes 1 to %d", replay.DaysMost)}
	}
	return c.withBudgets(s, func(d *db.DB, l *limit.Limits) error {
		var inForce replay.Policy
		err := d.View(s.ctx, func(tx *db.Tx) (err error) { inForce, err = replay.InForce(tx, l); return err })
		if err != nil {
			return err
		}
		tried, err := c.policy(inForce)
		if err != nil {
			return err
		}
		r, err := replay.Texts(s.ctx, d, c.Days, l.Price(), nil, tried, inForce)
		if err != nil {
			return err
		}
		return c.print(s, showBacktest(r), backtestRows(r))
	})
}

func showBacktest(r replay.Result) shownBacktest {
	shown := shownBacktest{
		Days: r.Days, Since: r.Since.Std().UTC().Format(time.RFC3339), Until: r.Until.Std().UTC().Format(time.RFC3339), Short: r.Short,
		Starts: r.Starts, Verified: r.Verified, Resends: r.Resends, Won: r.Won,
	}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		out := shownOutcome{
			Limits: map[replay.Limit]int{}, Blocked: shownTally(o.Blocked), Challenged: shownTally(o.Challenged), By: map[replay.Limit]shownTally{},
		}
		for _, name := range replay.Limits() {
			out.Limits[name] = o.Policy.Figure(name)
			if tally, ok := o.By[name]; ok {
				out.By[name] = shownTally(tally)
			}
		}
		shown.Policies = append(shown.Policies, out)
	}
	return shown
}

// backtestRows are the answer as a table: the policies in all, then what each
// figure of the one that was tried out did.
func backtestRows(r replay.Result) [][]string {
	rows := [][]string{{"of", "value", "starts", "verified", "resends", "won"}}
	row := func(of, value string, t replay.Tally) {
		rows = append(rows, []string{of, value, strconv.Itoa(t.Starts), strconv.Itoa(t.Verified), strconv.Itoa(t.Resends), strconv.Itoa(t.Won)})
	}
	row("all texts", "", replay.Tally{Starts: r.Starts, Verified: r.Verified, Resends: r.Resends, Won: r.Won})
	row("blocked, in force", "", r.Outcomes[1].Blocked)
	row("blocked, tried", "", r.Outcomes[0].Blocked)
	for _, name := range replay.Limits() {
		row(string(name), strconv.Itoa(r.Outcomes[0].Policy.Figure(name)), r.Outcomes[0].By[name])
	}
	return rows
}
