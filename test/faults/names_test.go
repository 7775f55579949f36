package faults

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

// named is an installation that reaches the provider as it is reached in earnest:
// by its name, over TLS.
type named struct {
	*tally
	server *httptest.Server
	bad    atomic.Bool  // what can be wrong is so just now
	hits   atomic.Int64 // how often that was met
}

// TestFaults_NameIsNotFound lets the resolver fail in each way: no such name, an
// error of its own, and silence.
func TestFaults_NameIsNotFound(t *testing.T) {
	t.Parallel()
	times := kit.Times(t, 50, 3)
	n := &named{}
	program := n.resolve(t)
	ca := newAuthority(t)
	good := ca.issue(t, gatewayName, time.Hour)
	n.begin(t, "DNS failure", gatewayName, kit.Setup{Settings: ca.settings(), Program: program},
		func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return good, nil })
	n.play(times)
}

// TestFaults_CertificateIsBad lets the provider show certificates of another name,
// of another time, and of somebody that nobody knows.
func TestFaults_CertificateIsBad(t *testing.T) {
	t.Parallel()
	times := kit.Times(t, 50, 3)
	n := &named{}
	ca := newAuthority(t)
	good := ca.issue(t, "localhost", time.Hour)
	bad := []*tls.Certificate{
		ca.issue(t, "elsewhere.test", time.Hour), ca.issue(t, "localhost", -time.Hour), newAuthority(t).issue(t, "localhost", time.Hour),
	}
	n.begin(t, "bad certificate", "localhost", kit.Setup{Settings: ca.settings()},
		func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if !n.bad.Load() {
				return good, nil
			}
			return bad[int(n.hits.Add(1))%len(bad)], nil
		})
	n.play(times)
}

// begin starts the installation, which finds the provider under a name.
func (n *named) begin(t *testing.T, fault, name string, s kit.Setup, show func(*tls.ClientHelloInfo) (*tls.Certificate, error)) {
	t.Helper()
	s.Nodes = 1
	s.Settings = append(s.Settings, quick...)
	s.NodeSettings = func(w *kit.World, _ *kit.Node) []string {
		n.server = httptest.NewUnstartedServer(w.Provider)
		n.server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: show}
		n.server.Config.ErrorLog = log.New(io.Discard, "", 0) // of each handshake that is to fail
		n.server.StartTLS()
		t.Cleanup(n.server.Close)
		_, port, err := net.SplitHostPort(n.server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return []string{"SINPYO_COOLSMS_BASE_URL=https://" + net.JoinHostPort(name, port)}
	}
	n.tally = newTally(kit.NewWorld(t, s), fault)
	n.Note = "counted are attempts to connect that failed; connections that were open are cut when it begins"
}

// play lets attempts fail, three or so in a row or as many as it takes for the
// program to leave the provider alone.
func (n *named) play(times int) {
	n.Helper()
	for round := 0; n.Injected < times; round++ {
		stop := n.load(2)
		before := n.hits.Load()
		n.bad.Store(true)
		n.server.CloseClientConnections()
		want := int64(min(3+5*(round%2), times-n.Injected))
		n.WaitFor(2*kit.Patience, fmt.Sprintf("%d attempts to fail", want), func() bool {
			n.server.CloseClientConnections()
			return n.hits.Load()-before >= want
		})
		n.bad.Store(false)
		n.Injected += int(n.hits.Load() - before)
		n.recovered(time.Now())
		stop()
		n.countInTime()
	}
	n.report()
}
