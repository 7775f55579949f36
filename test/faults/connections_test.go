package faults

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// memoryMost is how much the program may take, whatever hangs on it.
const memoryMost = 512 << 20

// TestFaults_SlowConnections holds thousands of connections to the listener of
// pages and API: some send their head a byte at a time, some their body, some
// nothing at all. Who is cut off comes again. Everybody else is answered all the
// while.
func TestFaults_SlowConnections(t *testing.T) {
	t.Parallel()
	times, many := kit.Times(t, 3, 1), kit.Times(t, 10_000, 600)
	d := time.Duration(kit.Times(t, 20, 4)) * time.Second // how long they are kept up
	many = min(many, raiseFiles(t)-1000)
	y := newTally(kit.NewWorld(t, kit.Setup{Settings: quick, Nodes: 1}), "10,000 slow connections")
	most := 0
	for range times {
		end := y.slowly(many, d)
		y.Injected++
		most = max(most, y.memory())
		y.recovered(end)
		y.count()
	}
	y.Note = fmt.Sprintf("%d connections at a time: a third sends its head a byte a second, a third its body, a third nothing; "+
		"the program took %d MiB at most", many, most>>20)
	if most > memoryMost {
		t.Errorf("the program took %d MiB, want at most %d", most>>20, memoryMost>>20)
	}
	y.report()
}

// raiseFiles lets this process hold as many connections as it may.
func raiseFiles(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(min(limit.Max, 1<<20))
}

// slowly keeps so many slow connections up for a while, in which people ask for
// texts, and returns when they were let go.
func (y *tally) slowly(many int, d time.Duration) (end time.Time) {
	y.Helper()
	ctx, cancel := context.WithCancel(y.Context())
	var all sync.WaitGroup
	var open atomic.Int64
	for i := range many {
		all.Go(func() {
			for ctx.Err() == nil {
				y.drip(ctx, slowKinds[i%len(slowKinds)], &open)
			}
		})
	}
	y.WaitFor(time.Minute, "the connections", func() bool { return open.Load() >= int64(many)*95/100 })
	stop := y.load(4)
	held, looks := int64(0), int64(0)
	for until := time.Now().Add(d); time.Now().Before(until); looks++ {
		held += open.Load()
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	// Who is cut off takes a moment to come again.
	if held/looks < int64(many)*2/3 {
		y.Errorf("%d connections were held at a time, want %d or nearly so", held/looks, many)
	}
	cancel()
	end = time.Now()
	all.Wait()
	return end
}

// slowKinds begin what slow connections then drag out.
var slowKinds = []string{
	"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
	"POST /v1/verifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n" +
		"Authorization: Bearer %s\r\n\r\n{\"to\":\"",
	"",
}

// drip opens a connection and sends a byte a second, until it is cut off.
func (y *tally) drip(ctx context.Context, begin string, open *atomic.Int64) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", y.A().Listen)
	if err != nil {
		wait(ctx, 50*time.Millisecond)
		return
	}
	open.Add(1)
	defer open.Add(-1)
	defer conn.Close() //nolint:errcheck // it is to be cut
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if begin != "" && begin[0] == 'P' {
		begin = fmt.Sprintf(begin, y.Key)
	}
	if _, err := conn.Write([]byte(begin)); err != nil {
		return
	}
	cutOff := make(chan struct{})
	go func() {
		defer close(cutOff)
		for buffer := make([]byte, 64); ; {
			if _, err := conn.Read(buffer); err != nil {
				return
			}
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-cutOff:
			return
		case <-tick.C:
			if begin == "" {
				continue
			}
			if _, err := conn.Write([]byte("x")); err != nil {
				return
			}
		}
	}
}

// wait waits for a while, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// memory is the most that the program has taken, in bytes.
func (y *tally) memory() int {
	y.Helper()
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", y.A().PID()))
	if err != nil {
		y.Fatal(err)
	}
	defer status.Close() //nolint:errcheck // it was read
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if found := highWater.FindStringSubmatch(lines.Text()); found != nil {
			n, _ := strconv.Atoi(found[1]) // digits
			return n << 10
		}
	}
	y.Fatal("nothing tells how much memory the program has taken")
	return 0
}
