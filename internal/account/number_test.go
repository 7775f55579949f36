package account_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// change gives the member of a session the n-th number.
func (w *world) change(s account.Session, n int) account.Session {
	w.Helper()
	w.Clock.Advance(time.Minute)
	s, err := w.StepUp(w.Context(), s, account.Password)
	if err != nil {
		w.Fatal(err)
	}
	s, err = w.ChangeNumber(w.Context(), s, w.proveFor(verify.NumberChange, n, mine))
	if err != nil {
		w.Fatalf("changing to number %d: %v", n, err)
	}
	return s
}

// owner returns whose account the n-th number opens, "" for nobody's.
func (w *world) owner(n int) (userID string) {
	w.Helper()
	err := w.DB.View(w.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT coalesce((SELECT id FROM users WHERE number_mac = $1), '')`, w.Ring.Whole(numbered(w.TB, n))).Scan(&userID)
	})
	if err != nil {
		w.Fatal(err)
	}
	return userID
}

func TestStepUp_GivesANewTokenAndFiveMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	_, read, err := w.BySession(t.Context(), s.Token)
	if err != nil || !w.Fresh(read) {
		t.Fatalf("after joining the session is not fresh (%v)", err)
	}
	w.Clock.Advance(account.FreshFor)
	if w.Fresh(read) {
		t.Error("after five minutes the session is fresh")
	}
	if _, err := w.Export(t.Context(), read); !errors.Is(err, account.ErrStepUp) {
		t.Errorf("a session that is not fresh exports: %v", err)
	}
	next, err := w.StepUp(t.Context(), read, account.Passkey)
	if err != nil {
		t.Fatal(err)
	}
	if w.stands(s) || !w.stands(next) || next.ID != s.ID || !w.Fresh(next) {
		t.Error("the token of before works, the new one does not, or it is another session")
	}
	if _, err := w.StepUp(t.Context(), read, account.Passkey); !errors.Is(err, account.ErrNoSession) {
		t.Errorf("the token of before was stepped up: %v", err)
	}
	if _, err := w.StepUp(t.Context(), next, account.SMS); err == nil {
		t.Error("a code passed for a factor")
	}
	w.Clock.Advance(account.FreshFor - time.Microsecond)
	if _, err := w.Export(t.Context(), next); err != nil {
		t.Errorf("within five minutes: %v", err)
	}
}

func TestStepUpBySMS_IsForThoseWhoHoldNothingBetter(t *testing.T) {
	t.Parallel()
	for holds, want := range map[string]error{
		"": nil, "passkey": account.ErrOwnFactor, "password": account.ErrOwnFactor, "totp": account.ErrOwnFactor,
	} {
		w := newWorld(t)
		s, _ := w.join(1)
		w.hold(s.UserID, holds)
		w.Clock.Advance(time.Hour)
		if may, err := w.MayStepUpBySMS(t.Context(), s); err != nil || may != (want == nil) {
			t.Errorf("holding %q a text is offered: %t (%v)", holds, may, err)
		}
		next, err := w.StepUpBySMS(t.Context(), s, w.prove(1, mine))
		if !errors.Is(err, want) || (err == nil) != w.Fresh(next) {
			t.Errorf("holding %q: %v, fresh %t", holds, err, w.Fresh(next))
		}
	}
	w := newWorld(t)
	s, _ := w.join(1)
	w.join(2)
	w.Clock.Advance(time.Hour)
	if _, err := w.StepUpBySMS(t.Context(), s, w.prove(2, mine)); !errors.Is(err, account.ErrNoAccount) {
		t.Errorf("a code to another member's number: %v", err)
	}
}

// TestChangeNumber_NeedsEachCondition is S-33, with each condition left out in
// turn.
func TestChangeNumber_NeedsEachCondition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, cookie := w.join(1)
	w.join(2)
	other := w.enter(1, "other")
	try := func(name string, s account.Session, ref verify.Ref, want error) {
		t.Helper()
		if _, err := w.ChangeNumber(t.Context(), s, ref); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	fresh := func(s account.Session) account.Session {
		t.Helper()
		w.Clock.Advance(3 * time.Hour)
		s, err := w.StepUp(t.Context(), s, account.Password)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s = fresh(s)
	ref := w.proveFor(verify.NumberChange, 3, mine)
	w.Clock.Advance(account.FreshFor)
	try("without a proof within five minutes", s, ref, account.ErrStepUp)
	forged := s
	forged.ProvedAt = w.Clock.Now()
	try("with a proof that is not stored", forged, ref, account.ErrStepUp)
	s = fresh(s)
	try("with an approval that has lapsed", s, ref, verify.ErrNotApproved)
	pending, _ := w.start(verify.NumberChange, 3, mine)
	try("without the code", s, pending, verify.ErrNotApproved)
	try("with the own number", s, w.proveFor(verify.NumberChange, 1, mine), account.ErrSameNumber)
	try("with another member's number", s, w.proveFor(verify.NumberChange, 2, mine), account.ErrNumberTaken)
	s = fresh(s)
	ref = w.proveFor(verify.NumberChange, 3, mine)
	elsewhere := ref
	elsewhere.Binding = verify.Browser("elsewhere")
	try("with another browser's code", s, elsewhere, verify.ErrBinding)
	before := s
	changed, err := w.ChangeNumber(t.Context(), s, ref)
	if err != nil {
		t.Fatal(err)
	}
	try("twice", changed, ref, account.ErrSameNumber)

	if w.owner(1) != "" || w.owner(3) != s.UserID {
		t.Error("the number did not change")
	}
	if w.stands(other) || w.stands(before) || !w.stands(changed) {
		t.Error("another session or the old token stays, or the session that changed the number ended")
	}
	if !w.trusted(cookie, 1).IsZero() || !w.trusted(cookie, 3).IsZero() || w.trusted(w.Trust(changed, cookie), 3).IsZero() {
		t.Error("a browser of before is trusted, or the one that changed the number is not")
	}
	if got := w.texts(1); len(got) != 1 || !strings.Contains(got[0], "로그인 번호가 바뀌었어요") {
		t.Errorf("the number of before was told %q", got)
	}
	if got := w.texts(3); len(got) != 1 || !strings.Contains(got[0], "이 번호로 로그인하게 됐어요") {
		t.Errorf("the new number was told %q", got)
	}
	if got := w.told(s.UserID); got != "number_changed" {
		t.Errorf("the account page tells %q", got)
	}
}

// TestRow30_ANumberGoesThereAndBackAgain changes A to B and B to A.
func TestRow30_ANumberGoesThereAndBackAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	s = w.change(s, 2)
	s = w.change(s, 1)
	if w.owner(1) != s.UserID || w.owner(2) != "" {
		t.Error("the number did not come back")
	}
	user, _, err := w.BySession(t.Context(), s.Token)
	if err != nil || user.Number != numbered(t, 1) {
		t.Errorf("the number reads as %v (%v)", user.Number, err)
	}
	if w.enter(1, "phone").UserID != s.UserID {
		t.Error("the number leads elsewhere")
	}
	w.join(2) // and the other number is free
}

// TestRow30_TwoPendingOnOneNumberDoNotMix has two members and a newcomer ask for
// the same number.
func TestRow30_TwoPendingOnOneNumberDoNotMix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.join(1)
	second, _ := w.join(2)
	one := w.proveFor(verify.NumberChange, 3, verify.Browser("first"))
	w.Clock.Advance(time.Minute)
	two := w.proveFor(verify.NumberChange, 3, verify.Browser("second"))
	newcomer := verify.Browser("newcomer")
	w.Clock.Advance(time.Minute)
	joining := w.prove(3, newcomer)

	if _, err := w.ChangeNumber(t.Context(), second, two); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ChangeNumber(t.Context(), first, one); !errors.Is(err, account.ErrNumberTaken) {
		t.Errorf("the slower one: %v, want ErrNumberTaken", err)
	}
	joined, err := w.Join(t.Context(), signUp(joining))
	if err != nil || joined.UserID != second.UserID {
		t.Errorf("whoever joins with the number comes to %s (%v), want the account that has it", joined.UserID, err)
	}
	if w.owner(1) != first.UserID || w.owner(2) != "" || w.owner(3) != second.UserID {
		t.Error("the numbers got mixed")
	}
}

func TestChangeNumber_InParallelGivesTheNumberToOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const members = 3
	var sessions []account.Session
	var refs []verify.Ref
	for i := range members {
		s, _ := w.join(i + 1)
		sessions = append(sessions, s)
	}
	for range members {
		w.Clock.Advance(time.Minute)
		refs = append(refs, w.proveFor(verify.NumberChange, 9, mine))
	}
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for i := range members {
		wg.Go(func() {
			_, err := w.ChangeNumber(t.Context(), sessions[i], refs[i])
			if err != nil && !errors.Is(err, account.ErrNumberTaken) {
				t.Errorf("changing in parallel: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			}
		})
	}
	wg.Wait()
	if won != 1 || w.owner(9) == "" {
		t.Errorf("%d members got the number, want one", won)
	}
}

// TestUndo_PutsTheNumberBackForADay lets the number of before take the change
// back, a second before the day is over and a second after.
func TestUndo_PutsTheNumberBackForADay(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		w := newWorld(t)
		s, _ := w.join(1)
		s = w.change(s, 2)
		if _, ok, err := w.UndoOf(t.Context(), s.UserID); !ok || err != nil {
			t.Errorf("the change cannot be undone: %v", err)
		}
		w.Clock.Advance(account.UndoFor - time.Minute)
		ref := w.proveFor(verify.NumberChange, 1, mine)
		w.Clock.Advance(time.Minute - time.Second)
		if late {
			w.Clock.Advance(2 * time.Second)
		}
		err := w.Undo(t.Context(), ref)
		if late {
			if !errors.Is(err, account.ErrNoUndo) || w.owner(2) != s.UserID || !w.stands(s) {
				t.Errorf("after a day and a second: %v", err)
			}
			continue
		}
		if err != nil || w.owner(1) != s.UserID || w.owner(2) != "" || w.stands(s) {
			t.Fatalf("within the day: %v", err)
		}
		if err := w.Undo(t.Context(), ref); !errors.Is(err, verify.ErrNotApproved) && !errors.Is(err, account.ErrNoUndo) {
			t.Errorf("the approval undid twice: %v", err)
		}
		if _, ok, err := w.UndoOf(t.Context(), s.UserID); ok || err != nil {
			t.Errorf("what was undone can be undone: %v", err)
		}
		if w.enter(1, "phone").UserID != s.UserID || w.told(s.UserID) != "number_undone number_changed" {
			t.Errorf("the number leads elsewhere, or the member is told %q", w.told(s.UserID))
		}
	}
}

// TestUndo_OfTheFirstNumberBeatsLaterChanges has a thief change the number twice
// and take back what the owner took back.
func TestUndo_OfTheFirstNumberBeatsLaterChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	s = w.change(s, 2)
	w.change(s, 3)
	undo := func(n int) error {
		t.Helper()
		w.Clock.Advance(time.Minute)
		return w.Undo(t.Context(), w.proveFor(verify.NumberChange, n, mine))
	}
	if err := undo(2); err != nil || w.owner(2) != s.UserID {
		t.Fatalf("the second number: %v", err)
	}
	if err := undo(1); err != nil || w.owner(1) != s.UserID {
		t.Fatalf("the first number: %v", err)
	}
	for _, n := range []int{2, 3, 4} {
		if err := undo(n); !errors.Is(err, account.ErrNoUndo) {
			t.Errorf("number %d after that: %v, want ErrNoUndo", n, err)
		}
	}
	if w.owner(1) != s.UserID {
		t.Error("the owner lost the number again")
	}
}

func TestUndo_RefusesANumberThatIsAnotherMembersByNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.change(s, 2)
	w.Clock.Advance(time.Minute)
	other, _ := w.join(1)
	w.Clock.Advance(time.Minute)
	if err := w.Undo(t.Context(), w.proveFor(verify.NumberChange, 1, mine)); !errors.Is(err, account.ErrNumberTaken) {
		t.Errorf("Undo = %v, want ErrNumberTaken", err)
	}
	if w.owner(1) != other.UserID || w.owner(2) != s.UserID {
		t.Error("the refused undo had an effect")
	}
}

func TestSessions_AreListedAndEndedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.join(1)
	second := w.enter(1, "Firefox")
	w.Clock.Advance(2 * time.Hour)
	if !w.stands(first) {
		t.Fatal("the first session is over")
	}
	w.Settle()
	list, err := w.Sessions(t.Context(), first)
	if err != nil || len(list) != 2 || list[0].ID != second.ID || list[0].Label != "Firefox" || list[0].Current || !list[1].Current {
		t.Fatalf("the sessions are %+v (%v)", list, err)
	}
	if now := w.Clock.Now(); !list[1].SeenAt.Equal(now) || list[0].SeenAt.Equal(now) {
		t.Errorf("the sessions were last seen %v and %v, want %v for the one in use alone", list[1].SeenAt, list[0].SeenAt, now)
	}
	first, err = w.StepUp(t.Context(), first, account.Password)
	if err != nil {
		t.Fatal(err)
	}
	third := w.enter(1, "Edge")
	left, err := w.EndOthers(t.Context(), first)
	if err != nil || w.stands(second) || w.stands(third) || w.stands(first) || !w.stands(left) || left.ID != first.ID {
		t.Errorf("ending the others left one, ended this one, or kept its token (%v)", err)
	}
}
