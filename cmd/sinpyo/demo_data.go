package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/demo"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// demoDataCommand fills an empty installation with traffic that is made up.
type demoDataCommand struct {
	settingsFlags
	Messages int    `default:"50000" help:"How many texts."`
	Days     int    `default:"60" help:"Over how many days, up to now."`
	Seed     uint64 `default:"1" help:"The same seed makes the same texts."`
}

// demoMessagesMost keeps the members of a demonstration fewer than the numbers
// there are for them.
const demoMessagesMost = 30_000_000

// Help is shown below the flags.
func (demoDataCommand) Help() string {
	return `All numbers begin with 010-0, which nobody has. Only an installation without a provider key takes such data,
and it can be served with --dev alone afterwards.

Example:  sinpyo demo-data --messages 200000 --days 90 --data-dir ./demo && sinpyo serve --dev --data-dir ./demo`
}

var (
	errDemoKey = errors.New("coolsms.api_key is set: demonstration data never come to an installation that texts people; " +
		"remove the key, or name another --data-dir")
	errDemoServed = errors.New("this database holds demonstration data: serve it with --dev, or name another data_dir")
)

// demoFact is noted in a database with demonstration data.
const demoFact = "demo_data"

// Run fills the installation.
func (c *demoDataCommand) Run(s *shell) error {
	if c.Messages < 1 || c.Messages > demoMessagesMost || c.Days < 1 {
		return usageError{fmt.Errorf("--messages takes 1 to %d, and --days 1 or more", demoMessagesMost)}
	}
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	if settings.CoolSMS.APIKey.Reveal() != "" {
		return usageError{errDemoKey}
	}
	d, keys, err := openStore(s.ctx, settings, slog.New(slog.DiscardHandler), newRegistry(), nil)
	if err != nil {
		return err
	}
	err = errors.Join(c.fill(s, settings, d, demo.Options{
		DB: d, Ring: keys.Ring(), ApplicationID: app.Builtin, Messages: c.Messages, Days: c.Days, Kept: settings.RetentionDays,
		Price: limit.TextPrice, Seed: c.Seed,
	}), d.Close())
	if errors.Is(err, demo.ErrNotEmpty) {
		return usageError{err}
	}
	return err
}

// fill makes up the data, with the application that they belong to.
func (c *demoDataCommand) fill(s *shell, settings *config.Config, d *db.DB, o demo.Options) error {
	if err := demo.Empty(s.ctx, d); err != nil {
		return err
	}
	if _, err := app.New(d).PutBuiltin(s.ctx, settings.Service.Name, settings.Service.Host); err != nil {
		return err
	}
	if _, err := d.Fact(s.ctx, demoFact, time.Now().UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	told := time.Now()
	o.Told = func(messages int) {
		if time.Since(told) > 5*time.Second {
			told = time.Now()
			_, _ = fmt.Fprintf(s.err, "sinpyo: %d of %d texts\n", messages, c.Messages)
		}
	}
	made, err := demo.Fill(s.ctx, o)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d texts, %d verifications, %d members and %d events in %.1f s: %.0f rows a second\n",
		made.Messages, made.Verifications, made.Members, made.Events, made.Took.Seconds(), float64(made.Rows())/made.Took.Seconds())
	return err
}

// refuseDemo keeps a server that texts people off demonstration data.
func refuseDemo(ctx context.Context, d *db.DB, dev bool) error {
	if dev {
		return nil
	}
	_, found, err := d.FactIfAny(ctx, demoFact)
	if err == nil && found {
		err = usageError{errDemoServed}
	}
	return err
}
