package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// configCommand looks at the settings.
type configCommand struct {
	Init     configInit     `cmd:"" help:"Print a settings file that names and explains every setting."`
	Show     configShow     `cmd:"" help:"Print each setting and where it came from; secrets as dots."`
	Validate configValidate `cmd:"" help:"Check the settings without starting."`
}

type configInit struct {
	Lang string `default:"en" enum:"en,ko" help:"Explain in English (en) or Korean (ko)."`
}

// Help is shown below the flags.
func (configInit) Help() string { return "Example:  sinpyo config init --lang ko > sinpyo.toml" }

// Run prints the file.
func (c *configInit) Run(s *shell) error {
	_, err := io.WriteString(s.out, config.Example(c.Lang))
	return err
}

type configShow struct {
	settingsFlags
	JSON bool `help:"Print JSON."`
}

// Run prints the settings.
func (c *configShow) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	values := settings.Values()
	if c.JSON {
		return printJSON(s, values)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, v := range values {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", v.Name, v.Value, v.Origin)
	}
	return table.Flush()
}

type configValidate struct {
	settingsFlags
}

// Run checks the settings as serve would.
func (c *configValidate) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	if err := checkForServe(settings, false); err != nil {
		return err
	}
	for _, w := range lookOf(settings).Warnings() {
		_, _ = fmt.Fprintln(s.err, "sinpyo: warning: "+w)
	}
	_, err = fmt.Fprintln(s.out, "the settings are fine")
	return err
}

// checkForServe finds what is wrong with settings that can be read but not
// served with.
func checkForServe(c *config.Config, dev bool) error {
	if dev {
		if err := c.CheckDev(); err != nil {
			return usageError{err}
		}
	} else if missing := c.Missing(); len(missing) > 0 {
		return usageError{noProvider(missing)}
	}
	if c.AlertsTo != "" {
		if _, err := phone.Parse(c.AlertsTo); err != nil {
			return usageError{fmt.Errorf("alerts.to: %w", err)}
		}
	}
	if _, err := limit.ParseRules(c.Limits.Shadow); err != nil {
		return usageError{fmt.Errorf("limits.shadow %w", err)}
	}
	if _, err := consent.Read(c.ConsentsFile); err != nil {
		return usageError{err}
	}
	if _, err := sms.New(c.Service.Name, c.Service.Host); err != nil {
		return usageError{err}
	}
	if err := lookOf(c).Check(); err != nil {
		return usageError{err}
	}
	return nil
}

// printJSON prints a value as indented JSON.
func printJSON(s *shell, v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
