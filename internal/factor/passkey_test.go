package factor_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
)

const origin = "https://id.example.kr"

// register has a member add a passkey of an authenticator.
func (w *world) register(userID string, a *factortest.Authenticator) factor.Passkey {
	w.Helper()
	options, ceremony, err := w.BeginRegister(w.Context(), userID, "김하늘")
	if err != nil {
		w.Fatal(err)
	}
	p, err := w.FinishRegister(w.Context(), userID, ceremony, a.Create(w, options), "아이폰")
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) signIn(a *factortest.Authenticator) (string, error) {
	w.Helper()
	options, ceremony, err := w.BeginSignIn()
	if err != nil {
		w.Fatal(err)
	}
	return w.FinishSignIn(w.Context(), ceremony, a.Get(w, options))
}

func (w *world) prove(userID string, a *factortest.Authenticator) error {
	w.Helper()
	options, ceremony, err := w.BeginProof(w.Context(), userID)
	if err != nil {
		w.Fatal(err)
	}
	return w.FinishProof(w.Context(), userID, ceremony, a.GetAny(w, options))
}

func TestPasskey_SignsInWithoutANameAndWithoutAText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := factortest.New(origin), factortest.New(origin)
	p := w.register(me, mine)
	w.register(other, theirs)
	w.clock.Advance(time.Hour)
	for a, want := range map[*factortest.Authenticator]string{mine: me, theirs: other} {
		got, err := w.signIn(a)
		if err != nil || got != want {
			t.Errorf("the passkey signs in %q (%v), want %q", got, err, want)
		}
	}
	h := w.held(me)
	if len(h.Passkeys) != 1 || h.Passkeys[0].ID != p.ID || h.Passkeys[0].Label != "아이폰" ||
		!h.Passkeys[0].CreatedAt.Equal(p.CreatedAt) || !h.Passkeys[0].UsedAt.Equal(w.clock.Now()) {
		t.Errorf("the member holds %+v", h.Passkeys)
	}
	if h.Second() || !h.StepUp() {
		t.Error("a passkey is asked for after a code, or does not do for a step-up")
	}
	if got := w.counted("sinpyo_factor_texts_avoided_total", ""); got != 2 {
		t.Errorf("%v texts avoided, want 2", got)
	}
	if err := w.prove(me, mine); err != nil {
		t.Errorf("the member's own passkey does not prove them: %v", err)
	}
	if got := w.counted("sinpyo_factor_texts_avoided_total", ""); got != 2 {
		t.Errorf("a step-up counts as a text avoided")
	}
}

func TestBeginRegister_AsksForADiscoverableVerifiedPasskeyOfAnyMaker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register(me, factortest.New(origin))
	options, _, err := w.BeginRegister(t.Context(), me, "김하늘")
	if err != nil {
		t.Fatal(err)
	}
	var asked struct {
		PublicKey struct {
			RP                     struct{ ID, Name string }
			User                   struct{ ID, Name, DisplayName string }
			Attestation            string
			Timeout                int
			AuthenticatorSelection struct {
				ResidentKey, UserVerification string
				RequireResidentKey            bool
			}
			ExcludeCredentials []struct{ ID string }
		}
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	k := asked.PublicKey
	if k.RP.ID != "id.example.kr" || k.RP.Name != "신표" || k.User.Name != "김하늘" || k.Attestation != "none" ||
		k.AuthenticatorSelection.ResidentKey != "required" || !k.AuthenticatorSelection.RequireResidentKey ||
		k.AuthenticatorSelection.UserVerification != "required" || len(k.ExcludeCredentials) != 1 || k.Timeout != 300_000 {
		t.Errorf("it asks for %s", options)
	}
}

func TestFinishSignIn_RefusesWhatIsNotOfThisPageAndPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, misbehave := range map[string]func(a *factortest.Authenticator){
		"another origin":        func(a *factortest.Authenticator) { a.Origin = "https://id.example.kr.evil.example" },
		"another scheme":        func(a *factortest.Authenticator) { a.Origin = "http://id.example.kr" },
		"another relying party": func(a *factortest.Authenticator) { a.RPID = "evil.example" },
		"nobody looked at":      func(a *factortest.Authenticator) { a.Unverified = true },
		"another member":        func(a *factortest.Authenticator) { a.UserHandle = other },
	} {
		a := factortest.New(origin)
		w.register(me, a)
		well := *a
		misbehave(a)
		if got, err := w.signIn(a); !errors.Is(err, factor.ErrPasskey) || got != "" {
			t.Errorf("%s: signs in %q (%v)", name, got, err)
		}
		if got, err := w.signIn(&well); err != nil || got != me {
			t.Errorf("%s: afterwards the passkey signs in %q (%v)", name, got, err)
		}
		if name == "another member" {
			continue // a registration names nobody by itself
		}
		options, ceremony, err := w.BeginRegister(t.Context(), other, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.FinishRegister(t.Context(), other, ceremony, a.Create(t, options), "x"); !errors.Is(err, factor.ErrPasskey) {
			t.Errorf("%s: adding a passkey gives %v", name, err)
		}
	}
	if n := len(w.held(other).Passkeys); n != 0 {
		t.Errorf("%d passkeys were added", n)
	}
}

func TestFinishSignIn_RefusesACounterThatDoesNotMoveForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := factortest.New(origin)
	a.Counter = 7
	w.register(me, a)
	clone := *a
	for range 3 {
		if _, err := w.signIn(a); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.signIn(&clone); !errors.Is(err, factor.ErrPasskey) {
		t.Errorf("a copy with an older counter signs in: %v", err)
	}
	if n := query[int](w, `SELECT count(*) FROM events WHERE kind = 'factor_wrong' AND user_id = $1`, me); n != 1 {
		t.Errorf("%d events tell of the copy, want 1", n)
	}
	if _, err := w.signIn(a); err != nil {
		t.Errorf("afterwards the passkey itself does not: %v", err)
	}
	if err := w.prove(me, &clone); !errors.Is(err, factor.ErrPasskey) {
		t.Errorf("a copy steps up: %v", err)
	}
}

func TestFinishSignIn_TellsNobodyWhoseAPasskeyIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := factortest.New(origin)
	p := w.register(me, a)
	if err := w.RemovePasskey(t.Context(), me, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.signIn(a); !errors.Is(err, factor.ErrPasskey) {
		t.Errorf("a removed passkey gives %v", err)
	}
	for _, answer := range []string{"", "null", "{}", `{"id":"x"}`, strings.Repeat("[", 10_000)} {
		_, ceremony, err := w.BeginSignIn()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.FinishSignIn(t.Context(), ceremony, []byte(answer)); !errors.Is(err, factor.ErrPasskey) {
			t.Errorf("the answer %.10q gives %v", answer, err)
		}
	}
}

func TestFinishProof_TakesThePasskeysOfThatMemberAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := factortest.New(origin), factortest.New(origin)
	w.register(me, mine)
	w.register(other, theirs)
	if err := w.prove(me, theirs); !errors.Is(err, factor.ErrPasskey) {
		t.Errorf("another member's passkey proves: %v", err)
	}
	theirs.UserHandle = me
	if err := w.prove(me, theirs); !errors.Is(err, factor.ErrPasskey) {
		t.Errorf("another member's passkey under this one's handle proves: %v", err)
	}
	if _, _, err := w.BeginProof(t.Context(), "usr_none"); !errors.Is(err, factor.ErrNoPasskey) {
		t.Errorf("a member without passkeys is asked for one: %v", err)
	}
}

func TestCeremony_IsGoodOnceInTimeForItsActAndMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := factortest.New(origin)
	w.register(me, a)

	options, ceremony, err := w.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	answer := a.Get(t, options)
	if _, err := w.FinishSignIn(t.Context(), ceremony, answer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.FinishSignIn(t.Context(), ceremony, answer); !errors.Is(err, factor.ErrCeremony) {
		t.Errorf("answered twice: %v", err)
	}

	_, next, err := w.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.FinishSignIn(t.Context(), next, answer); !errors.Is(err, factor.ErrPasskey) {
		t.Errorf("the answer of another ceremony: %v", err)
	}
	for name, forged := range map[string]string{
		"nothing": "", "a name alone": ceremony[:30], "another name": next[:30] + ceremony[30:], "damaged": next[:len(next)-4] + "AAAA", "no base64": next + "!",
	} {
		if _, err := w.FinishSignIn(t.Context(), forged, answer); !errors.Is(err, factor.ErrCeremony) {
			t.Errorf("%s: %v", name, err)
		}
	}

	options, ceremony, err = w.BeginProof(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	answer = a.Get(t, options)
	if err := w.FinishProof(t.Context(), other, ceremony, answer); !errors.Is(err, factor.ErrCeremony) {
		t.Errorf("another member's ceremony: %v", err)
	}
	if _, err := w.FinishSignIn(t.Context(), ceremony, answer); !errors.Is(err, factor.ErrCeremony) {
		t.Errorf("the ceremony of another act: %v", err)
	}
	w.clock.Advance(5*time.Minute - time.Second)
	if err := w.FinishProof(t.Context(), me, ceremony, answer); err != nil {
		t.Errorf("just in time: %v", err)
	}
	if err := w.FinishProof(t.Context(), me, ceremony, answer); !errors.Is(err, factor.ErrCeremony) {
		t.Errorf("answered twice: %v", err)
	}

	options, ceremony, err = w.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(5 * time.Minute)
	if _, err := w.FinishSignIn(t.Context(), ceremony, a.Get(t, options)); !errors.Is(err, factor.ErrCeremony) {
		t.Errorf("too late: %v", err)
	}
}

func TestCeremony_CountsOnceOfManyAnswersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := factortest.New(origin)
	w.register(me, a)
	options, ceremony, err := w.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	if n := query[int](w, `SELECT count(*) FROM passkey_ceremonies`); n != 0 {
		t.Errorf("whoever looks at the page writes %d rows", n)
	}
	answer := a.Get(t, options)
	var entered atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := w.FinishSignIn(t.Context(), ceremony, answer)
			if err == nil {
				entered.Add(1)
			} else if !errors.Is(err, factor.ErrCeremony) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if entered.Load() != 1 {
		t.Errorf("one answer signed in %d times", entered.Load())
	}
}

func TestEraseCeremonies_LeavesThoseThatAreOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := func() {
		t.Helper()
		if _, _, err := w.BeginRegister(t.Context(), me, ""); err != nil {
			t.Fatal(err)
		}
	}
	begin()
	// The ids carry the time of the machine, so the bound is a time after both.
	w.clock.Set(time.Now().Add(time.Hour))
	begin()
	var n int
	err := w.db.Update(t.Context(), func(tx *db.Tx) (err error) {
		n, err = w.EraseCeremonies(tx, tx.Now, 10)
		return err
	})
	if left := query[int](w, `SELECT count(*) FROM passkey_ceremonies`); err != nil || n != 1 || left != 1 {
		t.Errorf("erased %d and left %d (%v), want 1 and 1", n, left, err)
	}
}

func TestFinishRegister_RefusesAPasskeyThatIsThereAlready(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := factortest.New(origin)
	first, one, err := w.BeginRegister(t.Context(), me, "")
	if err != nil {
		t.Fatal(err)
	}
	answer := a.Create(t, first)
	if _, err := w.FinishRegister(t.Context(), me, one, answer, "1"); err != nil {
		t.Fatal(err)
	}
	// A stranger who saw a passkey's name tries to take it over.
	var stored struct {
		ID string
	}
	if err := json.Unmarshal(answer, &stored); err != nil {
		t.Fatal(err)
	}
	thief := factortest.New(origin)
	options, two, err := w.BeginRegister(t.Context(), other, "")
	if err != nil {
		t.Fatal(err)
	}
	forged := thief.CreateAs(t, options, stored.ID)
	if _, err := w.FinishRegister(t.Context(), other, two, forged, "2"); !errors.Is(err, factor.ErrPasskeyKnown) {
		t.Errorf("a known passkey is added again: %v", err)
	}
	if got, err := w.signIn(a); err != nil || got != me {
		t.Errorf("its owner signs in as %q (%v)", got, err)
	}
}

func TestPasskeys_AreRenamedRemovedAndBoundedByTheirMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.register(me, factortest.New(origin))
	for _, label := range []string{"", "  ", strings.Repeat("가", 51), "a\nb", "\xff"} {
		if err := w.RenamePasskey(t.Context(), me, p.ID, label); !errors.Is(err, factor.ErrLabel) {
			t.Errorf("the label %.10q: %v", label, err)
		}
	}
	if err := w.RenamePasskey(t.Context(), other, p.ID, "x"); !errors.Is(err, factor.ErrNoPasskey) {
		t.Errorf("renamed by a stranger: %v", err)
	}
	if err := w.RemovePasskey(t.Context(), other, p.ID); !errors.Is(err, factor.ErrNoPasskey) {
		t.Errorf("removed by a stranger: %v", err)
	}
	if err := w.RenamePasskey(t.Context(), me, p.ID, " 내 전화 "); err != nil {
		t.Fatal(err)
	}
	if got := w.held(me).Passkeys[0].Label; got != "내 전화" {
		t.Errorf("it is called %q", got)
	}
	for range 19 {
		w.register(me, factortest.New(origin))
	}
	if _, _, err := w.BeginRegister(t.Context(), me, ""); !errors.Is(err, factor.ErrPasskeysFull) {
		t.Errorf("the 21st: %v", err)
	}
	if err := w.RemovePasskey(t.Context(), me, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.BeginRegister(t.Context(), me, ""); err != nil {
		t.Errorf("after one was removed: %v", err)
	}
}

func TestPasskeys_NeedAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for host, want := range map[string]bool{"localhost:8080": true, "id.example.kr": true, "127.0.0.1:8080": false, "[::1]:8080": false} {
		f, _ := w.factors(func(o *factor.Options) { o.Origin = &url.URL{Scheme: "http", Host: host} })
		if f.Passkeys() != want {
			t.Errorf("%s can have passkeys: %v, want %v", host, !want, want)
		}
		if _, _, err := f.BeginSignIn(); want != (err == nil) {
			t.Errorf("%s: asking for a passkey gives %v", host, err)
		}
	}
}
