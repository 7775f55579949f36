package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// limitsCommand looks at what is spent, of a number and in all, and changes the
// budgets. Each of its commands works beside a running server.
type limitsCommand struct {
	Show      limitsShow      `cmd:"" help:"Say what of a number's limits is spent, what is left, and until when."`
	Clear     limitsClear     `cmd:"" help:"Give a number its limits back; this is recorded."`
	Status    limitsStatus    `cmd:"" help:"Say what of the budgets is used, and what is out of the ordinary."`
	Decisions limitsDecisions `cmd:"" help:"Count what each rule refused, challenged, or would have."`
	Budget    budgetCommand   `cmd:"" help:"Show the budgets, or change them while servers run."`
	Backtest  limitsBacktest  `cmd:"" help:"Say what other limits would have done to the texts of the last days."`
}

// withLimits runs do on the limits of an installation, for the keyed hash of a
// number.
func (f settingsFlags) withLimits(s *shell, number string, do func(d *db.DB, l *limit.Limits, number []byte) error) error {
	to, err := phone.Parse(number)
	if err != nil {
		return usageError{err}
	}
	settings, err := f.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	keys, err := openKeys(s.ctx, settings, d)
	if err == nil {
		err = do(d, limit.New(limit.Options{DB: d}), keys.Ring().Whole(to))
	}
	return errors.Join(err, d.Close())
}

type limitsShow struct {
	settingsFlags
	listFlags
	Number string `arg:"" help:"A Korean mobile number in any usual spelling."`
}

// Help is shown below the flags.
func (limitsShow) Help() string { return "Example:  sinpyo limits show 010-1234-5678" }

// shownLimit is one budget as it is listed.
type shownLimit struct {
	Rule   string `json:"rule"`
	Of     string `json:"of"`
	What   string `json:"what"`
	Limit  int    `json:"limit"`
	Within string `json:"within,omitempty"`
	Left   int    `json:"left"`
	Until  string `json:"refused_until,omitempty"`
}

// Run lists the budgets of the number.
func (c *limitsShow) Run(s *shell) error {
	return c.withLimits(s, c.Number, func(d *db.DB, l *limit.Limits, number []byte) error {
		var uses []limit.Use
		err := d.View(s.ctx, func(tx *db.Tx) (err error) {
			uses, err = l.Usage(tx, number)
			return err
		})
		if err != nil {
			return err
		}
		list := make([]shownLimit, len(uses))
		rows := [][]string{{"of", "what", "limit", "within", "left now", "refused until"}}
		for i, u := range uses {
			shown := shownLimit{string(u.Rule), u.Of, u.What, u.Most, window(u.Per), u.Left, stamp(u.Until)}
			list[i] = shown
			rows = append(rows, []string{shown.Of, shown.What, strconv.Itoa(shown.Limit), shown.Within, strconv.Itoa(shown.Left), shown.Until})
		}
		return c.print(s, list, rows)
	})
}

// window writes the length of a window, or nothing for none.
func window(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Hour:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}

type limitsClear struct {
	settingsFlags
	Number string `arg:"" help:"A Korean mobile number in any usual spelling."`
	Reason string `placeholder:"TEXT" default:"command line" help:"Why, for the record. Write no name and no number."`
}

// Help is shown below the flags.
func (limitsClear) Help() string { return "Example:  sinpyo limits clear 010-1234-5678" }

// Run gives the number its limits back. The record names the number by its
// keyed hash, by which it can be found but not read.
func (c *limitsClear) Run(s *shell) error {
	return c.withLimits(s, c.Number, func(d *db.DB, l *limit.Limits, number []byte) error {
		err := l.ClearFor(s.ctx, number, limit.Act{Actor: "command line", Reason: c.Reason})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, "cleared; a running server follows within a second")
		return err
	})
}
