package web_test

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/sinpyo/sinpyo/internal/web"
)

func TestNewServer_BoundsEverything(t *testing.T) {
	t.Parallel()
	s := web.NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a bound is missing: %+v", s)
	}
}

func TestBound_HoldsAtMostN(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		ln := web.Bound(inner, 1)
		held := make(chan net.Conn, 2)
		ended := make(chan error, 1)
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					ended <- err
					return
				}
				held <- conn
			}
		}()
		go func() {
			for range 2 {
				near, _ := net.Pipe()
				inner.conns <- near
			}
		}()
		synctest.Wait()
		if got := len(held); got != 1 {
			t.Fatalf("%d connections held, want 1", got)
		}
		first := <-held
		_ = first.Close()
		_ = first.Close() // gives back one place, not two
		synctest.Wait()
		if got := len(held); got != 1 {
			t.Fatalf("%d connections held after the first was closed, want 1", got)
		}
		_ = ln.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept after Close = %v, want net.ErrClosed", err)
		}
		_ = (<-held).Close()
	})
}

// pipes is a listener whose connections are handed to it.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return nil }
