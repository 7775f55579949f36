// Package sandboxtest starts the CoolSMS emulator of package sandbox inside a
// test and reads the phones that its texts arrive at.
//
//	func TestSignUp(t *testing.T) {
//		provider := sandboxtest.New(t)
//		client := coolsms.New(provider.Key, provider.Secret, coolsms.WithBaseURL(provider.URL))
//		... // the code under test sends a text
//		code := provider.WaitCode("010-0000-0001")
//		... // and is given the code
//	}
//
// New serves the emulator at a port of its own and closes it when the test
// ends. Texts arrive at once, so that a test never waits for a report it does
// not ask for; options of package sandbox change that and everything else.
// WaitText and WaitCode wait for the next text to a phone: each text is given
// out once, in the order they were sent. Faults are armed for the test they are
// armed in.
//
// It waits in real time and therefore does not go together with
// sandbox.WithClock: a test that turns the clock itself uses package sandbox
// and Settle.
package sandboxtest

import (
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// Sender is the sender number the account has registered when no option says
// otherwise.
const Sender = "0215770000"

// Patience is how long WaitText and WaitCode wait before the test fails.
const Patience = 10 * time.Second

// Emulator is an emulated account with a server in front of it.
type Emulator struct {
	*sandbox.Sandbox
	// URL is where it is served, for the client's base URL: http://127.0.0.1:port.
	URL string
	// Key and Secret are the API key pair that it answers to.
	Key, Secret string

	t testing.TB

	mu    sync.Mutex
	given map[string]bool // ids of the texts that were given out
}

// New starts an emulator that ends with the test.
func New(t testing.TB, opts ...sandbox.Option) *Emulator {
	t.Helper()
	immediate := []sandbox.Option{sandbox.WithCarrierDelay(0), sandbox.WithReportDelay(0)}
	s := sandbox.New(append(immediate, opts...)...)
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close() // first: an open page would keep the server waiting
		server.Close()
	})
	e := &Emulator{Sandbox: s, URL: server.URL, t: t, given: map[string]bool{}}
	e.Key, e.Secret = s.Key()
	return e
}

// WaitText returns the next text that arrives at a phone, or has arrived and
// was not given out yet. Hyphens in the number are ignored. The test fails
// when none comes within Patience.
func (e *Emulator) WaitText(phone string) sandbox.HandsetMessage {
	e.t.Helper()
	changed, stop := e.Watch()
	defer stop()
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	for {
		if text, ok := e.next(phone); ok {
			return text
		}
		select {
		case <-changed:
		case <-patience.C:
			e.t.Fatalf("no further text arrived at the phone within %v; %d came before, the provider was called %d times",
				Patience, len(e.Handset(phone)), len(e.Requests(500)))
		}
	}
}

// WaitCode is WaitText for the one-time code of the text. The test fails when
// the text holds none.
func (e *Emulator) WaitCode(phone string) string {
	e.t.Helper()
	code := e.WaitText(phone).Code()
	if code == "" {
		e.t.Fatal("the text that arrived holds no code of 4 to 10 digits")
	}
	return code
}

// next takes the text that was sent first of those that have arrived and were
// not given out yet.
func (e *Emulator) next(phone string) (sandbox.HandsetMessage, bool) {
	texts := e.Handset(phone)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, text := range slices.Backward(texts) {
		if text.ReceivedAt != nil && !e.given[text.MessageID] {
			e.given[text.MessageID] = true
			return text, true
		}
	}
	return sandbox.HandsetMessage{}, false
}
