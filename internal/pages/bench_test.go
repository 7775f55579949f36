package pages_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/verify"
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
