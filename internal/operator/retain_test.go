package operator_test

import (
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/retain"
)

// TestRetention_ErasesSessionsLinksAndTries looks at what is left a while after it
// has ended. Ids tell the time of this machine, so the clock begins there.
func TestRetention_ErasesSessionsLinksAndTries(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, time.Now().Truncate(time.Microsecond))
	const kept = 90 * 24 * time.Hour
	keeper := retain.New(w.db,
		retain.Job{Kind: "sessions of operators", Kept: kept, Erase: w.EraseSessions},
		retain.Job{Kind: "claims to operators' accounts", Erase: w.EraseClaims})
	p := w.invited("박지우", operator.Support)
	link := must(w, func() (operator.Link, error) { return w.Invite(t.Context(), "이도윤", operator.Viewer, shell) })
	if _, err := w.enrol(link.Token, "이도윤").BeginTOTP(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		for _, name := range []string{"박지우", "누구"} {
			if _, err := w.SignInByTOTP(t.Context(), name, w.wrong(p.secret), laptop); err == nil {
				t.Fatal("a wrong code signs in")
			}
		}
	}
	for _, c := range []struct {
		after                                    time.Duration
		links, drafts, locks, tries, sessionRows int
	}{
		{0, 1, 1, 2, 2, 1},
		{24*time.Hour + time.Minute, 0, 0, 0, 2, 1}, // a budget of a month is given back more slowly
		{14 * 24 * time.Hour, 0, 0, 0, 0, 1},
		{kept, 0, 0, 0, 0, 0},
	} {
		w.clock.Advance(c.after)
		if err := keeper.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM operator_links`:                            c.links,
			`SELECT count(*) FROM totp_seeds WHERE draft_sealed IS NOT NULL`: c.drafts,
			`SELECT count(*) FROM operator_tries`:                            c.locks,
			`SELECT count(*) FROM factor_tries`:                              c.tries,
			`SELECT count(*) FROM operator_sessions`:                         c.sessionRows,
			`SELECT count(*) FROM totp_seeds WHERE seed_sealed IS NOT NULL`:  1,
			`SELECT count(*) FROM operators`:                                 2,
		} {
			if got := w.count(query); got != want {
				t.Errorf("after %v more: %s is %d, want %d", c.after, query, got, want)
			}
		}
	}
}
