package rows

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestRow01_FiveWrongCodesEndAVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	number := w.number()
	v := w.start(w.a(), number)
	code := w.code(number)
	for i := range 5 {
		want := "pending"
		if i == 4 {
			want = "locked"
		}
		if c := w.check(w.any(i), v.ID, other(code, i)); c.Approved || c.Status != want || c.left() != 4-i {
			t.Fatalf("wrong code %d: %s with %d left, want %s with %d", i+1, c.Status, c.left(), want, 4-i)
		}
	}
	for _, n := range w.nodes {
		if c := w.check(n, v.ID, code); c.Approved || c.Status != "locked" || c.Receipt != "" {
			t.Errorf("node %s: the right code after five wrong ones gives %s, approved %v", n.name, c.Status, c.Approved)
		}
		if got := w.read(n, v.ID); got.Status != "locked" || got.AttemptsLeft != 0 {
			t.Errorf("node %s shows it as %s with %d left", n.name, got.Status, got.AttemptsLeft)
		}
		if a := w.call(n, http.MethodPost, "/v1/verifications/"+v.ID+"/resend", nil); a.status != http.StatusConflict {
			t.Errorf("node %s: a locked verification is sent again: %v", n.name, a)
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
	approvals, full := 0, w.wrongLeft(w.number())
	for round := range rounds {
		number := w.number()
		v := w.start(w.any(round), number)
		code := w.code(number)
		place := round * 17 % guesses // of the right one
		var pending, approved atomic.Int64
		together(guesses, func(i int) {
			guess := other(code, i)
			if i == place {
				guess = code
			}
			c, a := w.tryCheck(w.any(i), v.ID, guess)
			switch {
			case a.status != http.StatusOK || a.err != nil:
				t.Errorf("guess %d answered %v", i, a)
			case c.Approved && i != place:
				t.Error("a wrong code was approved")
			case c.Approved:
				approved.Add(1)
			case c.Status == "pending":
				pending.Add(1)
			}
		})
		got := w.read(w.b(), v.ID)
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
	if err := json.Unmarshal([]byte(w.b().cli("limits", "show", number, "--json")), &budgets); err != nil {
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
		number := w.number()
		v := w.start(w.a(), number)
		code := w.code(number)
		var approved, receipts atomic.Int64
		var receipt atomic.Value
		together(50, func(i int) {
			c, a := w.tryCheck(w.any(i), v.ID, code)
			if a.status != http.StatusOK || c.Status != "approved" {
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
		together(50, func(i int) {
			a := w.call(w.any(i), http.MethodPost, "/v1/receipts/redeem", fields{"receipt": receipt.Load(), "purpose": "signup"})
			switch {
			case a.status == http.StatusOK:
				redeemed.Add(1)
			case a.status == http.StatusConflict && a.code() == "receipt_used":
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
	number := w.number()
	v := w.start(w.a(), number)
	code := w.code(number)
	if c := w.check(w.b(), v.ID, other(code, 0)); c.left() != 4 {
		t.Fatalf("a wrong code leaves %d attempts, want 4", c.left())
	}
	path := "/v1/verifications/" + v.ID + "/resend"
	early := w.call(w.b(), http.MethodPost, path, nil)
	if early.code() != "resend_too_soon" || early.retryAfter() <= 0 {
		t.Fatalf("a resend at once answered %v, to try again in %v", early, early.retryAfter())
	}
	var sent answer
	w.waitFor(45*time.Second, "the resend to be admitted", func() bool {
		sent = w.call(w.b(), http.MethodPost, path, nil)
		return sent.code() != "resend_too_soon"
	})
	if wait := time.Since(v.CreatedAt); sent.status != http.StatusOK || wait < 29*time.Second {
		t.Fatalf("the resend answered %v after %v", sent, wait)
	}
	if again := w.codeAfter(number, 1); again != code {
		t.Error("the second text has other digits")
	}
	got := w.read(w.a(), v.ID)
	if got.AttemptsLeft != 4 || got.ResendsLeft != 1 {
		t.Errorf("after the resend %d attempts and %d resends are left, want 4 and 1", got.AttemptsLeft, got.ResendsLeft)
	}
	if life := got.ExpiresAt.Sub(got.CreatedAt); life <= 5*time.Minute || life > 10*time.Minute {
		t.Errorf("after the resend it lives %v from its creation", life)
	}
	for i := range 4 {
		w.check(w.any(i), v.ID, other(code, 1+i))
	}
	if c := w.check(w.a(), v.ID, code); c.Approved || c.Status != "locked" {
		t.Errorf("five wrong codes, a resend among them, leave it %s, approved %v", c.Status, c.Approved)
	}
}

// TestRow06_ACodeHoldsForItsOwnVerificationOnly tries a right code everywhere
// but where it belongs.
func TestRow06_ACodeHoldsForItsOwnVerificationOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	_, foreign := w.newKey("another service", "--app", w.otherApplication())
	number := w.number()
	v := w.start(w.a(), number, fields{"binding": "mine"})
	code := w.code(number)

	t.Run("service", func(t *testing.T) {
		w := w.in(t)
		for _, n := range w.nodes {
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
					a = w.call(n, method, "/v1/verifications/"+v.ID+path, nil, withKey(foreign))
				} else {
					a = w.call(n, method, "/v1/verifications/"+v.ID+path, body, withKey(foreign))
				}
				if a.status != http.StatusNotFound || a.code() != "verification_not_found" {
					t.Errorf("another service's %s %s at node %s answered %v", method, path, n.name, a)
				}
			}
		}
	})
	t.Run("binding", func(t *testing.T) {
		w := w.in(t)
		for name, more := range map[string]fields{"none": {}, "another": {"binding": "yours"}} {
			if _, a := w.tryCheck(w.b(), v.ID, code, more); a.status != http.StatusForbidden || a.code() != "binding_mismatch" {
				t.Errorf("with %s the right code answered %v", name, a)
			}
		}
	})
	t.Run("number", func(t *testing.T) {
		w := w.in(t)
		second := w.number()
		mine := w.start(w.b(), second)
		own := w.code(second)
		for own == code { // once in a million
			second = w.number()
			mine = w.start(w.b(), second)
			own = w.code(second)
		}
		if c := w.check(w.a(), mine.ID, code); c.Approved || c.left() != 4 {
			t.Errorf("another number's code: approved %v with %d left", c.Approved, c.left())
		}
		if c := w.check(w.b(), mine.ID, own); !c.Approved {
			t.Error("a number's own code was not approved")
		}
	})
	t.Run("browser", func(t *testing.T) {
		w := w.in(t)
		person, stranger, third := w.visitor(), w.visitor(), w.number()
		person.open(w.a(), third)
		stranger.get(w.b(), "/signup")
		stranger.borrow(w.b(), person)
		right := w.code(third)
		if a := stranger.do(w.b(), "check", "code", right); a.status == http.StatusSeeOther {
			t.Errorf("another browser went on to %q with the right code", a.header.Get("Location"))
		}
		person.get(w.b(), "/signup")
		person.mustDo(w.b(), "check", "code", right)
	})
	t.Run("purpose", func(t *testing.T) {
		w := w.in(t)
		c := w.check(w.b(), v.ID, code, fields{"binding": "mine"})
		if !c.Approved {
			t.Fatal("where it belongs the code was not approved")
		}
		for _, purpose := range []string{"login", "recovery", "number_change", "api"} {
			a := w.call(w.a(), http.MethodPost, "/v1/receipts/redeem", fields{"receipt": c.Receipt, "purpose": purpose})
			if a.status != http.StatusBadRequest || a.code() != "receipt_invalid" {
				t.Errorf("redeemed for %s: %v", purpose, a)
			}
		}
		redeem := fields{"receipt": c.Receipt, "purpose": "signup"}
		if a := w.call(w.a(), http.MethodPost, "/v1/receipts/redeem", redeem, withKey(foreign)); a.status != http.StatusBadRequest {
			t.Errorf("redeemed by another service: %v", a)
		}
		if a := w.call(w.b(), http.MethodPost, "/v1/receipts/redeem", redeem); a.status != http.StatusOK {
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
		number := w.number()
		v := w.start(w.a(), number, fields{"binding": "owner"})
		code := w.code(number)
		together(40, func(i int) {
			more := fields{}
			if i%2 == 0 {
				more["binding"] = fmt.Sprintf("stranger %d", i)
			}
			if _, a := w.tryCheck(w.any(i), v.ID, other(code, i), more); a.status != http.StatusForbidden {
				t.Errorf("a stranger's guess answered %v", a)
			}
		})
		if got := w.read(w.b(), v.ID); got.Status != "pending" || got.AttemptsLeft != 5 {
			t.Errorf("after a stranger's guesses it is %s with %d attempts left", got.Status, got.AttemptsLeft)
		}
		if c := w.check(w.b(), v.ID, code, fields{"binding": "owner"}); !c.Approved {
			t.Errorf("the owner's code gives %s", c.Status)
		}
	})
	t.Run("pages", func(t *testing.T) {
		w := w.in(t)
		number, owner := w.number(), w.visitor()
		owner.open(w.a(), number)
		code := w.code(number)
		for i := range 12 {
			stranger := w.visitor()
			stranger.get(w.any(i), "/signup")
			stranger.borrow(w.any(i), owner)
			guess := other(code, i)
			if i == 11 {
				guess = code
			}
			if a := stranger.do(w.any(i), "check", "code", guess); a.status == http.StatusSeeOther {
				t.Errorf("a stranger's guess leads on to %q", a.header.Get("Location"))
			}
		}
		owner.get(w.b(), "/signup")
		for i := range 4 {
			if a := owner.do(w.any(i), "check", "code", other(code, i)); a.status != http.StatusUnprocessableEntity {
				t.Fatalf("the owner's slip %d answered %d: %s", i+1, a.status, wordsOf(a.body))
			}
		}
		owner.mustDo(w.b(), "check", "code", code)
	})
}
