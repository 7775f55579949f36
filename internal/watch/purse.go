package watch

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// Purse is the account's money as it was asked for last.
type Purse struct {
	Won     int // money and points
	PerDay  int // what texts cost a day
	AskedAt db.Time
	Alarm   limit.Rule // the alarm that stands, or ""
}

// Runway returns for how many whole days the money lasts; ok is false while
// nothing is spent.
func (p Purse) Runway() (days int, ok bool) { return Runway(p.Won, p.PerDay) }

// Runway returns for how many whole days so much money lasts; ok is false while
// nothing is spent.
func Runway(won, perDay int) (days int, ok bool) {
	if perDay <= 0 {
		return 0, false
	}
	return max(won, 0) / perDay, true
}

// Purse returns the account's money as it was asked for last; ok is false when it
// never was.
func (w *Watch) Purse(ctx context.Context) (p Purse, ok bool, err error) {
	err = w.db.View(ctx, func(tx *db.Tx) error {
		return tx.Each(selectPurse, nil, func(scan func(...any) error) error {
			ok = true
			return scan(&p.Won, &p.PerDay, &p.AskedAt, &p.Alarm)
		})
	})
	if err != nil {
		return Purse{}, false, fmt.Errorf("reading the watched money: %w", err)
	}
	return p, ok, nil
}

// watchPurse asks for the money when it is time to, or when it came to the floor,
// and raises the alarms.
func (w *Watch) watchPurse(ctx context.Context) error {
	before, _, err := w.Purse(ctx)
	if err != nil {
		return err
	}
	fell := w.outbox.BelowFloor() && before.Alarm != limit.BalanceFloor
	mine, err := w.turn(ctx, purseTurn, fell)
	if err == nil && mine {
		before, err = w.ask(ctx, before)
	}
	w.metrics.runway.Set(math.Inf(1))
	if days, ok := before.Runway(); ok {
		w.metrics.runway.Set(float64(days))
	}
	return err
}

// errSame says that nothing has changed that an alarm would tell of, or that
// another node told of it.
var errSame = errors.New("the alarm stands already")

// ask asks for the money, keeps the answer and raises the alarm that it gives
// reason for, unless that one stands.
func (w *Watch) ask(ctx context.Context, before Purse) (Purse, error) {
	balance, err := w.outbox.Balance(ctx)
	if errors.Is(err, outbox.ErrProvider) {
		return before, nil
	}
	perDay, spendErr := w.spending(ctx)
	if err = errors.Join(err, spendErr); err != nil {
		return before, fmt.Errorf("asking for the money: %w", err)
	}
	now := Purse{Won: int(math.Floor(balance.Usable())), PerDay: perDay}
	now.Alarm = w.alarmOf(now, before.Alarm)
	err = w.db.Update(ctx, func(tx *db.Tx) error {
		now.AskedAt = tx.Now
		tx.Exec(setTurn, purseTurn, tx.Now.Add(moneyEvery))
		tx.Exec(putPurse, now.Won, now.PerDay, tx.Now)
		return nil
	})
	if err != nil {
		return before, fmt.Errorf("keeping what the money is: %w", err)
	}
	err = w.db.Update(ctx, func(tx *db.Tx) error {
		tx.Must(1, errSame, turnAlarm, string(now.Alarm))
		return nil
	})
	switch {
	case errors.Is(err, errSame):
		return now, nil
	case err != nil:
		return now, fmt.Errorf("noting an alarm about the money: %w", err)
	}
	w.raise(now)
	return now, nil
}

// alarmOf returns the alarm that money gives reason for. One about the runway
// ends when there is money for a day more than that.
func (w *Watch) alarmOf(p Purse, before limit.Rule) limit.Rule {
	enough := w.days
	if before == limit.RunwayShort && enough > 0 {
		enough++
	}
	days, spends := p.Runway()
	switch {
	case p.Won < w.floor:
		return limit.BalanceFloor
	case spends && days < enough:
		return limit.RunwayShort
	}
	return ""
}

func (w *Watch) raise(p Purse) {
	days, _ := p.Runway()
	switch p.Alarm {
	case limit.BalanceFloor:
		w.log.Error("the balance with the provider is below coolsms.balance_floor: starts are refused until it is charged")
	case limit.RunwayShort:
		w.log.Warn("the balance with the provider lasts for few days more: charge it", "days", days, "won_per_day", p.PerDay)
	default:
		w.log.Info("the balance with the provider is enough again")
		return
	}
	w.limits.Alarm(p.Alarm, "")
}
