package factor_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/fault"
)

func (w *world) codes(userID string) []string {
	w.Helper()
	codes, err := w.NewRecoveryCodes(w.Context(), userID)
	if err != nil {
		w.Fatal(err)
	}
	return codes
}

func TestRecoveryCodes_WorkOnceForTheirMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	codes := w.codes(me)
	form := regexp.MustCompile(`^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$`) // 80 bits
	seen := map[string]bool{}
	for _, code := range codes {
		if !form.MatchString(code) || seen[code] {
			t.Errorf("%q is no code, or one twice", code)
		}
		seen[code] = true
	}
	if len(codes) != 10 || w.held(me).RecoveryCodes != 10 {
		t.Fatalf("%d codes, %d held", len(codes), w.held(me).RecoveryCodes)
	}
	if w.held(me).Second() || w.held(me).StepUp() {
		t.Error("recovery codes alone are asked for, or do for a step-up")
	}
	if err := w.UseRecoveryCode(t.Context(), other, codes[0]); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("another member used it: %v", err)
	}
	if err := w.UseRecoveryCode(t.Context(), me, codes[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.UseRecoveryCode(t.Context(), me, codes[0]); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("a second use: %v", err)
	}
	typed := strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(codes[1], "-", " ")), "o", "0")
	if err := w.UseRecoveryCode(t.Context(), me, typed); err != nil {
		t.Errorf("typed as %q: %v", typed, err)
	}
	if n := w.held(me).RecoveryCodes; n != 8 {
		t.Errorf("%d left, want 8", n)
	}
	again := w.codes(me)
	if err := w.UseRecoveryCode(t.Context(), me, codes[2]); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("a code of the set before: %v", err)
	}
	if err := w.UseRecoveryCode(t.Context(), me, again[2]); err != nil || w.held(me).RecoveryCodes != 9 {
		t.Errorf("a code of the new set: %v", err)
	}
	for _, mac := range []string{codes[3], again[3]} {
		if n := query[int](w, `SELECT count(*) FROM recovery_codes WHERE code_mac = $1`, []byte(strings.ReplaceAll(mac, "-", ""))); n != 0 {
			t.Error("a code stands in the table")
		}
	}
}

// TestTries_AreCountedByMemberAndKindOverWindows tries wrong ones as often as
// it is let and looks at every window.
func TestTries_AreCountedByMemberAndKindOverWindows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	codes := w.codes(me)
	var let []time.Time
	for day := range 62 {
		for range 12 {
			for {
				err := w.UseRecoveryCode(t.Context(), me, "AAAA-AAAA-AAAA-AAAA")
				if !errors.Is(err, factor.ErrWrong) {
					wait := fault.As(err)
					if !errors.Is(err, factor.ErrTries) || wait.RetryAfter <= 0 {
						t.Fatalf("on day %d: %v", day, err)
					}
					break
				}
				let = append(let, w.clock.Now())
			}
			w.clock.Advance(2 * time.Hour)
		}
	}
	for _, window := range []struct {
		most   int
		length time.Duration
	}{{10, time.Hour}, {30, 24 * time.Hour}, {100, 30 * 24 * time.Hour}} {
		most := 0
		for i := range let {
			n := 0
			for _, at := range let[i:] {
				if at.Sub(let[i]) < window.length {
					n++
				}
			}
			most = max(most, n)
		}
		if most > window.most || most < window.most/2 {
			t.Errorf("%d wrong ones within %v, want at most %d and more than half", most, window.length, window.most)
		}
	}
	if err := w.UseRecoveryCode(t.Context(), me, codes[0]); !errors.Is(err, factor.ErrTries) {
		t.Errorf("the right one is compared although tries are spent: %v", err)
	}
	if err := w.UseRecoveryCode(t.Context(), other, "x"); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("another member is held back: %v", err)
	}
	if err := w.CheckTOTP(t.Context(), me, "000000"); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("another kind is held back: %v", err)
	}
}

func TestTries_WaitAsLongAsTheySay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.app(me)
	var err error
	for !errors.Is(err, factor.ErrTries) {
		if err = w.CheckTOTP(t.Context(), me, "x"); err == nil {
			t.Fatal("a wrong one is right")
		}
	}
	// A later start, or another node, knows it too.
	later, _ := w.factors()
	if err := later.CheckTOTP(t.Context(), me, w.code(secret, 0)); !errors.Is(err, factor.ErrTries) {
		t.Errorf("another node lets it pass: %v", err)
	}
	w.clock.Advance(fault.As(err).RetryAfter - time.Second)
	if err := w.CheckTOTP(t.Context(), me, w.code(secret, 0)); !errors.Is(err, factor.ErrTries) {
		t.Errorf("a second before: %v", err)
	}
	w.clock.Advance(time.Second)
	if err := w.CheckTOTP(t.Context(), me, w.code(secret, 0)); err != nil {
		t.Errorf("at the time that was told: %v", err)
	}
}

func TestTries_RightOnesCostNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.app(me)
	for i := range 120 {
		if err := w.CheckTOTP(t.Context(), me, w.code(secret, 0)); err != nil {
			t.Fatalf("the %d. right one: %v", i+1, err)
		}
		w.clock.Advance(30 * time.Second)
	}
}

func TestTries_AreCountedEvenIfTheCallerLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, leave := context.WithCancel(t.Context())
	let := w.HoldHashes(time.Hour)
	done := make(chan error)
	go func() { done <- w.CheckPassword(gone, me, "whatever it is") }()
	for query[int](w, `SELECT count(*) FROM factor_tries`) == 0 {
		time.Sleep(time.Millisecond)
	}
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("the check ended with %v", err)
	}
	let()
	spent := query[int64](w, `SELECT wrong_hour FROM factor_tries`) - w.clock.Now().UnixMicro()
	if spent <= 0 {
		t.Error("who hangs up gets the try back")
	}
}

func TestErase_LeavesNothingOfAMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, userID := range []string{me, other} {
		w.register(userID, factortest.New(origin))
		w.setPassword(userID, phrase(12))
		w.app(userID)
		w.codes(userID)
		if err := w.CheckTOTP(t.Context(), userID, "x"); !errors.Is(err, factor.ErrWrong) {
			t.Fatal(err)
		}
		if _, _, err := w.BeginProof(t.Context(), userID); err != nil {
			t.Fatal(err)
		}
	}
	var before, after factor.Held
	err := w.db.Update(t.Context(), func(tx *db.Tx) (err error) {
		if before, err = w.HeldIn(tx, me); err != nil {
			return err
		}
		w.Erase(tx, me)
		after, err = w.HeldIn(tx, me)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !before.Password || !before.TOTP || before.RecoveryCodes != 10 || len(before.Passkeys) != 1 || after.StepUp() || after.RecoveryCodes != 0 {
		t.Errorf("held %+v before and %+v after", before, after)
	}
	for _, table := range []string{"passkeys", "passkey_ceremonies", "passwords", "totp_seeds", "recovery_codes", "factor_tries"} {
		mine := query[int](w, `SELECT count(*) FROM `+table+` WHERE user_id = $1`, me)
		theirs := query[int](w, `SELECT count(*) FROM `+table+` WHERE user_id = $1`, other)
		if mine != 0 || theirs == 0 {
			t.Errorf("%s: %d rows are left of the member, %d of another", table, mine, theirs)
		}
	}
}
