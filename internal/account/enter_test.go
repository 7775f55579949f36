package account_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// TestRow31_AnOldProofAndAnUnknownBrowserNeedASecondProof is S-31 and S-50: the
// age of the last proof, the browser, and what the member holds.
func TestRow31_AnOldProofAndAnUnknownBrowserNeedASecondProof(t *testing.T) {
	t.Parallel()
	const trusted, unknown = true, false
	for _, c := range []struct {
		days    int
		browser bool
		holds   string
		want    error
	}{
		{89, unknown, "", nil},
		{89, unknown, "passkey", nil},
		{89, unknown, "password", account.ErrSecondStep},
		{89, trusted, "totp", account.ErrSecondStep},
		{91, trusted, "", nil},
		{91, trusted, "password", account.ErrSecondStep},
		{91, unknown, "", account.ErrSecondProof},
		{91, unknown, "passkey", account.ErrSecondProof},
		{91, unknown, "password totp", account.ErrSecondProof},
	} {
		w := newWorld(t)
		s, cookie := w.join(1)
		if c.holds != "" {
			w.hold(s.UserID, c.holds)
		}
		w.Clock.Advance(time.Duration(c.days) * day)
		b := account.Browser{Label: "Firefox"}
		if c.browser == trusted {
			b.Cookie = cookie
		}
		ref := w.prove(1, verify.Browser("later"))
		owner, err := w.Owner(t.Context(), ref, b)
		if err != nil || owner.UserID != s.UserID || !errors.Is(owner.Why, c.want) {
			t.Errorf("%+v: the owner is %q, in whose way is %v (%v)", c, owner.UserID, owner.Why, err)
		}
		entered, err := w.Enter(t.Context(), ref, b)
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: Enter = %v", c, err)
		}
		if c.want == nil {
			if fresh := w.Fresh(entered); fresh != (c.holds == "") {
				t.Errorf("%+v: the session is fresh: %t", c, fresh)
			}
			continue
		}
		// The approval is still good for whoever shows another factor.
		entered, err = w.EnterWith(t.Context(), ref, s.UserID, account.TOTP, b)
		if err != nil || entered.UserID != s.UserID || !w.Fresh(entered) || !w.stands(entered) {
			t.Errorf("%+v: with a second proof: %v", c, err)
		}
		if _, err := w.EnterWith(t.Context(), ref, s.UserID, account.TOTP, b); !errors.Is(err, verify.ErrNotApproved) {
			t.Errorf("%+v: the approval signed in twice: %v", c, err)
		}
	}
}

func TestEnter_ProvesTheNumberAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join(1)
	w.Clock.Advance(60 * day)
	w.enter(1, "a")
	w.Clock.Advance(60 * day)
	w.enter(1, "b") // 120 days after joining, 60 after the last proof
}

func TestEnterWith_IsForTheMemberWhoWasAskedAndForFactorsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	other, _ := w.join(2)
	w.Clock.Advance(time.Minute)
	ref := w.prove(1, mine)
	if _, err := w.EnterWith(t.Context(), ref, other.UserID, account.Password, account.Browser{}); !errors.Is(err, account.ErrNoAccount) {
		t.Errorf("another member's proof opened the account: %v", err)
	}
	for _, way := range []account.Way{account.SMS, account.Once, account.Waited, ""} {
		if _, err := w.EnterWith(t.Context(), ref, s.UserID, way, account.Browser{}); err == nil {
			t.Errorf("%q passed for a second proof", way)
		}
	}
}

// TestApprovals_CountForTheirPurposeAlone is S-9 and S-15: each act with the
// approvals of the other purposes, and with another browser's.
func TestApprovals_CountForTheirPurposeAlone(t *testing.T) {
	t.Parallel()
	acts := map[string]struct {
		good []verify.Purpose
		do   func(w *world, ref verify.Ref, s account.Session) error
	}{
		"enter": {[]verify.Purpose{verify.Login, verify.Signup}, func(w *world, ref verify.Ref, _ account.Session) error {
			_, err := w.Enter(w.Context(), ref, account.Browser{})
			return err
		}},
		"enter with a factor": {[]verify.Purpose{verify.Login, verify.Signup}, func(w *world, ref verify.Ref, s account.Session) error {
			_, err := w.EnterWith(w.Context(), ref, s.UserID, account.Password, account.Browser{})
			return err
		}},
		"join": {[]verify.Purpose{verify.Login, verify.Signup}, func(w *world, ref verify.Ref, _ account.Session) error {
			_, err := w.Join(w.Context(), signUp(ref))
			return err
		}},
		"step up": {[]verify.Purpose{verify.Login}, func(w *world, ref verify.Ref, s account.Session) error {
			_, err := w.StepUpBySMS(w.Context(), s, ref)
			return err
		}},
		"undo": {[]verify.Purpose{verify.NumberChange}, func(w *world, ref verify.Ref, _ account.Session) error {
			return w.Undo(w.Context(), ref)
		}},
		"change the number": {[]verify.Purpose{verify.NumberChange}, func(w *world, ref verify.Ref, s account.Session) error {
			_, err := w.ChangeNumber(w.Context(), s, ref)
			return err
		}},
		"not mine": {[]verify.Purpose{verify.Login, verify.Signup}, func(w *world, ref verify.Ref, _ account.Session) error {
			return w.NotMine(w.Context(), ref)
		}},
		"recover": {[]verify.Purpose{verify.Recovery}, func(w *world, ref verify.Ref, _ account.Session) error {
			_, err := w.FinishRecovery(w.Context(), ref, account.Browser{})
			return err
		}},
		"begin a recovery": {[]verify.Purpose{verify.Recovery}, func(w *world, ref verify.Ref, _ account.Session) error {
			_, err := w.BeginRecovery(w.Context(), ref, account.Browser{})
			return err
		}},
		"recover with a factor": {[]verify.Purpose{verify.Recovery}, func(w *world, ref verify.Ref, s account.Session) error {
			_, err := w.RecoverWith(w.Context(), ref, s.UserID, account.Password, account.Browser{})
			return err
		}},
	}
	w := newWorld(t)
	first, _ := w.join(1)
	for name, act := range acts {
		for _, purpose := range verify.Purposes() {
			w.Clock.Advance(3 * time.Hour) // texts to a number are few
			s := first
			var err error
			if s, err = w.StepUp(t.Context(), s, account.Password); err != nil {
				t.Fatal(err)
			}
			first = s
			ref := w.proveFor(purpose, 1, mine)
			foreign := ref
			foreign.Binding = verify.Browser("another")
			if err := act.do(w, foreign, s); !errors.Is(err, verify.ErrBinding) {
				t.Errorf("%s with another browser's approval: %v", name, err)
			}
			err = act.do(w, ref, s)
			if refused := errors.Is(err, verify.ErrNotApproved); refused == slices.Contains(act.good, purpose) {
				t.Errorf("%s with an approval for %s: %v", name, purpose, err)
			}
			if err == nil && !w.stands(first) {
				first = w.enter(1, "again")
			}
		}
	}
}

// TestBlock_EndsSessionsAndEveryWayIn is S-39.
func TestBlock_EndsSessionsAndEveryWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, cookie := w.join(1)
	act := account.Act{Actor: "command line", Reason: "spam"}
	code, _, err := w.MakeOnce(t.Context(), s.UserID, act)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Second)
	if err := w.Block(t.Context(), s.UserID, act); err != nil {
		t.Fatal(err)
	}
	if w.stands(s) || !w.trusted(cookie, 1).IsZero() {
		t.Error("a blocked member is still signed in, or the browser trusted")
	}
	w.Clock.Advance(time.Minute)
	ref := w.prove(1, mine)
	b := account.Browser{Cookie: cookie}
	_, byCode := w.Enter(t.Context(), ref, b)
	_, byBoth := w.EnterWith(t.Context(), ref, s.UserID, account.Password, b)
	_, byPasskey := w.EnterByPasskey(t.Context(), s.UserID, b)
	_, _, newCode := w.MakeOnce(t.Context(), s.UserID, act)
	w.Clock.Advance(time.Minute)
	_, byRecovery := w.FinishRecovery(t.Context(), w.proveFor(verify.Recovery, 1, mine), b)
	for name, err := range map[string]error{
		"a code": byCode, "two proofs": byBoth, "a passkey": byPasskey, "another one-time code": newCode, "a recovery": byRecovery,
	} {
		if !errors.Is(err, account.ErrBlocked) {
			t.Errorf("by %s: %v, want ErrBlocked", name, err)
		}
	}
	if _, err := w.EnterOnce(t.Context(), code, b); !errors.Is(err, account.ErrOnce) {
		t.Errorf("by a one-time code of before: %v, want ErrOnce", err)
	}
	if err := w.Unblock(t.Context(), s.UserID, act); err != nil {
		t.Fatal(err)
	}
	w.enter(1, "again")
}

func TestEnterByPasskey_NeedsNoNumberAndTrustsTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	w.Clock.Advance(100 * day)
	entered, err := w.EnterByPasskey(t.Context(), s.UserID, account.Browser{Label: "Safari"})
	if err != nil {
		t.Fatal(err)
	}
	user, session, err := w.BySession(t.Context(), entered.Token)
	if err != nil || session.Way != account.Passkey || !w.Fresh(session) || user.LastProvedAt.Equal(w.Clock.Now()) {
		t.Errorf("the session is by %q, fresh %t, the number proved %v (%v)", session.Way, w.Fresh(session), user.LastProvedAt, err)
	}
	if w.trusted(w.Trust(entered, ""), 1).IsZero() {
		t.Error("a browser that showed a passkey is not trusted")
	}
	if _, err := w.EnterByPasskey(t.Context(), "usr_nobody", account.Browser{}); !errors.Is(err, account.ErrNoAccount) {
		t.Errorf("a stranger signed in: %v", err)
	}
}

// TestNotMine_ShowsNothingOfTheFormerAccount is S-30 and S-32: a number goes to
// somebody else, who says that the account is not theirs.
func TestNotMine_ShowsNothingOfTheFormerAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	former, cookie := w.join(1)
	w.Clock.Advance(89 * day)
	ref := w.prove(1, mine)
	if err := w.NotMine(t.Context(), ref); !errors.Is(err, account.ErrNotRecycled) {
		t.Errorf("after 89 days: %v, want ErrNotRecycled", err)
	}
	bySMS := w.enter(1, "phone")
	byPasskey, err := w.EnterByPasskey(t.Context(), former.UserID, account.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	w.update(`UPDATE users SET last_proved_at = last_proved_at - $2 WHERE id = $1`, former.UserID, (91 * day).Microseconds())

	w.Clock.Advance(time.Minute)
	ref = w.prove(1, verify.Browser("new owner"))
	if _, err := w.Enter(t.Context(), ref, account.Browser{}); !errors.Is(err, account.ErrSecondProof) {
		t.Fatalf("after 91 days: %v, want ErrSecondProof", err)
	}
	if err := w.NotMine(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if w.stands(bySMS) || !w.stands(byPasskey) || !w.trusted(cookie, 1).IsZero() {
		t.Error("a session by a code stays, one by a passkey ended, or a browser is trusted")
	}
	if _, err := w.Enter(t.Context(), ref, account.Browser{}); !errors.Is(err, account.ErrNoAccount) {
		t.Fatalf("the number still has the former account: %v", err)
	}
	s := signUp(ref)
	s.Name = "이바다"
	joined, err := w.Join(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	user, _, err := w.BySession(t.Context(), joined.Token)
	if err != nil || user.ID == former.UserID || user.Name != "이바다" {
		t.Errorf("the new owner is %s, %q (%v)", user.ID, user.Name, err)
	}
	if got := w.told(joined.UserID); got != "" {
		t.Errorf("the new owner is told %q", got)
	}
	if got := w.texts(1); len(got) != 0 {
		t.Errorf("the new owner is texted %q", got)
	}
	list, err := w.Sessions(t.Context(), joined)
	if err != nil || len(list) != 1 {
		t.Errorf("the new owner has %d sessions (%v), want one", len(list), err)
	}

	// The former account goes on without a number and may take another.
	user, s2, err := w.BySession(t.Context(), byPasskey.Token)
	if err != nil || !user.Number.IsZero() || w.told(user.ID) != "number_left" {
		t.Errorf("the former account has the number %v and is told %q (%v)", user.Number, w.told(user.ID), err)
	}
	if may, err := w.MayStepUpBySMS(t.Context(), s2); may || err != nil {
		t.Errorf("without a number a step-up by text is offered (%v)", err)
	}
	if s2, err = w.StepUp(t.Context(), s2, account.Passkey); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ChangeNumber(t.Context(), s2, w.proveFor(verify.NumberChange, 2, mine)); err != nil {
		t.Fatal(err)
	}
	if entered := w.enter(2, "phone"); entered.UserID != former.UserID {
		t.Errorf("the number leads to %s", entered.UserID)
	}
}

func TestNotMine_NeedsAnApprovalThatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join(1)
	w.Clock.Advance(91 * day)
	ref := w.prove(1, mine)
	w.Clock.Advance(31 * time.Minute)
	if err := w.NotMine(t.Context(), ref); !errors.Is(err, verify.ErrNotApproved) {
		t.Errorf("an approval that has lapsed took the number off: %v", err)
	}
}

// TestSession_EndedOnOneNodeIsDeadOnTheOther opens the database twice, as two
// nodes do (S-39).
func TestSession_EndedOnOneNodeIsDeadOnTheOther(t *testing.T) {
	t.Parallel()
	var url string
	w := newWorld(t, func(o *db.Options) { url = o.URL })
	elsewhere := account.New(account.Options{DB: dbtest.Open(t, url, dbtest.WithClock(w.Clock)), Ring: w.Ring, Verify: w.Verifier})
	ends := map[string]func(s account.Session) error{
		"signing out": func(s account.Session) error { return w.SignOut(t.Context(), s.Token) },
		"ending one":  func(s account.Session) error { return w.End(t.Context(), s.UserID, s.ID) },
		"ending all":  func(s account.Session) error { return w.EndAll(t.Context(), s) },
		"leaving":     func(s account.Session) error { return w.Leave(t.Context(), s) },
		"an operator": func(s account.Session) error {
			return w.Block(t.Context(), s.UserID, account.Act{Actor: "test", Reason: "test"})
		},
	}
	n := 0
	for name, end := range ends {
		n++
		s, _ := w.join(n)
		if _, _, err := elsewhere.BySession(t.Context(), s.Token); err != nil {
			t.Fatalf("before %s: %v", name, err)
		}
		if err := end(s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, _, err := elsewhere.BySession(t.Context(), s.Token); !errors.Is(err, account.ErrNoSession) {
			t.Errorf("after %s the other node still knows the session: %v", name, err)
		}
	}
}

// TestRow29_ParallelSignUpsOnTwoNodesMakeOneAccount has one number join a
// hundred times at once, at two nodes.
func TestRow29_ParallelSignUpsOnTwoNodesMakeOneAccount(t *testing.T) {
	t.Parallel()
	var url string
	once := func(o *db.Options) { o.DuplicateClosures = false }
	w := newWorld(t, once, func(o *db.Options) { url = o.URL })
	d := dbtest.Open(t, url, once, dbtest.WithClock(w.Clock))
	nodes := []*account.Accounts{w.Accounts, account.New(account.Options{
		DB: d, Ring: w.Ring,
		Verify: verify.New(verify.Options{DB: d, Ring: w.Ring, Outbox: w.Outbox, Limits: w.Limits, Rand: rand.Reader}),
	})}
	var refs []verify.Ref
	for i := range 3 {
		refs = append(refs, w.prove(1, verify.Browser(string(rune('a'+i)))))
		w.Clock.Advance(30 * time.Second)
	}
	var mu sync.Mutex
	users := map[string]bool{}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			s, err := nodes[i%2].Join(t.Context(), signUp(refs[i%3]))
			if errors.Is(err, verify.ErrNotApproved) {
				return // that approval was used by another of the parallel sign-ups
			}
			if err != nil {
				t.Errorf("joining: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			users[s.UserID] = true
		})
	}
	wg.Wait()
	if stored := count(t, w.DB, `SELECT count(*) FROM users`); stored != 1 || len(users) != 1 {
		t.Errorf("%d accounts stored, sessions of %d members, want 1 and 1", stored, len(users))
	}
}
