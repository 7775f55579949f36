package main

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/web"
	"github.com/sinpyo/sinpyo/sandbox"
)

// emulatorSender is the number the emulator has registered by itself.
const emulatorSender = "0215770000"

// newEmulator returns an emulator that answers to a key, or to a random one,
// and its server.
func newEmulator(key, secret string, log *slog.Logger, options ...sandbox.Option) (*sandbox.Sandbox, *http.Server) {
	if key != "" {
		options = append(options, sandbox.WithKey(key, secret))
	}
	s := sandbox.New(append(options, sandbox.WithLogger(log))...)
	server := web.NewServer(s, log)
	server.WriteTimeout = 0 // the phone page streams, and a fault may be to be slow
	return s, server
}

// emulator is the provider inside the program, in dev mode.
type emulator struct {
	url     string
	sandbox *sandbox.Sandbox
	server  *http.Server
}

// startEmulator serves an emulator with a fresh key.
func startEmulator(ln net.Listener, log *slog.Logger) *emulator {
	s, server := newEmulator("", "", log)
	go func() {
		if err := served(server.Serve(ln)); err != nil {
			log.Error("the emulator stopped", "error", err)
		}
	}()
	return &emulator{url: address(ln), sandbox: s, server: server}
}

// adopt makes the emulator the provider of an installation. It knows one sender
// number, and its money is no real account's.
func (e *emulator) adopt(c *config.Config) {
	key, secret := e.sandbox.Key()
	c.CoolSMS = config.CoolSMS{
		APIKey: config.Secret(key), APISecret: config.Secret(secret), Sender: emulatorSender, BaseURL: e.url,
		CallsPerSecond: c.CoolSMS.CallsPerSecond, WebhookSecret: c.CoolSMS.WebhookSecret,
	}
}

// close ends the emulator. What is open of its page is cut off.
func (e *emulator) close() {
	e.sandbox.Close()
	_ = shutdown(e.server, 100*time.Millisecond)
}
