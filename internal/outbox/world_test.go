package outbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/sandbox"
)

// world is an outbox with a real database and the emulated provider. Its clock
// stands still until the test moves it; the provider's runs.
type world struct {
	*outbox.Outbox
	t       *testing.T
	clock   *dbtest.Clock
	db      *db.DB
	url     string // of the database; "" when it admits one program
	sandbox *sandbox.Sandbox
	server  *httptest.Server
	ring    *seal.Ring
	options outbox.Options // what each outbox is made with, beside what all have
}

func newWorld(t *testing.T, options ...sandbox.Option) *world {
	t.Helper()
	w := &world{t: t, clock: dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))}
	url := dbtest.URL(t)
	if strings.HasPrefix(url, "postgres") {
		w.url = url
	}
	w.db = dbtest.Open(t, url, dbtest.WithClock(w.clock))
	w.sandbox = sandbox.New(append([]sandbox.Option{
		sandbox.WithReportDelay(0), sandbox.WithCarrierDelay(0), sandbox.WithBalance(1_000_000, 0),
	}, options...)...)
	t.Cleanup(w.sandbox.Close)
	w.server = httptest.NewServer(w.sandbox)
	t.Cleanup(w.server.Close)
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	w.restart()
	return w
}

// restart forgets everything that is in memory alone, as a crash does.
func (w *world) restart() { w.Outbox = w.outbox(w.options) }

// outbox returns another outbox on the same database and provider.
func (w *world) outbox(o outbox.Options) *outbox.Outbox {
	key, secret := w.sandbox.Key()
	if o.DB == nil {
		o.DB = w.db
	}
	if o.Key == "" {
		o.Key = key
	}
	if o.Sender == "" {
		o.Sender = "0215770000"
	}
	if o.Client == nil {
		o.Client = coolsms.New(key, secret, coolsms.WithBaseURL(w.server.URL), coolsms.WithHTTPClient(&http.Client{}), coolsms.WithRetry(0))
	}
	o.Ring, o.Registerer = w.ring, prometheus.NewRegistry()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return outbox.New(o)
}

func number(t *testing.T, n int) phone.Number {
	t.Helper()
	to, err := phone.Parse(fmt.Sprintf("010%08d", n))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// enqueue writes a message that is worth sending for four minutes.
func (w *world) enqueue(to phone.Number, text string) string {
	w.t.Helper()
	return w.enqueueAt(w.Outbox, "login", to, text)
}

// enqueueAt writes one at some outbox, for a purpose.
func (w *world) enqueueAt(o *outbox.Outbox, purpose string, to phone.Number, text string) string {
	w.t.Helper()
	d := o.Draft("app_builtin", "ver_test", purpose, to, text)
	err := o.Update(w.t.Context(), d, func(tx *db.Tx) error {
		o.Enqueue(tx, d, tx.Now.Add(4*time.Minute))
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d.ID
}

func (w *world) message(id string) outbox.Message {
	w.t.Helper()
	var m outbox.Message
	err := w.db.View(w.t.Context(), func(tx *db.Tx) (err error) {
		m, err = w.ByID(tx, id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// settle drives the dispatcher, moving the clock whenever it has nothing to
// do, until every message has ended.
func (w *world) settle(ids ...string) {
	w.t.Helper()
	for range 5000 {
		worked, err := w.Step(w.t.Context())
		if worked && err == nil {
			continue
		}
		open := 0
		for _, id := range ids {
			if !w.message(id).Status.Ended() {
				open++
			}
		}
		if open == 0 {
			return
		}
		w.clock.Advance(time.Second)
	}
	for _, id := range ids {
		w.t.Logf("message stands at %v", w.message(id).Status)
	}
	w.t.Fatal("the messages did not come to an end")
}

// texts counts what a phone got.
func (w *world) texts(to phone.Number) int { return len(w.sandbox.Handset(to.National())) }

type faultSpec struct {
	Method  string  `json:"method"`
	Path    string  `json:"path"`
	Kind    string  `json:"kind"`
	Status  int     `json:"status,omitempty"`
	After   bool    `json:"after,omitempty"`
	DelayMS int     `json:"delay_ms,omitempty"`
	Times   int     `json:"times"`
	Chance  float64 `json:"probability,omitempty"`
}

// disarm ends all faults of the emulator.
func (w *world) disarm() {
	w.t.Helper()
	_ = w.faults(http.MethodDelete)
}

// armed reports whether any fault still waits for its call.
func (w *world) armed() bool {
	w.t.Helper()
	return string(w.faults(http.MethodGet)) != "[]"
}

func (w *world) faults(method string) []byte {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+"/sandbox/faults", http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return bytes.TrimSpace(text)
}

// control calls one of the emulator's own controls.
func (w *world) control(path string, body any) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+"/sandbox/"+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode/100 != 2 {
		w.t.Fatalf("/sandbox/%s answered %s", path, resp.Status)
	}
}
