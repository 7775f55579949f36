package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"

	"github.com/sinpyo/sinpyo/internal/config"
)

// listeners are the open listeners; one that is switched off is nil.
type listeners struct {
	public, console, metrics, sandbox net.Listener
}

// openListeners opens what the settings name, all before anything else is
// touched, so that a port in use is told at once.
func openListeners(ctx context.Context, c *config.Config, dev bool) (_ *listeners, err error) {
	l := &listeners{}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if l.public, err = listenIfSet(ctx, "pages and API", c.Listen); err != nil {
		return nil, err
	}
	if l.console, err = listenIfSet(ctx, "console", c.ConsoleListen); err != nil {
		return nil, err
	}
	if l.metrics, err = listenIfSet(ctx, "metrics", c.MetricsListen); err != nil {
		return nil, err
	}
	if dev {
		if l.sandbox, err = listen(ctx, "emulator", c.SandboxListen); err != nil {
			return nil, err
		}
	}
	if l.public != nil && c.IsDefault("public_url") {
		c.PublicURL = &url.URL{Scheme: "http", Host: localhost(l.public)}
	}
	if l.console != nil && c.IsDefault("console_url") {
		c.ConsoleURL = &url.URL{Scheme: "http", Host: localhost(l.console)}
	}
	return l, nil
}

// close closes the listeners; those that a server has closed do not mind.
func (l *listeners) close() {
	for _, ln := range []net.Listener{l.public, l.console, l.metrics, l.sandbox} {
		if ln != nil {
			_ = ln.Close()
		}
	}
}

// addresses returns where the open listeners answer.
func (l *listeners) addresses() (list []string) {
	for _, ln := range []net.Listener{l.public, l.console, l.metrics} {
		if ln != nil {
			list = append(list, ln.Addr().String())
		}
	}
	return list
}

// listenIfSet opens a listener unless the address is empty.
func listenIfSet(ctx context.Context, what, address string) (net.Listener, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // off is no error
	}
	return listen(ctx, what, address)
}

// listen opens a listener, or says in one line why it cannot.
func listen(ctx context.Context, what, address string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen at %q for the %s: %w", address, what, reason(err))
	}
	return ln, nil
}

// address returns the address of a listener as a person on this machine would
// type it.
func address(ln net.Listener) string { return "http://" + localhost(ln) }

// localhost returns the host and port of a listener, with a loopback or
// unspecified address as "localhost".
func localhost(ln net.Listener) string {
	at, err := netip.ParseAddrPort(ln.Addr().String())
	if err != nil || !at.Addr().IsLoopback() && !at.Addr().IsUnspecified() {
		return ln.Addr().String()
	}
	return fmt.Sprintf("localhost:%d", at.Port())
}
