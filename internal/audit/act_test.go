package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestReasoned_WantsOneTo200Characters(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		"ticket 7": "ticket 7", " ticket 7\n": "ticket 7", strings.Repeat("가", 200): strings.Repeat("가", 200), "": "", " \t\n": "",
		strings.Repeat("가", 201): "",
	} {
		act, err := audit.Act{Actor: "opr_1", Reason: reason}.Reasoned()
		if act.Reason != want || (want == "") != errors.Is(err, audit.ErrReason) {
			t.Errorf("%.20q: %.20q (%v)", reason, act.Reason, err)
		}
	}
}

// TestSeen_ListsWhoWasShownANumber tells those apart who had a number shown to them
// from those who did something else, and from other numbers.
func TestSeen_ListsWhoWasShownANumber(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if list := seen(t, d, "ab12", 10); len(list) > 0 {
		t.Errorf("before anything happened: %q", list)
	}
	for i, r := range []audit.Record{
		{Act: "messages unmask", Subject: "msg_1", Person: "ab12"}, {Act: "users unmask", Subject: "usr_1", Person: "ab12"},
		{Act: "messages unmask", Subject: "msg_2", Person: "cd34"}, {Act: "users find", Subject: "ab12"}, {Act: "users show", Person: "ab12"},
		{Act: "messages unmask", Subject: "msg_3", Person: "ab12"},
	} {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			r.Actor, r.From, r.Detail = "opr_1", "203.0.113.0/24", fmt.Sprintf("ticket %d", i)
			return audit.Keep(tx, r)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"msg_3 opr_1 203.0.113.0/24 ticket 5", "usr_1 opr_1 203.0.113.0/24 ticket 1", "msg_1 opr_1 203.0.113.0/24 ticket 0"}
	if diff := cmp.Diff(want, seen(t, d, "ab12", 10)); diff != "" {
		t.Errorf("who saw it:\n%s", diff)
	}
	if diff := cmp.Diff(want[:2], seen(t, d, "ab12", 2)); diff != "" {
		t.Errorf("the last two:\n%s", diff)
	}
}

// seen lists who saw a number, one a line.
func seen(t *testing.T, d *db.DB, number string, most int) (lines []string) {
	t.Helper()
	var list []audit.Kept
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		list, err = audit.Seen(tx, number, most)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", k.Subject, k.Actor, k.From, k.Detail))
	}
	return lines
}
