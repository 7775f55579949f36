package consent_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
)

const day = 24 * time.Hour

var began = time.Date(2026, 11, 23, 1, 2, 3, 4000, time.UTC)

// world is a ledger over a database whose clock the test moves.
type world struct {
	testing.TB
	*consent.Ledger
	db    *db.DB
	clock *dbtest.Clock
}

func newWorld(t testing.TB) *world {
	t.Helper()
	clock := dbtest.NewClock(began)
	w := &world{TB: t, db: dbtest.New(t, dbtest.WithClock(clock)), clock: clock}
	w.Ledger = consent.New(consent.Options{DB: w.db})
	return w
}

// edition returns the built-in items with another version of the terms.
func edition(t testing.TB, version string) *consent.Book {
	t.Helper()
	path := write(t, "c.toml",
		"[[item]]\nid = \"age_14\"\nversion = \"1\"\nkind = \"age\"\nrequired = true\n"+
			"ko.title = \"만 14세 이상이에요\"\nen.title = \"I'm 14 or older\"\n"+
			item("id = \"terms\"\nversion = \""+version+"\"\nkind = \"document\"\nrequired = true")+
			item("id = \"marketing_sms\"\nversion = \"2\"\nkind = \"advertising\""))
	return mustRead(t, path)
}

// join writes what somebody ticked at sign-up.
func (w *world) join(userID string, ids ...string) {
	w.Helper()
	items, err := w.Choose(ids)
	if err != nil {
		w.Fatal(err)
	}
	w.act(func(tx *db.Tx) error {
		w.Write(tx, userID, "ko", consent.SignUp, items)
		return nil
	})
}

func (w *world) act(fn func(tx *db.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// ledger tells a member's agreements, one a line.
func (w *world) ledger(userID string) []string {
	w.Helper()
	list, err := w.Agreements(w.Context(), userID)
	if err != nil {
		w.Fatal(err)
	}
	lines := []string{}
	for _, a := range list {
		line := fmt.Sprintf("%s %s %s %s +%v", a.Item, a.Version, a.Locale, a.Screen, a.AgreedAt.Sub(began).Truncate(time.Minute))
		if !a.Stands() {
			line += fmt.Sprintf(" until %s +%v", a.WithdrawnScreen, a.WithdrawnAt.Sub(began).Truncate(time.Minute))
		}
		lines = append(lines, line)
	}
	return lines
}

func (w *world) wantLedger(userID string, want ...string) {
	w.Helper()
	if diff := cmp.Diff(want, w.ledger(userID), cmpopts.EquateEmpty()); diff != "" {
		w.Errorf("the ledger of %s (-want +got):\n%s", userID, diff)
	}
}

func TestChoose_WantsTheRequiredItemsAndNothingElse(t *testing.T) {
	t.Parallel()
	l := consent.New(consent.Options{})
	for ids, want := range map[string]string{
		"age_14 terms":                               "age_14 terms",
		"terms marketing_sms age_14":                 "age_14 terms marketing_sms",
		"age_14 terms marketing_sms marketing_night": "age_14 terms marketing_sms marketing_night",
		"age_14 terms marketing_night":               "age_14 terms", // the night is nothing without the day
		"age_14 terms everything":                    "age_14 terms",
		"terms marketing_sms":                        "missing age_14",
		"age_14":                                     "missing terms",
		"":                                           "missing age_14",
	} {
		items, err := l.Choose(strings.Fields(ids))
		var got []string
		for _, item := range items {
			got = append(got, item.ID)
		}
		if errors.Is(err, consent.ErrMissing) {
			got = []string{"missing", fault.As(err).Detail}
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q gives %q, want %q", ids, got, want)
		}
	}
}

// TestLedger_IsSeparateVersionedAndExportable walks one member's
// consents from sign-up to withdrawal and back, and exports them by document
// (row 28; S-103, S-104). That nothing is ticked is a test of the pages.
func TestLedger_IsSeparateVersionedAndExportable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("usr_a", "age_14", "terms", "marketing_sms", "marketing_night")
	w.join("usr_b", "age_14", "terms")
	w.clock.Advance(time.Hour)
	if err := w.Withdraw(t.Context(), "usr_a", consent.Account, "marketing_sms"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	if err := w.Agree(t.Context(), "usr_a", "en", consent.Account, "marketing_sms"); err != nil {
		t.Fatal(err)
	}
	w.wantLedger("usr_a",
		"age_14 1 ko signup +0s", "terms 1 ko signup +0s",
		"marketing_sms 1 ko signup +0s until account +1h0m0s", "marketing_sms 1 en account +2h0m0s",
		"marketing_night 1 ko signup +0s until account +1h0m0s")
	w.wantLedger("usr_b", "age_14 1 ko signup +0s", "terms 1 ko signup +0s")

	var lines []string
	err := w.Export(t.Context(), "marketing_sms", "", auditor, func(e consent.Entry) error {
		text, err := w.Text(t.Context(), e.Item, e.Version, e.Locale)
		if errors.Is(err, consent.ErrNoText) {
			err = nil
		}
		item, _ := w.Book().Item(e.Item)
		if current, _ := item.In(e.Locale); e.Hash != current.Hash || text.Hash != "" && text.Hash != e.Hash {
			t.Errorf("the row has the hash %q", e.Hash)
		}
		lines = append(lines, fmt.Sprint(e.UserID, " ", e.Locale, " ", e.Stands()))
		return err
	})
	if err != nil || strings.Join(lines, ", ") != "usr_a ko false, usr_a en true" {
		t.Errorf("the export holds %q (%v)", lines, err)
	}
	if err := w.Export(t.Context(), "nonsense", "", auditor, nil); !errors.Is(err, consent.ErrUnknown) {
		t.Errorf("exporting what was never asked: %v", err)
	}
	broken := errors.New("the disk is full")
	if err := w.Export(t.Context(), "terms", "", auditor, func(consent.Entry) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a broken export ends with %v", err)
	}
}

func TestAgree_RefusesWhatMeansNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("usr_a", "age_14", "terms")
	for name, c := range map[string]struct {
		act  func() error
		want *fault.Error
	}{
		"no such item":           {func() error { return w.Agree(t.Context(), "usr_a", "ko", consent.Account, "everything") }, consent.ErrUnknown},
		"the night alone":        {func() error { return w.Agree(t.Context(), "usr_a", "ko", consent.Account, "marketing_night") }, consent.ErrDayFirst},
		"withdrawing the terms":  {func() error { return w.Withdraw(t.Context(), "usr_a", consent.Account, "terms") }, consent.ErrRequired},
		"withdrawing the age":    {func() error { return w.Withdraw(t.Context(), "usr_a", consent.Account, "age_14") }, consent.ErrRequired},
		"withdrawing nothing":    {func() error { return w.Withdraw(t.Context(), "usr_a", consent.Account, "marketing_sms") }, consent.ErrNotGiven},
		"withdrawing a fantasy":  {func() error { return w.Withdraw(t.Context(), "usr_a", consent.Account, "everything") }, consent.ErrNotGiven},
		"another's, withdrawing": {func() error { return w.Withdraw(t.Context(), "usr_b", consent.Account, "marketing_sms") }, consent.ErrNotGiven},
	} {
		if err := c.act(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	w.wantLedger("usr_a", "age_14 1 ko signup +0s", "terms 1 ko signup +0s")
	if err := w.Agree(t.Context(), "usr_a", "ko", consent.Account, "marketing_night", "marketing_sms"); err != nil {
		t.Errorf("both at once: %v", err)
	}
}

// TestAgree_TwiceIsOnce sends the same form twice.
func TestAgree_TwiceIsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("usr_a", "age_14", "terms")
	for range 2 {
		if err := w.Agree(t.Context(), "usr_a", "ko", consent.Account, "marketing_sms"); err != nil {
			t.Fatal(err)
		}
	}
	w.wantLedger("usr_a", "age_14 1 ko signup +0s", "terms 1 ko signup +0s", "marketing_sms 1 ko account +0s")
	// Even at one moment the same item can be withdrawn and agreed to again.
	for range 3 {
		if err := w.Withdraw(t.Context(), "usr_a", consent.Account, "marketing_sms"); err != nil {
			t.Fatal(err)
		}
		if err := w.Agree(t.Context(), "usr_a", "ko", consent.Account, "marketing_sms"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.ledger("usr_a")); n != 6 {
		t.Errorf("the ledger has %d rows", n)
	}
}

// TestMissing_AsksAgainWhenAVersionChanges restarts with other terms.
func TestMissing_AsksAgainWhenAVersionChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("usr_a", "age_14", "terms", "marketing_sms", "marketing_night")
	missing := func(want ...string) {
		t.Helper()
		items, err := w.Missing(t.Context(), "usr_a")
		var got []string
		for _, item := range items {
			got = append(got, item.ID+" "+item.Version)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("missing %q (%v), want %q", got, err, want)
		}
	}
	missing()
	w.Ledger = consent.New(consent.Options{DB: w.db, Book: edition(t, "2")})
	missing("terms 2") // and not the advertising, whose version changed too
	w.clock.Advance(time.Hour)
	if err := w.Agree(t.Context(), "usr_a", "en", consent.Renewal, "terms"); err != nil {
		t.Fatal(err)
	}
	missing()
	w.wantLedger("usr_a", "age_14 1 ko signup +0s", "terms 1 ko signup +0s", "terms 2 en renewal +1h0m0s",
		"marketing_sms 1 ko signup +0s", "marketing_night 1 ko signup +0s")
	// What is no longer asked can still be withdrawn.
	if err := w.Withdraw(t.Context(), "usr_a", consent.Account, "marketing_night"); err != nil {
		t.Errorf("withdrawing an item of before: %v", err)
	}
	w.Ledger = consent.New(consent.Options{DB: w.db})
	missing() // the first terms are put back, and they were agreed to
}

func TestKeepTexts_KeepsEachTextForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		if err := w.KeepTexts(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first, err := w.Text(t.Context(), "terms", "1", "en")
	if err != nil || first != w.Items()[1].Texts["en"] {
		t.Fatalf("the terms are kept as %+v (%v)", first, err)
	}
	w.clock.Advance(day)
	next := consent.New(consent.Options{DB: w.db, Book: edition(t, "2")})
	if err := next.KeepTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	for version, title := range map[string]string{"1": "Terms of use", "2": "Title"} {
		if text, err := next.Text(t.Context(), "terms", version, "en"); err != nil || text.Title != title {
			t.Errorf("version %s reads %q (%v)", version, text.Title, err)
		}
	}
	if _, err := next.Text(t.Context(), "terms", "3", "en"); !errors.Is(err, consent.ErrNoText) {
		t.Errorf("a version that never was: %v", err)
	}
	if text, err := next.Text(t.Context(), consent.PrivacyID, consent.Builtin().Privacy().Version, "ko"); err != nil || text.Body == "" {
		t.Errorf("the notice is not kept: %v", err)
	}
}

// TestKeepTexts_OfTwoNodesIsOne has nodes start at the same moment.
func TestKeepTexts_OfTwoNodesIsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var started sync.WaitGroup
	for range 4 {
		started.Go(func() {
			if err := consent.New(consent.Options{DB: w.db}).KeepTexts(t.Context()); err != nil {
				t.Errorf("starting: %v", err)
			}
		})
	}
	started.Wait()
	var kept int
	err := w.db.View(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT count(*) FROM consent_texts`).Scan(&kept) })
	if err != nil || kept != 10 {
		t.Errorf("%d texts are kept (%v), want 5 in 2 languages", kept, err)
	}
}

func TestKeepTexts_RefusesAChangedTextUnderItsVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.KeepTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	changed := consent.New(consent.Options{DB: w.db, Book: edition(t, "1")})
	err := changed.KeepTexts(t.Context())
	if !errors.Is(err, consent.ErrTextChanged) {
		t.Fatalf("changed terms: %v", err)
	}
	for _, want := range []string{`terms version 1 in "ko" is not the text kept since 2026-11-23: give it a new version`, `terms version 1 in "en"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if text, err := w.Text(t.Context(), "terms", "1", "ko"); err != nil || text.Title != "이용약관" {
		t.Errorf("the first text has become %q (%v)", text.Title, err)
	}
	if _, err := w.Text(t.Context(), "marketing_sms", "2", "ko"); !errors.Is(err, consent.ErrNoText) {
		t.Errorf("a refused file left a text: %v", err)
	}
}

// TestRelease_KeepsNothingButTheHashOfTheNumber is the ledger's part of leaving
// (S-106, row 32).
func TestRelease_KeepsNothingButTheHashOfTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number := []byte("0123456789abcdef")
	for round := range 2 { // the same number joins and leaves twice
		user := fmt.Sprint("usr_", round)
		w.join(user, "age_14", "terms", "marketing_sms")
		if err := w.Withdraw(t.Context(), user, consent.Account, "marketing_sms"); err != nil {
			t.Fatal(err)
		}
		w.act(func(tx *db.Tx) error {
			w.Release(tx, user, number)
			return nil
		})
		w.wantLedger(user)
		w.clock.Advance(day)
	}
	w.join("usr_other", "age_14", "terms")
	w.join("usr_unnumbered", "age_14", "terms")
	w.act(func(tx *db.Tx) error {
		w.Release(tx, "usr_unnumbered", nil)
		return nil
	})
	w.wantLedger("usr_unnumbered")
	w.wantLedger("usr_other", "age_14 1 ko signup +48h0m0s", "terms 1 ko signup +48h0m0s")

	kept, err := w.Kept(t.Context(), number)
	if err != nil || len(kept) != 6 {
		t.Fatalf("%d rows are kept (%v), want 6", len(kept), err)
	}
	for i, k := range kept {
		if left := began.Add(time.Duration(i/3) * day); !k.LeftAt.Equal(left) || !k.AgreedAt.Equal(left) {
			t.Errorf("row %d: agreed at %v, left at %v, want %v", i, k.AgreedAt, k.LeftAt, left)
		}
		if withdrawn := k.Item == "marketing_sms"; k.Stands() == withdrawn || k.Hash == "" || k.Screen != consent.SignUp {
			t.Errorf("row %d is kept as %+v", i, k)
		}
	}
	if others, err := w.Kept(t.Context(), []byte("another number..")); err != nil || len(others) != 0 {
		t.Errorf("another number has %d rows (%v)", len(others), err)
	}
	var all int
	err = w.db.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT count(*) FROM kept_consents WHERE number_mac <> $1`, number).Scan(&all)
	})
	if err != nil || all != 0 {
		t.Errorf("%d rows are kept for nobody (%v)", all, err)
	}

	first, second := db.At(began), db.At(began.Add(day))
	for _, c := range []struct {
		before     db.Time
		most       int
		gone, left int
	}{{first, 200, 0, 6}, {second, 2, 2, 4}, {second, 200, 1, 3}, {second, 200, 0, 3}, {second + 1, 200, 3, 0}} {
		var gone int
		w.act(func(tx *db.Tx) (err error) {
			gone, err = w.EraseKept(tx, c.before, c.most)
			return err
		})
		if kept, err := w.Kept(t.Context(), number); err != nil || gone != c.gone || len(kept) != c.left {
			t.Errorf("before %v: %d rows went and %d are left (%v), want %d and %d", c.before, gone, len(kept), err, c.gone, c.left)
		}
	}
}

// TestRemindDue_IsTwoYearsAfterTheConsentOrTheLastReminder is S-104.
func TestRemindDue_IsTwoYearsAfterTheConsentOrTheLastReminder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("usr_day", "age_14", "terms", "marketing_sms")
	w.join("usr_both", "age_14", "terms", "marketing_sms", "marketing_night")
	w.join("usr_none", "age_14", "terms")
	w.join("usr_withdrawn", "age_14", "terms", "marketing_sms")
	if err := w.Withdraw(t.Context(), "usr_withdrawn", consent.Account, "marketing_sms"); err != nil {
		t.Fatal(err)
	}
	due := func(ahead time.Duration) []string {
		t.Helper()
		list, err := w.RemindDue(t.Context(), ahead)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, r := range list {
			lines = append(lines, r.UserID+" "+r.Item+" "+r.Due.Format("2006-01-02"))
		}
		return lines
	}
	all := []string{"usr_both marketing_sms 2028-11-23", "usr_day marketing_sms 2028-11-23", "usr_both marketing_night 2028-11-23"}
	for _, c := range []struct {
		at    time.Time
		ahead time.Duration
		want  []string
	}{
		{began.AddDate(1, 11, 0), 30 * day, nil},
		{began.AddDate(2, 0, -30), 30 * day, all},
		{began.AddDate(2, 0, -30), 0, nil},
		{began.AddDate(2, 0, 0).Add(-time.Microsecond), 0, nil},
		{began.AddDate(2, 0, 0), 0, all},
	} {
		w.clock.Set(c.at)
		if got := due(c.ahead); !slices.Equal(got, c.want) {
			t.Errorf("at %v, %v ahead: %q, want %q", c.at, c.ahead, got, c.want)
		}
	}
	for user, want := range map[string]int{"usr_both": 2, "usr_none": 0, "usr_withdrawn": 0, "usr_nobody": 0} {
		var n int
		w.act(func(tx *db.Tx) (err error) {
			n, err = w.Reminded(tx, user)
			return err
		})
		if n != want {
			t.Errorf("%s: noted %d reminders, want %d", user, n, want)
		}
	}
	if got, want := due(0), []string{"usr_day marketing_sms 2028-11-23"}; !slices.Equal(got, want) {
		t.Errorf("after the reminder: %q, want %q", got, want)
	}
	w.clock.Set(began.AddDate(4, 0, 0))
	if got := due(0); len(got) != 3 || !strings.HasSuffix(got[0], "2030-11-23") {
		t.Errorf("two years after the reminder: %q", got)
	}
	list, err := w.Agreements(t.Context(), "usr_both")
	if err != nil || !list[2].RemindedAt.Equal(began.AddDate(2, 0, 0)) {
		t.Errorf("the reminder is dated %v (%v)", list[2].RemindedAt, err)
	}
}

func TestUnder14_LeadsToTheGuardianOrNowhere(t *testing.T) {
	t.Parallel()
	if url, ok := consent.New(consent.Options{}).Under14(); ok || url != "" {
		t.Errorf("without a guardian they are led to %q", url)
	}
	l := consent.New(consent.Options{GuardianURL: "https://www.example.kr/guardian"})
	if url, ok := l.Under14(); !ok || url != "https://www.example.kr/guardian" {
		t.Errorf("they are led to %q", url)
	}
}
