package account_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// recovery has the n-th number verified for a recovery.
func (w *world) recovery(n int) verify.Ref {
	w.Helper()
	w.Clock.Advance(time.Minute)
	return w.proveFor(verify.Recovery, n, mine)
}

// TestRecovery_Matrix is S-50: what the member holds, how old the last
// proof is, and whether waiting is on, against what a code does at once, by
// beginning to wait, and after waiting.
func TestRecovery_Matrix(t *testing.T) {
	t.Parallel()
	const on, off = true, false
	for _, c := range []struct {
		holds       string
		days        int
		wait        bool
		once, begin error
	}{
		{"", 1, on, nil, nil},
		{"passkey", 1, on, nil, nil},
		{"password", 1, on, account.ErrRecoveryProof, nil},
		{"totp", 1, on, account.ErrRecoveryProof, nil},
		{"password", 1, off, account.ErrRecoveryProof, account.ErrRecoveryProof},
		{"password totp", 1, on, account.ErrRecoveryProof, account.ErrRecoveryProof},
		{"passkey password", 1, on, account.ErrRecoveryProof, account.ErrRecoveryProof},
		{"", 91, on, account.ErrSecondProof, account.ErrSecondProof},
		{"password", 91, on, account.ErrSecondProof, account.ErrSecondProof},
		{"passkey", 91, on, account.ErrSecondProof, account.ErrSecondProof},
	} {
		w := newWorldWith(t, func(o *account.Options) {
			if c.wait == off {
				o.RecoveryWait = 0
			}
		})
		s, _ := w.join(1)
		w.hold(s.UserID, c.holds)
		w.Clock.Advance(time.Duration(c.days) * day)
		b := account.Browser{Label: "Firefox"}

		ref := w.recovery(1)
		choice, err := w.RecoveryChoice(t.Context(), ref, b)
		if errors.Is(c.once, account.ErrSecondProof) != errors.Is(err, account.ErrSecondProof) ||
			err == nil && (choice.UserID != s.UserID || choice.AtOnce != (c.once == nil) || choice.MayWait && c.begin != nil) {
			t.Errorf("%+v: the choice is %+v (%v)", c, choice, err)
		}
		_, begun := w.BeginRecovery(t.Context(), ref, b)
		if !errors.Is(begun, c.begin) {
			t.Errorf("%+v: beginning to wait: %v", c, begun)
		}
		w.Clock.Advance(time.Minute)
		entered, err := w.FinishRecovery(t.Context(), w.recovery(1), b)
		want := c.once
		if begun == nil && want != nil {
			want = account.ErrRecoveryWaiting
		}
		if !errors.Is(err, want) {
			t.Errorf("%+v: a code alone: %v, want %v", c, err, want)
		}
		if err == nil && (w.stands(s) || !w.stands(entered) || w.Fresh(entered) != (c.holds == "")) {
			t.Errorf("%+v: another session stays, or the new one is fresh: %t", c, w.Fresh(entered))
		}
		entered, err = w.RecoverWith(t.Context(), w.recovery(1), s.UserID, account.RecoveryCode, b)
		if err != nil || !w.Fresh(entered) || w.stands(s) {
			t.Errorf("%+v: with a second proof: %v", c, err)
		}
	}
}

// TestRecovery_ByWaiting goes the whole way of somebody who forgot the password.
func TestRecovery_ByWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, cookie := w.join(1)
	w.hold(s.UserID, "password")
	ready, err := w.BeginRecovery(t.Context(), w.recovery(1), account.Browser{})
	if err != nil || !ready.Equal(w.Clock.Now().Add(24*time.Hour)) {
		t.Fatalf("it will be ready %v (%v)", ready, err)
	}
	if got := w.texts(1); len(got) != 1 || !strings.Contains(got[0], "계정 복구가 시작됐어요") || w.told(s.UserID) != "recovery_begun" {
		t.Errorf("the member is texted %q and told %q", got, w.told(s.UserID))
	}
	w.Clock.Advance(12 * time.Hour)
	again, err := w.BeginRecovery(t.Context(), w.recovery(1), account.Browser{})
	if err != nil || !again.Equal(ready) {
		t.Errorf("beginning again: ready %v (%v), want the time of before", again, err)
	}
	_, err = w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{})
	if f := fault.As(err); !errors.Is(err, account.ErrRecoveryWaiting) || f.RetryAfter != ready.Sub(w.Clock.Now()) {
		t.Errorf("before its time: %v", err)
	}
	w.Clock.Advance(12 * time.Hour)
	if w.Fresh(s) {
		t.Error("the session of before is fresh")
	}
	entered, err := w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{Label: "Edge"})
	if err != nil || !w.Fresh(entered) || w.stands(s) || !w.trusted(cookie, 1).IsZero() {
		t.Fatalf("when its time has come: %v", err)
	}
	if _, ok, err := w.RecoveryOf(t.Context(), s.UserID); ok || err != nil {
		t.Errorf("the recovery goes on: %v", err)
	}
	if _, err := w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{}); !errors.Is(err, account.ErrRecoveryProof) {
		t.Errorf("it opened the account twice: %v", err)
	}
	w.Clock.Advance(time.Minute)
	if _, err := w.Enter(t.Context(), w.prove(1, mine), account.Browser{}); !errors.Is(err, account.ErrSecondStep) {
		t.Errorf("the password is gone: %v", err)
	}
}

func TestRecovery_IsCanceledByAMemberWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.hold(s.UserID, "password")
	if _, err := w.BeginRecovery(t.Context(), w.recovery(1), account.Browser{}); err != nil {
		t.Fatal(err)
	}
	if r, ok, err := w.RecoveryOf(t.Context(), s.UserID); !ok || err != nil || !r.ReadyAt.Equal(r.BegunAt.Add(24*time.Hour)) {
		t.Errorf("the account page tells %+v (%v)", r, err)
	}
	if err := w.CancelRecovery(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(25 * time.Hour)
	if _, err := w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{}); !errors.Is(err, account.ErrRecoveryProof) {
		t.Errorf("a canceled recovery: %v, want ErrRecoveryProof", err)
	}
}

// TestRow31_NoWaitingTimeChangesThat begins to wait a day before the number is
// too old.
func TestRow31_NoWaitingTimeChangesThat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, cookie := w.join(1)
	w.hold(s.UserID, "password")
	w.Clock.Advance(89 * day)
	if _, err := w.BeginRecovery(t.Context(), w.recovery(1), account.Browser{}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(2 * day)
	if _, err := w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{}); !errors.Is(err, account.ErrSecondProof) {
		t.Errorf("from an unknown browser: %v, want ErrSecondProof", err)
	}
	if _, err := w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{Cookie: cookie}); err != nil {
		t.Errorf("from a browser that is known: %v", err)
	}
}

func TestRecovery_LapsesAWeekAfterItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.hold(s.UserID, "password")
	if _, err := w.BeginRecovery(t.Context(), w.recovery(1), account.Browser{}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(account.RecoveryFor + 24*time.Hour)
	if _, err := w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{}); !errors.Is(err, account.ErrRecoveryProof) {
		t.Errorf("a week later: %v, want ErrRecoveryProof", err)
	}
	if _, err := w.BeginRecovery(t.Context(), w.recovery(1), account.Browser{}); err != nil {
		t.Errorf("beginning anew: %v", err)
	}
}

// TestRecovery_LiftsTheLockOfANumber is S-18: a hundred wrong codes in a row, the
// right code is refused, the member is told, a recovery opens the number again.
func TestRecovery_LiftsTheLockOfANumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.Clock.Advance(time.Minute)
	ref, code := w.start(verify.Login, 1, mine)
	w.update(`UPDATE number_limits SET wrong_row = 100 WHERE number_mac = $1`, w.Ring.Whole(numbered(t, 1)))
	for range 2 {
		if _, _, err := w.Check(t.Context(), ref, code); !errors.Is(err, limit.ErrLocked) {
			t.Fatalf("the right code of a locked number: %v, want ErrLocked", err)
		}
	}
	if got := w.texts(1); w.told(s.UserID) != "locked" || len(got) != 1 || !strings.Contains(got[0], "문자 로그인을 막았어요") {
		t.Errorf("the member is told %q and texted %q", w.told(s.UserID), got)
	}
	entered, err := w.FinishRecovery(t.Context(), w.recovery(1), account.Browser{})
	if err != nil || entered.UserID != s.UserID {
		t.Fatalf("a recovery of a locked number: %v", err)
	}
	if w.enter(1, "phone").UserID != s.UserID {
		t.Error("the number leads elsewhere")
	}
}

func TestCheck_TellsOfARightCodeAfterManyWrongOnes(t *testing.T) {
	t.Parallel()
	for wrong, want := range map[int]string{4: "", 5: "signed_in_after_failures"} {
		w := newWorld(t)
		s, _ := w.join(1)
		w.Clock.Advance(time.Minute)
		w.update(`UPDATE number_limits SET wrong_row = $2 WHERE number_mac = $1`, w.Ring.Whole(numbered(t, 1)), wrong)
		w.enter(1, "phone")
		if got := w.told(s.UserID); got != want {
			t.Errorf("after %d wrong codes the member is told %q, want %q", wrong, got, want)
		}
	}
}

func TestCheck_StandsWhenItsOwnerCannotBeTold(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	w := newWorldWith(t, func(o *account.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	w.join(1)
	w.Clock.Advance(time.Minute)
	w.update(`UPDATE number_limits SET wrong_row = 5 WHERE number_mac = $1`, w.Ring.Whole(numbered(t, 1)))
	w.update(`ALTER TABLE notices RENAME TO notices_elsewhere`)
	w.enter(1, "phone")
	if !strings.Contains(log.String(), "could not be told of wrong codes") {
		t.Errorf("the log says %q", log.String())
	}
}
