package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sinpyo/sinpyo/coolsms"
)

// korea is the calling code that prices are asked for.
const korea = "82"

// errNoPrice says that the provider's list has no price of a kind of text.
var errNoPrice = errors.New("the provider's list has no price for it")

// priceOf returns the list price of one text within Korea, in won. A contract
// may make it cheaper; the provider tells contract prices to nobody but its
// console.
func priceOf(ctx context.Context, c *coolsms.Client, kind coolsms.MessageType) (float64, error) {
	prices, err := c.Pricing.Messaging(ctx, korea)
	if err != nil {
		return 0, fmt.Errorf("reading the price: %w", err)
	}
	for i := range prices {
		p := &prices[i]
		if price, ok := p.Of(kind); ok && (p.CountryID == korea || p.CountryID == "" && len(prices) == 1) {
			return price, nil
		}
	}
	return 0, errNoPrice
}
