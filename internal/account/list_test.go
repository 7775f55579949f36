package account_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

var ticket = account.Act{Actor: "opr_1", From: "203.0.113.0/24", Reason: "ticket 7"}

// crowd writes so many members, who joined a minute after each other, and returns
// their ids, the newest first.
func (w *world) crowd(n int) []string {
	w.Helper()
	ids := make([]string, n)
	for first := 0; first < n; first += 1000 {
		err := w.DB.Update(w.Context(), func(tx *db.Tx) error {
			for i := first; i < min(n, first+1000); i++ {
				at := tx.Now.Add(time.Duration(i-n) * time.Minute)
				p := account.Past{ID: id.At("usr", at.Std(), [10]byte{}), Number: numbered(w.TB, i+1), Name: "김하늘", Locale: "ko", JoinedAt: at}
				ids[n-1-i] = p.ID
				account.WritePast(tx, p.Row(w.Ring))
			}
			return nil
		})
		if err != nil {
			w.Fatal(err)
		}
	}
	return ids
}

// walk lists all members of a state, so many at once, and returns their ids and
// how many pages they stand on.
func (w *world) walk(state account.State, most int) (ids []string, pages int) {
	w.Helper()
	for cursor := ""; ; {
		l, err := w.List(w.Context(), state, cursor, most)
		if err != nil {
			w.Fatal(err)
		}
		for _, m := range l.Members {
			ids = append(ids, m.ID)
			if state != "" && m.State != state {
				w.Errorf("%s is %s, and listed among the %s", m.ID, m.State, state)
			}
		}
		pages++
		if cursor = l.Next; cursor == "" {
			return ids, pages
		}
	}
}

func TestList_IsOfAllOrOfAState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.crowd(25)
	if err := w.Block(t.Context(), ids[3], ticket); err != nil {
		t.Fatal(err)
	}
	w.update(`UPDATE users SET dormant_at = 1 WHERE id = $1`, ids[20])
	w.update(`UPDATE users SET number_sealed = NULL, number_mac = NULL, tail_mac = NULL, prefix_mac = NULL WHERE id = $1`, ids[24])
	if got, pages := w.walk("", 10); !slices.Equal(got, ids) || pages != 3 {
		t.Errorf("all: %d members on %d pages", len(got), pages)
	}
	for state, want := range map[account.State]string{
		account.StateBlocked: ids[3], account.StateDormant: ids[20], account.StateNumberless: ids[24],
	} {
		if got, _ := w.walk(state, 10); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v, want %s", state, got, want)
		}
		if m, err := w.Show(t.Context(), want, ticket); err != nil || m.State() != state {
			t.Errorf("%s is shown as %s (%v)", want, m.State(), err)
		}
	}
	w.LookThrough(6) // of 25
	if got, pages := w.walk(account.StateDormant, 10); !slices.Equal(got, []string{ids[20]}) || pages < 4 {
		t.Errorf("looking through few: %v on %d pages", got, pages)
	}
	if got, _ := w.walk(account.StateActive, 4); len(got) != 22 {
		t.Errorf("%d are active", len(got))
	}
	l, err := w.List(t.Context(), account.StateActive, "", 4)
	if err != nil || l.Members[0].Number.String() != "010-****-0025" || !l.Reached.Equal(l.Members[3].CreatedAt) {
		t.Errorf("the first page: %+v (%v)", l, err)
	}
	if _, err := w.List(t.Context(), "", l.Next, 4); !errors.Is(err, outbox.ErrCursor) {
		t.Errorf("a cursor of another list: %v", err)
	}
	if _, err := w.List(t.Context(), "gone", "", 4); !errors.Is(err, outbox.ErrFilter) {
		t.Errorf("no state: %v", err)
	}
}

// TestList_ReadsByIndex wants a page of a list to read the members that it shows
// or looks through, and no more.
func TestList_ReadsByIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *db.Options) { o.DuplicateClosures = false })
	ids := w.crowd(5000)
	dbtest.Analyze(t, w.DB, "users")
	for i, binds := range [][]any{{ids[100], ids[200], "blocked", 51}, {ids[100], 100}} {
		if plan := dbtest.Plan(t, w.DB, account.ListQueries[i], binds...); dbtest.Scans(plan) {
			t.Errorf("statement %d: %q", i, plan)
		}
	}
}

// TestUnmask_IsRecordedAndTellsWhoSaw goes through the acts that an operator needs
// a reason for, and looks at what is recorded of who saw the number.
func TestUnmask_IsRecordedAndTellsWhoSaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _ := w.join(1)
	other, _ := w.join(2)
	to, err := w.Unmask(t.Context(), s.UserID, ticket)
	if err != nil || to.Display() != "010-0000-0001" {
		t.Fatalf("unmasked: %s (%v)", to.Display(), err)
	}
	for what, act := range map[string]func(account.Act) error{
		"unmask": func(a account.Act) error { _, err := w.Unmask(t.Context(), s.UserID, a); return err },
		"block":  func(a account.Act) error { return w.Block(t.Context(), s.UserID, a) },
		"end":    func(a account.Act) error { return w.EndSession(t.Context(), s.UserID, s.ID, a) },
		"erase":  func(a account.Act) error { return w.EraseMember(t.Context(), s.UserID, a) },
		"once":   func(a account.Act) error { _, _, err := w.MakeOnce(t.Context(), s.UserID, a); return err },
		"export": func(a account.Act) error { _, err := w.ExportMember(t.Context(), s.UserID, a); return err },
	} {
		for _, reason := range []string{"", " \n", string(make([]byte, 201))} {
			if err := act(account.Act{Actor: "opr_1", Reason: reason}); !errors.Is(err, audit.ErrReason) {
				t.Errorf("%s for %q: %v", what, reason, err)
			}
		}
	}
	seen, err := w.Seen(t.Context(), s.UserID, 5)
	if err != nil || len(seen) != 1 {
		t.Fatalf("seen: %+v (%v)", seen, err)
	}
	want := audit.Record{Actor: "opr_1", From: "203.0.113.0/24", Act: "users unmask", Subject: s.UserID, Person: seen[0].Person, Detail: "ticket 7"}
	if diff := cmp.Diff(want, seen[0].Record); diff != "" {
		t.Errorf("recorded:\n%s", diff)
	}
	if seen, err := w.Seen(t.Context(), other.UserID, 5); err != nil || len(seen) > 0 {
		t.Errorf("of another number: %+v (%v)", seen, err)
	}
	if _, err := w.Unmask(t.Context(), "usr_none", ticket); !errors.Is(err, account.ErrNoUser) {
		t.Errorf("of nobody: %v", err)
	}
}

func TestEndSession_EndsThatOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.join(1)
	second := w.enter(1, "another")
	if err := w.EndSession(t.Context(), first.UserID, first.ID, ticket); err != nil {
		t.Fatal(err)
	}
	if w.stands(first) || !w.stands(second) {
		t.Error("the wrong session was ended")
	}
	if err := w.EndSession(t.Context(), first.UserID, first.ID, ticket); !errors.Is(err, account.ErrEnded) {
		t.Errorf("ended twice: %v", err)
	}
	other, _ := w.join(2)
	if err := w.EndSession(t.Context(), first.UserID, other.ID, ticket); !errors.Is(err, account.ErrEnded) || !w.stands(other) {
		t.Errorf("a session of somebody else: %v", err)
	}
	e, err := w.ExportMember(t.Context(), other.UserID, ticket)
	if err != nil || e.Phone != "+821000000002" || len(e.Consents) == 0 || len(e.Sessions) != 1 {
		t.Errorf("exported: %+v (%v)", e, err)
	}
}
