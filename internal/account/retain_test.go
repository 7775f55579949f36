package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/retain"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

const (
	day  = 24 * time.Hour
	kept = 90 * day
)

// tables are what the jobs of newRetention erase from.
var tables = []string{"verifications", "messages", "provider_groups", "events", "sessions"}

func newRetention(w *verifytest.World, accounts *account.Accounts) *retain.Keeper {
	return retain.New(w.DB,
		retain.Job{Kind: "verifications", Kept: kept, Erase: w.Verifier.Erase},
		retain.Job{Kind: "messages", Kept: kept, Erase: w.Outbox.Erase},
		retain.Job{Kind: "groups", Kept: kept, Erase: w.Outbox.EraseGroups},
		retain.Job{Kind: "events", Kept: kept, Erase: audit.Erase},
		retain.Job{Kind: "sessions", Kept: kept, Erase: accounts.EraseSessions})
}

// TestRetention_ErasesWhatEndedLongAgo has two people join a month apart and looks
// at what is left on the days after (S-95, S-108). Ids tell the time of this
// machine, so the clock of the test begins there.
func TestRetention_ErasesWhatEndedLongAgo(t *testing.T) {
	t.Parallel()
	w := verifytest.New(t, verifytest.Options{At: time.Now().Truncate(time.Microsecond), Sandbox: []sandbox.Option{sandbox.WithReportDelay(0)}})
	accounts := account.New(account.Options{DB: w.DB, Ring: w.Ring, Verify: w.Verifier})
	keeper := newRetention(w, accounts)
	var tokens []string
	for i := range 2 {
		tokens = append(tokens, joinOnce(t, w, accounts, i))
		w.Clock.Advance(30 * day)
	}
	// Ended groups and those of the pool: only the former ever go.
	pool := count(t, w.DB, `SELECT count(*) FROM provider_groups WHERE ended_at IS NULL`)

	for _, c := range []struct {
		after             time.Duration
		left, leftSession int
	}{
		{kept - 61*day, 2, 2},
		{3 * day, 1, 2},   // what the first one did is 92 days old, and the session ended 62 days ago
		{29 * day, 0, 1},  // 121 and 91
		{32 * day, 0, 0},  // 153 and 123
		{300 * day, 0, 0}, // and an hour with nothing to do leaves no record
	} {
		w.Clock.Advance(c.after)
		if err := keeper.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			query, want := `SELECT count(*) FROM `+table, c.left
			switch table {
			case "provider_groups":
				query += ` WHERE ended_at IS NOT NULL`
			case "sessions":
				want = c.leftSession
			case "events":
				want = 3 * c.left
			}
			if n := count(t, w.DB, query); n != want {
				t.Errorf("after %v: %s has %d rows, want %d", c.after, table, n, want)
			}
		}
	}
	if n := count(t, w.DB, `SELECT count(*) FROM provider_groups`); n != pool {
		t.Errorf("%d groups are left, want the %d of the pool", n, pool)
	}
	if n := count(t, w.DB, `SELECT count(*) FROM users`); n != 2 {
		t.Errorf("%d members are left, want both", n)
	}
	for _, token := range tokens {
		if _, _, err := accounts.BySession(t.Context(), token); !errors.Is(err, account.ErrNoSession) {
			t.Errorf("an erased session signs in: %v", err)
		}
	}
	if got, want := records(t, w.DB), []string{
		"1 verifications, 1 messages, 1 groups, 3 events",
		"1 verifications, 1 messages, 1 groups, 3 events, 1 sessions",
		"1 sessions",
	}; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

// joinOnce signs a person up and returns the session's token.
func joinOnce(t *testing.T, w *verifytest.World, accounts *account.Accounts, i int) string {
	t.Helper()
	to, err := phone.Parse("010-0000-000" + string(rune('1'+i)))
	if err != nil {
		t.Fatal(err)
	}
	mine := verify.Browser("mine")
	v, err := w.Verifier.Start(t.Context(), verify.Start{Application: w.App, To: to, Purpose: verify.Login, Locale: "ko", Binding: mine})
	if err != nil {
		t.Fatal(err)
	}
	w.Drive()
	w.Clock.Advance(time.Minute)
	w.Provider.Settle()
	w.Drive() // hears what became of the text
	text := w.Provider.Handset(to.National())[0].Text
	ref := verify.Ref{ID: v.ID, ApplicationID: v.ApplicationID, Binding: mine}
	if r, err := w.Verifier.Check(t.Context(), ref, text[len(text)-6:]); err != nil || !r.Approved {
		t.Fatalf("the right code was not approved: %v", err)
	}
	s, err := accounts.Join(t.Context(), account.SignUp{Verification: ref, Name: "김하늘", Agreed: []string{"age_14", "terms"}, Locale: "ko"})
	if err != nil {
		t.Fatal(err)
	}
	return s.Token
}

func count(t *testing.T, d *db.DB, query string) (n int) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) error { return tx.Row(query).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// records reads what the keeper has recorded.
func records(t *testing.T, d *db.DB) (details []string) {
	t.Helper()
	err := d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT detail FROM records WHERE actor = 'retention' ORDER BY number`, nil, func(scan func(...any) error) error {
			var detail string
			err := scan(&detail)
			details = append(details, detail)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return details
}
