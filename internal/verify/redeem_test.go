package verify_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/receipt"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// approve has a number verified and returns what its receipt says.
func (w *world) approve(n int) receipt.Receipt {
	w.Helper()
	to := number(w.TB.(*testing.T), n)
	v := w.mustStart(to, verify.Binding{})
	got := w.mustCheck(ref(v, verify.Binding{}), w.code(to))
	if !got.Approved || got.Token.IsZero() || !got.ApprovedAt.Equal(w.Clock.Now()) {
		w.Fatalf("approved %v at %v", got.Approved, got.ApprovedAt)
	}
	return got.Receipt()
}

// The thousand come to two nodes where there can be two.
func TestRedeemReceipt_OneOfAThousandAtOnce(t *testing.T) {
	t.Parallel()
	url, once := dbtest.URL(t), func(o *db.Options) { o.DuplicateClosures = false }
	w := newWorld(t, once, func(o *db.Options) { o.URL = url })
	nodes := [2]*verify.Verifier{w.Verifier, w.Verifier}
	if !w.DB.Single() {
		nodes[1] = verify.New(verify.Options{
			DB: dbtest.Open(t, url, once, dbtest.WithClock(w.Clock)), Ring: w.Ring, Outbox: w.Outbox, Limits: w.Limits,
		})
	}
	r := w.approve(1)
	var redeemed, used atomic.Int64
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			switch err := nodes[i%2].RedeemReceipt(context.Background(), r, nil); {
			case err == nil:
				redeemed.Add(1)
			case errors.Is(err, receipt.ErrUsed):
				used.Add(1)
			default:
				t.Errorf("redeeming: %v", err)
			}
		})
	}
	all.Wait()
	if redeemed.Load() != 1 || used.Load() != 999 {
		t.Errorf("%d were redeemed and %d refused as used, want 1 and 999", redeemed.Load(), used.Load())
	}
	stored, err := w.Read(t.Context(), r.ApplicationID, r.VerificationID)
	if err != nil || stored.Status != verify.Redeemed {
		t.Errorf("the verification is %s (%v)", stored.Status, err)
	}
}

func TestRedeemReceipt_HoldsForItsTokenApplicationAndPurpose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, another := w.approve(1), w.approve(2)
	for name, change := range map[string]func(*receipt.Receipt){
		"another token":          func(r *receipt.Receipt) { r.Token = receipt.NewToken() },
		"the token of another":   func(r *receipt.Receipt) { r.Token = another.Token },
		"another application":    func(r *receipt.Receipt) { r.ApplicationID = "app_other" },
		"another purpose":        func(r *receipt.Receipt) { r.Purpose = string(verify.Recovery) },
		"another's verification": func(r *receipt.Receipt) { r.VerificationID = another.VerificationID },
		"no token":               func(r *receipt.Receipt) { r.Token = receipt.Token{} },
	} {
		changed := r
		change(&changed)
		if err := w.RedeemReceipt(t.Context(), changed, nil); !errors.Is(err, receipt.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if err := w.RedeemReceipt(t.Context(), r, nil); err != nil {
		t.Errorf("the receipt itself: %v", err)
	}
}

func TestRedeemReceipt_EndsAfterFiveMinutesAndTheReferenceDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.approve(1), w.approve(2)
	w.Clock.Advance(receipt.Life - time.Microsecond)
	if err := w.RedeemReceipt(t.Context(), first, nil); err != nil {
		t.Errorf("within its time: %v", err)
	}
	w.Clock.Advance(time.Microsecond)
	if err := w.RedeemReceipt(t.Context(), second, nil); !errors.Is(err, receipt.ErrExpired) {
		t.Errorf("after five minutes: %v, want ErrExpired", err)
	}
	byReference := func(r receipt.Receipt) error {
		return w.DB.Update(t.Context(), func(tx *db.Tx) error {
			w.Redeem(tx, verify.Ref{ID: r.VerificationID, ApplicationID: r.ApplicationID})
			return nil
		})
	}
	if err := byReference(first); !errors.Is(err, verify.ErrNotApproved) {
		t.Errorf("a redeemed receipt, by reference: %v, want ErrNotApproved", err)
	}
	if err := byReference(second); err != nil {
		t.Errorf("by reference after the receipt's time: %v", err)
	}
	if err := w.RedeemReceipt(t.Context(), second, nil); !errors.Is(err, receipt.ErrUsed) {
		t.Errorf("a receipt whose approval was used by reference: %v, want ErrUsed", err)
	}
}

func TestRedeemReceipt_KeepsWithTheActOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approve(1)
	refused := errors.New("refused")
	err := w.RedeemReceipt(t.Context(), r, func(tx *db.Tx, _ verify.Result) {
		tx.Must(1, refused, `DELETE FROM db_facts WHERE name = 'nothing'`)
	})
	if !errors.Is(err, refused) {
		t.Fatalf("what is kept failed, and redeeming says %v", err)
	}
	if err := w.RedeemReceipt(t.Context(), r, nil); err != nil {
		t.Errorf("after an act that was undone: %v", err)
	}
}

func TestCheck_WritesOnlyAHashOfTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approve(1)
	var hash []byte
	err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT token_hash FROM verifications WHERE id = $1`, r.VerificationID).Scan(&hash)
	})
	if err != nil || string(hash) != string(r.Token.Hash()) || len(hash) != 32 {
		t.Errorf("%d bytes are kept of the token (%v), want its hash of 32", len(hash), err)
	}
}
