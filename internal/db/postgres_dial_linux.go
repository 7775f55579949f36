package db

import (
	"strings"
	"syscall"
	"time"
)

// tcpUserTimeout is an option of Linux that package syscall has no name for.
const tcpUserTimeout = 0x12

// giveUpAfter bounds how long what was sent may stay unacknowledged: without it
// the kernel repeats it for a quarter of an hour.
func giveUpAfter(d time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) (err error) {
		if !strings.HasPrefix(network, "tcp") {
			return nil
		}
		failed := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds())) //nolint:gosec // a descriptor
		})
		if failed != nil {
			return failed
		}
		return err
	}
}
