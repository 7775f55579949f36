package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// newWorldWith is newWorld with other limits.
func newWorldWith(t *testing.T, o verifytest.Options) *world {
	t.Helper()
	o.Sandbox = []sandbox.Option{sandbox.WithReportDelay(0)}
	w := verifytest.New(t, o)
	return &world{w.Verifier, w}
}

func (w *world) begin(s verify.Start) (verify.Verification, error) {
	s.Application, s.Locale = w.App, "ko"
	if s.Purpose == "" {
		s.Purpose = verify.Login
	}
	return w.Start(w.Context(), s)
}

func (w *world) mustBegin(s verify.Start) verify.Verification {
	w.Helper()
	v, err := w.begin(s)
	if err != nil {
		w.Fatalf("starting: %v", err)
	}
	return v
}

// spendGuesses has a stranger use up the number's wrong checks of an hour.
func (w *world) spendGuesses(n int) {
	w.Helper()
	to := number(w.TB.(*testing.T), n)
	for range 2 {
		v := w.mustBegin(verify.Start{To: to, Binding: verify.Browser("stranger")})
		wrong := other(w.code(to))
		for range 5 {
			if _, err := w.Check(w.Context(), ref(v, verify.Browser("stranger")), wrong); err != nil && !errors.Is(err, limit.ErrNumber) {
				w.Fatal(err)
			}
		}
		w.Clock.Advance(31 * time.Second)
	}
}

// TestStart_GoesOnWithTenDigitsWhenGuessesAreSpent: an attacker spends the wrong
// checks of a number, and its owner signs in from a new browser (S-17).
func TestStart_GoesOnWithTenDigitsWhenGuessesAreSpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spendGuesses(1)
	to, mine := number(t, 1), verify.Browser("mine")
	v := w.mustBegin(verify.Start{To: to, Binding: mine})
	code := w.code(to)
	if v.CodeLength != 10 || len(code) != 10 {
		t.Fatalf("the code has %d digits in the answer and %d in the text, want 10", v.CodeLength, len(code))
	}
	if got := w.mustCheck(ref(v, mine), other(code)); got.Status != verify.Pending || got.AttemptsLeft != 4 {
		t.Fatalf("a wrong long code gives %v with %d left", got.Status, got.AttemptsLeft)
	}
	if got := w.mustCheck(ref(v, mine), code); !got.Approved {
		t.Fatalf("the owner's code gives %v", got.Status)
	}
}

// TestStart_ATrustedBrowserIsUntouched: all that strangers can spend is spent
// (S-19).
func TestStart_ATrustedBrowserIsUntouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spendGuesses(1)
	to := number(t, 1)
	for range 3 {
		w.mustBegin(verify.Start{To: to, Binding: verify.Browser("stranger")})
		w.Clock.Advance(31 * time.Second)
	}
	if _, err := w.begin(verify.Start{To: to}); !errors.Is(err, limit.ErrNumber) {
		t.Fatalf("a sixth text within the hour: %v, want ErrNumber", err)
	}
	trusted := verify.Start{To: to, Binding: verify.Browser("mine"), Device: limit.NewDevice([]byte("device"))}
	for i := range 3 {
		v := w.mustBegin(trusted)
		code := w.code(to)
		if v.CodeLength != 6 {
			t.Fatalf("a trusted browser's code has %d digits, want 6", v.CodeLength)
		}
		if got := w.mustCheck(ref(v, trusted.Binding), code); !got.Approved {
			t.Fatalf("text %d: a trusted browser's code gives %v", i+1, got.Status)
		}
		w.Clock.Advance(31 * time.Second)
	}
	if _, err := w.begin(trusted); !errors.Is(err, limit.ErrNumber) {
		t.Fatalf("a fourth text of its own: %v, want ErrNumber", err)
	}
}

// TestStart_ATrustedBrowserSupersedesItsOwn starts twice in one browser.
func TestStart_ATrustedBrowserSupersedesItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trusted := verify.Start{To: number(t, 1), Binding: verify.Browser("mine"), Device: limit.NewDevice([]byte("device"))}
	first := w.mustBegin(trusted)
	w.Clock.Advance(31 * time.Second)
	w.mustBegin(trusted)
	if got, err := w.Get(t.Context(), ref(first, trusted.Binding)); err != nil || got.Status != verify.Superseded {
		t.Fatalf("the first is %v (%v), want superseded", got.Status, err)
	}
}

// TestCheck_AHundredWrongInARowLockTheNumber is S-18: the right code is refused,
// and a recovery unlocks.
func TestCheck_AHundredWrongInARowLockTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustBegin(verify.Start{To: to})
	code := w.code(to)
	set := func(n int) {
		t.Helper()
		err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
			tx.Exec(`UPDATE number_limits SET wrong_row = $1`, n)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(99)
	if got := w.mustCheck(ref(v, verify.Binding{}), other(code)); got.Status != verify.Pending {
		t.Fatalf("the hundredth wrong code gives %v", got.Status)
	}
	for _, text := range []string{code, other(code)} {
		if _, err := w.Check(t.Context(), ref(v, verify.Binding{}), text); !errors.Is(err, limit.ErrLocked) {
			t.Fatalf("a code of a locked number: %v, want ErrLocked", err)
		}
	}
	w.Clock.Advance(31 * time.Second)
	for _, purpose := range []verify.Purpose{verify.Login, verify.Signup, verify.NumberChange, verify.API} {
		if _, err := w.begin(verify.Start{To: to, Purpose: purpose}); !errors.Is(err, limit.ErrLocked) {
			t.Errorf("a start for %s: %v, want ErrLocked", purpose, err)
		}
	}
	r := w.mustBegin(verify.Start{To: to, Purpose: verify.Recovery})
	if r.CodeLength != 10 || r.ExpiresAt.Sub(r.CreatedAt) != 10*time.Minute {
		t.Fatalf("a recovery has %d digits and %v", r.CodeLength, r.ExpiresAt.Sub(r.CreatedAt))
	}
	recovery := w.code(to)
	w.Clock.Advance(9*time.Minute + 59*time.Second)
	if got := w.mustCheck(ref(r, verify.Binding{}), recovery); !got.Approved {
		t.Fatalf("the recovery's code gives %v", got.Status)
	}
	v = w.mustBegin(verify.Start{To: to})
	if got := w.mustCheck(ref(v, verify.Binding{}), w.code(to)); !got.Approved {
		t.Fatalf("after the recovery a code gives %v", got.Status)
	}
}

// TestCheck_ARightCodeEndsTheRow: ninety-nine wrong, one right, one wrong.
func TestCheck_ARightCodeEndsTheRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	for _, inRow := range []int{99, 0} {
		v := w.mustBegin(verify.Start{To: to})
		err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
			tx.Must(1, limit.ErrNumber, `UPDATE number_limits SET wrong_row = $1 WHERE wrong_row = 0`, inRow)
			return nil
		})
		if err != nil {
			t.Fatalf("the row of wrong codes did not end: %v", err)
		}
		if got := w.mustCheck(ref(v, verify.Binding{}), w.code(to)); !got.Approved {
			t.Fatalf("the right code after %d wrong ones gives %v", inRow, got.Status)
		}
		w.Clock.Advance(31 * time.Second)
	}
}

// TestStart_EleventhTextOfTheDayIsRefused is S-20, over two applications and
// three purposes.
func TestStart_EleventhTextOfTheDayIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.App
	second.ID = "app_second"
	purposes := []verify.Purpose{verify.Login, verify.Signup, verify.API}
	for i := range 11 {
		_, err := w.Start(t.Context(), verify.Start{
			Application: []app.Application{w.App, second}[i%2], To: number(t, 1), Purpose: purposes[i%3], Locale: "ko",
		})
		if i < 10 && err != nil {
			t.Fatalf("text %d of 10: %v", i+1, err)
		}
		if i == 10 && !errors.Is(err, limit.ErrNumber) {
			t.Fatalf("an eleventh text within the day: %v, want ErrNumber", err)
		}
		w.Clock.Advance(13 * time.Minute)
	}
}

// TestStart_NetworksAreAskedForAChallenge is S-21; the addresses of one IPv6 /64
// are one network, and this machine is none.
func TestStart_NetworksAreAskedForAChallenge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := func(n int, address string, solved bool) error {
		s := verify.Start{To: number(t, n), Solved: solved}
		if address != "" {
			s.Client = netip.MustParseAddr(address)
		}
		_, err := w.begin(s)
		return err
	}
	for i := range 10 {
		if err := begin(i, fmt.Sprintf("2001:db8::%d", i+1), false); err != nil {
			t.Fatalf("number %d of 10: %v", i+1, err)
		}
	}
	if err := begin(10, "2001:db8::ffff:1", false); !errors.Is(err, limit.ErrChallenge) || fault.As(err).RetryAfter <= 0 {
		t.Fatalf("an eleventh number: %v, want ErrChallenge with a wait", err)
	}
	if err := begin(10, "2001:db8::ffff:1", true); err != nil {
		t.Fatalf("with a challenge solved: %v", err)
	}
	if err := begin(11, "2001:db8:0:1::1", false); err != nil {
		t.Fatalf("another network: %v", err)
	}
	for i := range 11 {
		if err := errors.Join(begin(20+i, "127.0.0.1", false), begin(40+i, "", false)); err != nil {
			t.Fatalf("a start from this machine, or from nobody knows where: %v", err)
		}
	}
}

// TestStart_AtTheCeilingNotOneTextMore is S-22, for starts and resends.
func TestStart_AtTheCeilingNotOneTextMore(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, verifytest.Options{Limits: func(o *limit.Options) {
		o.Ceilings = &limit.Ceilings{ApplicationPerMinute: 3, InstallationPerMinute: 100, WonPerDay: 50_000}
	}})
	first := w.mustBegin(verify.Start{To: number(t, 1)})
	w.Drive()
	w.Clock.Advance(30 * time.Second)
	for i := range 2 {
		w.mustBegin(verify.Start{To: number(t, i+2)})
	}
	_, err := w.begin(verify.Start{To: number(t, 4)})
	if !errors.Is(err, limit.ErrBudget) || fault.As(err).RetryAfter <= 0 {
		t.Fatalf("a fourth text within the minute: %v, want ErrBudget with a wait", err)
	}
	if _, err := w.Resend(t.Context(), w.App, ref(first, verify.Binding{})); !errors.Is(err, limit.ErrBudget) {
		t.Fatalf("a resend at the ceiling: %v, want ErrBudget", err)
	}
	for n := range 4 {
		want := 1
		if n == 3 {
			want = 0
		}
		if texts := len(w.codes(number(t, n+1))); texts != want {
			t.Errorf("number %d got %d texts, want %d", n+1, texts, want)
		}
	}
	w.Clock.Advance(40 * time.Second)
	w.mustBegin(verify.Start{To: number(t, 4)})
}

// TestStart_ARefusedStartUsesNothingOfTheCeiling asks for one number again and
// again.
func TestStart_ARefusedStartUsesNothingOfTheCeiling(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, verifytest.Options{Limits: func(o *limit.Options) {
		o.Ceilings = &limit.Ceilings{ApplicationPerMinute: 2, InstallationPerMinute: 2, WonPerDay: 1000}
	}})
	w.mustBegin(verify.Start{To: number(t, 1)})
	for range 5 {
		w.Clock.Advance(time.Second) // past what is remembered of the refusal
		if _, err := w.begin(verify.Start{To: number(t, 1)}); !errors.Is(err, limit.ErrNumber) {
			t.Fatalf("a second text within 30 s: %v, want ErrNumber", err)
		}
	}
	w.mustBegin(verify.Start{To: number(t, 2)})
}

// TestStart_LimitsUnreadableSendNothing is row 19: without its counters the
// program neither sends nor approves.
func TestStart_LimitsUnreadableSendNothing(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"number_limits", "network_limits", "ceilings", "won_days", "gates", "wrong_hours"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, verifytest.Options{Limits: func(o *limit.Options) {
				o.Ceilings = &limit.Ceilings{ApplicationPerMinute: 100, InstallationPerMinute: 100, WonPerDay: 50_000}
			}})
			v := w.mustBegin(verify.Start{To: number(t, 1)})
			code := w.code(number(t, 1))
			err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
				tx.Exec(`ALTER TABLE ` + table + ` RENAME TO gone`)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			w.Clock.Advance(10 * time.Second)
			if _, err := w.begin(verify.Start{To: number(t, 2), Client: netip.MustParseAddr("192.0.2.1")}); err == nil {
				t.Error("a start was admitted")
			}
			if texts := len(w.codes(number(t, 2))); texts != 0 {
				t.Errorf("%d texts were sent", texts)
			}
			got, err := w.Check(context.Background(), ref(v, verify.Binding{}), code)
			if reads := table == "number_limits"; reads && (err == nil || got.Approved) {
				t.Errorf("a code was approved without its counters: %v", err)
			}
		})
	}
}

// TestStart_WhileSprayingCodesHaveEightDigits crosses the line of wrong checks
// over all numbers (S-25).
func TestStart_WhileSprayingCodesHaveEightDigits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO wrong_hours (hour, wrong) VALUES ($1, 10001)`, tx.Now.Std().Unix()/3600)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	to := number(t, 1)
	if _, err := w.begin(verify.Start{To: to}); !errors.Is(err, limit.ErrChallenge) {
		t.Fatalf("a start while spraying is under way: %v, want ErrChallenge", err)
	}
	v := w.mustBegin(verify.Start{To: to, Solved: true})
	if code := w.code(to); v.CodeLength != 8 || len(code) != 8 {
		t.Fatalf("the code has %d digits in the answer and %d in the text, want 8", v.CodeLength, len(code))
	}
	if got := w.mustCheck(ref(v, verify.Binding{}), w.code(to)); !got.Approved {
		t.Fatalf("the code gives %v", got.Status)
	}
}

// TestConvert_FewAnswersTurnTheChallengeOn lets the texts of an application go
// unanswered (S-24). Ids tell the time of this machine, so the clock of the test
// begins there.
func TestConvert_FewAnswersTurnTheChallengeOn(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, verifytest.Options{At: time.Now().Truncate(time.Microsecond), Rand: zeros{}})
	for i := range 60 {
		v := w.mustBegin(verify.Start{To: number(t, i)})
		if i%6 == 0 {
			w.mustCheck(ref(v, verify.Binding{}), "000000")
		}
	}
	if err := w.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.mustBegin(verify.Start{To: number(t, 100)}) // their codes have not run out
	w.Clock.Advance(7 * time.Minute)
	if err := w.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.begin(verify.Start{To: number(t, 101)}); !errors.Is(err, limit.ErrChallenge) {
		t.Fatalf("a start after ten answers to sixty texts: %v, want ErrChallenge", err)
	}
	w.Clock.Advance(2 * time.Hour)
	if err := w.Convert(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.mustBegin(verify.Start{To: number(t, 102)})
}
