package audit_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/seal"
)

func TestBook_RemembersWhatItFoundLast(t *testing.T) {
	t.Parallel()
	d := five(t)
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	book := audit.NewBook(d, ring)
	verify := func(whole bool, broken int64) {
		t.Helper()
		found, err := book.Verify(t.Context())
		if err != nil || found.Whole() != whole || found.Broken != broken {
			t.Fatalf("Verify = %+v, %v; want whole %t, broken %d", found, err, whole, broken)
		}
		if diff := cmp.Diff(found, book.Last()); diff != "" {
			t.Errorf("Last (-found +last):\n%s", diff)
		}
	}
	if last := book.Last(); last.At != 0 {
		t.Errorf("before the first time there is a verdict: %+v", last)
	}
	verify(true, 0)
	if err := audit.NewAnchors(d, ring).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	newest, sealed, err := book.Marks(t.Context())
	if err != nil || newest.Number != 5 || sealed.String() != newest.String() {
		t.Errorf("Marks = %v, %v, %v", newest, sealed, err)
	}
	exec(t, d, `UPDATE records SET subject = 'usr_7' WHERE number = 2`)
	verify(false, 2)
	exec(t, d, `UPDATE records SET subject = 'usr_1' WHERE number = 2`, `UPDATE record_head SET anchor_sealed = hash`)
	verify(false, 0)
	if _, _, err := book.Marks(t.Context()); !errors.Is(err, audit.ErrChain) {
		t.Errorf("Marks with another seal: %v", err)
	}
}

func TestBook_RecordsWhoTookItFirst(t *testing.T) {
	t.Parallel()
	d := five(t)
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	book := audit.NewBook(d, ring)
	var taken []string
	take := func(act audit.Act) error {
		taken = nil
		return book.Each(t.Context(), audit.Filter{}, act, func(k audit.Kept) error {
			taken = append(taken, k.Act)
			return nil
		})
	}
	if err := take(audit.Act{Actor: "opr_1", Reason: " "}); !errors.Is(err, audit.ErrReason) || taken != nil {
		t.Errorf("without a reason: %v, %v", taken, err)
	}
	if err := take(audit.Act{Actor: "opr_1", Reason: "review"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"audit export", "users show", "users show", "users show", "users show", "users show"}
	if diff := cmp.Diff(want, taken); diff != "" {
		t.Errorf("what was taken (-want +got):\n%s", diff)
	}
}
