package operator_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/operator"
)

// TestOwner_ActsAreObeyedAtOnceAndRecorded is S-94 and S-98: a session does not
// outlive the rights it was opened with.
func TestOwner_ActsAreObeyedAtOnceAndRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.owner()
	p := w.invited("박지우", operator.Viewer)
	ctx, id := t.Context(), p.Operator.ID
	by := operator.Act{Actor: owner.Operator.ID, From: "203.0.113.0/24", Reason: "new task"}

	w.wants(w.SetRole(ctx, id, operator.Viewer, by), nil) // the one they have
	if !w.signedIn(p.Session) {
		t.Error("no change ended a session")
	}
	w.wants(w.SetRole(ctx, id, operator.Manager, by), nil)
	if w.signedIn(p.Session) || w.found(id).Role != operator.Manager {
		t.Error("a new role left the session, or did not come")
	}
	w.clock.Advance(time.Minute)
	signIn := func() operator.Session {
		t.Helper()
		w.clock.Advance(time.Minute)
		return must(w, func() (operator.Session, error) { return w.SignInByTOTP(ctx, "박지우", w.code(p.secret), laptop) })
	}
	s := signIn()
	w.wants(w.Disable(ctx, id, by), nil)
	w.wants(w.Disable(ctx, id, by), nil)
	if w.signedIn(s) || w.found(id).State() != operator.Disabled {
		t.Error("disabling left the session")
	}
	_, err := w.Reset(ctx, id, by)
	w.wants(err, operator.ErrDisabled)
	w.wants(w.Enable(ctx, id, by), nil)
	w.wants(w.Enable(ctx, id, by), nil)
	if w.signedIn(s) {
		t.Error("enabling gave back a session")
	}
	s = signIn()
	link := must(w, func() (operator.Link, error) { return w.Reset(ctx, id, by) })
	if op := w.found(id); w.signedIn(s) || op.State() != operator.Invited || op.TOTP || op.LinkUntil.IsZero() {
		t.Errorf("after a reset: %+v", op)
	}
	_, err = w.SignInByTOTP(ctx, "박지우", w.code(p.secret), laptop)
	w.wants(err, operator.ErrSignIn)
	later := must(w, func() (operator.Link, error) { return w.Reset(ctx, id, by) })
	_, err = w.Open(ctx, link.Token)
	w.wants(err, operator.ErrLink)
	w.wants(w.Disable(ctx, id, by), nil)
	_, err = w.Open(ctx, later.Token)
	w.wants(err, operator.ErrLink)
	w.wants(w.Enable(ctx, id, by), nil)
	link = must(w, func() (operator.Link, error) { return w.Reset(ctx, id, by) })
	if again := w.join(link, "박지우"); again.Operator.ID != id || again.Role != operator.Manager {
		t.Errorf("joined again as %+v", again.Operator)
	}

	var rights []string
	actor := owner.Operator.ID + "|"
	for _, r := range w.records(id) {
		if len(r) > len(actor) && r[:len(actor)] == actor {
			rights = append(rights, r[len(actor):])
		}
	}
	want := []string{
		"admin role|viewer to operator: new task", "admin disable|new task", "admin enable|new task", "admin reset|new task",
		"admin reset|new task", "admin disable|new task", "admin enable|new task", "admin reset|new task",
	}
	if diff := cmp.Diff(want, rights); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestOwner_TheLastOneStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.owner()
	ctx, id := t.Context(), owner.Operator.ID
	invited := must(w, func() (operator.Link, error) { return w.Invite(ctx, "박지우", operator.Owner, shell) })
	w.wants(w.SetRole(ctx, id, operator.Manager, shell), operator.ErrLastOwner) // one who has not joined is none
	w.wants(w.Disable(ctx, id, shell), operator.ErrLastOwner)
	if !w.signedIn(owner.Session) || w.found(id).Role != operator.Owner {
		t.Error("a refused act did something")
	}
	second := w.join(invited, "박지우")
	w.wants(w.Disable(ctx, second.Operator.ID, shell), nil)
	w.wants(w.SetRole(ctx, id, operator.Manager, shell), operator.ErrLastOwner) // nor is one who is disabled
	w.wants(w.SetRole(ctx, second.Operator.ID, operator.Viewer, shell), nil)
	w.wants(w.SetRole(ctx, second.Operator.ID, operator.Owner, shell), nil)
	w.wants(w.Enable(ctx, second.Operator.ID, shell), nil)
	w.wants(w.SetRole(ctx, id, operator.Manager, shell), nil)
	w.wants(w.Disable(ctx, second.Operator.ID, shell), operator.ErrLastOwner)

	_, err := w.Reset(ctx, second.Operator.ID, operator.Act{Actor: second.Operator.ID})
	w.wants(err, operator.ErrSelf)
	link := must(w, func() (operator.Link, error) { return w.Reset(ctx, second.Operator.ID, shell) }) // the way back by the machine
	if again := w.join(link, "박지우"); again.Role != operator.Owner {
		t.Errorf("the owner came back as %s", again.Role)
	}
}

// TestOwner_TwoOfThemCannotEndEachOther has two owners take each other's role away
// at the same time, on two nodes.
func TestOwner_TwoOfThemCannotEndEachOther(t *testing.T) {
	t.Parallel()
	for range 5 {
		w := newWorld(t)
		first := w.owner()
		link := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "박지우", operator.Owner, shell) })
		second := w.join(link, "박지우")
		other, _ := w.node()
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = w.SetRole(t.Context(), second.Operator.ID, operator.Viewer, operator.Act{Actor: first.Operator.ID})
		})
		wg.Go(func() {
			_ = other.Disable(t.Context(), first.Operator.ID, operator.Act{Actor: second.Operator.ID})
		})
		wg.Wait()
		owners := w.count(`SELECT count(*) FROM operators WHERE role = 'owner' AND disabled_at IS NULL`)
		if owners != 1 {
			t.Errorf("%d owners are left, want 1", owners)
		}
	}
}

func TestOperators_AreFoundByNameAndId(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.owner()
	second := w.invited("Park Ji-u", operator.Support)
	ctx := t.Context()
	if op := must(w, func() (operator.Operator, error) { return w.ByName(ctx, "PARK ji-u") }); op.ID != second.Operator.ID || !op.TOTP {
		t.Errorf("ByName: %+v", op)
	}
	list := must(w, func() ([]operator.Operator, error) { return w.List(ctx) })
	if len(list) != 2 || list[0].ID != first.Operator.ID || list[0].Passkeys != 1 || list[1].Name != "Park Ji-u" {
		t.Errorf("List: %+v", list)
	}
	names := must(w, func() (map[string]string, error) { return w.Names(ctx) })
	if diff := cmp.Diff(map[string]string{first.Operator.ID: "김하늘", second.Operator.ID: "Park Ji-u"}, names); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
	for what, act := range map[string]func(id string) error{
		"role":    func(id string) error { return w.SetRole(ctx, id, operator.Owner, shell) },
		"disable": func(id string) error { return w.Disable(ctx, id, shell) },
		"enable":  func(id string) error { return w.Enable(ctx, id, shell) },
		"unlock":  func(id string) error { return w.Unlock(ctx, id, shell) },
		"reset":   func(id string) error { _, err := w.Reset(ctx, id, shell); return err },
		"by id":   func(id string) error { _, err := w.ByID(ctx, id); return err },
		"by name": func(id string) error { _, err := w.ByName(ctx, id); return err },
	} {
		if err := act("opr_nobody"); !errors.Is(err, operator.ErrNoOperator) {
			t.Errorf("%s of nobody: %v", what, err)
		}
	}
	w.wants(w.SetRole(ctx, first.Operator.ID, "boss", shell), operator.ErrRole)
	if !w.Passkeys() {
		t.Error("there can be passkeys at localhost")
	}
}
