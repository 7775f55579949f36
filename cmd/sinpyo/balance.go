package main

import (
	"fmt"
	"math"
	"text/tabwriter"

	"github.com/sinpyo/sinpyo/coolsms"
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
	Price     *float64 `json:"sms_price"`  // null when the provider does not tell it
	TextsLeft *int     `json:"texts_left"` // the same
}

// Run asks the provider.
func (c *balanceCommand) Run(s *shell) error {
	_, client, err := c.provider(s)
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
	return w.Flush()
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
