package legacy

import (
	"context"
	"errors"
	"time"

	"github.com/sinpyo/sinpyo/coolsms/internal/transport"
)

// repeatable reports whether a call may be made again after err. One that
// changes something may only when not a byte of it has left: the provider knows
// no idempotency keys.
func repeatable(k *call, err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, transport.ErrOversized) {
		return false
	}
	var lost *CallError
	if errors.As(err, &lost) {
		return !k.writes || !lost.Sent
	}
	return !k.writes && IsTemporary(err)
}

// wait returns how long to wait before the next attempt after err.
func wait(attempt int, err error) time.Duration {
	var refused *APIError
	if errors.As(err, &refused) {
		return transport.Wait(attempt, refused.RetryAfter)
	}
	return transport.Wait(attempt, 0)
}
