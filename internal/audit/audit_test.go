package audit_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func verifyChain(t *testing.T, d *db.DB) int64 {
	t.Helper()
	var broken int64
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		broken, err = audit.Verify(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return broken
}

func TestVerify_FindsWhatWasEditedOrTakenOut(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]string{
		"edited":    `UPDATE records SET subject = 'key_other' WHERE number = 2`,
		"taken out": `DELETE FROM records WHERE number = 2`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			for _, act := range []string{"keys create", "keys revoke", "keys create"} {
				err := d.Update(t.Context(), func(tx *db.Tx) error {
					return audit.Keep(tx, audit.Record{Actor: "command line", Act: act, Subject: "key_1"})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if broken := verifyChain(t, d); broken != 0 {
				t.Fatalf("record %d of an untouched chain does not fit", broken)
			}
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				tx.Exec(tamper)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if broken := verifyChain(t, d); broken != 2 {
				t.Fatalf("Verify = %d, want 2", broken)
			}
		})
	}
}
