package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/web"
)

// How long the two stages of a stop may take; the whole has 10 s (S-116).
const (
	doorsMost = 4 * time.Second // requests under way are answered
	loopsMost = 5 * time.Second // the batch under way is finished
)

// run opens the doors and runs the loops until ctx ends or one of them fails.
// Then it stops them in order: no new request comes in before the dispatcher
// rests, and the dispatcher rests before the database closes.
func (h *house) run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	watch := func(do func() error) func() error {
		return func() error {
			err := do()
			if err != nil {
				fail(err)
			}
			return err
		}
	}

	servers, err := h.servers()
	if err != nil {
		return err
	}
	var doors errgroup.Group
	for _, s := range servers {
		doors.Go(watch(s.serve))
	}

	// The loops have a context of their own, so that they outlive the doors.
	loopCtx, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	var loops errgroup.Group
	loops.Go(watch(func() error { return h.outbox.Run(loopCtx) }))
	for _, loop := range []struct {
		doing string
		run   func(ctx context.Context, trouble func(error)) error
	}{
		{"tending the limits", h.limits.Run},
		{"ending old verifications", h.verifier.Run},
		{"noting the use of keys", h.apps.Run},
		{"tending the signing keys", h.receipts.Run},
		{"keeping the master keys up to date", h.keys.Run},
		{"erasing what is old", h.eraser.Run},
		{"sealing the records", audit.NewAnchors(h.db, h.ring).Run},
		{"watching the account", h.watch.Run},
		{"going the doctor's round", h.rounds.Run},
		{"following the provider's key", h.follower.Run},
		{"telling members", h.accounts.Run},
		{"adding up texts", h.traffic.Run},
		{"trying a policy", h.tester.Run},
		{"beating for the service manager", h.beat},
	} {
		loops.Go(watch(func() error {
			return loop.run(loopCtx, func(err error) { h.log.Error(loop.doing, "error", err) })
		}))
	}

	h.tell(ctx, "READY=1", "STATUS=answering "+strings.Join(h.open.addresses(), ", "))
	<-ctx.Done()
	h.log.Info("stopping")
	h.tell(loopCtx, "STOPPING=1")
	var closing errgroup.Group
	for _, s := range servers {
		closing.Go(func() error { return shutdown(s.Server, doorsMost) })
	}
	stopped := errors.Join(closing.Wait(), doors.Wait())
	stopLoops()
	return errors.Join(stopped, within(loopsMost, loops.Wait))
}

// within waits for do for a while. What is left undone then is settled by the
// next start, as after a crash.
func within(most time.Duration, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(most):
		return fmt.Errorf("the dispatcher did not finish its batch within %v; the next start settles it", most)
	}
}

// door is a server with its listener.
type door struct {
	*http.Server
	ln net.Listener
}

// serve answers until the server is shut down.
func (d door) serve() error {
	if d.TLSConfig != nil {
		return served(d.ServeTLS(d.ln, "", ""))
	}
	return served(d.Serve(d.ln))
}

// servers returns a server for each open listener. The emulator has its own,
// because it must outlive the dispatcher.
func (h *house) servers() ([]door, error) {
	var out []door
	if h.open.public != nil {
		s := web.NewServer(h.public, h.log)
		s.RegisterOnShutdown(h.api.EndStreams)
		if err := h.encrypt(s); err != nil {
			return nil, err
		}
		out = append(out, door{s, web.Bound(h.open.public, web.MaxConns)})
	}
	if h.open.console != nil {
		s := web.NewServer(h.console, h.log)
		if h.settings.ConsoleURL.Scheme == "https" {
			if err := h.encrypt(s); err != nil {
				return nil, err
			}
		}
		out = append(out, door{s, web.Bound(h.open.console, web.MaxConns)})
	}
	if h.open.metrics != nil {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{}))
		out = append(out, door{web.NewServer(mux, h.log), web.Bound(h.open.metrics, 64)})
	}
	return out, nil
}

// encrypt has a server speak TLS where the settings name a certificate.
func (h *house) encrypt(s *http.Server) error {
	if h.settings.TLSCert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(h.settings.TLSCert, h.settings.TLSKey)
	if err != nil {
		return usageError{fmt.Errorf("reading tls_cert and tls_key: %w", err)}
	}
	s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	return nil
}
