package operator_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/operator"
)

func TestSignIn_OpensASessionByEitherFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.owner()
	guest := w.invited("Kim Ji-u", operator.Viewer)
	s := must(w, func() (operator.Session, error) { return w.signIn(owner.Authenticator) })
	if op, standing, err := w.BySession(t.Context(), s.Token); err != nil || op.ID != owner.Operator.ID || standing.Way != factor.PasskeyKind || !w.Fresh(s) {
		t.Errorf("by a passkey: %+v, %+v, %v", op, standing, err)
	}
	for _, name := range []string{"Kim Ji-u", " kim  JI-U ", "Ｋｉｍ Ji-u"} {
		w.clock.Advance(time.Minute)
		s, err := w.SignInByTOTP(t.Context(), name, w.code(guest.secret), laptop)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if op, standing, err := w.BySession(t.Context(), s.Token); err != nil || op.ID != guest.Operator.ID || standing.Way != factor.TOTPKind || !w.Fresh(s) {
			t.Errorf("by an app: %+v, %+v, %v", op, standing, err)
		}
	}
	w.clock.Advance(time.Hour)
	if op := w.found(guest.Operator.ID); op.SignedInAt.Add(time.Hour).Compare(w.clock.Now()) != 0 {
		t.Errorf("signed in at %v, and now it is %v", op.SignedInAt, w.clock.Now())
	}
	_, err := w.SignInByTOTP(t.Context(), "김하늘", "123456", laptop)
	w.wants(err, operator.ErrSignIn) // who has no app
}

// TestSignIn_IsForOperatorsAlone has a member's passkey answer, which browsers
// offer where the pages and the console have one host.
func TestSignIn_IsForOperatorsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner()
	members, err := factor.New(factor.Options{DB: w.db, Ring: w.ring, Name: "신표", Origin: console})
	if err != nil {
		t.Fatal(err)
	}
	options, ceremony, err := members.BeginRegister(t.Context(), "usr_me", "010-****-5678")
	if err != nil {
		t.Fatal(err)
	}
	a := factortest.New(origin)
	if _, err := members.FinishRegister(t.Context(), "usr_me", ceremony, a.Create(t, options), "폰"); err != nil {
		t.Fatal(err)
	}
	_, err = w.signIn(a)
	w.wants(err, operator.ErrSignIn)
	if n := w.count(`SELECT count(*) FROM operator_sessions`); n != 1 {
		t.Errorf("%d sessions, want that of joining", n)
	}
}

func TestSignIn_RefusesWhoIsDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner()
	p := w.invited("박지우", operator.Support)
	w.wants(w.Disable(t.Context(), p.Operator.ID, shell), nil)
	_, err := w.SignInByTOTP(t.Context(), "박지우", w.wrong(p.secret), laptop)
	w.wants(err, operator.ErrSignIn) // only who shows a factor hears of it
	_, err = w.SignInByTOTP(t.Context(), "박지우", w.code(p.secret), laptop)
	w.wants(err, operator.ErrDisabled)
	if w.signedIn(p.Session) {
		t.Error("the session goes on")
	}
	w.wants(w.Enable(t.Context(), p.Operator.ID, shell), nil)
	w.clock.Advance(time.Minute)
	must(w, func() (operator.Session, error) {
		return w.SignInByTOTP(t.Context(), "박지우", w.code(p.secret), laptop)
	})
	want := []string{
		"command line|admin disable|ticket 1", "unknown|admin sign-in refused|totp", "self|admin sign-in refused|disabled",
		"command line|admin enable|ticket 1", "self|admin sign-in|totp",
	}
	if diff := cmp.Diff(want, w.records(p.Operator.ID)[4:]); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestSignIn_OfWhoIsDisabledDoesNotFillTheRecords has somebody come again and again
// with a passkey that is right.
func TestSignIn_OfWhoIsDisabledDoesNotFillTheRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner()
	link := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "박지우", operator.Viewer, shell) })
	p := w.join(link, "박지우")
	w.wants(w.Disable(t.Context(), p.Operator.ID, shell), nil)
	before := len(w.records(p.Operator.ID))
	for i := range 15 {
		_, err := w.signIn(p.Authenticator)
		if want := []error{operator.ErrDisabled, operator.ErrLocked}[i/10]; !errors.Is(err, want) {
			t.Errorf("try %d: %v, want %v", i, err, want)
		}
	}
	if n := len(w.records(p.Operator.ID)) - before; n != 10 {
		t.Errorf("%d records of it, want 10", n)
	}
}

// TestSignInByTOTP_AnswersTheSameForNamesThatNobodyHas goes through tries of a name
// that an operator has and of one that nobody has, and wants the same answers with
// the same waits, and as many acts in the database.
func TestSignInByTOTP_AnswersTheSameForNamesThatNobodyHas(t *testing.T) {
	t.Parallel()
	answers := func(name string) (list []string) {
		w := newWorld(t)
		p := w.invited("박지우", operator.Support)
		for i := range 40 {
			_, err := w.SignInByTOTP(t.Context(), name, w.wrong(p.secret), laptop)
			f := fault.As(err)
			if f == nil {
				t.Fatalf("%s: try %d: %v", name, i, err)
			}
			list = append(list, fmt.Sprint(f.Code, " ", f.RetryAfter.Truncate(time.Minute)))
			w.clock.Advance(time.Duration(i%7) * 5 * time.Minute)
		}
		return list
	}
	known, unknown := answers("박지우"), answers("이도윤")
	if diff := cmp.Diff(known, unknown); diff != "" {
		t.Errorf("the answers tell who there is (-operator +nobody):\n%s", diff)
	}
	for _, want := range []string{"operator_sign_in_refused 0s", "operator_locked 50m0s", "factor_limited 1h38m0s"} {
		if !slices.Contains(known, want) {
			t.Errorf("no answer is %s: %v", want, known)
		}
	}
}

// TestSignIn_LocksAfterTenWrongCodes is S-98. The factor has a narrower budget,
// whose refusals count as wrong ones in a row too.
func TestSignIn_LocksAfterTenWrongCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.owner()
	p := w.invited("박지우", operator.Support)
	ctx := t.Context()
	e := must(w, func() (*operator.Enrolment, error) { return w.Enrol(ctx, p.Session) })
	p.Authenticator = factortest.New(origin)
	must(w, func() (operator.Session, error) { return w.addPasskey(e, p.Authenticator) })

	guess := func() error {
		_, err := w.SignInByTOTP(ctx, "박지우", w.wrong(p.secret), laptop)
		return err
	}
	lock := func() {
		t.Helper()
		for range 10 {
			if err := guess(); !errors.Is(err, operator.ErrSignIn) && !errors.Is(err, factor.ErrTries) {
				t.Fatalf("a wrong code: %v", err)
			}
		}
	}
	refused := func() {
		t.Helper()
		_, err := w.SignInByTOTP(ctx, "박지우", w.code(p.secret), laptop)
		w.wants(err, operator.ErrLocked)
		_, err = w.signIn(p.Authenticator)
		w.wants(err, operator.ErrLocked)
		_, err = w.StepUpByTOTP(ctx, p.Session, w.code(p.secret))
		w.wants(err, operator.ErrLocked)
		_, err = w.stepUp(p.Session, p.Authenticator)
		w.wants(err, operator.ErrLocked)
	}

	for range 7 {
		w.wants(guess(), operator.ErrSignIn)
	}
	must(w, func() (operator.Session, error) { return w.SignInByTOTP(ctx, "박지우", w.code(p.secret), laptop) })
	w.clock.Advance(24 * time.Hour)
	lock() // a right one ended the row of seven
	refused()
	if op := w.found(p.Operator.ID); op.State() != operator.Locked || op.LockedUntil.Sub(w.clock.Now()) != time.Hour {
		t.Errorf("the account is %s until %v", op.State(), op.LockedUntil)
	}
	must(w, func() (operator.Session, error) { return w.signIn(owner.Authenticator) }) // of somebody else
	w.clock.Advance(time.Hour - time.Second)
	refused()
	w.clock.Advance(time.Second)
	must(w, func() (operator.Session, error) { return w.signIn(p.Authenticator) })

	lock()
	refused()
	w.wants(w.Unlock(ctx, p.Operator.ID, operator.Act{Actor: owner.Operator.ID, Reason: "called"}), nil)
	if op := w.found(p.Operator.ID); op.State() != operator.Active {
		t.Errorf("an unlocked account is %s", op.State())
	}
	w.clock.Advance(time.Minute)
	must(w, func() (operator.Session, error) { return w.SignInByTOTP(ctx, "박지우", w.code(p.secret), laptop) })
	locks := 0
	for _, r := range w.records(p.Operator.ID) {
		if r == "unknown|admin sign-in refused|totp, locked" {
			locks++
		}
	}
	if locks != 2 {
		t.Errorf("%d locks were recorded, want 2:\n%v", locks, w.records(p.Operator.ID))
	}
}

// TestSignInByTOTP_ComparesFewOfManyAtOnce has two hundred codes come at the same
// time over two nodes. What is compared and wrong is an event of the factor.
func TestSignInByTOTP_ComparesFewOfManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.invited("박지우", operator.Support)
	other, _ := w.node()
	wrong := w.wrong(p.secret)
	var wg sync.WaitGroup
	results := make([]error, 200)
	for i := range results {
		o := []*operator.Operators{w.Operators, other}[i%2]
		wg.Go(func() { _, results[i] = o.SignInByTOTP(t.Context(), "박지우", wrong, laptop) })
	}
	wg.Wait()
	said := map[string]int{}
	for _, err := range results {
		if f := fault.As(err); f == nil {
			t.Errorf("a wrong code: %v", err)
		} else {
			said[f.Code]++
		}
	}
	if said["operator_sign_in_refused"] > 10 || said["operator_locked"] < 190 {
		t.Errorf("the answers were %v", said)
	}
	if n := w.count(`SELECT count(*) FROM events WHERE kind = 'factor_wrong'`); n > 10 || n == 0 {
		t.Errorf("%d codes were compared, want 10 at most", n)
	}
	if n := len(w.records(p.Operator.ID)); n > 4+10 {
		t.Errorf("%d records of it", n)
	}
}

// TestRefusals_OfNobodyLeaveNoRecord keeps the records, which are never erased,
// from being filled by strangers.
func TestRefusals_OfNobodyLeaveNoRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner()
	before := w.count(`SELECT count(*) FROM records`)
	for i := range 12 {
		_, err := w.SignInByTOTP(t.Context(), fmt.Sprint("nobody ", i%2), "123456", laptop)
		w.wants(err, operator.ErrSignIn)
	}
	if n := w.count(`SELECT count(*) FROM records`); n != before {
		t.Errorf("%d records more", n-before)
	}
	if n := w.count(`SELECT count(*) FROM operator_tries WHERE subject LIKE '%nobody%'`); n != 0 {
		t.Error("what was typed is stored")
	}
}
