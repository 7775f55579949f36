package outbox

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
)

const (
	accountKept    = time.Minute     // what the provider says of the account is good for this long
	accountTrouble = 5 * time.Second // and it is not asked again for this long after it could not be
	sendersMost    = 500
)

// SenderNumber is a number that texts may be sent from.
type SenderNumber struct {
	coolsms.SenderNumber
	Usable   bool // active, and not lapsed
	Default  bool // texts are sent from it
	DaysLeft *int // whole days; nil when it does not lapse
}

// Senders returns the account's sender numbers, at most a minute old. Refusal:
// [ErrProvider].
func (o *Outbox) Senders(ctx context.Context) ([]SenderNumber, error) {
	numbers, err := o.listed.get(ctx, o, func(ctx context.Context) ([]coolsms.SenderNumber, error) {
		page, err := o.client().SenderNumbers.List(ctx, coolsms.ListSenderNumbersParams{Limit: sendersMost})
		if err != nil {
			return nil, err
		}
		return page.Numbers, nil
	})
	if err != nil {
		return nil, err
	}
	now := o.db.Now().Std()
	senders := make([]SenderNumber, len(numbers))
	for i, n := range numbers {
		senders[i] = SenderNumber{SenderNumber: n, Usable: n.UsableAt(now), Default: n.PhoneNumber == o.senders.first}
		if n.ExpireAt != nil {
			left := int(max(math.Floor(n.ExpireAt.Sub(now).Hours()/24), 0))
			senders[i].DaysLeft = &left
		}
	}
	return senders, nil
}

// Balance returns the account's money, at most a minute old. Refusal:
// [ErrProvider].
func (o *Outbox) Balance(ctx context.Context) (*coolsms.Balance, error) {
	return o.purse.get(ctx, o, func(ctx context.Context) (*coolsms.Balance, error) {
		balance, err := o.client().Cash.Balance(ctx)
		if err == nil {
			o.metrics.balance.Set(balance.Usable())
		}
		return balance, err
	})
}

// remembered is an answer of the provider that is good for a while. However
// many ask, one call is under way at a time.
type remembered[T any] struct {
	flight singleflight.Group

	mu    sync.Mutex
	value T
	err   error
	until db.Time
}

// get returns the answer, asking anew when it is too old.
func (r *remembered[T]) get(ctx context.Context, o *Outbox, ask func(context.Context) (T, error)) (T, error) {
	if value, err, fresh := r.look(o.db.Now()); fresh {
		return value, err
	}
	asked := r.flight.DoChan("", func() (any, error) {
		if _, _, fresh := r.look(o.db.Now()); fresh { // the call before this one was just over
			return nil, nil
		}
		ctx, cancel := call(ctx)
		defer cancel()
		value, err := through(ctx, o.road, ask)
		r.note(o, value, err)
		return nil, nil
	})
	select {
	case <-asked:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("asking the provider: %w", ctx.Err())
	}
}

func (r *remembered[T]) look(now db.Time) (T, error, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.value, r.err, now < r.until
}

// note keeps what the provider answered, or for a shorter time that it did not.
func (r *remembered[T]) note(o *Outbox, value T, err error) {
	now := o.db.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.value, r.err, r.until = value, nil, now.Add(accountKept)
	if err != nil {
		o.log.Warn("outbox: asking about the account", "error", err)
		var none T
		r.value, r.err, r.until = none, ErrProvider.After(accountTrouble), now.Add(accountTrouble)
	}
}
