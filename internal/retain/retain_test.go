package retain_test

import (
	"errors"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/retain"
)

// TestOnce_GoesOnAfterAFailure has one job fail in its second act.
func TestOnce_GoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, func(o *db.Options) { o.DuplicateClosures = false })
	broken := errors.New("broken")
	acts := 0
	err := retain.New(d,
		retain.Job{Kind: "first", Erase: func(tx *db.Tx, _ db.Time, most int) (int, error) {
			if acts++; acts > 1 {
				return 0, broken
			}
			return most, nil
		}},
		retain.Job{Kind: "second", Erase: func(*db.Tx, db.Time, int) (int, error) { return 7, nil }},
	).Once(t.Context())
	if !errors.Is(err, broken) {
		t.Errorf("Once = %v, want the failure", err)
	}
	if got := records(t, d); len(got) != 1 || got[0] != "200 first, 7 second" {
		t.Errorf("recorded %q, want what was erased all the same", got)
	}
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
