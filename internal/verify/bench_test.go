package verify_test

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
)

// zeros is chance that always falls the same way, so that every code is known.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// BenchmarkStartAndCheck measures what a verification costs between the doors
// and the outbox: a start from a known address and its right code.
func BenchmarkStartAndCheck(b *testing.B) {
	w := verifytest.New(b, verifytest.Options{DB: []func(*db.Options){once}, Rand: zeros{}})
	var n atomic.Uint32
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			to, err := phone.Parse(fmt.Sprintf("010%08d", i))
			if err != nil {
				b.Error(err)
				return
			}
			v, err := w.Verifier.Start(b.Context(), verify.Start{
				Application: w.App, To: to, Purpose: verify.Login, Locale: "ko", Fresh: true, Binding: verify.Browser("mine"),
				Client: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}),
			})
			if err != nil {
				b.Error(err)
				return
			}
			r, err := w.Verifier.Check(b.Context(), ref(v, verify.Browser("mine")), "000000")
			if err != nil || !r.Approved {
				b.Error("not approved", err)
				return
			}
		}
	})
}
