package operator_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// TestClaim_CountsOnceThereIsAFactor is S-96: whoever was invited is nobody until
// they have a passkey or an authenticator app.
func TestClaim_CountsOnceThereIsAFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "박지우", operator.Support, shell) })
	if op := w.found(link.OperatorID); op.State() != operator.Invited || op.LinkUntil.IsZero() {
		t.Errorf("whoever was invited is %s: %+v", op.State(), op)
	}
	e := w.enrol(link.Token, "박지우")
	draft, err := e.BeginTOTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SignInByTOTP(t.Context(), "박지우", w.code(draft.Secret), laptop)
	w.wants(err, operator.ErrSignIn)
	_, err = e.FinishTOTP(t.Context(), w.wrong(draft.Secret))
	w.wants(err, factor.ErrWrong)
	if op := w.found(link.OperatorID); op.State() != operator.Invited {
		t.Errorf("a wrong code makes an operator %s", op.State())
	}

	s, err := e.FinishTOTP(t.Context(), w.code(draft.Secret))
	if err != nil {
		t.Fatal(err)
	}
	op, standing, err := w.BySession(t.Context(), s.Token)
	if err != nil || op.Name != "박지우" || op.Role != operator.Support || op.State() != operator.Active || !w.Fresh(standing) {
		t.Errorf("after joining: %+v, %v", op, err)
	}
	if op = w.found(link.OperatorID); !op.TOTP || op.Passkeys != 0 || !op.LinkUntil.IsZero() {
		t.Errorf("after joining: %+v", op)
	}
	want := []string{
		"command line|admin create|support: ticket 1", "self|admin join|", "self|admin totp add|", "self|admin sign-in|totp",
	}
	got := slices.DeleteFunc(w.records(link.OperatorID), func(r string) bool { return r == "unknown|admin sign-in refused|totp" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestClaim_TakesAnotherName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner()
	link := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "new person", operator.Viewer, shell) })
	claim := must(w, func() (operator.Claim, error) { return w.Open(t.Context(), link.Token) })
	if claim.Name != "new person" || claim.First || claim.Role != operator.Viewer {
		t.Errorf("the claim: %+v", claim)
	}
	_, err := claim.Enrol(" ", "ko", laptop)
	w.wants(err, operator.ErrName)
	_, err = w.addPasskey(w.enrol(link.Token, "김하늘"), factortest.New(origin))
	w.wants(err, operator.ErrNameTaken)
	if p := w.join(link, "박지우"); p.Name != "박지우" {
		t.Errorf("joined as %q", p.Name)
	}
	_, err = w.ByName(t.Context(), "new person")
	w.wants(err, operator.ErrNoOperator)
}

func TestEnrol_AddsAndTakesAwayAllButTheLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.owner()
	ctx := t.Context()
	held := must(w, func() (factor.Held, error) { return w.Held(ctx, p.Operator.ID) })
	w.wants(w.RemovePasskey(ctx, p.Session, held.Passkeys[0].ID), operator.ErrLastFactor)

	e := must(w, func() (*operator.Enrolment, error) { return w.Enrol(ctx, p.Session) })
	same := must(w, func() (operator.Session, error) { return w.addPasskey(e, factortest.New(origin)) })
	if same.ID != p.Session.ID {
		t.Errorf("adding a passkey left the session %s", same.ID)
	}
	w.wants(w.RemovePasskey(ctx, p.Session, held.Passkeys[0].ID), nil)
	held = must(w, func() (factor.Held, error) { return w.Held(ctx, p.Operator.ID) })
	w.wants(w.RemovePasskey(ctx, p.Session, held.Passkeys[0].ID), operator.ErrLastFactor)
	w.addTOTP(e)
	w.wants(w.RenamePasskey(ctx, p.Session, held.Passkeys[0].ID, "데스크톱"), nil)
	w.wants(w.RemovePasskey(ctx, p.Session, held.Passkeys[0].ID), nil)
	w.wants(w.RemoveTOTP(ctx, p.Session), operator.ErrLastFactor)

	w.clock.Advance(operator.FreshFor)
	_, err := w.Enrol(ctx, p.Session)
	w.wants(err, operator.ErrStepUp)
	w.wants(w.RemoveTOTP(ctx, p.Session), operator.ErrStepUp)
	_, err = w.addPasskey(e, factortest.New(origin)) // begun while it was fresh
	w.wants(err, operator.ErrStepUp)
	if op := w.found(p.Operator.ID); op.Passkeys != 0 || !op.TOTP {
		t.Errorf("left are %d passkeys, app %v", op.Passkeys, op.TOTP)
	}
	want := []string{
		"self|admin join|owner", "self|admin passkey add|", "self|admin sign-in|passkey", "self|admin passkey add|",
		"self|admin passkey remove|", "self|admin totp add|", "self|admin passkey remove|",
	}
	if diff := cmp.Diff(want, w.records(p.Operator.ID)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestState_SaysWhereAnAccountStands(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	for want, op := range map[operator.State]operator.Operator{
		operator.Invited:  {},
		operator.Active:   {JoinedAt: at},
		operator.Locked:   {JoinedAt: at, LockedUntil: at},
		operator.Disabled: {JoinedAt: at, LockedUntil: at, DisabledAt: at},
	} {
		if got := op.State(); got != want {
			t.Errorf("%+v is %s, want %s", op, got, want)
		}
	}
}
