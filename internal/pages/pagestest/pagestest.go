// Package pagestest gives tests the hosted pages as people meet them: behind a
// real door at a real address, with everything below them, at a time that
// stands still until the test moves it; people who use them over HTTP; and the
// table of every state a page can be in, [Scenes].
//
// A new page, or a new error on one, gets its line in that table. Whoever walks
// the table then looks after it: the browser suite checks it, and the command
// that takes the pictures of the documentation shows it.
package pagestest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/web"
)

// World is the pages, what they stand on, and where they are.
type World struct {
	*verifytest.World
	Accounts *account.Accounts
	Factors  *factor.Factors
	URL      string // of the site, without a slash at the end

	phone *factortest.Authenticator
}

// Options change what New makes.
type Options struct {
	Limits func(*limit.Options) // nil leaves them as they are
	Pages  func(*pages.Options) // nil leaves them as they are
	Routes func(*http.ServeMux) // registers more beside the pages; nil for none

	Password factor.Policy // "" for optional
	Former   bool          // members join under terms of before
}

// New returns pages that last as long as the test: those of a bookshop, at 3:04
// on an afternoon in Seoul. Their host is localhost, which browsers trust as
// they trust https.
func New(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{World: verifytest.New(t, verifytest.Options{
		Name: "한뼘책방", At: time.Date(2026, 11, 22, 6, 4, 5, 0, time.UTC), Limits: o.Limits,
	})}
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	w.URL = "http://localhost:" + port
	public, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.phone = factortest.New(w.URL)
	fill := map[string]string{"service": w.App.Name, "retention_days": "90", "message_days": "730", "left_consents_days": "1095"}
	ledger := consent.New(consent.Options{DB: w.DB, Fill: fill})
	joining := ledger
	if o.Former {
		joining = consent.New(consent.Options{DB: w.DB, Fill: fill, Book: former(t)})
	}
	w.Factors, err = factor.New(factor.Options{
		DB: w.DB, Ring: w.Ring, Name: w.App.Name, Origin: public,
		Passwords: factor.Passwords{Policy: o.Password, MemoryMiB: 19, Time: 2}, // as cheap as the settings allow
		Changed: func(tx *db.Tx, c factor.Change) {
			w.Accounts.FactorChanged(tx, c.UserID, string(c.Kind), c.Removed)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Accounts = account.New(account.Options{
		DB: w.DB, Ring: w.Ring, Verify: w.Verifier, Consents: joining, Factors: account.NewFactors(w.Factors), RecoveryWait: 24 * time.Hour,
	})
	options := pages.Options{
		Verify: w.Verifier, Accounts: w.Accounts, Challenges: challenge.New(w.DB, w.Ring), Consents: ledger, Factors: w.Factors,
		Application: w.App, ServiceName: w.App.Name, Sender: verifytest.Sender, Now: w.Clock.Now,
	}
	if o.Pages != nil {
		o.Pages(&options)
	}
	site, err := pages.New(options)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Mount(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { site.Refuse(w, r, web.ErrRoute) })
	mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("as a scene wants it") })
	if o.Routes != nil {
		o.Routes(mux)
	}
	server.Config.Handler, err = web.New(web.Options{
		Name: "public", Handler: mux, Log: slog.New(slog.DiscardHandler), Registerer: w.Registry,
		Now: w.Clock.Now, PublicURL: public, Refuse: site.Refuse,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	return w
}

// Settle drives the outbox, and the carrier for a while, until all texts have
// their fate.
func (w *World) Settle() {
	w.Helper()
	for range 8 {
		w.Drive()
		w.Clock.Advance(500 * time.Millisecond)
		w.Provider.Settle()
	}
}

// Code returns the newest code that was texted to a number.
func (w *World) Code(number string) string {
	w.Helper()
	w.Settle()
	texts := w.Provider.Handset(strings.ReplaceAll(number, "-", ""))
	if len(texts) == 0 {
		w.Fatal("no text came")
	}
	_, code, _ := strings.Cut(texts[0].Text, " #")
	return code
}

// Wrong returns a code that is not the right one.
func Wrong(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }
