package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

const (
	gatewayName = "gateway.sinpyo.test"
	resolverAt  = "127.83.78.83" // a loopback address at which nobody else answers for names
)

// resolve answers for names, badly while that is wanted, and returns how to get
// the program that asks here: it is run where /etc/resolv.conf is the test's own.
func (n *named) resolve(t *testing.T) (program func() (string, error)) {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", resolverAt+":53")
	if err != nil {
		t.Skipf("nothing can answer for names on this machine: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		query := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(query)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if answer := n.answer(query[:size]); answer != nil {
				_, _ = conn.WriteTo(answer, from) // whoever asked asks again
			}
		}
	}()
	dir := t.TempDir()
	conf := filepath.Join(dir, "resolv.conf")
	write(t, conf, "nameserver "+resolverAt+"\noptions timeout:1 attempts:1\n")
	enter := "unshare --mount"
	if os.Geteuid() != 0 {
		enter = "unshare --map-root-user --mount"
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", enter+" mount --bind "+conf+" /etc/resolv.conf").CombinedOutput(); err != nil {
		t.Skipf("no program can be given a resolver of its own on this machine: %v\n%s", err, out)
	}
	return func() (string, error) {
		path, err := kit.Plain()
		if err != nil {
			return "", err
		}
		script := filepath.Join(dir, "sinpyo")
		text := fmt.Sprintf("#!/bin/sh\nexec %s sh -c 'mount --bind %s /etc/resolv.conf && exec %s \"$@\"' sinpyo \"$@\"\n", enter, conf, path)
		return script, os.WriteFile(script, []byte(text), 0o700) //nolint:gosec // to be run by its owner
	}
}

// answer answers a question for an address: 127.0.0.1, or one of the ways to fail.
func (n *named) answer(query []byte) []byte {
	const head, failed, unknown, typeA = 12, 2, 3, 1
	end := head
	for end < len(query) && query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root, type and class
	if end > len(query) {
		return nil
	}
	answer := append([]byte{}, query[:end]...)
	answer[2], answer[3] = 0x81, 0x80 // an answer, recursion was wanted and is there
	clear(answer[6:head])
	if binary.BigEndian.Uint16(query[end-4:]) != typeA {
		return answer
	}
	if n.bad.Load() {
		switch n.hits.Add(1) % 3 {
		case 0:
			answer[3] |= failed
		case 1:
			answer[3] |= unknown
		default:
			return nil // silence
		}
		return answer
	}
	answer[7] = 1 // one record: the name above, an address of the Internet, a second, four bytes
	return append(answer, 0xc0, head, 0, typeA, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
}

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // the certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "authority.pem")}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of a test"},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var der []byte
	der, a.key = sign(t, a.cert, a)
	write(t, a.file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return a
}

// settings let the program trust the authority and no other.
func (a *authority) settings() []string {
	return []string{"SSL_CERT_FILE=" + a.file, "SSL_CERT_DIR=" + filepath.Dir(a.file)}
}

// issue issues a certificate that ends so much later, or ended so much earlier.
func (a *authority) issue(t *testing.T, name string, life time.Duration) *tls.Certificate {
	t.Helper()
	der, key := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-12 * time.Hour), NotAfter: time.Now().Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// sign signs a certificate for a new key, which signs itself where the authority
// has none.
func sign(t *testing.T, cert *x509.Certificate, a *authority) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return der, key
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
