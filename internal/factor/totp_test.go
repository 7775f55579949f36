package factor_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// TestTOTPCode_IsThatOfRFC6238 takes the vectors of its appendix B, of which
// six digits are the last six of eight.
func TestTOTPCode_IsThatOfRFC6238(t *testing.T) {
	t.Parallel()
	seed := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := factor.TOTPCode(seed, at/30); got != want[2:] {
			t.Errorf("at %d: %s, want %s", at, got, want[2:])
		}
	}
}

// app has a member add an authenticator app and returns its key. The clock is
// moved on, so that the code that confirmed it is over.
func (w *world) app(userID string) string {
	w.Helper()
	draft, err := w.BeginTOTP(w.Context(), userID, "010-****-5678")
	if err != nil {
		w.Fatal(err)
	}
	if err := w.FinishTOTP(w.Context(), userID, w.code(draft.Secret, 0)); err != nil {
		w.Fatal(err)
	}
	w.clock.Advance(2 * time.Minute)
	return draft.Secret
}

func (w *world) code(secret string, away time.Duration) string {
	return factortest.Code(w, secret, w.clock.Now().Add(away))
}

func TestCheckTOTP_TakesEachStepOnceAndOneStepOfDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.app(me)
	if !w.held(me).TOTP || !w.held(me).Second() {
		t.Fatal("the app is not held")
	}
	for _, c := range []struct {
		name string
		away time.Duration
		want error
	}{
		{"two steps behind", -time.Minute, factor.ErrWrong},
		{"one step behind", -30 * time.Second, nil},
		{"one step behind again", -30 * time.Second, factor.ErrWrong},
		{"now", 0, nil},
		{"now again", 0, factor.ErrWrong},
		{"one step behind, which is older than what was used", -30 * time.Second, factor.ErrWrong},
		{"one step ahead", 30 * time.Second, nil},
		{"two steps ahead", time.Minute, factor.ErrWrong},
	} {
		if err := w.CheckTOTP(t.Context(), me, w.code(secret, c.away)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	w.clock.Advance(time.Hour)
	code := w.code(secret, 0)
	for _, text := range []string{"", "abcdef", code + "0", code[:5]} {
		if err := w.CheckTOTP(t.Context(), me, text); !errors.Is(err, factor.ErrWrong) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := w.CheckTOTP(t.Context(), other, code); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("a member without an app: %v", err)
	}
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	if err := w.CheckTOTP(t.Context(), me, wide[:9]+" - "+wide[9:]); err != nil {
		t.Errorf("in full-width digits, in two groups: %v", err)
	}
}

func TestCheckTOTP_TakesACodeOnceOfManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.app(me)
	code := w.code(secret, 0)
	var right atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := w.CheckTOTP(t.Context(), me, code)
			if err == nil {
				right.Add(1)
			} else if fault.As(err) == nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if right.Load() != 1 {
		t.Errorf("the code was taken %d times", right.Load())
	}
}

func TestBeginTOTP_ShowsOneKeyUntilItIsConfirmedOrOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *factor.Options) { o.Name = "신표 & Co" })
	first, err := w.BeginTOTP(t.Context(), me, "010-****-5678")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(first.URI)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/신표 & Co:010-****-5678" || q.Get("issuer") != "신표 & Co" ||
		q.Get("secret") != strings.ReplaceAll(first.Secret, " ", "") || len(q.Get("secret")) != 32 ||
		q.Get("algorithm") != "SHA1" || q.Get("digits") != "6" || q.Get("period") != "30" || strings.Contains(first.URI, "+") {
		t.Errorf("the address is %s", first.URI)
	}
	again, err := w.BeginTOTP(t.Context(), me, "010-****-5678")
	if err != nil || again != first {
		t.Errorf("shown again it is another key (%v)", err)
	}
	if w.held(me).TOTP {
		t.Error("it counts before it is confirmed")
	}
	if err := w.CheckTOTP(t.Context(), me, w.code(first.Secret, 0)); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("a code of it proves something before: %v", err)
	}
	if err := w.FinishTOTP(t.Context(), me, "000000"); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("a wrong code confirms it: %v", err)
	}
	w.clock.Advance(15 * time.Minute)
	if err := w.FinishTOTP(t.Context(), me, w.code(first.Secret, 0)); !errors.Is(err, factor.ErrNoDraft) {
		t.Errorf("after a quarter of an hour: %v", err)
	}
	second, err := w.BeginTOTP(t.Context(), me, "")
	if err != nil || second.Secret == first.Secret {
		t.Errorf("afterwards the same key is shown (%v)", err)
	}
}

func TestFinishTOTP_ReplacesTheAppBeforeAndUsesItsCodeUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.app(me)
	draft, err := w.BeginTOTP(t.Context(), me, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CheckTOTP(t.Context(), me, w.code(before, 0)); err != nil {
		t.Errorf("a draft puts the app out of use: %v", err)
	}
	code := w.code(draft.Secret, 0)
	if err := w.FinishTOTP(t.Context(), me, code); err != nil {
		t.Fatal(err)
	}
	if err := w.CheckTOTP(t.Context(), me, code); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("the code that confirmed it proves again: %v", err)
	}
	if err := w.FinishTOTP(t.Context(), me, code); !errors.Is(err, factor.ErrNoDraft) {
		t.Errorf("it is confirmed twice: %v", err)
	}
	w.clock.Advance(time.Minute)
	if err := w.CheckTOTP(t.Context(), me, w.code(before, 0)); !errors.Is(err, factor.ErrWrong) {
		t.Errorf("the app before still proves: %v", err)
	}
	if err := w.CheckTOTP(t.Context(), me, w.code(draft.Secret, 0)); err != nil {
		t.Errorf("the new one does not: %v", err)
	}
	if err := w.RemoveTOTP(t.Context(), me); err != nil {
		t.Fatal(err)
	}
	if w.held(me).TOTP {
		t.Error("it is still held")
	}
}

func TestTOTP_SeedsAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app(me)
	sealed := query[[]byte](w, `SELECT seed_sealed FROM totp_seeds WHERE user_id = $1`, me)
	if plain, err := w.ring.Open("totp_seeds.seed", me, sealed); err != nil || len(plain) != 20 {
		t.Errorf("it opens as %d bytes (%v)", len(plain), err)
	}
	if _, err := w.ring.Open("totp_seeds.seed", other, sealed); err == nil {
		t.Error("it opens in another member's row")
	}
}

// TestQRCode_IsAPictureOfItsOwn wants nothing in it that a strict CSP forbids
// or that a reader of codes cannot do without.
func TestQRCode_IsAPictureOfItsOwn(t *testing.T) {
	t.Parallel()
	picture, err := factor.QRCode(`otpauth://totp/<script>"&'`)
	if err != nil {
		t.Fatal(err)
	}
	// A finder pattern begins four modules from the corner and is seven wide.
	for _, want := range []string{`<svg xmlns=`, `viewBox="0 0 `, `fill="#fff"`, `M4 4h7v1h-7z`, `aria-hidden="true"`, `</svg>`} {
		if !strings.Contains(picture, want) {
			t.Errorf("it has no %s", want)
		}
	}
	for _, no := range []string{"script", "style", "href", "otpauth"} {
		if strings.Contains(picture, no) {
			t.Errorf("it has %s", no)
		}
	}
	if _, err := factor.QRCode(strings.Repeat("x", 4000)); err == nil {
		t.Error("a text that fits no code is drawn")
	}
}
