package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/doctor"
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

// Run makes all checks and prints what they found.
func (c *doctorCommand) Run(s *shell) error {
	d := &examiner{register: c.RegisterWebhook}
	d.settings, d.settingsErr = c.read(s, nil)
	found, err := doctor.Examine(s.ctx, d.checks())
	if err != nil {
		return err
	}
	if err := c.print(s, found); err != nil {
		return err
	}
	return verdict(found)
}

// examiner is what the checks know of each other.
type examiner struct {
	settings    *config.Config // nil when they cannot be read
	settingsErr error
	register    bool // the webhook
	emulated    bool // the provider is the emulator inside the program, with a key of its own

	provider providerSigns
}

// checks are all checks in their order: what this machine has first, then what
// the provider says. One that needs the settings is skipped without them.
func (d *examiner) checks() []doctor.Check {
	checks := []doctor.Check{
		{Name: "data folder", Look: d.dataFolder},
		{Name: "database", Look: d.database},
		{Name: "public address", Look: d.publicAddress},
		{Name: "texts", Look: d.texts},
		{Name: "provider", Look: d.host},
		{Name: "clock", Look: d.clock},
		{Name: "key", Look: d.key},
		{Name: "permissions", Look: d.permissions},
		{Name: "balance", Look: d.balance},
		{Name: "sender", Look: d.sender},
		{Name: "backup", Look: d.backup},
	}
	if d.register || d.settings != nil && d.settings.CoolSMS.WebhookSecret != "" {
		checks = append(checks, doctor.Check{Name: "webhook", Look: d.webhook})
	}
	if d.settings == nil {
		for i := range checks {
			checks[i].Look = func(context.Context) doctor.Finding { return doctor.Needs("the settings", "설정이", 1) }
		}
	}
	return append([]doctor.Check{{Name: "settings", Look: d.readSettings}}, checks...)
}

// verdict is nil when all is well. What keeps texts from going out is an error
// of usage: starting again without mending it is of no use.
func verdict(found []doctor.Finding) error {
	switch doctor.Worst(found) {
	case doctor.Failed:
		return usageError{fmt.Errorf("%d of %d checks failed", doctor.Count(found, doctor.Failed), len(found))}
	case doctor.Warning:
		return fmt.Errorf("%d of %d checks need attention", doctor.Count(found, doctor.Warning), len(found))
	}
	return nil
}

func (c *doctorCommand) print(s *shell, found []doctor.Finding) error {
	if c.JSON {
		return printJSON(s, struct {
			State  doctor.State     `json:"state"`
			Checks []doctor.Finding `json:"checks"`
		}{doctor.Worst(found), found})
	}
	var text strings.Builder
	for _, f := range found {
		fmt.Fprintf(&text, "%2d %s %-15s %s\n", f.Number, f.State.Sign(), f.Name, indent(f.Detail.English))
		if f.Cause.English != "" {
			fmt.Fprintf(&text, "     cause: %s\n", indent(f.Cause.English))
		}
		if f.Cure.English != "" {
			fmt.Fprintf(&text, "     cure:  %s\n", indent(f.Cure.English))
		}
	}
	_, err := io.WriteString(s.out, text.String())
	return err
}

// indent sets the further lines of a text under its first.
func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n            ") }
