package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
)

func TestSandbox_AnswersUntilStopped(t *testing.T) {
	t.Parallel()
	p := startWith(t, "sandbox", "--listen", "127.0.0.1:0", "--api-key", "NCSTEST", "--api-secret", "hush")
	if p.places["API key"] != "NCSTEST" || p.places["secret"] != "hush" || p.places["sender"] != "0215770000" {
		t.Errorf("printed %q", p.places)
	}
	p.want(200, "<html", p.places["inbox"], "")
	p.want(401, "errorCode", p.places["inbox"]+"/cash/v1/balance", "")
	if status := p.stop(); status != 0 {
		t.Errorf("status %d after a stop, want 0: %s", status, p.errOut)
	}

	random := startWith(t, "sandbox", "--listen", "127.0.0.1:0")
	if key := random.places["API key"]; !strings.HasPrefix(key, "NCS") || len(key) != 16 || len(random.places["secret"]) != 32 {
		t.Errorf("without a key: printed %q", random.places)
	}
}

func TestSandbox_KeepsTheAccount(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "account.json")
	first := startWith(t, "sandbox", "--listen", "127.0.0.1:0", "--state", state, "--balance", "77")
	first.want(200, `"balance":77`, first.places["inbox"]+"/sandbox/account", "")
	if status := first.stop(); status != 0 {
		t.Fatalf("status %d: %s", status, first.errOut)
	}
	second := startWith(t, "sandbox", "--listen", "127.0.0.1:0", "--state", state)
	second.want(200, `"balance":77`, second.places["inbox"]+"/sandbox/account", "")
	if second.places["API key"] != first.places["API key"] || second.places["secret"] != first.places["secret"] {
		t.Error("the key pair changed with the restart")
	}
}

// The certificate of --tls opens the way for a client whose address is
// compiled in: its name resolution leads here and it trusts the file.
func TestSandbox_SpeaksTLSAsTheProvider(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "tls")
	for range 2 { // the second start finds the certificate of the first
		p := startWith(t, "sandbox", "--listen", "127.0.0.1:0", "--tls", "--tls-dir", folder)
		if want := filepath.Join(folder, "certificate.pem"); p.places["trust"] != want || !strings.HasPrefix(p.places["inbox"], "https://localhost:") {
			t.Fatalf("printed %q", p.places)
		}
		pem, err := os.ReadFile(p.places["trust"])
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			t.Fatal("no certificate in the file")
		}
		here := strings.TrimPrefix(p.places["inbox"], "https://")
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots},
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", here)
			},
		}
		for _, host := range []string{"api.coolsms.co.kr", "api.solapi.com", "api-static.solapi.com"} {
			client := coolsms.New(p.places["API key"], p.places["secret"], coolsms.WithBaseURL("https://"+host),
				coolsms.WithHTTPClient(&http.Client{Transport: transport}))
			if balance, err := client.Cash.Balance(t.Context()); err != nil || balance.Balance != 10_000 {
				t.Errorf("%s: %v %v", host, balance, err)
			}
		}
		transport.CloseIdleConnections()
		if status := p.stop(); status != 0 {
			t.Errorf("status %d: %s", status, p.errOut)
		}
		if i, err := os.Stat(filepath.Join(folder, "key.pem")); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("the key: %v %v", i, err)
		}
	}
}

func TestEmulatorCertificate_IsMadeAnewInTime(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	made := func(now time.Time) string {
		pair, _, err := emulatorCertificate(folder, now)
		if err != nil {
			t.Fatal(err)
		}
		if pair.Leaf.IsCA {
			t.Error("the certificate may sign others")
		}
		return pair.Leaf.SerialNumber.String()
	}
	now := time.Now()
	first := made(now)
	if got := made(now.AddDate(0, 10, 0)); got != first {
		t.Error("a good certificate was replaced")
	}
	second := made(now.AddDate(0, 11, 15))
	if second == first {
		t.Error("a certificate that lapses within a month was kept")
	}
	if err := os.WriteFile(filepath.Join(folder, "key.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := made(now.AddDate(0, 11, 15)); got == second {
		t.Error("a certificate without its key was kept")
	}
}

func TestSandbox_TakesACertificate(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	p := startWith(t, "sandbox", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(p.places["inbox"], "https://") || p.places["trust"] != "" {
		t.Errorf("printed %q", p.places)
	}
}

// freeAddress returns an address of this machine that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
