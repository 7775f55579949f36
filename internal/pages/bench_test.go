package pages_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/web"
)

// BenchmarkNumber shows the first page, which needs no database.
func BenchmarkNumber(b *testing.B) {
	v := newWorld(b).visitor("ko")
	v.get("/signup")
	b.ReportAllocs()
	for b.Loop() {
		if a := v.get("/signup"); a.Code != http.StatusOK {
			b.Fatalf("answered %d", a.Code)
		}
	}
}

// BenchmarkCode shows the second page: one read of the verification.
func BenchmarkCode(b *testing.B) {
	v := newWorld(b).visitor("ko")
	v.start(number)
	b.ReportAllocs()
	for b.Loop() {
		if a := v.get("/signup"); a.Code != http.StatusOK {
			b.Fatalf("answered %d", a.Code)
		}
	}
}

// BenchmarkSignUp leads people through start, check and finish by the forms'
// posts, each with a number and an address of their own, over a real door and a
// real database on disk. The texts stay in the outbox: what a provider costs is
// measured by test/bench. "cpu-µs/op" is processor time, of everything together.
func BenchmarkSignUp(b *testing.B) {
	w := verifytest.New(b, verifytest.Options{Name: "한뼘책방", Host: "id.example.kr", Rand: zeros{},
		DB: []func(*db.Options){func(o *db.Options) { o.DuplicateClosures = false }}})
	door := newDoor(b, w)
	var n atomic.Uint32
	b.SetParallelism(32)
	b.ReportAllocs()
	before := processorTime(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			p := poster{door: door, client: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String() + ":1"}
			for _, form := range []url.Values{
				nil, // the first page brings the flow cookie
				{"do": {"start"}, "number": {fmt.Sprintf("010%08d", i)}},
				{"do": {"check"}, "code": {"000000"}},
				{"do": {"finish"}, "name": {"김하늘"}, "agree": {"age_14", "terms"}},
			} {
				if err := p.post(form); err != nil {
					b.Error(err)
					return
				}
			}
		}
	})
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// zeros is chance that always falls the same way, so that every code is known.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// newDoor returns the pages over w behind a door.
func newDoor(b *testing.B, w *verifytest.World) http.Handler {
	b.Helper()
	ledger := consent.New(consent.Options{DB: w.DB})
	factors, err := factor.New(factor.Options{DB: w.DB, Ring: w.Ring, Name: w.App.Name, Origin: &url.URL{Scheme: "https", Host: "id.example.kr"}})
	if err != nil {
		b.Fatal(err)
	}
	site, err := pages.New(pages.Options{
		Verify: w.Verifier, Challenges: challenge.New(w.DB, w.Ring), Consents: ledger, Factors: factors,
		Accounts: account.New(account.Options{
			DB: w.DB, Ring: w.Ring, Verify: w.Verifier, Consents: ledger, Factors: account.NewFactors(factors),
		}),
		Application: w.App, Cookies: web.Cookies{Secure: true}, ServiceName: w.App.Name, Now: w.Clock.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Mount(mux)
	door, err := web.New(web.Options{
		Name: "public", Handler: mux, Log: slog.New(slog.DiscardHandler), Registerer: w.Registry,
		Now: time.Now, PublicURL: &url.URL{Scheme: "https", Host: "id.example.kr"}, Refuse: site.Refuse,
	})
	if err != nil {
		b.Fatal(err)
	}
	return door
}

// poster is a browser that only posts.
type poster struct {
	door   http.Handler
	client string // its address
	flow   string // its flow cookie
}

// post sends a form of the sign-up page, or opens it when there is none.
func (p *poster) post(form url.Values) error {
	method, want := http.MethodGet, http.StatusOK
	if form != nil {
		method, want = http.MethodPost, http.StatusSeeOther
		_, secret, _ := strings.Cut(p.flow, ".")
		sum := sha256.Sum256([]byte("sinpyo form " + secret))
		form.Set("token", hex.EncodeToString(sum[:16]))
	}
	r := httptest.NewRequest(method, "https://id.example.kr/signup", strings.NewReader(form.Encode()))
	r.RemoteAddr = p.client
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "__Host-flow", Value: p.flow})
	rec := httptest.NewRecorder()
	p.door.ServeHTTP(rec, r)
	if rec.Code != want {
		return fmt.Errorf("%s was answered %d", form.Get("do"), rec.Code)
	}
	for _, c := range rec.Result().Cookies() {
		if c.Name == "__Host-flow" {
			p.flow = c.Value
		}
	}
	return nil
}

// BenchmarkNew reads the catalogues and joins them with the templates, which
// is part of every cold start.
func BenchmarkNew(b *testing.B) {
	o := pages.Options{Verify: new(verify.Verifier), Accounts: new(account.Accounts), Challenges: new(challenge.Challenges), Consents: consent.New(consent.Options{}), Factors: new(factor.Factors), Now: time.Now, ServiceName: "한뼘책방"}
	for b.Loop() {
		if _, err := pages.New(o); err != nil {
			b.Fatal(err)
		}
	}
}
