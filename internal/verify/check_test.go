package verify_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// once turns off the running of closures twice, for tests that count or race.
func once(o *db.Options) { o.DuplicateClosures = false }

func TestCheck_ApprovesTheRightCodeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, b := number(t, 1), verify.Browser("mine")
	v := w.mustStart(to, b)
	got := w.mustCheck(ref(v, b), w.code(to))
	if !got.Approved || got.Status != verify.Approved {
		t.Fatalf("the right code gives %v, approved %v", got.Status, got.Approved)
	}
	again := w.mustCheck(ref(v, b), w.code(to))
	if again.Approved || again.Status != verify.Approved {
		t.Fatalf("the code was approved a second time: %v, %v", again.Status, again.Approved)
	}
}

func TestCheck_LocksAfterFiveWrongCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, b := number(t, 1), verify.Browser("mine")
	v := w.mustStart(to, b)
	right := w.code(to)
	for i := range 5 {
		got := w.mustCheck(ref(v, b), other(right))
		want := verify.Pending
		if i == 4 {
			want = verify.Locked
		}
		if got.Approved || got.Status != want || got.AttemptsLeft != 4-i {
			t.Fatalf("wrong code %d: status %v with %d left, want %v with %d", i+1, got.Status, got.AttemptsLeft, want, 4-i)
		}
	}
	if got := w.mustCheck(ref(v, b), right); got.Approved || got.Status != verify.Locked {
		t.Fatalf("the right code after five wrong ones gives %v, approved %v", got.Status, got.Approved)
	}
}

func TestCheck_ParallelGuessesComparesAtMostFive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, once)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	right := w.code(to)
	var counted, refused atomic.Int32
	parallel(200, func(int) {
		got, err := w.Check(context.Background(), ref(v, verify.Binding{}), other(right))
		switch {
		case errors.Is(err, limit.ErrNumber):
			refused.Add(1)
		case err != nil:
			t.Errorf("checking: %v", err)
		case got.Approved:
			t.Error("a wrong code was approved")
		case got.Status == verify.Pending:
			counted.Add(1)
		}
	})
	stored, err := w.Read(t.Context(), v.ApplicationID, v.ID)
	if err != nil {
		t.Fatal(err)
	}
	if stored.Status != verify.Locked || stored.AttemptsLeft != 0 || counted.Load() > 4 {
		t.Fatalf("after 200 guesses: %v, %d left, %d answered as still pending (at most 4 may be)",
			stored.Status, stored.AttemptsLeft, counted.Load())
	}
}

// TestCheck_ParallelGuessesWithTheRightOne is the race of the security
// requirements: among many parallel guesses with the right one among them,
// what is compared is five at most, so most rounds approve nothing.
func TestCheck_ParallelGuessesWithTheRightOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, once)
	approvals := 0
	const rounds, guesses = 40, 200
	for round := range rounds {
		to := number(t, round)
		v := w.mustStart(to, verify.Binding{})
		right := w.code(to)
		var approved, wrong atomic.Int32
		parallel(guesses, func(i int) {
			text := fmt.Sprintf("%06d", (i*4999+round)%1_000_000)
			if i == guesses/2 {
				text = right
			}
			got, err := w.Check(context.Background(), ref(v, verify.Binding{}), text)
			switch {
			case err != nil && !errors.Is(err, limit.ErrNumber):
				t.Errorf("checking: %v", err)
			case err == nil && got.Approved && text != right:
				t.Error("a wrong code was approved")
			case err == nil && got.Approved:
				approved.Add(1)
			case err == nil && got.Status == verify.Pending:
				wrong.Add(1)
			}
		})
		if approved.Load() > 1 || wrong.Load() > 4 {
			t.Fatalf("%d approvals, %d wrong codes compared before the end", approved.Load(), wrong.Load())
		}
		approvals += int(approved.Load())
	}
	t.Logf("%d approvals in %d rounds of %d guesses", approvals, rounds, guesses)
}

func TestCheck_ParallelRightCodesApproveOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, once)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	right := w.code(to)
	var approved atomic.Int32
	parallel(50, func(int) {
		got, err := w.Check(context.Background(), ref(v, verify.Binding{}), right)
		if err != nil {
			t.Errorf("checking: %v", err)
		}
		if got.Approved {
			approved.Add(1)
		}
	})
	if approved.Load() != 1 {
		t.Fatalf("%d approvals of one code, want 1", approved.Load())
	}
}

// TestCheck_ASpentLimitRefusesTheRightCodeToo uses up the number's wrong checks
// over several verifications: what is refused then must not tell right from
// wrong.
func TestCheck_ASpentLimitRefusesTheRightCodeToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	wrong := 0
	for range 3 {
		v := w.mustStart(to, verify.Binding{})
		code := w.code(to)
		for range 5 {
			_, err := w.Check(t.Context(), ref(v, verify.Binding{}), other(code))
			if errors.Is(err, limit.ErrNumber) {
				if _, err := w.Check(t.Context(), ref(v, verify.Binding{}), code); !errors.Is(err, limit.ErrNumber) {
					t.Fatalf("the right code behind a spent limit: %v, want ErrNumber", err)
				}
				stored, err := w.Read(t.Context(), v.ApplicationID, v.ID)
				if err != nil || stored.Status != verify.Pending || wrong > 10 {
					t.Fatalf("after %d wrong codes the verification is %v (%v)", wrong, stored.Status, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wrong++
		}
		w.Clock.Advance(30 * time.Second)
	}
	t.Fatalf("%d wrong codes were compared within minutes", wrong)
}

func TestCheck_WorksUntilItsTimeIsOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after time.Duration
		want  verify.Status
	}{
		"a second before": {5*time.Minute - time.Second, verify.Approved},
		"at the end":      {5 * time.Minute, verify.Expired},
		"a second after":  {5*time.Minute + time.Second, verify.Expired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			to := number(t, 1)
			v := w.mustStart(to, verify.Binding{})
			code := w.code(to)
			w.Clock.Advance(c.after)
			if got := w.mustCheck(ref(v, verify.Binding{}), code); got.Status != c.want {
				t.Errorf("status %v, want %v", got.Status, c.want)
			}
		})
	}
}

func TestCheck_NoClockStepRevivesACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	code := w.code(to)
	w.Clock.Advance(5*time.Minute + time.Second)
	if n, err := w.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatalf("Sweep = %d, %v, want it to end 1", n, err)
	}
	w.Clock.Advance(-10 * time.Minute)
	if got := w.mustCheck(ref(v, verify.Binding{}), code); got.Status != verify.Expired || got.Approved {
		t.Fatalf("after the clock was set back: %v", got.Status)
	}
}

func TestCheck_ElsewhereIsRefusedWithoutAnAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, b := number(t, 1), verify.Browser("mine")
	v := w.mustStart(to, b)
	code := w.code(to)
	for name, c := range map[string]struct {
		ref  verify.Ref
		want error
	}{
		"another browser":       {ref(v, verify.Browser("other")), verify.ErrBinding},
		"no binding":            {ref(v, verify.Binding{}), verify.ErrBinding},
		"a backend's binding":   {ref(v, verify.Client("mine")), verify.ErrBinding},
		"another application":   {verify.Ref{ID: v.ID, ApplicationID: "app_other", Binding: b}, verify.ErrNotFound},
		"another verification":  {verify.Ref{ID: "ver_0", ApplicationID: v.ApplicationID, Binding: b}, verify.ErrNotFound},
		"a code with a digit 7": {ref(v, b), verify.ErrCode},
	} {
		text := code
		if errors.Is(c.want, verify.ErrCode) {
			text = code + "1"
		}
		if _, err := w.Check(t.Context(), c.ref, text); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	got := w.mustCheck(ref(v, b), code)
	if !got.Approved || got.AttemptsLeft != 4 {
		t.Fatalf("after refusals from elsewhere the owner gets %v with %d left", got.Status, got.AttemptsLeft)
	}
}

func TestCheck_HoldsForItsPurposeAndApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	if got := w.mustCheck(ref(v, verify.Binding{}), w.code(to)); !got.Approved {
		t.Fatal("the right code was not approved")
	}
	redeem := func(r verify.Ref) error {
		return w.DB.Update(t.Context(), func(tx *db.Tx) error {
			w.Redeem(tx, r)
			return nil
		})
	}
	for name, r := range map[string]verify.Ref{
		"another application": {ID: v.ID, ApplicationID: "app_other"},
		"another browser":     ref(v, verify.Browser("other")),
	} {
		if err := redeem(r); !errors.Is(err, verify.ErrNotApproved) {
			t.Errorf("redeemed by %s: %v", name, err)
		}
	}
	if err := redeem(ref(v, verify.Binding{})); err != nil {
		t.Fatalf("the owner could not redeem: %v", err)
	}
	if err := redeem(ref(v, verify.Binding{})); !errors.Is(err, verify.ErrNotApproved) {
		t.Errorf("redeemed twice: %v", err)
	}
}

func TestRedeem_LapsesAfterHalfAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := number(t, 1)
	v := w.mustStart(to, verify.Binding{})
	w.mustCheck(ref(v, verify.Binding{}), w.code(to))
	w.Clock.Advance(30 * time.Minute)
	err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
		w.Redeem(tx, ref(v, verify.Binding{}))
		return nil
	})
	if !errors.Is(err, verify.ErrNotApproved) {
		t.Fatalf("an approval of half an hour ago was redeemed: %v", err)
	}
}

// parallel runs fn n times at once.
func parallel(n int, fn func(i int)) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			fn(i)
		})
	}
	close(begin)
	wg.Wait()
}
