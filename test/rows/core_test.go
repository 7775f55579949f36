package rows

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/kit"
)

func TestRow01_FiveWrongCodesEndAVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.Number()
	v := w.Start(w.A(), number)
	code := w.Code(number)
	for i := range 5 {
		want := "pending"
		if i == 4 {
			want = "locked"
		}
		if c := w.Check(w.Any(i), v.ID, kit.Other(code, i)); c.Approved || c.Status != want || c.Left() != 4-i {
			t.Fatalf("wrong code %d: %s with %d left, want %s with %d", i+1, c.Status, c.Left(), want, 4-i)
		}
	}
	for _, n := range w.Nodes {
		if c := w.Check(n, v.ID, code); c.Approved || c.Status != "locked" || c.Receipt != "" {
			t.Errorf("node %s: the right code after five wrong ones gives %s, approved %v", n.Name, c.Status, c.Approved)
		}
		if got := w.Read(n, v.ID); got.Status != "locked" || got.AttemptsLeft != 0 {
			t.Errorf("node %s shows it as %s with %d left", n.Name, got.Status, got.AttemptsLeft)
		}
		if a := w.Call(n, http.MethodPost, "/v1/verifications/"+v.ID+"/resend", nil); a.Status != http.StatusConflict {
			t.Errorf("node %s: a locked verification is sent again: %v", n.Name, a)
		}
	}
}

// TestRow02_ParallelGuessesComparesFive puts the right code among 200 parallel
// guesses. If five at most are compared, most rounds approve nothing; if every
// guess were, each round would.
func TestRow02_ParallelGuessesCompareFive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	const rounds, guesses = 12, 200
	approvals, full := 0, w.wrongLeft(w.Number())
	for round := range rounds {
		number := w.Number()
		v := w.Start(w.Any(round), number)
		code := w.Code(number)
		place := round * 17 % guesses // of the right one
		var pending, approved atomic.Int64
		kit.Together(guesses, func(i int) {
			guess := kit.Other(code, i)
			if i == place {
				guess = code
			}
			c, a := w.TryCheck(w.Any(i), v.ID, guess)
			switch {
			case a.Status != http.StatusOK || a.Err != nil:
				t.Errorf("guess %d answered %v", i, a)
			case c.Approved && i != place:
				t.Error("a wrong code was approved")
			case c.Approved:
				approved.Add(1)
			case c.Status == "pending":
				pending.Add(1)
			}
		})
		got := w.Read(w.B(), v.ID)
		if pending.Load() > 4 || approved.Load() > 1 || got.AttemptsLeft < 0 {
			t.Fatalf("%d guesses were answered as wrong with attempts left (at most 4 can be), %d approved",
				pending.Load(), approved.Load())
		}
		if approved.Load() == 0 && got.Status != "locked" {
			t.Fatalf("after %d guesses the verification is %s with %d left", guesses, got.Status, got.AttemptsLeft)
		}
		// Each code that is compared and wrong is charged to the number.
		if charged := full - w.wrongLeft(number); charged > 5 || got.Status == "locked" && charged != 5 {
			t.Errorf("%d wrong codes were charged to the number; it is %s", charged, got.Status)
		}
		approvals += int(approved.Load())
	}
	t.Logf("%d approvals in %d rounds of %d guesses", approvals, rounds, guesses)
	if approvals > 3 {
		t.Errorf("%d of %d rounds found the code: more than five guesses are compared", approvals, rounds)
	}
}

// wrongLeft is how many wrong codes a number still has in an hour, as the
// command of the operator tells it.
func (w *world) wrongLeft(number string) int {
	w.Helper()
	var budgets []struct {
		Rule, Of, Within string
		Left             int
	}
	if err := json.Unmarshal([]byte(w.B().CLI("limits", "show", number, "--json")), &budgets); err != nil {
		w.Fatal(err)
	}
	for _, b := range budgets {
		if b.Rule == "number_wrong" && b.Of == "number" && b.Within == "1 h" {
			return b.Left
		}
	}
	w.Fatal("limits show tells no budget of wrong codes")
	return 0
}

func TestRow03_ParallelRightCodesApproveOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	for range 8 {
		number := w.Number()
		v := w.Start(w.A(), number)
		code := w.Code(number)
		var approved, receipts atomic.Int64
		var receipt atomic.Value
		kit.Together(50, func(i int) {
			c, a := w.TryCheck(w.Any(i), v.ID, code)
			if a.Status != http.StatusOK || c.Status != "approved" {
				t.Errorf("a right code answered %v, status %q", a, c.Status)
			}
			if c.Approved {
				approved.Add(1)
			}
			if c.Receipt != "" {
				receipts.Add(1)
				receipt.Store(c.Receipt)
			}
		})
		if approved.Load() != 1 || receipts.Load() != 1 {
			t.Fatalf("50 right codes: %d approvals and %d receipts, want one of each", approved.Load(), receipts.Load())
		}
		var redeemed, used atomic.Int64
		kit.Together(50, func(i int) {
			a := w.Call(w.Any(i), http.MethodPost, "/v1/receipts/redeem", fields{"receipt": receipt.Load(), "purpose": "signup"})
			switch {
			case a.Status == http.StatusOK:
				redeemed.Add(1)
			case a.Status == http.StatusConflict && a.Code() == "receipt_used":
				used.Add(1)
			default:
				t.Errorf("redeeming answered %v", a)
			}
		})
		if redeemed.Load() != 1 || used.Load() != 49 {
			t.Fatalf("the receipt was redeemed %d times and refused as used %d times", redeemed.Load(), used.Load())
		}
	}
}

// TestRow05_AResendKeepsTheDigits waits half a minute, as a caller has to. How
// long a verification can live is the second half, where the clock moves.
func TestRow05_AResendKeepsTheDigits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.Number()
	v := w.Start(w.A(), number)
	code := w.Code(number)
	if c := w.Check(w.B(), v.ID, kit.Other(code, 0)); c.Left() != 4 {
		t.Fatalf("a wrong code leaves %d attempts, want 4", c.Left())
	}
	path := "/v1/verifications/" + v.ID + "/resend"
	early := w.Call(w.B(), http.MethodPost, path, nil)
	if early.Code() != "resend_too_soon" || early.RetryAfter() <= 0 {
		t.Fatalf("a resend at once answered %v, to try again in %v", early, early.RetryAfter())
	}
	var sent answer
	w.WaitFor(45*time.Second, "the resend to be admitted", func() bool {
		sent = w.Call(w.B(), http.MethodPost, path, nil)
		return sent.Code() != "resend_too_soon"
	})
	if wait := time.Since(v.CreatedAt); sent.Status != http.StatusOK || wait < 29*time.Second {
		t.Fatalf("the resend answered %v after %v", sent, wait)
	}
	if again := w.CodeAfter(number, 1); again != code {
		t.Error("the second text has other digits")
	}
	got := w.Read(w.A(), v.ID)
	if got.AttemptsLeft != 4 || got.ResendsLeft != 1 {
		t.Errorf("after the resend %d attempts and %d resends are left, want 4 and 1", got.AttemptsLeft, got.ResendsLeft)
	}
	if life := got.ExpiresAt.Sub(got.CreatedAt); life <= 5*time.Minute || life > 10*time.Minute {
		t.Errorf("after the resend it lives %v from its creation", life)
	}
	for i := range 4 {
		w.Check(w.Any(i), v.ID, kit.Other(code, 1+i))
	}
	if c := w.Check(w.A(), v.ID, code); c.Approved || c.Status != "locked" {
		t.Errorf("five wrong codes, a resend among them, leave it %s, approved %v", c.Status, c.Approved)
	}
}

// TestRow06_ACodeHoldsForItsOwnVerificationOnly tries a right code everywhere
// but where it belongs.
func TestRow06_ACodeHoldsForItsOwnVerificationOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	_, foreign := w.NewKey("another service", "--app", w.otherApplication())
	number := w.Number()
	v := w.Start(w.A(), number, fields{"binding": "mine"})
	code := w.Code(number)

	t.Run("service", func(t *testing.T) {
		w := w.in(t)
		for _, n := range w.Nodes {
			for _, path := range []string{"", "/check", "/resend", "/cancel"} {
				method, body := http.MethodPost, fields{"binding": "mine"}
				switch path {
				case "":
					method, body = http.MethodGet, nil
				case "/check":
					body["code"] = code
				}
				var a answer
				if body == nil {
					a = w.Call(n, method, "/v1/verifications/"+v.ID+path, nil, kit.WithKey(foreign))
				} else {
					a = w.Call(n, method, "/v1/verifications/"+v.ID+path, body, kit.WithKey(foreign))
				}
				if a.Status != http.StatusNotFound || a.Code() != "verification_not_found" {
					t.Errorf("another service's %s %s at node %s answered %v", method, path, n.Name, a)
				}
			}
		}
	})
	t.Run("binding", func(t *testing.T) {
		w := w.in(t)
		for name, more := range map[string]fields{"none": {}, "another": {"binding": "yours"}} {
			if _, a := w.TryCheck(w.B(), v.ID, code, more); a.Status != http.StatusForbidden || a.Code() != "binding_mismatch" {
				t.Errorf("with %s the right code answered %v", name, a)
			}
		}
	})
	t.Run("number", func(t *testing.T) {
		w := w.in(t)
		second := w.Number()
		mine := w.Start(w.B(), second)
		own := w.Code(second)
		for own == code { // once in a million
			second = w.Number()
			mine = w.Start(w.B(), second)
			own = w.Code(second)
		}
		if c := w.Check(w.A(), mine.ID, code); c.Approved || c.Left() != 4 {
			t.Errorf("another number's code: approved %v with %d left", c.Approved, c.Left())
		}
		if c := w.Check(w.B(), mine.ID, own); !c.Approved {
			t.Error("a number's own code was not approved")
		}
	})
	t.Run("browser", func(t *testing.T) {
		w := w.in(t)
		person, stranger, third := w.visitor(), w.visitor(), w.Number()
		person.open(w.A(), third)
		stranger.get(w.B(), "/signup")
		stranger.borrow(w.B(), person)
		right := w.Code(third)
		if a := stranger.Do(w.B(), "check", "code", right); a.Status == http.StatusSeeOther {
			t.Errorf("another browser went on to %q with the right code", a.Header.Get("Location"))
		}
		person.get(w.B(), "/signup")
		person.mustDo(w.B(), "check", "code", right)
	})
	t.Run("purpose", func(t *testing.T) {
		w := w.in(t)
		c := w.Check(w.B(), v.ID, code, fields{"binding": "mine"})
		if !c.Approved {
			t.Fatal("where it belongs the code was not approved")
		}
		for _, purpose := range []string{"login", "recovery", "number_change", "api"} {
			a := w.Call(w.A(), http.MethodPost, "/v1/receipts/redeem", fields{"receipt": c.Receipt, "purpose": purpose})
			if a.Status != http.StatusBadRequest || a.Code() != "receipt_invalid" {
				t.Errorf("redeemed for %s: %v", purpose, a)
			}
		}
		redeem := fields{"receipt": c.Receipt, "purpose": "signup"}
		if a := w.Call(w.A(), http.MethodPost, "/v1/receipts/redeem", redeem, kit.WithKey(foreign)); a.Status != http.StatusBadRequest {
			t.Errorf("redeemed by another service: %v", a)
		}
		if a := w.Call(w.B(), http.MethodPost, "/v1/receipts/redeem", redeem); a.Status != http.StatusOK {
			t.Errorf("redeemed for what it was made: %v", a)
		}
	})
}

// TestRow08_StrangersGuessesLeaveTheOwnersTries lets strangers guess at a
// verification they did not start, by both doors.
func TestRow08_StrangersGuessesLeaveTheOwnersTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	t.Run("api", func(t *testing.T) {
		w := w.in(t)
		number := w.Number()
		v := w.Start(w.A(), number, fields{"binding": "owner"})
		code := w.Code(number)
		kit.Together(40, func(i int) {
			more := fields{}
			if i%2 == 0 {
				more["binding"] = fmt.Sprintf("stranger %d", i)
			}
			if _, a := w.TryCheck(w.Any(i), v.ID, kit.Other(code, i), more); a.Status != http.StatusForbidden {
				t.Errorf("a stranger's guess answered %v", a)
			}
		})
		if got := w.Read(w.B(), v.ID); got.Status != "pending" || got.AttemptsLeft != 5 {
			t.Errorf("after a stranger's guesses it is %s with %d attempts left", got.Status, got.AttemptsLeft)
		}
		if c := w.Check(w.B(), v.ID, code, fields{"binding": "owner"}); !c.Approved {
			t.Errorf("the owner's code gives %s", c.Status)
		}
	})
	t.Run("pages", func(t *testing.T) {
		w := w.in(t)
		number, owner := w.Number(), w.visitor()
		owner.open(w.A(), number)
		code := w.Code(number)
		for i := range 12 {
			stranger := w.visitor()
			stranger.get(w.Any(i), "/signup")
			stranger.borrow(w.Any(i), owner)
			guess := kit.Other(code, i)
			if i == 11 {
				guess = code
			}
			if a := stranger.Do(w.Any(i), "check", "code", guess); a.Status == http.StatusSeeOther {
				t.Errorf("a stranger's guess leads on to %q", a.Header.Get("Location"))
			}
		}
		owner.get(w.B(), "/signup")
		for i := range 4 {
			if a := owner.Do(w.Any(i), "check", "code", kit.Other(code, i)); a.Status != http.StatusUnprocessableEntity {
				t.Fatalf("the owner's slip %d answered %d: %s", i+1, a.Status, wordsOf(a.Body))
			}
		}
		owner.mustDo(w.B(), "check", "code", code)
	})
}
