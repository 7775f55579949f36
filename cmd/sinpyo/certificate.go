package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// providerHosts are the names the provider answers to, and this machine.
var providerHosts = []string{"api.coolsms.co.kr", "api.solapi.com", "api-static.solapi.com", "localhost", "127.0.0.1", "::1"}

// emulatorCertificate returns the certificate that lies in a folder, made anew
// when there is none, it does not fit, or it lapses within a month. An empty
// folder is the user's cache folder. It vouches for itself and can sign no
// other: what trusts it trusts the emulator and nothing else.
func emulatorCertificate(folder string, now time.Time) (pair tls.Certificate, file string, err error) {
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return pair, "", usageError{fmt.Errorf("no cache folder for the certificate (%w): name one with --tls-dir", err)}
		}
		folder = filepath.Join(cache, "sinpyo", "sandbox")
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return pair, "", fmt.Errorf("finding the folder of the certificate: %w", err)
	}
	cert, key := filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")
	if pair, err = tls.LoadX509KeyPair(cert, key); err == nil && serves(pair.Leaf, now) {
		return pair, cert, nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return pair, "", fmt.Errorf("making the folder of the certificate: %w", err)
	}
	if err := writeCertificate(cert, key, now); err != nil {
		return pair, "", fmt.Errorf("making a certificate: %w", err)
	}
	pair, err = tls.LoadX509KeyPair(cert, key)
	return pair, cert, err
}

// serves reports whether a certificate is good for every host for a month.
func serves(leaf *x509.Certificate, now time.Time) bool {
	for _, host := range providerHosts {
		if leaf.VerifyHostname(host) != nil {
			return false
		}
	}
	return now.After(leaf.NotBefore) && now.AddDate(0, 1, 0).Before(leaf.NotAfter)
}

// writeCertificate makes a key and a certificate signed with it.
func writeCertificate(cert, key string, now time.Time) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "sinpyo sandbox"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range providerHosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), 0o644) //nolint:gosec // public
}
