package db_test

import (
	"io"
	"net"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// proxy stands between the program and the server, and can cut the line.
type proxy struct {
	network, address string // of the server
	cut              atomic.Int32
}

// Where a proxy cuts the line, once.
const (
	cutNothing int32 = iota
	cutBefore        // what comes next from the program never reaches the server
	cutBehind        // it does, and the answer gets lost
)

// through returns a URL that leads to the server of server by way of a proxy.
func through(t *testing.T, server string) (*proxy, string) {
	t.Helper()
	config, err := pgconn.ParseConfig(server)
	if err != nil {
		t.Fatal(err)
	}
	p := new(proxy)
	p.network, p.address = pgconn.NetworkAddress(config.Host, config.Port)
	listener, err := net.Listen("tcp", "127.0.0.1:0") // closed when the test ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.relay(client)
		}
	}()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("host", "127.0.0.1")
	q.Set("port", strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = "", q.Encode()
	return p, u.String()
}

// relay carries one connection.
func (p *proxy) relay(client net.Conn) {
	defer client.Close()
	server, err := net.Dial(p.network, p.address)
	if err != nil {
		return
	}
	var answerLost atomic.Bool
	go func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil || answerLost.Load() {
				return
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	defer server.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		switch p.cut.Swap(cutNothing) {
		case cutBefore:
			return
		case cutBehind:
			answerLost.Store(true)
			if _, err := server.Write(buf[:n]); err == nil {
				_, _ = io.Copy(io.Discard, client) // until the answer has been thrown away
			}
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}
