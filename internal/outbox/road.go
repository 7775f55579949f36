package outbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// ErrProvider refuses while the provider is out of reach, or while more texts
// wait for it than it takes in their lifetime. RetryAfter says when to ask again.
var ErrProvider = fault.New(fault.Unavailable, "provider_unavailable",
	"the text-message provider cannot be reached now: wait for Retry-After and try again")

const (
	callTimeout = 10 * time.Second // of one call, and of one batch's walk

	// stopMost is how long a call under way may go on when the program stops. A
	// batch whose call ends early is settled by the next start.
	stopMost = 2 * time.Second

	awayAfter    = 5 // calls in a row that got no usable answer
	probeEvery   = time.Second
	probeTimeout = 3 * time.Second
	awayWait     = 5 * time.Second // what a refused start is told to wait

	queueFull = 20_000 // letters on their way; with more a start is refused
)

// errAway says that a call was not made because the provider is away.
var errAway = errors.New("the provider is away, the call was not made")

// road is the way to the provider, which all calls of the outbox take: no more
// of them in a second than are allowed, and none while the provider is away but
// the probe.
type road struct {
	rate    *rate.Limiter
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	log     *slog.Logger
	metrics *metrics

	away    atomic.Bool
	probeAt db.Time // touched by the probe alone

	mu   sync.Mutex
	back chan struct{} // closed when the provider comes back
}

// newRoad returns a road that admits so many calls in a second; 0 is any number.
func newRoad(perSecond int, log *slog.Logger, m *metrics) *road {
	r := &road{rate: rate.NewLimiter(rate.Inf, 0), log: log, metrics: m, back: make(chan struct{})}
	if perSecond > 0 {
		r.rate = rate.NewLimiter(rate.Limit(perSecond), max(perSecond, callsOfBatch))
	}
	r.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:   1,
		Timeout:       time.Nanosecond, // the probe keeps its own time
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= awayAfter },
		IsSuccessful:  func(err error) bool { return !coolsms.IsTemporary(err) },
		IsExcluded:    func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, from, to gobreaker.State) { r.turn(from, to) },
	})
	return r
}

// turn notes, once for each change, that the provider is away or back.
func (r *road) turn(from, to gobreaker.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case from == gobreaker.StateClosed:
		r.away.Store(true)
		r.back = make(chan struct{})
		r.metrics.away.Set(1)
		r.log.Error("the provider is away: starts are refused until it answers again")
	case to == gobreaker.StateClosed:
		r.away.Store(false)
		close(r.back)
		r.metrics.away.Set(0)
		r.log.Info("the provider is back")
	}
}

// healed returns a channel that is closed when the provider comes back.
func (r *road) healed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.back
}

// through makes a call to the provider, when it is its turn. While the provider
// is away it makes none and returns errAway.
func through[T any](ctx context.Context, r *road, do func(context.Context) (T, error)) (v T, err error) {
	if r.away.Load() {
		return v, errAway
	}
	if err := r.rate.Wait(ctx); err != nil {
		return v, err
	}
	return travel(ctx, r, do)
}

// callsOfBatch are the calls that a batch costs: its group, its put, its send.
const callsOfBatch = 3

// roomy reports whether a batch could make its calls at once, and else how long
// to wait. Letters that wait for the rate do so before they are a batch, so that
// many travel together and few calls carry them.
func (r *road) roomy() (wait time.Duration, ok bool) {
	if r.rate.Limit() == rate.Inf || r.rate.Tokens() >= callsOfBatch {
		return 0, true
	}
	return time.Duration(callsOfBatch * float64(time.Second) / float64(r.rate.Limit())), false
}

// travel is through without waiting for a turn: the probe's way.
func travel[T any](ctx context.Context, r *road, do func(context.Context) (T, error)) (v T, err error) {
	done, err := r.breaker.Allow()
	if err != nil {
		return v, errAway
	}
	v, err = do(ctx)
	done(err)
	r.watchClock(err)
	return v, err
}

// watchClock tells of a clock that the provider does not accept (S-88): every
// call is refused until it is set.
func (r *road) watchClock(err error) {
	var refused *coolsms.APIError
	if errors.As(err, &refused) && refused.Code == coolsms.RequestTimeTooSkewed {
		r.metrics.skew.Set(refused.Skew.Seconds())
		r.log.Error("the provider refuses this machine's clock: set it", "ahead_by", refused.Skew.Round(time.Second).String())
	}
}

// Available refuses what would need the provider while it is away or too far
// behind, with [ErrProvider], or while the account cannot pay, with
// [ErrBalance]. It looks at memory alone.
func (o *Outbox) Available() error {
	switch {
	case o.road.away.Load():
		return ErrProvider.After(awayWait)
	case o.waiting.len()+o.troubled.letters() >= queueFull:
		return ErrProvider.After(2 * awayWait)
	}
	return o.money.available(o.db.Now())
}

// probe asks, while the provider is away, whether it is back: with a call that
// only reads, so that no text is spent to find out.
func (o *Outbox) probe(ctx context.Context) (worked bool, err error) {
	if now := o.db.Now(); !o.road.away.Load() || now < o.road.probeAt {
		return false, nil
	}
	probing, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	_, err = travel(probing, o.road, func(ctx context.Context) (*coolsms.GroupsPage, error) {
		return o.client().Groups.List(ctx, coolsms.ListGroupsParams{Limit: 1})
	})
	now := o.db.Now()
	o.road.probeAt = now.Add(probeEvery)
	if o.road.away.Load() {
		return false, nil // nothing new: it was told when it went
	}
	o.troubled.hurry(now)
	return true, nil
}

// call returns a context for one call to the provider, or for the commit that
// keeps its answer. It outlives the end of ctx by a little, so that a batch
// under way is finished, if it can be, when the program stops.
func call(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	unhook := context.AfterFunc(ctx, func() { time.AfterFunc(stopMost, cancel) })
	return inner, func() {
		unhook()
		cancel()
	}
}
