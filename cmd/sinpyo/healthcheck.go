package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/sinpyo/sinpyo/internal/config"
)

// healthcheckCommand asks a running server whether it is ready, for images
// that have no other program to ask with.
type healthcheckCommand struct {
	settingsFlags
}

// Run asks the public listener for /readyz.
func (c *healthcheckCommand) Run(s *shell) error {
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	if settings.Listen == "" {
		return usageError{errors.New("listen is empty: there is no listener to ask")}
	}
	client, server, err := probe(settings)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("no answer at %s: %w", settings.Listen, reason(err))
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s is not ready: status %d", settings.Listen, res.StatusCode)
	}
	_, err = fmt.Fprintln(s.out, "ready")
	return err
}

// probe returns where to ask and with which client. Over TLS the server must
// show the certificate of the settings, under the public name.
func probe(c *config.Config) (*http.Client, string, error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, "", err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	at := net.JoinHostPort(host, port)
	if c.TLSCert == "" {
		return &http.Client{}, "http://" + at, nil
	}
	pem, err := os.ReadFile(c.TLSCert)
	if err != nil {
		return nil, "", fmt.Errorf("reading tls_cert: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, "", fmt.Errorf("%s holds no certificate", c.TLSCert)
	}
	trust := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: c.PublicURL.Hostname()}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}, "https://" + at, nil
}
