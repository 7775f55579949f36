//go:build crashpoints

// Package crash names the points between a request and the provider's answer
// at which a test may kill the program.
package crash

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// SINPYO_CRASH_AT is "point" or "point:n"; the program dies the n-th time it
// comes by.
var (
	point, left = parse(os.Getenv("SINPYO_CRASH_AT"))
	passes      atomic.Int64
)

func parse(s string) (string, int64) {
	name, count, ok := strings.Cut(s, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil {
		n = 1
	}
	return name, n
}

// Hook, unless it is nil, is called at each point instead: by a simulation that
// has the program run inside itself, one goroutine at a time, and ends it there.
var Hook func(name string)

// At is a point at which the program may be killed: at once, as by kill -9,
// with nothing flushed and nothing told.
func At(name string) {
	if Hook != nil {
		Hook(name)
		return
	}
	if name == point && passes.Add(1) == left {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
