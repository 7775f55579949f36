package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"text/tabwriter"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// balanceCommand tells how much money is left.
type balanceCommand struct {
	settingsFlags
	JSON bool `help:"Print JSON."`
}

// Help is shown below the flags.
func (balanceCommand) Help() string {
	return "Example:  sinpyo balance --json"
}

// printedBalance is what balance --json prints. Money is in won.
type printedBalance struct {
	Balance   float64  `json:"balance"`
	Point     float64  `json:"point"`
	Usable    float64  `json:"usable"`
	Price     *float64 `json:"sms_price"`   // null when the provider does not tell it
	TextsLeft *int     `json:"texts_left"`  // the same
	PerDay    int      `json:"won_per_day"` // that texts cost, of the last seven days
	Runway    *int     `json:"runway_days"` // null while nothing is spent
}

// Run asks the provider.
func (c *balanceCommand) Run(s *shell) error {
	settings, client, err := c.provider(s)
	if err != nil {
		return err
	}
	money, err := client.Cash.Balance(s.ctx)
	if err != nil {
		return told(err)
	}
	b := printedBalance{Balance: money.Balance, Point: money.Point, Usable: money.Usable()}
	price, priceErr := priceOf(s.ctx, client, coolsms.SMS)
	if priceErr == nil {
		b.Price, b.TextsLeft = &price, textsFor(b.Usable, price)
	}
	if b.PerDay, err = spending(s.ctx, settings); err != nil {
		return err
	}
	if days, ok := watch.Runway(int(b.Usable), b.PerDay); ok {
		b.Runway = &days
	}
	if c.JSON {
		return printJSON(s, b)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "balance\t%s\npoints\t%s\nusable\t%s\n", won(b.Balance), won(b.Point), won(b.Usable))
	switch {
	case priceErr != nil:
		_, _ = fmt.Fprintf(w, "texts\tnot known: %v\n", priceErr)
	case b.TextsLeft != nil:
		_, _ = fmt.Fprintf(w, "texts\t%d SMS at the list price of %s\n", *b.TextsLeft, won(price))
	}
	if b.Runway != nil {
		_, _ = fmt.Fprintf(w, "runway\t%d days at %s a day\n", *b.Runway, won(float64(b.PerDay)))
	} else {
		_, _ = fmt.Fprint(w, "runway\tno end: nothing was spent in the last seven days\n")
	}
	return w.Flush()
}

// spending returns how many won texts cost a day, as the installation's database
// has it; 0 where there is none yet.
func spending(ctx context.Context, c *config.Config) (perDay int, err error) {
	schema, _, err := db.Status(ctx, db.Options{URL: databaseURL(c)})
	if err != nil || schema == 0 {
		return 0, reason(err)
	}
	d, err := openDatabase(ctx, c, true)
	if err != nil {
		return 0, err
	}
	err = d.View(ctx, func(tx *db.Tx) error {
		perDay, err = limit.New(limit.Options{DB: d}).Spending(tx)
		return err
	})
	return perDay, errors.Join(err, d.Close())
}

// textsFor returns how many texts the money pays for, or nil when they are
// free.
func textsFor(usable, price float64) *int {
	if price <= 0 {
		return nil
	}
	n := int(math.Floor(max(usable, 0) / price))
	return &n
}
