package consent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

var auditor = audit.Act{Actor: "opr_1", Reason: "audit"}

// members has so many join, of whom each third takes advertising, and each sixth
// takes that back.
func (w *world) members(n int) {
	w.Helper()
	for i := range n {
		user, ids := fmt.Sprintf("usr_%06d", i), []string{"age_14", "terms"}
		if i%3 == 0 {
			ids = append(ids, "marketing_sms")
		}
		w.join(user, ids...)
		if i%6 == 0 {
			w.clock.Advance(time.Second)
			if err := w.Withdraw(w.Context(), user, consent.Account, "marketing_sms"); err != nil {
				w.Fatal(err)
			}
		}
	}
}

// counts counts, and waits for it.
func (w *world) counts() consent.Counts {
	w.Helper()
	c, err := w.Counts(w.Context(), time.Minute)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// TestCounts_AreThoseOfTheLedger compares what is counted in stretches of any size
// with what one statement counts.
func TestCounts_AreThoseOfTheLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if c := w.counts(); c.At.IsZero() || c.Of("terms", "1") != (consent.Count{}) {
		t.Errorf("of nobody: %+v", c)
	}
	w.members(40)
	for _, rows := range []int{1, 7, 1000} {
		w.Stretch(rows)
		w.clock.Advance(time.Second)
		c := w.counts()
		for item, want := range map[string]consent.Count{
			"terms": {Agreed: 40}, "age_14": {Agreed: 40}, "marketing_sms": {Agreed: 14, Withdrawn: 7}, "marketing_night": {}, "none": {},
		} {
			if got := c.Of(item, "1"); got != want || got.Stand() != want.Agreed-want.Withdrawn {
				t.Errorf("%s by %d: %+v, want %+v", item, rows, got, want)
			}
		}
		if !c.At.Equal(w.clock.Now().Truncate(time.Microsecond)) {
			t.Errorf("counted at %s, now it is %s", c.At, w.clock.Now())
		}
		var lines []string
		err := w.Export(t.Context(), "marketing_sms", "1", auditor, func(e consent.Entry) error {
			lines = append(lines, e.UserID)
			return nil
		})
		if err != nil || len(lines) != 14 || !slices.IsSorted(lines) {
			t.Errorf("exported by %d: %v (%v)", rows, lines, err)
		}
	}
}

func TestCounts_WaitForNobodyLongerThanTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.members(3)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := w.Counts(ctx, time.Minute); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("for nobody: %v", err)
	}
	if c := w.counts(); c.Of("terms", "1").Agreed != 3 {
		t.Errorf("after that: %+v", c)
	}
}

func TestEditions_AreAllThatWasEverShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.KeepTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(day)
	l := consent.New(consent.Options{DB: w.db, Book: edition(t, "2")})
	if err := l.KeepTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := l.Editions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, fmt.Sprintf("%s %s %s %t %t %d %s", e.Item, e.Version, e.Kind, e.Required, e.Current, len(e.Hashes), e.Since.Sub(began).Round(time.Hour)))
		if len(e.Hashes["ko"]) != 64 || e.Titles["en"] == "" {
			t.Errorf("%s %s has the titles %v and hashes %v", e.Item, e.Version, e.Titles, e.Hashes)
		}
	}
	want := []string{
		"age_14 1 age true true 2 0s", "terms 2 document true true 2 24h0m0s", "terms 1 document true false 2 0s",
		"marketing_sms 2 advertising false true 2 24h0m0s", "marketing_sms 1 advertising false false 2 0s",
		"privacy 2 notice false true 2 0s", "marketing_night 1  false false 2 0s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the editions (-want +got):\n%s", diff)
	}
	if err := l.Export(t.Context(), "terms", "3", auditor, nil); !errors.Is(err, consent.ErrUnknown) {
		t.Errorf("a version that never was: %v", err)
	}
	if err := l.Export(t.Context(), "terms", "1", audit.Act{Actor: "opr_1"}, nil); !errors.Is(err, audit.ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	err = w.db.View(t.Context(), func(tx *db.Tx) error {
		kept, _, err := audit.List(tx, audit.Filter{Act: "consents export"})
		if len(kept) > 0 {
			t.Errorf("recorded, though nothing was given out: %+v", kept)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStretches_ReadByThePrimaryKey wants no read of the ledger to be of more than
// its stretch.
func TestStretches_ReadByThePrimaryKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.db.Update(t.Context(), func(tx *db.Tx) error {
		for i := range 4000 {
			tx.Exec(`INSERT INTO consents (user_id, item, agreed_at, version, locale, screen) VALUES ($1, 'terms', 1, '1', 'ko', 'signup')`, fmt.Sprintf("usr_%05d", i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Analyze(t, w.db, "consents")
	for i, binds := range [][]any{{"usr_00100", 50}, {"usr_00100", "usr_00150"}, {"usr_00100", "usr_00150", "terms", ""}} {
		if plan := dbtest.Plan(t, w.db, consent.StretchQueries[i], binds...); dbtest.Scans(plan) {
			t.Errorf("statement %d: %q", i, plan)
		}
	}
}
