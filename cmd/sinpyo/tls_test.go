package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate writes a certificate for localhost and its key, and returns
// their paths.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestServe_SpeaksTLS(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	// Nothing prints the port of a public address that was set, so another
	// listener's is asked for first and given back.
	address := freeAddress(t)
	p := startWith(t, append(serveArgs(filepath.Join(t.TempDir(), "data")),
		"--listen", address, "--public-url", "https://localhost", "--set", "tls_cert="+cert, "--set", "tls_key="+key)...)
	if got, want := p.places["sign-up"], "https://localhost/signup"; got != want {
		t.Errorf("sign-up at %q, want %q", got, want)
	}

	var out lockedBuffer
	ask := []string{"healthcheck", "--set", "listen=" + address, "--set", "public_url=https://localhost", "--set", "tls_key=" + key}
	if status := run(t.Context(), append(ask, "--set", "tls_cert="+cert), nil, &out, &out); status != 0 {
		t.Errorf("healthcheck: status %d, %s", status, &out)
	}
	other, _ := certificate(t)
	out = lockedBuffer{}
	if status := run(t.Context(), append(ask, "--set", "tls_cert="+other), nil, &out, &out); status != 1 || !strings.Contains(out.String(), "certificate") {
		t.Errorf("healthcheck that expects another certificate: status %d, %s", status, &out)
	}

	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11})
	if err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 was accepted")
	}
}

// The console speaks TLS where its own address says so, and plain HTTP beside it
// where a proxy or nobody does.
func TestServe_SpeaksTLSAtTheConsoleByItsAddress(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	for scheme, encrypted := range map[string]bool{"https": true, "http": false} {
		address := freeAddress(t)
		p := startWith(t, append(serveArgs(filepath.Join(t.TempDir(), "data")), "--public-url", "https://localhost",
			"--set", "console_listen="+address, "--set", "console_url="+scheme+"://localhost", "--set", "tls_cert="+cert, "--set", "tls_key="+key)...)
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if (err == nil) != encrypted {
			t.Errorf("%s: TLS at the console: %v", scheme, err)
		}
		if err == nil {
			_ = conn.Close()
		}
		if p.places["console"] != scheme+"://localhost" {
			t.Errorf("the console is said to be at %q", p.places["console"])
		}
	}
}
