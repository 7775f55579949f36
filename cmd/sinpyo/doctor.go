package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/config"
)

// doctorCommand looks at an installation and at its account with the provider.
// It sends nothing, and changes nothing unless it is told to register the
// webhook.
type doctorCommand struct {
	settingsFlags
	JSON            bool `help:"Print JSON."`
	RegisterWebhook bool `help:"Tell the provider to report to this installation; the one thing that is changed."`
}

// Help is shown below the flags.
func (doctorCommand) Help() string {
	return `It sends nothing and costs nothing. Each check is numbered; one that fails says why, and what to do.

Status: 0 all is well, 1 something needs attention soon, 2 something keeps texts from going out.

Example:  sinpyo doctor && sinpyo serve`
}

// state is how a check ended.
type state string

// The states, from the best to the worst.
const (
	stateOK      state = "ok"
	stateSkipped state = "skipped" // something before it must be mended first
	stateWarning state = "warning" // works now, and may soon not
	stateFailed  state = "failed"
)

// sign is how a state is printed.
func (s state) sign() string {
	return map[state]string{stateOK: "✓", stateSkipped: "-", stateWarning: "!", stateFailed: "✗"}[s]
}

// finding is what a check has found. It holds neither keys nor phone numbers
// other than the operator's own sender.
type finding struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	State  state  `json:"state"`
	Detail string `json:"detail"`
	Cause  string `json:"cause,omitempty"`
	Cure   string `json:"cure,omitempty"`
}

// The findings that a check returns.
func fine(detail string) finding    { return finding{State: stateOK, Detail: detail} }
func skipped(detail string) finding { return finding{State: stateSkipped, Detail: detail} }
func warned(detail string, r remedy) finding {
	return finding{State: stateWarning, Detail: detail, Cause: r.cause, Cure: r.cure}
}
func failed(detail string, r remedy) finding {
	return finding{State: stateFailed, Detail: detail, Cause: r.cause, Cure: r.cure}
}

// checkMost is how long one check may take.
const checkMost = 20 * time.Second

// Run makes all checks and prints what they found.
func (c *doctorCommand) Run(s *shell) error {
	d := &doctor{register: c.RegisterWebhook}
	d.settings, d.settingsErr = c.read(s, nil)
	var found []finding
	for i, check := range d.checks() {
		ctx, cancel := context.WithTimeout(s.ctx, checkMost)
		f := check.look(ctx)
		cancel()
		if s.ctx.Err() != nil {
			return errors.New("stopped before the checks had ended")
		}
		f.Number, f.Name = i+1, check.name
		found = append(found, f)
	}
	if err := c.print(s, found); err != nil {
		return err
	}
	return verdict(found)
}

// doctor is what the checks know of each other.
type doctor struct {
	settings    *config.Config // nil when they cannot be read
	settingsErr error
	register    bool // the webhook

	provider providerSigns
}

// check is one of the doctor's checks.
type check struct {
	name string
	look func(context.Context) finding
}

// checks are all checks in their order: what this machine has first, then what
// the provider says. One that needs the settings is skipped without them.
func (d *doctor) checks() []check {
	checks := []check{
		{"data folder", d.dataFolder},
		{"database", d.database},
		{"public address", d.publicAddress},
		{"texts", d.texts},
		{"provider", d.host},
		{"clock", d.clock},
		{"key", d.key},
		{"permissions", d.permissions},
		{"balance", d.balance},
		{"sender", d.sender},
	}
	if d.register || d.settings != nil && d.settings.CoolSMS.WebhookSecret != "" {
		checks = append(checks, check{"webhook", d.webhook})
	}
	if d.settings == nil {
		for i := range checks {
			checks[i].look = func(context.Context) finding { return skipped("needs the settings (check 1)") }
		}
	}
	return append([]check{{"settings", d.readSettings}}, checks...)
}

// verdict is nil when all is well. What keeps texts from going out is an error
// of usage: starting again without mending it is of no use.
func verdict(found []finding) error {
	count := map[state]int{}
	for _, f := range found {
		count[f.State]++
	}
	switch {
	case count[stateFailed] > 0:
		return usageError{fmt.Errorf("%d of %d checks failed", count[stateFailed], len(found))}
	case count[stateWarning] > 0:
		return fmt.Errorf("%d of %d checks need attention", count[stateWarning], len(found))
	}
	return nil
}

func (c *doctorCommand) print(s *shell, found []finding) error {
	if c.JSON {
		return printJSON(s, struct {
			State  state     `json:"state"`
			Checks []finding `json:"checks"`
		}{worst(found), found})
	}
	var text strings.Builder
	for _, f := range found {
		fmt.Fprintf(&text, "%2d %s %-15s %s\n", f.Number, f.State.sign(), f.Name, indent(f.Detail))
		if f.Cause != "" {
			fmt.Fprintf(&text, "     cause: %s\n", indent(f.Cause))
		}
		if f.Cure != "" {
			fmt.Fprintf(&text, "     cure:  %s\n", indent(f.Cure))
		}
	}
	_, err := io.WriteString(s.out, text.String())
	return err
}

// indent sets the further lines of a text under its first.
func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n            ") }

// worst returns ok, warning or failed.
func worst(found []finding) state {
	all := stateOK
	for _, f := range found {
		switch f.State {
		case stateFailed:
			return stateFailed
		case stateWarning:
			all = stateWarning
		}
	}
	return all
}
