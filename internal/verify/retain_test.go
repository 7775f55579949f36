package verify_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// TestRetain_ErasesWhatEndedLongAgo has two verifications end a month apart and
// looks at what is left on the days after (S-95). Ids tell the time of this
// machine, so the clock of the test begins there.
func TestRetain_ErasesWhatEndedLongAgo(t *testing.T) {
	t.Parallel()
	base := verifytest.New(t, verifytest.Options{At: time.Now().Truncate(time.Microsecond), Sandbox: []sandbox.Option{sandbox.WithReportDelay(0)}})
	w := &world{base.Verifier, base}
	var ids []string
	for i := range 2 {
		ids = append(ids, w.mustStart(number(t, i+1), verify.Binding{}).ID)
		w.Drive()
		w.Clock.Advance(time.Hour)
		if n, err := w.Sweep(t.Context()); n != 1 || err != nil {
			t.Fatalf("Sweep = %d, %v, want it to end 1", n, err)
		}
		w.Drive() // hears what became of the text
		w.Clock.Advance(30 * 24 * time.Hour)
	}

	count := func(query string) (n int) {
		t.Helper()
		if err := w.DB.View(t.Context(), func(tx *db.Tx) error { return tx.Row(query).Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		after time.Duration
		left  int
	}{
		{verifytest.Kept - 61*24*time.Hour, 2},
		{3 * 24 * time.Hour, 1},
		{31 * 24 * time.Hour, 0},
	} {
		w.Clock.Advance(c.after)
		if err := w.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"verifications", "messages", "events"} {
			left := c.left
			if table == "events" {
				left *= 2 // started, expired
			}
			if n := count(`SELECT count(*) FROM ` + table); n != left {
				t.Errorf("%s: %d rows are left, want %d", table, n, left)
			}
		}
	}
	for _, id := range ids {
		if _, err := w.Read(t.Context(), w.App.ID, id); !errors.Is(err, verify.ErrNotFound) {
			t.Errorf("an erased verification is read: %v", err)
		}
	}
	var detail string
	if err := w.DB.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT detail FROM records WHERE actor = 'retention' ORDER BY number LIMIT 1`).Scan(&detail)
	}); err != nil || !strings.HasPrefix(detail, "1 verifications, 1 messages, 2 events that ended before ") {
		t.Errorf("the record says %q (%v)", detail, err)
	}
	if n := count(`SELECT count(*) FROM records WHERE actor = 'retention'`); n != 2 {
		t.Errorf("%d records, want one for each run that erased something", n)
	}
}
