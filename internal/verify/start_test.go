package verify_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

func TestStart_ThousandAtOnceSendOneText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, once)
	to := number(t, 1)
	var started, limited atomic.Int32
	parallel(1000, func(int) {
		_, err := w.Start(context.Background(), verify.Start{
			Application: w.App, To: to, Purpose: verify.Login, Locale: "ko",
		})
		switch e := fault.As(err); {
		case err == nil:
			started.Add(1)
		case e != nil && e.Is(limit.ErrNumber) && e.RetryAfter > 0:
			limited.Add(1)
		default:
			t.Errorf("starting: %v", err)
		}
	})
	if started.Load() != 1 || limited.Load() != 999 {
		t.Fatalf("%d started, %d limited, want 1 and 999", started.Load(), limited.Load())
	}
	if texts := len(w.codes(to)); texts != 1 {
		t.Fatalf("%d texts, want 1", texts)
	}
}

func TestStart_SupersedesWithinOneBrowserOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, mine, stranger := number(t, 1), verify.Browser("mine"), verify.Browser("stranger")
	first := w.mustStart(to, mine)
	code := w.code(to)
	w.Clock.Advance(30 * time.Second)
	second := w.mustStart(to, stranger)
	for range 3 {
		w.mustCheck(ref(second, stranger), "000000")
	}
	if got, err := w.Get(t.Context(), ref(first, mine)); err != nil || got.Status != verify.Pending || got.AttemptsLeft != 5 {
		t.Fatalf("after a stranger's start and guesses mine is %v with %d left (%v)", got.Status, got.AttemptsLeft, err)
	}
	w.Clock.Advance(30 * time.Second)
	third := w.mustStart(to, mine)
	if got := w.mustCheck(ref(first, mine), code); got.Status != verify.Superseded || got.Approved {
		t.Fatalf("the superseded code gives %v", got.Status)
	}
	if got := w.mustCheck(ref(third, mine), w.code(to)); !got.Approved {
		t.Fatalf("the newest code gives %v", got.Status)
	}
}

func TestStart_AtMostThreePendingPerNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	for i := range 3 {
		w.mustStart(to, verify.Browser(string(rune('a'+i))))
		w.Clock.Advance(30 * time.Second)
	}
	refusal := func() *fault.Error {
		t.Helper()
		_, err := w.start(to, verify.Browser("d"))
		if !errors.Is(err, limit.ErrNumber) {
			t.Fatalf("a fourth pending verification: %v, want ErrNumber", err)
		}
		return fault.As(err)
	}
	// The first was started 90 s ago and runs out after five minutes.
	if got, want := refusal().RetryAfter, 3*time.Minute+30*time.Second; got != want {
		t.Fatalf("the wait is %v, want %v", got, want)
	}
	w.Clock.Advance(3*time.Minute + 30*time.Second)
	if _, err := w.start(to, verify.Browser("d")); err != nil {
		t.Fatalf("after the first had expired: %v", err)
	}
}

func TestStart_ASupersededTextThatWaitsIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, b := number(t, 1), verify.Browser("mine")
	first := w.mustStart(to, b)
	w.Clock.Advance(30 * time.Second)
	w.mustStart(to, b)
	if texts := len(w.codes(to)); texts != 1 {
		t.Fatalf("%d texts, want the newest alone", texts)
	}
	got, err := w.Get(t.Context(), ref(first, b))
	if err != nil || got.Message.Status != outbox.Dropped {
		t.Fatalf("the superseded message is %v (%v), want dropped", got.Message.Status, err)
	}
}

func TestResend_SameDigitsNoNewAttemptsNoEndlessLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	r := ref(v, verify.Binding{})
	created := v.CreatedAt
	code := w.code(to)
	w.mustCheck(r, other(code))

	if _, err := w.Resend(t.Context(), w.App, r); fault.As(err) == nil || !errors.Is(err, verify.ErrResendTooSoon) ||
		fault.As(err).RetryAfter != 30*time.Second {
		t.Fatalf("a resend at once: %v, want ErrResendTooSoon with 30s", err)
	}
	w.Clock.Advance(30 * time.Second)
	got, err := w.Resend(t.Context(), w.App, r)
	if err != nil {
		t.Fatal(err)
	}
	if got.AttemptsLeft != 4 || got.ResendsLeft != 1 || !got.ExpiresAt.Equal(w.Clock.Now().Add(5*time.Minute)) {
		t.Fatalf("after a resend: %d attempts, %d resends left, expires %v", got.AttemptsLeft, got.ResendsLeft, got.ExpiresAt)
	}
	w.Drive()
	w.Clock.Advance(30 * time.Second)
	if _, err := w.Resend(t.Context(), w.App, r); !errors.Is(err, verify.ErrResendTooSoon) {
		t.Fatalf("a second resend after 30s: %v, want ErrResendTooSoon", err)
	}
	w.Clock.Advance(4 * time.Minute)
	got, err = w.Resend(t.Context(), w.App, r)
	if err != nil {
		t.Fatal(err)
	}
	if want := created.Add(10 * time.Minute); !got.ExpiresAt.Equal(want) {
		t.Fatalf("expires %v, want no later than ten minutes after creation: %v", got.ExpiresAt, want)
	}
	codes := w.codes(to)
	if len(codes) != 3 || codes[0] != code || codes[1] != code {
		t.Fatalf("%d texts, want 3 with the same digits", len(codes))
	}
	w.Clock.Advance(time.Minute)
	if _, err := w.Resend(t.Context(), w.App, r); !errors.Is(err, verify.ErrNoResends) {
		t.Fatalf("a third resend: %v, want ErrNoResends", err)
	}
	if got := w.mustCheck(r, code); !got.Approved {
		t.Fatalf("the code after its resends gives %v", got.Status)
	}
}

func TestResend_TooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	r := ref(v, verify.Binding{})
	w.Drive()
	w.Clock.Advance(4*time.Minute + 50*time.Second)
	if _, err := w.Resend(t.Context(), w.App, r); err != nil {
		t.Fatal(err)
	}
	w.Drive()
	w.Clock.Advance(3*time.Minute + 45*time.Second) // 8:35 after creation
	if _, err := w.Resend(t.Context(), w.App, r); !errors.Is(err, verify.ErrResendTooLate) {
		t.Fatalf("a resend with 85 s to live: %v, want ErrResendTooLate", err)
	}
}

func TestResend_MakesNoSecondTextWhileTheFirstIsQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	w.Clock.Advance(30 * time.Second)
	got, err := w.Resend(t.Context(), w.App, ref(v, verify.Binding{}))
	if err != nil || got.ResendsLeft != 2 {
		t.Fatalf("%d resends left (%v), want 2", got.ResendsLeft, err)
	}
	if texts := len(w.codes(to)); texts != 1 {
		t.Fatalf("%d texts, want 1", texts)
	}
}

func TestCancel_DropsATextThatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	if got, err := w.Cancel(t.Context(), ref(v, verify.Binding{})); err != nil || got.Status != verify.Canceled {
		t.Fatalf("Cancel = %v, %v", got.Status, err)
	}
	if texts := len(w.codes(to)); texts != 0 {
		t.Fatalf("%d texts after canceling, want 0", texts)
	}
	if _, err := w.Cancel(t.Context(), ref(v, verify.Binding{})); !errors.Is(err, verify.ErrNotPending) {
		t.Errorf("canceling twice: %v, want ErrNotPending", err)
	}
}

// TestEnd_ErasesTheCode looks into the tables: what an ended verification
// leaves is neither sealed code nor MAC (S-12).
func TestEnd_ErasesTheCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ends := map[string]func(v verify.Verification, code string){
		"approved": func(v verify.Verification, code string) { w.mustCheck(ref(v, verify.Binding{}), code) },
		"locked": func(v verify.Verification, code string) {
			for range 5 {
				w.mustCheck(ref(v, verify.Binding{}), other(code))
			}
		},
		"canceled": func(v verify.Verification, _ string) {
			if _, err := w.Cancel(t.Context(), ref(v, verify.Binding{})); err != nil {
				t.Fatal(err)
			}
		},
		"expired": func(verify.Verification, string) {
			w.Clock.Advance(6 * time.Minute)
			if _, err := w.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	}
	n := 0
	for name, end := range ends {
		n++
		to := number(t, n)
		v := w.mustStart(to, verify.Binding{})
		end(v, w.code(to))
		var left, texts int
		err := w.DB.View(t.Context(), func(tx *db.Tx) error {
			if err := tx.Row(`SELECT count(*) FROM verifications WHERE id = $1 AND status = $2
				AND code_sealed IS NULL AND code_mac IS NULL AND ended_at IS NOT NULL`, v.ID, name).Scan(&left); err != nil {
				return err
			}
			return tx.Row(`SELECT count(*) FROM messages WHERE verification_id = $1 AND text_sealed IS NOT NULL`, v.ID).Scan(&texts)
		})
		if err != nil {
			t.Fatal(err)
		}
		if left != 1 || texts != 0 {
			t.Errorf("%s: the row is as it should be: %v; sealed texts left: %d", name, left == 1, texts)
		}
	}
}
