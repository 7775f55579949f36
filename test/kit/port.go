package kit

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// Ports below those that systems give to connections of clients, of which one
// would otherwise be in the way when a program that was killed comes back.
const (
	firstPort = 20000
	lastPort  = 32000
)

// nextPort counts up from a place of this process's own.
var nextPort atomic.Int64

func init() { nextPort.Store(rand.Int64N(lastPort - firstPort)) }

// Port returns a loopback address with a port that nobody listens on, and that
// this process is not given again.
func Port(t testing.TB) string {
	t.Helper()
	var lc net.ListenConfig
	for range lastPort - firstPort {
		port := firstPort + nextPort.Add(1)%(lastPort-firstPort)
		address := net.JoinHostPort("127.0.0.1", strconv.FormatInt(port, 10))
		if l, err := lc.Listen(t.Context(), "tcp", address); err == nil {
			_ = l.Close() // the port is what was wanted
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
