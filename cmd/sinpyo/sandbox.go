package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
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
	State     string `help:"Keep the account in this file across restarts." placeholder:"FILE"`
	Keep      int    `default:"100000" help:"Remember this many texts; the oldest leave first." placeholder:"N"`

	TLS     bool   `name:"tls" help:"Speak TLS with a certificate made for the provider's host names."`
	TLSDir  string `name:"tls-dir" help:"Where that certificate lies; the user's cache folder when left out." placeholder:"FOLDER"`
	TLSCert string `name:"tls-cert" help:"Speak TLS with this certificate." placeholder:"FILE"`
	TLSKey  string `name:"tls-key" help:"The certificate's key." placeholder:"FILE"`

	Replay      bool `help:"Accept a signature twice, as solapi-go sends it on its retries."`
	Envelopes   bool `help:"Send webhook reports in envelopes instead of flat."`
	CancelFails bool `name:"cancel-fails" help:"Let a cancelled schedule fail its group, as documents of 2021 have it."`
}

// Help is shown below the flags.
func (sandboxCommand) Help() string {
	return `It answers as the provider does, sends nothing, and shows the texts on the screen of a phone.

Examples:
  sinpyo sandbox --api-key NCSTEST --api-secret hush
  sinpyo sandbox --state account.json
  sinpyo sandbox --tls --listen 127.0.0.1:8443`
}

// check reports flags that do not go together.
func (c *sandboxCommand) check() error {
	switch {
	case (c.APIKey == "") != (c.APISecret == ""):
		return usageError{errors.New("--api-key and --api-secret belong together: give both or neither")}
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return usageError{errors.New("--tls-cert and --tls-key belong together: give both or neither")}
	case c.TLS && c.TLSCert != "":
		return usageError{errors.New("--tls makes a certificate of its own: leave it or --tls-cert and --tls-key out")}
	case c.TLSDir != "" && !c.TLS:
		return usageError{errors.New("--tls-dir says where the certificate of --tls lies: give --tls too")}
	case c.Keep < 1:
		return usageError{errors.New("--keep must be 1 or more")}
	}
	return nil
}

// Run serves the emulator until the program is stopped.
func (c *sandboxCommand) Run(s *shell) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	settings, trust, err := c.certificate()
	if err != nil {
		return err
	}
	ln, err := listen(s.ctx, "emulator", c.Listen)
	if err != nil {
		return err
	}
	emulator, server := newEmulator(c.APIKey, c.APISecret, newLog(s.err, slog.LevelInfo), c.options()...)
	defer emulator.Close()
	server.TLSConfig = settings
	if c.State != "" {
		stop, err := emulator.KeepIn(c.State)
		if err != nil {
			return errors.Join(err, ln.Close())
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if err := c.tell(s.out, ln, emulator, trust); err != nil {
		return err
	}
	stopped := context.AfterFunc(s.ctx, func() {
		emulator.Close() // first: an open page would keep the server waiting
		_ = shutdown(server, time.Second)
	})
	defer stopped()
	return served(door{server, ln}.serve())
}

func (c *sandboxCommand) options() []sandbox.Option {
	return []sandbox.Option{
		sandbox.WithBalance(c.Balance, 0), sandbox.WithKeep(c.Keep),
		sandbox.WithQuirks(sandbox.Quirks{AllowReplay: c.Replay, EnvelopeReports: c.Envelopes, CancelFails: c.CancelFails}),
	}
}

// tell prints where the emulator is and what opens it.
func (c *sandboxCommand) tell(out io.Writer, ln net.Listener, emulator *sandbox.Sandbox, trust string) error {
	inbox := address(ln)
	if c.TLS || c.TLSCert != "" {
		inbox = "https://" + localhost(ln)
	}
	key, secret := emulator.Key()
	lines := fmt.Sprintf("inbox     %s\nAPI key   %s\nsecret    %s\nsender    %s\n", inbox, key, secret, emulatorSender)
	if trust != "" {
		lines += fmt.Sprintf("trust     %s\n", trust)
	}
	_, err := io.WriteString(out, lines+"ready     stop with Ctrl-C\n")
	return err
}

// certificate returns the TLS settings the flags ask for, nil for none, and the
// file of a certificate that callers must be told to trust.
func (c *sandboxCommand) certificate() (settings *tls.Config, trust string, err error) {
	var pair tls.Certificate
	switch {
	case c.TLS:
		pair, trust, err = emulatorCertificate(c.TLSDir, time.Now())
	case c.TLSCert != "":
		if pair, err = tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			err = usageError{fmt.Errorf("reading --tls-cert and --tls-key: %w", err)}
		}
	default:
		return nil, "", nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, trust, err
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
