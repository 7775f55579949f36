package coolsms

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// repeatable reports whether a call may be made again after err. One that
// changes something may only when not a byte of it has left: the provider knows
// no idempotency keys.
func repeatable(k *call, err error) bool {
	if k.once || errors.Is(err, context.Canceled) || errors.Is(err, errOversized) {
		return false
	}
	var lost *CallError
	if errors.As(err, &lost) {
		return k.reads() || !lost.Sent
	}
	return k.reads() && IsTemporary(err)
}

const (
	firstWait = 100 * time.Millisecond
	mostWait  = 5 * time.Second
)

// wait returns how long to wait before the next attempt: what the provider
// asked for, else doubling times, each spread over half to one and a half of
// its length so that callers do not come back together.
func wait(attempt int, err error) time.Duration {
	var refused *APIError
	if errors.As(err, &refused) && refused.RetryAfter > 0 {
		return refused.RetryAfter
	}
	d := min(firstWait<<min(attempt, 10), mostWait)
	var chance [2]byte
	_, _ = rand.Read(chance[:]) // never fails
	return d/2 + d*time.Duration(binary.LittleEndian.Uint16(chance[:]))/65536
}

// pause waits and reports whether there is time for another attempt. It does
// not start to wait for what the context does not leave time for, nor for
// longer than a caller without a deadline would expect.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d || d > time.Minute {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// retryAfter reads a Retry-After header (RFC 9110, 10.2.3), in seconds or as a
// date; 0 when there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second //nolint:gosec // 31 bits fit
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
