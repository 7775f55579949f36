package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// sandboxCommand runs the emulator alone.
type sandboxCommand struct {
	Listen    string `default:"127.0.0.1:8910" help:"Listen here; port 0 takes any." placeholder:"ADDRESS"`
	APIKey    string `name:"api-key" help:"Answer to this key; a random one when left out." placeholder:"KEY"`
	APISecret string `name:"api-secret" help:"The key's secret. It opens nothing but this emulator." placeholder:"SECRET"`
	Balance   int64  `default:"10000" help:"Won in the account."`
}

// Help is shown below the flags.
func (sandboxCommand) Help() string {
	return `It answers as the provider does, sends nothing, and shows the texts on the screen of a phone.

Example:  sinpyo sandbox --api-key NCSTEST --api-secret hush`
}

// Run serves the emulator until the program is stopped.
func (c *sandboxCommand) Run(s *shell) error {
	if (c.APIKey == "") != (c.APISecret == "") {
		return usageError{errors.New("--api-key and --api-secret belong together: give both or neither")}
	}
	ln, err := listen(s.ctx, "emulator", c.Listen)
	if err != nil {
		return err
	}
	emulator, server := newEmulator(c.APIKey, c.APISecret, newLog(s.err), sandbox.WithBalance(c.Balance, 0))
	defer emulator.Close()
	key, secret := emulator.Key()
	_, err = fmt.Fprintf(s.out, "inbox     %s\nAPI key   %s\nsecret    %s\nsender    %s\nready     stop with Ctrl-C\n",
		address(ln), key, secret, emulatorSender)
	if err != nil {
		return err
	}
	stopped := context.AfterFunc(s.ctx, func() { _ = shutdown(server, time.Second) })
	defer stopped()
	return served(server.Serve(ln))
}

// shutdown lets requests under way finish for a while, then ends them.
func shutdown(server *http.Server, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// served drops the error with which a server says that it was stopped.
func served(err error) error {
	if err == http.ErrServerClosed { //nolint:errorlint // Serve returns it bare
		return nil
	}
	return err
}
