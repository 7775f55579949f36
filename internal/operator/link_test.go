package operator_test

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// TestFirstLink_IsThereWhileNobodyHasJoined is S-96: there is no default account,
// and the first one is made with a link that a start prints.
func TestFirstLink_IsThereWhileNobodyHasJoined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if list := must(w, func() ([]operator.Operator, error) { return w.List(t.Context()) }); len(list) != 0 {
		t.Fatalf("there are operators to begin with: %v", list)
	}
	before, needed, err := w.FirstLink(t.Context())
	if err != nil || !needed {
		t.Fatalf("FirstLink: needed %v, %v", needed, err)
	}
	now, _, err := w.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Open(t.Context(), before.Token); !errors.Is(err, operator.ErrLink) {
		t.Errorf("the link of the start before: %v", err)
	}
	claim := must(w, func() (operator.Claim, error) { return w.Open(t.Context(), now.Token) })
	if !claim.First || claim.Role != operator.Owner || claim.Name != "" || claim.Until.Sub(w.clock.Now()) != operator.FirstLinkFor {
		t.Errorf("the first claim: %+v", claim)
	}

	invited := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "박지우", operator.Owner, shell) })
	if _, needed, _ := w.FirstLink(t.Context()); !needed {
		t.Error("an invitation that nobody took is enough to need no first link")
	}
	first, _, err := w.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	begun := w.enrol(first.Token, "이도윤")
	options, ceremony, err := begun.BeginPasskey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.join(invited, "박지우")
	if _, err := w.Open(t.Context(), first.Token); !errors.Is(err, operator.ErrLink) {
		t.Errorf("the first link after somebody has joined: %v", err)
	}
	if _, err := begun.FinishPasskey(t.Context(), ceremony, factortest.New(origin).Create(t, options), "폰"); !errors.Is(err, operator.ErrLink) {
		t.Errorf("a first owner who began before and ends after somebody has joined: %v", err)
	}
	if _, needed, err := w.FirstLink(t.Context()); err != nil || needed {
		t.Errorf("a first link is needed with an owner there (%v)", err)
	}
	if n := w.count(`SELECT count(*) FROM operators`); n != 1 {
		t.Errorf("%d operators, want 1", n)
	}
}

func TestLinks_WorkOnceAndForTheirTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		first bool
		after time.Duration
		want  error
	}{
		{"first, in time", true, operator.FirstLinkFor - time.Second, nil},
		{"first, late", true, operator.FirstLinkFor, operator.ErrLink},
		{"invited, in time", false, operator.LinkFor - time.Second, nil},
		{"invited, late", false, operator.LinkFor, operator.ErrLink},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var link operator.Link
			var err error
			if c.first {
				link, _, err = w.FirstLink(t.Context())
			} else {
				link, err = w.Invite(t.Context(), "박지우", operator.Support, shell)
			}
			if err != nil {
				t.Fatal(err)
			}
			claim := must(w, func() (operator.Claim, error) { return w.Open(t.Context(), link.Token) })
			e := must(w, func() (*operator.Enrolment, error) { return claim.Enrol("박지우", "en", laptop) })
			w.clock.Advance(c.after)
			_, err = w.Open(t.Context(), link.Token)
			w.wants(err, c.want)
			_, err = w.addPasskey(e, factortest.New(origin))
			w.wants(err, c.want)
			if c.want != nil {
				return
			}
			_, err = w.Open(t.Context(), link.Token)
			w.wants(err, operator.ErrLink)
			_, err = w.addPasskey(e, factortest.New(origin))
			w.wants(err, operator.ErrLink)
			if held := w.found(link.OperatorID); held.Passkeys != 1 || held.Locale != "en" {
				t.Errorf("a link that was used twice left %+v", held)
			}
		})
	}
}

// TestLinks_AreUsedOnceByManyAtOnce has twenty browsers answer with a link at the
// same time, on two nodes.
func TestLinks_AreUsedOnceByManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "박지우", operator.Viewer, shell) })
	other, _ := w.node()
	results := make([]error, 20)
	finish := make([]func(), len(results))
	for i := range results {
		o := []*operator.Operators{w.Operators, other}[i%2]
		claim := must(w, func() (operator.Claim, error) { return o.Open(t.Context(), link.Token) })
		e := must(w, func() (*operator.Enrolment, error) { return claim.Enrol("박지우", "ko", laptop) })
		options, ceremony, err := e.BeginPasskey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answer := factortest.New(origin).Create(t, options)
		finish[i] = func() { _, results[i] = e.FinishPasskey(t.Context(), ceremony, answer, "폰") }
	}
	var wg sync.WaitGroup
	for _, f := range finish {
		wg.Go(f)
	}
	wg.Wait()
	joined := 0
	for _, err := range results {
		if err == nil {
			joined++
		} else {
			w.wants(err, operator.ErrLink)
		}
	}
	if held := w.found(link.OperatorID); joined != 1 || held.Passkeys != 1 {
		t.Errorf("%d joined, and the account has %d passkeys", joined, held.Passkeys)
	}
}

func TestLinks_AreSpelledFreelyAndStoredHashed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "박지우", operator.Viewer, shell) })
	if !regexp.MustCompile(`^[A-Z2-7]{5}(-[A-Z2-7]{5}){3}$`).MatchString(link.Token) {
		t.Errorf("the token is %s", link.Token)
	}
	if got, want := operator.LinkTo(console, link.Token), "http://localhost:8081/start#"+link.Token; got != want {
		t.Errorf("LinkTo = %s, want %s", got, want)
	}
	for _, text := range []string{
		strings.ToLower(link.Token), strings.ReplaceAll(link.Token, "-", ""), " " + strings.ReplaceAll(link.Token, "-", " ") + " ",
		strings.NewReplacer("O", "0", "I", "1").Replace(link.Token),
	} {
		if _, err := w.Open(t.Context(), text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "-", link.Token[1:], link.Token + "A"} {
		if _, err := w.Open(t.Context(), text); !errors.Is(err, operator.ErrLink) {
			t.Errorf("%q: %v", text, err)
		}
	}
	plain := strings.ReplaceAll(link.Token, "-", "")
	if n := w.count(`SELECT count(*) FROM operator_links WHERE token_hash = $1 OR token_hash = $2`, []byte(link.Token), []byte(plain)); n != 0 {
		t.Error("the token is stored as it is")
	}
}

func TestInvite_RefusesNamesAndRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "Kim Haneul", operator.Viewer, shell) })
	for _, c := range []struct {
		name string
		role operator.Role
		want error
	}{
		{"", operator.Viewer, operator.ErrName},
		{"a\nb", operator.Viewer, operator.ErrName},
		{"Kim\u200bHaneul", operator.Viewer, operator.ErrName},
		{"a\xffb", operator.Viewer, operator.ErrName},
		{strings.Repeat("가", 51), operator.Viewer, operator.ErrName},
		{"opr_01k9x3v7m8e4t9q2w5r6y7u8p0", operator.Viewer, operator.ErrName},
		{"ＯＰＲ_x", operator.Viewer, operator.ErrName},
		{"KIM  HANEUL ", operator.Viewer, operator.ErrNameTaken},
		{"Ｋｉｍ haneul", operator.Viewer, operator.ErrNameTaken},
		{"박지우", "admin", operator.ErrRole},
		{"박지우", "", operator.ErrRole},
		{strings.Repeat("가", 50), operator.Viewer, nil},
	} {
		_, err := w.Invite(t.Context(), c.name, c.role, shell)
		if !errors.Is(err, c.want) {
			t.Errorf("Invite(%q, %q): %v, want %v", c.name, c.role, err, c.want)
		}
	}
	if n := w.count(`SELECT count(*) FROM operators`); n != 2 {
		t.Errorf("%d accounts, want 2", n)
	}
}
