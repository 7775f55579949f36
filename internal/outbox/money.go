package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrBalance refuses while the account with the provider holds less than the
// floor, or did not pay for a text just now. RetryAfter says when to ask again.
var ErrBalance = fault.New(fault.Unavailable, "budget_spent",
	"the money for text messages is spent: wait for Retry-After and try again")

const (
	balanceEvery = time.Minute
	shortWait    = 30 * time.Second // after a refusal for want of money
)

// money is what is known of the account's money. A node learns it by itself: it
// is a brake, not a budget.
type money struct {
	floor int // won; 0 switches the question off
	askAt db.Time

	low   atomic.Bool  // the balance is below the floor
	short atomic.Int64 // until when no money is taken for granted, as a db.Time
}

// available refuses while there is no money.
func (m *money) available(now db.Time) error {
	if m.low.Load() {
		return ErrBalance.After(balanceEvery)
	}
	if until := db.Time(m.short.Load()); now < until {
		return ErrBalance.After(until.Sub(now))
	}
	return nil
}

// sent learns from how a send ended.
func (m *money) sent(err error, now db.Time) {
	switch {
	case errors.Is(err, coolsms.ErrInsufficientBalance):
		m.short.Store(int64(now.Add(shortWait)))
	case err == nil:
		m.short.Store(0)
	}
}

// BelowFloor reports whether the account's money is below the floor, as this node
// knows it.
func (o *Outbox) BelowFloor() bool { return o.money.low.Load() }

// askBalance compares the account's money with the floor, once a minute.
func (o *Outbox) askBalance(ctx context.Context) (worked bool, err error) {
	now := o.db.Now()
	if o.money.floor == 0 || now < o.money.askAt || o.road.away.Load() {
		return false, nil
	}
	o.money.askAt = now.Add(balanceEvery)
	ctx, cancel := call(ctx)
	defer cancel()
	balance, err := through(ctx, o.road, o.client().Cash.Balance)
	if err != nil {
		return false, fmt.Errorf("asking for the balance: %w", err)
	}
	low := balance.Usable() < float64(o.money.floor)
	if low != o.money.low.Swap(low) {
		if low {
			o.log.Error("the balance with the provider is below the floor: starts are refused until it is charged")
		} else {
			o.log.Info("the balance with the provider is above the floor again")
		}
	}
	o.metrics.balance.Set(balance.Usable())
	return true, nil
}
