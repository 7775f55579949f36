package web

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// MaxConns is how many connections a listener holds at a time; more wait in
// the kernel's queue.
const MaxConns = 16384

// NewServer returns a server for h with a bound on everything a caller could
// draw out (S-73). A handler that streams lifts the write deadline of its own
// request through http.ResponseController.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       75 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Bound returns ln with at most n connections open at a time.
func Bound(ln net.Listener, n int) net.Listener {
	return &boundListener{Listener: ln, places: make(chan struct{}, n), closed: make(chan struct{})}
}

type boundListener struct {
	net.Listener
	places chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Accept waits for a free place, then for a connection.
func (l *boundListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &boundConn{Conn: conn, free: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close ends the listener and whoever waits for a place.
func (l *boundListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type boundConn struct {
	net.Conn
	free func()
}

// Close gives the place back.
func (c *boundConn) Close() error {
	err := c.Conn.Close()
	c.free()
	return err
}
