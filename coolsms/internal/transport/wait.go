package transport

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/http"
	"strconv"
	"time"
)

const (
	firstWait = 100 * time.Millisecond
	mostWait  = 5 * time.Second
)

// Wait returns how long to wait before the next attempt: what the provider
// asked for, if it did, else doubling times, each spread over half to one and a
// half of its length so that callers do not come back together.
func Wait(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked
	}
	d := min(firstWait<<min(attempt, 10), mostWait)
	var chance [2]byte
	_, _ = rand.Read(chance[:]) // never fails
	return d/2 + d*time.Duration(binary.LittleEndian.Uint16(chance[:]))/65536
}

// Pause waits and reports whether there is time for another attempt. It does
// not start to wait for what the context does not leave time for, nor for
// longer than a caller without a deadline would expect.
func Pause(ctx context.Context, d time.Duration) bool {
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

// RetryAfter reads a Retry-After header (RFC 9110, 10.2.3), in seconds or as a
// date; 0 when there is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second //nolint:gosec // 31 bits fit
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
