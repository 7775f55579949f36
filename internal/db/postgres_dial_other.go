//go:build !linux

package db

import (
	"syscall"
	"time"
)

// giveUpAfter leaves it to the kernel how long it repeats what was sent.
func giveUpAfter(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
