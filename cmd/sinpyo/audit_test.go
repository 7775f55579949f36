package main

import (
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
)

// TestAudit_VerifyFindsAnEditedRecord also looks whose data a record names.
func TestAudit_VerifyFindsAnEditedRecord(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	i.users(0, "show", "010-1234-5678", "--reason", "ticket 1")
	command := func(status int, args ...string) string {
		t.Helper()
		var out, errOut lockedBuffer
		if got := run(t.Context(), append(append([]string{"audit"}, args...), "--data-dir", i.dir), nil, &out, &errOut); got != status {
			t.Fatalf("audit %v: status %d, want %d\n%s%s", args, got, status, &out, &errOut)
		}
		return out.String() + errOut.String()
	}
	if got := command(0, "verify"); !strings.HasPrefix(got, "2 records\n") {
		t.Fatalf("audit verify prints %q, want 2 records", got)
	}
	if got := command(0, "list", "--person", theMember, "--csv"); strings.Count(got, theMember) != 2 {
		t.Errorf("not both records name whose data they touched:\n%s", got)
	}
	err := i.db.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`UPDATE records SET detail = 'ticket 2' WHERE number = 1`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := command(1, "verify"); !strings.Contains(got, "record 1 does not fit") {
		t.Errorf("audit verify of an edited record prints %q", got)
	}
}
