package account_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
)

func signUp(ref verify.Ref) account.SignUp {
	return account.SignUp{
		Verification: ref, Name: "김하늘", Agreed: []string{"age_14", "terms", "marketing_sms"},
		Locale: "ko", Device: "Chrome",
	}
}

func TestJoin_OpensAnAccountAndSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.prove(1, mine)
	if _, err := w.Enter(t.Context(), ref, account.Browser{Label: "Chrome"}); !errors.Is(err, account.ErrNoAccount) {
		t.Fatalf("entering without an account: %v, want ErrNoAccount", err)
	}
	session, err := w.Join(t.Context(), signUp(ref))
	if err != nil {
		t.Fatal(err)
	}
	user, got, err := w.BySession(t.Context(), session.Token)
	if err != nil {
		t.Fatal(err)
	}
	now := w.Clock.Now()
	if user.Name != "김하늘" || user.Number.Display() != "010-0000-0001" || !user.LastProvedAt.Equal(now) ||
		got.UserID != user.ID || !got.ExpiresAt.Equal(now.Add(30*24*time.Hour)) || got.Token != "" {
		t.Fatalf("the member is %q, proved %v; the session ends %v", user.Name, user.LastProvedAt, got.ExpiresAt)
	}
	consents, err := consent.New(consent.Options{DB: w.DB}).Agreements(t.Context(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	var items []string
	for _, c := range consents {
		items = append(items, c.Item)
		if c.Version != "1" || c.Locale != "ko" || c.Screen != consent.SignUp || !c.AgreedAt.Equal(now) {
			t.Errorf("%s was stored as version %q in %q on %q at %v", c.Item, c.Version, c.Locale, c.Screen, c.AgreedAt)
		}
	}
	if got := strings.Join(items, " "); got != "age_14 terms marketing_sms" {
		t.Errorf("consents = %s", got)
	}
	if _, err := w.Join(t.Context(), signUp(ref)); !errors.Is(err, verify.ErrNotApproved) {
		t.Errorf("the approval opened a second account: %v", err)
	}
}

// TestHold_KeepsTheLedgerOfThoseWhoLeftEmpty sends the form of the account page
// while its member leaves in another tab.
func TestHold_KeepsTheLedgerOfThoseWhoLeftEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ledger := consent.New(consent.Options{DB: w.DB, Member: w.Hold})
	session, err := w.Join(t.Context(), signUp(w.prove(1, mine)))
	if err != nil {
		t.Fatal(err)
	}
	agree := func() error {
		return ledger.Agree(t.Context(), session.UserID, "ko", consent.Account, "marketing_night")
	}
	if err := agree(); err != nil {
		t.Fatalf("a member: %v", err)
	}
	err = w.DB.Update(t.Context(), func(tx *db.Tx) error {
		ledger.Release(tx, session.UserID, nil)
		tx.Exec(`DELETE FROM users WHERE id = $1`, session.UserID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := agree(); !errors.Is(err, account.ErrNoSession) {
		t.Errorf("somebody who left: %v, want ErrNoSession", err)
	}
	if list, err := ledger.Agreements(t.Context(), session.UserID); err != nil || len(list) != 0 {
		t.Errorf("%d rows are left of them (%v)", len(list), err)
	}
}

func TestEnter_SignsInToTheAccountOfTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.Join(t.Context(), signUp(w.prove(1, mine)))
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Hour)
	ref := w.prove(1, verify.Browser("another"))
	session, err := w.Enter(t.Context(), ref, account.Browser{Label: "Firefox"})
	if err != nil {
		t.Fatal(err)
	}
	if session.UserID != first.UserID || session.Token == first.Token {
		t.Fatal("it is not a new session of the same member")
	}
	user, _, err := w.BySession(t.Context(), session.Token)
	if err != nil || !user.LastProvedAt.Equal(w.Clock.Now()) {
		t.Fatalf("the number's last proof is %v (%v), want now", user.LastProvedAt, err)
	}
	if _, err := w.Enter(t.Context(), ref, account.Browser{Label: "Firefox"}); !errors.Is(err, verify.ErrNotApproved) {
		t.Errorf("the approval signed in twice: %v", err)
	}
}

func TestEnter_NeedsAnApprovalOfThisBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.prove(1, mine)
	elsewhere := ref
	elsewhere.Binding = verify.Browser("another")
	if _, err := w.Join(t.Context(), signUp(elsewhere)); !errors.Is(err, verify.ErrBinding) {
		t.Errorf("another browser joined: %v", err)
	}
	to, err := phone.Parse("010-0000-0002")
	if err != nil {
		t.Fatal(err)
	}
	v, err := w.Verifier.Start(t.Context(), verify.Start{Application: w.App, To: to, Purpose: verify.Login, Locale: "ko", Binding: mine})
	if err != nil {
		t.Fatal(err)
	}
	pending := verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: mine}
	if _, err := w.Join(t.Context(), signUp(pending)); !errors.Is(err, verify.ErrNotApproved) {
		t.Errorf("a pending verification opened an account: %v", err)
	}
	if _, err := w.Enter(t.Context(), pending, account.Browser{Label: ""}); !errors.Is(err, verify.ErrNotApproved) {
		t.Errorf("a pending verification signed in: %v", err)
	}
}

func TestJoin_ParallelSignUpsOfOneNumberMakeOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *db.Options) { o.DuplicateClosures = false })
	var refs []verify.Ref
	for i := range 3 {
		refs = append(refs, w.prove(1, verify.Browser(string(rune('a'+i)))))
		w.Clock.Advance(30 * time.Second)
	}
	var mu sync.Mutex
	users := map[string]bool{}
	var wg sync.WaitGroup
	for i := range 99 {
		wg.Go(func() {
			s, err := w.Join(context.Background(), signUp(refs[i%3]))
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
	var stored int
	err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM users`).Scan(&stored)
	})
	if err != nil || stored != 1 || len(users) != 1 {
		t.Fatalf("%d accounts stored, sessions of %d members (%v), want 1 and 1", stored, len(users), err)
	}
}

func TestJoin_RefusesNamesAndMissingConsentsAndKeepsTheApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.prove(1, mine)
	for name, c := range map[string]struct {
		change func(*account.SignUp)
		want   *fault.Error
	}{
		"no name":         {func(s *account.SignUp) { s.Name = " " }, account.ErrName},
		"a long name":     {func(s *account.SignUp) { s.Name = strings.Repeat("가", 51) }, account.ErrName},
		"a control sign":  {func(s *account.SignUp) { s.Name = "김\n하늘" }, account.ErrName},
		"terms unticked":  {func(s *account.SignUp) { s.Agreed = []string{"age_14"} }, consent.ErrMissing},
		"nothing ticked":  {func(s *account.SignUp) { s.Agreed = nil }, consent.ErrMissing},
		"no such consent": {func(s *account.SignUp) { s.Agreed = []string{"everything"} }, consent.ErrMissing},
	} {
		s := signUp(ref)
		c.change(&s)
		if _, err := w.Join(t.Context(), s); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	s := signUp(ref)
	s.Name, s.Agreed = strings.Repeat("가", 50), []string{"terms", "age_14"}
	if _, err := w.Join(t.Context(), s); err != nil {
		t.Errorf("after refusals, with the required items alone: %v", err)
	}
}

func TestSession_EndsWithSignOutAndAfterThirtyDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session, err := w.Join(t.Context(), signUp(w.prove(1, mine)))
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	second, err := w.Enter(t.Context(), w.prove(1, mine), account.Browser{Label: "Firefox"})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"", "x", session.Token + "x", session.ID} {
		if _, _, err := w.BySession(t.Context(), token); !errors.Is(err, account.ErrNoSession) {
			t.Errorf("a token that is none gives %v", err)
		}
	}
	if err := w.SignOut(t.Context(), second.Token); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.BySession(t.Context(), second.Token); !errors.Is(err, account.ErrNoSession) {
		t.Errorf("after signing out: %v, want ErrNoSession", err)
	}
	if _, _, err := w.BySession(t.Context(), session.Token); err != nil {
		t.Errorf("the other session ended too: %v", err)
	}
	w.Clock.Advance(30*24*time.Hour - time.Minute)
	if _, _, err := w.BySession(t.Context(), session.Token); !errors.Is(err, account.ErrNoSession) {
		t.Errorf("after thirty days: %v, want ErrNoSession", err)
	}
}

// TestTables_HoldNoReadableNumberOrToken reads every column of the member's
// rows (S-35, S-84).
func TestTables_HoldNoReadableNumberOrToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session, err := w.Join(t.Context(), signUp(w.prove(12345678, mine)))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`SELECT number_sealed, number_mac FROM users`, `SELECT number_sealed, number_mac FROM verifications`,
		`SELECT number_sealed, number_mac FROM messages`, `SELECT token_hash, token_hash FROM sessions`,
	} {
		var a, b []byte
		err := w.DB.View(t.Context(), func(tx *db.Tx) error { return tx.Row(query).Scan(&a, &b) })
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"12345678", "1234", session.Token} {
			if strings.Contains(string(a)+string(b), secret) {
				t.Errorf("%s shows %d characters of a secret", query, len(secret))
			}
		}
	}
}
