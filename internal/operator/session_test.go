package operator_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/operator"
)

func TestSession_EndsWithoutUseAndAfterTwelveHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.owner()
	use := func() error {
		_, _, err := w.BySession(t.Context(), p.Token)
		return err
	}
	for range 24 { // 11 hours and 36 minutes
		w.clock.Advance(29 * time.Minute)
		if err := use(); err != nil {
			t.Fatalf("in use, after %v: %v", w.clock.Now().Sub(p.Session.CreatedAt), err)
		}
	}
	w.clock.Advance(24*time.Minute - time.Second)
	w.wants(use(), nil)
	w.clock.Advance(time.Second)
	w.wants(use(), operator.ErrNoSession)

	p.Session = must(w, func() (operator.Session, error) { return w.signIn(p.Authenticator) })
	w.clock.Advance(operator.IdleFor - time.Second)
	if _, _, err := w.Peek(t.Context(), p.Token); err != nil {
		t.Errorf("before half an hour without use: %v", err)
	}
	w.clock.Advance(time.Second) // looking was no use
	w.wants(use(), operator.ErrNoSession)
	for _, token := range []string{"", p.Token[:len(p.Token)-1], p.Session.ID, p.Session.ID + "." + "A", "ops_x.y"} {
		if _, _, err := w.BySession(t.Context(), token); err == nil {
			t.Errorf("the token %q is good", token)
		}
	}
}

func TestBySession_NotesUseOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.owner()
	for _, c := range []struct{ after, seen time.Duration }{
		{59 * time.Second, 0}, {time.Second, time.Minute}, {59 * time.Second, time.Minute}, {2 * time.Second, 121 * time.Second},
	} {
		w.clock.Advance(c.after)
		if _, _, err := w.BySession(t.Context(), p.Token); err != nil {
			t.Fatal(err)
		}
		list := must(w, func() ([]operator.SessionInfo, error) { return w.Sessions(t.Context(), p.Session) })
		if len(list) != 1 || list[0].SeenAt.Sub(p.Session.CreatedAt) != c.seen || !list[0].Current || list[0].Label != laptop.Label || list[0].From != laptop.From {
			t.Errorf("after %v more: %+v, want seen after %v", c.after, list, c.seen)
		}
	}
}

func TestStepUp_IsFreshForFiveMinutesAndChangesTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.owner()
	guest := w.invited("박지우", operator.Support)
	for name, step := range map[string]func() (before, after operator.Session, err error){
		"passkey": func() (operator.Session, operator.Session, error) {
			after, err := w.stepUp(owner.Session, owner.Authenticator)
			return owner.Session, after, err
		},
		"app": func() (operator.Session, operator.Session, error) {
			after, err := w.StepUpByTOTP(t.Context(), guest.Session, w.code(guest.secret))
			return guest.Session, after, err
		},
	} {
		w.clock.Advance(operator.FreshFor)
		before, after, err := step()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if w.Fresh(before) || !w.Fresh(after) || w.signedIn(before) || !w.signedIn(after) || after.ID != before.ID {
			t.Errorf("%s: before fresh %v, signed in %v; after fresh %v, signed in %v",
				name, w.Fresh(before), w.signedIn(before), w.Fresh(after), w.signedIn(after))
		}
		w.clock.Advance(operator.FreshFor - time.Microsecond)
		if _, s, err := w.BySession(t.Context(), after.Token); err != nil || !w.Fresh(s) {
			t.Errorf("%s: not fresh before five minutes (%v)", name, err)
		}
		w.clock.Advance(time.Microsecond)
		if _, s, err := w.BySession(t.Context(), after.Token); err != nil || w.Fresh(s) {
			t.Errorf("%s: fresh after five minutes (%v)", name, err)
		}
	}
	_, err := w.StepUpByTOTP(t.Context(), guest.Session, w.code(guest.secret)) // of the session before
	w.wants(err, operator.ErrNoSession)
	w.clock.Advance(time.Minute)
	_, err = w.StepUpByTOTP(t.Context(), guest.Session, w.wrong(guest.secret))
	w.wants(err, factor.ErrWrong)
	_, _, err = w.BeginStepUp(t.Context(), guest.Session)
	w.wants(err, factor.ErrNoPasskey)
	records := w.records(guest.Operator.ID)
	if last := records[len(records)-1]; last != "self|admin step-up refused|totp" {
		t.Errorf("the last record is %s", last)
	}
}

func TestSessions_AreEndedByTheirOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.owner()
	guest := w.invited("박지우", operator.Support)
	again := must(w, func() (operator.Session, error) { return w.signIn(owner.Authenticator) })
	third := must(w, func() (operator.Session, error) { return w.signIn(owner.Authenticator) })
	ctx := t.Context()

	w.wants(w.End(ctx, again, guest.Session.ID), operator.ErrNoSession)
	w.wants(w.End(ctx, again.At("198.51.100.0/24"), owner.Session.ID), nil)
	w.wants(w.End(ctx, again, owner.Session.ID), operator.ErrNoSession)
	if w.signedIn(owner.Session) || !w.signedIn(guest.Session) || !w.signedIn(again) {
		t.Error("End ended another session, or not that one")
	}
	w.clock.Advance(operator.FreshFor)
	w.wants(w.EndAll(ctx, again), operator.ErrStepUp)
	again = must(w, func() (operator.Session, error) { return w.stepUp(again, owner.Authenticator) })
	w.wants(w.EndAll(ctx, again), nil)
	if w.signedIn(again) || w.signedIn(third) || !w.signedIn(guest.Session) {
		t.Error("EndAll left a session, or ended another operator's")
	}
	w.wants(w.SignOut(ctx, guest.Session), nil)
	w.wants(w.SignOut(ctx, guest.Session), operator.ErrNoSession)
	if w.signedIn(guest.Session) {
		t.Error("SignOut left the session")
	}
	want := []string{
		"self|admin sign-in|passkey", "self|admin sign-in|passkey", "self|admin sessions end|" + owner.Session.ID,
		"self|admin step-up|passkey", "self|admin sessions end|all",
	}
	if diff := cmp.Diff(want, w.records(owner.Operator.ID)[3:]); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	records := w.records(guest.Operator.ID)
	if last := records[len(records)-1]; last != "self|admin sign-out|" {
		t.Errorf("the last record is %s", last)
	}
}

func TestSetLocale_StaysWithTheOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.owner()
	for text, want := range map[string]string{"en": "en", "ko": "ko", "xx": "ko"} {
		w.wants(w.SetLocale(t.Context(), p.Session, text), nil)
		if op, _, err := w.BySession(t.Context(), p.Token); err != nil || op.Locale != want {
			t.Errorf("SetLocale(%s): %s, %v", text, op.Locale, err)
		}
	}
}
