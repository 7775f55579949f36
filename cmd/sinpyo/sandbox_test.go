package main

import (
	"net"
	"strings"
	"testing"
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
