package verify_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/sandbox"
)

// world is a verifier with a real database and the emulated provider.
type world struct {
	*verify.Verifier
	t       *testing.T
	clock   *dbtest.Clock
	db      *db.DB
	outbox  *outbox.Outbox
	sandbox *sandbox.Sandbox
	app     app.Application
}

func newWorld(t *testing.T, options ...func(*db.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))}
	w.db = dbtest.New(t, append(options, dbtest.WithClock(w.clock))...)
	w.sandbox = sandbox.New(sandbox.WithReportDelay(0), sandbox.WithCarrierDelay(0))
	t.Cleanup(w.sandbox.Close)
	server := httptest.NewServer(w.sandbox)
	t.Cleanup(server.Close)
	key, secret := w.sandbox.Key()
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	w.outbox = outbox.New(outbox.Options{
		DB: w.db, Ring: ring, Key: key, Sender: "0215770000", Logger: slog.New(slog.DiscardHandler),
		Client:     coolsms.New(key, secret, coolsms.WithBaseURL(server.URL), coolsms.WithHTTPClient(&http.Client{})),
		Registerer: prometheus.NewRegistry(),
	})
	w.Verifier = verify.New(verify.Options{DB: w.db, Ring: ring, Outbox: w.outbox, Limits: limit.New(), Rand: rand.Reader})
	if w.app, err = app.New(w.db).PutBuiltin(t.Context(), "신표", "localhost"); err != nil {
		t.Fatal(err)
	}
	return w
}

// number returns the n-th number of a test.
func number(t *testing.T, n int) phone.Number {
	t.Helper()
	to, err := phone.Parse(fmt.Sprintf("010%08d", n))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func (w *world) start(to phone.Number, b verify.Binding) (verify.Verification, error) {
	return w.Start(w.t.Context(), verify.Start{
		Application: w.app, To: to, Purpose: verify.Login, Locale: "ko", Binding: b,
	})
}

func (w *world) mustStart(to phone.Number, b verify.Binding) verify.Verification {
	w.t.Helper()
	v, err := w.start(to, b)
	if err != nil {
		w.t.Fatalf("starting: %v", err)
	}
	return v
}

// deliver drives the dispatcher until nothing is left to do.
func (w *world) deliver() {
	w.t.Helper()
	for {
		worked, err := w.outbox.Step(w.t.Context())
		if err != nil {
			w.t.Fatalf("dispatching: %v", err)
		}
		if !worked {
			return
		}
	}
}

// codes returns the codes a number was texted, the newest first.
func (w *world) codes(to phone.Number) []string {
	w.t.Helper()
	w.deliver()
	var codes []string
	for _, m := range w.sandbox.Handset(to.National()) {
		found := lastLine.FindStringSubmatch(m.Text)
		if found == nil {
			w.t.Fatalf("a text does not end with its host and code")
		}
		codes = append(codes, found[1])
	}
	return codes
}

var lastLine = regexp.MustCompile(`@localhost #(\d{6})$`)

func (w *world) code(to phone.Number) string {
	w.t.Helper()
	codes := w.codes(to)
	if len(codes) == 0 {
		w.t.Fatal("no text came")
	}
	return codes[0]
}

// other returns a code that is not the one given.
func other(code string) string {
	last := code[len(code)-1]
	return code[:len(code)-1] + string('0'+(last-'0'+1)%10)
}

func ref(v verify.Verification, b verify.Binding) verify.Ref {
	return verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: b}
}

func (w *world) mustCheck(r verify.Ref, text string) verify.Result {
	w.t.Helper()
	got, err := w.Check(w.t.Context(), r, text)
	if err != nil {
		w.t.Fatalf("checking: %v", err)
	}
	return got
}
