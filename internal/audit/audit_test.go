package audit_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// keep writes records, one after the other.
func keep(t *testing.T, d *db.DB, records ...audit.Record) {
	t.Helper()
	for _, r := range records {
		update(t, d, func(tx *db.Tx) error { return audit.Keep(tx, r) })
	}
}

func update(t *testing.T, d *db.DB, act func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Update(t.Context(), act); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	update(t, d, func(tx *db.Tx) error {
		for _, statement := range statements {
			tx.Exec(statement)
		}
		return nil
	})
}

func walk(t *testing.T, d *db.DB, marks ...audit.Mark) audit.Chain {
	t.Helper()
	var c audit.Chain
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		c, err = audit.Walk(tx, marks...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// five is a chain of five records.
func five(t *testing.T, options ...func(*db.Options)) *db.DB {
	t.Helper()
	d := dbtest.New(t, options...)
	for n := range 5 {
		keep(t, d, audit.Record{Actor: "opr_1", From: "203.0.113.0/24", Act: "users show", Subject: fmt.Sprintf("usr_%d", n), Person: "usr_9"})
	}
	return d
}

func TestWalk_FindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	const swap = `UPDATE records SET number = %d WHERE number = %d`
	for name, c := range map[string]struct {
		tamper          []string
		broken, missing int64
	}{
		"untouched":            {nil, 0, 0},
		"actor":                {[]string{`UPDATE records SET actor = 'opr_2' WHERE number = 2`}, 2, 0},
		"act":                  {[]string{`UPDATE records SET act = 'users erase' WHERE number = 2`}, 2, 0},
		"subject":              {[]string{`UPDATE records SET subject = 'usr_7' WHERE number = 3`}, 3, 0},
		"detail":               {[]string{`UPDATE records SET detail = 'x' WHERE number = 5`}, 5, 0},
		"time":                 {[]string{`UPDATE records SET at = at - 1 WHERE number = 4`}, 4, 0},
		"from where":           {[]string{`UPDATE records SET origin = 'this machine' WHERE number = 1`}, 1, 0},
		"whose data":           {[]string{`UPDATE records SET person = '' WHERE number = 1`}, 1, 0},
		"made to look old":     {[]string{`UPDATE records SET origin = NULL, person = NULL WHERE number = 2`}, 2, 0},
		"half of it":           {[]string{`UPDATE records SET person = NULL WHERE number = 2`}, 2, 0},
		"first taken out":      {[]string{`DELETE FROM records WHERE number = 1`}, 1, 0},
		"taken out":            {[]string{`DELETE FROM records WHERE number = 2`}, 2, 0},
		"taken out and closed": {[]string{`DELETE FROM records WHERE number = 2`, `UPDATE records SET number = number - 1 WHERE number = 3`}, 2, 0},
		"newest taken out":     {[]string{`DELETE FROM records WHERE number > 3`}, 4, 2},
		"all taken out":        {[]string{`DELETE FROM records`}, 1, 5},
		"swapped": {[]string{
			fmt.Sprintf(swap, 90, 2), fmt.Sprintf(swap, 2, 3), fmt.Sprintf(swap, 3, 90),
		}, 2, 0},
		"put in": {[]string{
			`UPDATE records SET number = 6 WHERE number = 5`, `UPDATE records SET number = 5 WHERE number = 4`,
			`INSERT INTO records SELECT 4, at, actor, act, 'usr_7', detail, hash, origin, person FROM records WHERE number = 3`,
		}, 4, 0},
		"put in at the end": {[]string{
			`INSERT INTO records SELECT 6, at, actor, act, subject, detail, hash, origin, person FROM records WHERE number = 5`,
		}, 6, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := five(t)
			exec(t, d, c.tamper...)
			if got := walk(t, d); got.Broken != c.broken || got.Missing != c.missing {
				t.Errorf("Walk = broken %d, missing %d; want %d and %d", got.Broken, got.Missing, c.broken, c.missing)
			}
		})
	}
}

// TestKeep_DoesNotHideWhatWasTakenOut goes on after the newest records were
// deleted: the gap stays.
func TestKeep_DoesNotHideWhatWasTakenOut(t *testing.T) {
	t.Parallel()
	d := five(t)
	exec(t, d, `DELETE FROM records WHERE number > 3`)
	keep(t, d, audit.Record{Actor: "opr_1", Act: "keys create"})
	if got := walk(t, d); got.Broken != 4 || got.Newest.Number != 6 {
		t.Errorf("Walk = broken %d, newest %d; want 4 and 6", got.Broken, got.Newest.Number)
	}
}

// TestWalk_AMarkNotedElsewhereFindsAnotherStory rewrites the end of the chain as
// the program itself would have written it: only who noted a mark before sees it.
func TestWalk_AMarkNotedElsewhereFindsAnotherStory(t *testing.T) {
	t.Parallel()
	d := five(t)
	noted := walk(t, d).Newest
	exec(t, d, `DELETE FROM records WHERE number > 3`,
		`UPDATE record_head SET number = 3, hash = (SELECT hash FROM records WHERE number = 3)`)
	if got := walk(t, d); got.Broken != 0 {
		t.Fatalf("without a mark record %d does not fit; this test needs a chain that looks whole", got.Broken)
	}
	if got := walk(t, d, noted); got.Broken != 4 || got.Missing != 2 {
		t.Errorf("with the mark: broken %d, missing %d; want 4 and 2", got.Broken, got.Missing)
	}
	for range 2 {
		keep(t, d, audit.Record{Actor: "opr_2", Act: "something else"})
	}
	if got := walk(t, d, noted); got.Broken != 5 {
		t.Errorf("after another story of the same length record %d is said not to fit, want 5", got.Broken)
	}
}

// TestWalk_TakesRecordsFromBefore has rows of a program that kept neither from
// where nor whose data, before those of this one and between them, as while nodes
// are brought up to date one by one.
func TestWalk_TakesRecordsFromBefore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	keepOlder(t, d, 2, keepOlder(t, d, 1, nil))
	now := audit.Record{Actor: "opr_1", From: "203.0.113.0/24", Act: "keys revoke", Subject: "key_1"}
	keep(t, d, now)
	keepOlder(t, d, 4, walk(t, d).Newest.Hash)
	keep(t, d, now)
	if got := walk(t, d); got.Broken != 0 || got.Count != 5 {
		t.Fatalf("broken %d of %d, want 0 of 5", got.Broken, got.Count)
	}
	for _, number := range []int64{4, 1} {
		exec(t, d, fmt.Sprintf(`UPDATE records SET subject = 'key_2' WHERE number = %d`, number))
		if got := walk(t, d); got.Broken != number {
			t.Errorf("after record %d was edited: broken %d", number, got.Broken)
		}
	}
}

func TestAnchors_SealTheNewestRecord(t *testing.T) {
	t.Parallel()
	d := five(t)
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	anchors := audit.NewAnchors(d, ring)
	sealed := func() audit.Mark {
		t.Helper()
		var m audit.Mark
		err := d.View(t.Context(), func(tx *db.Tx) (err error) {
			m, _, err = anchors.Sealed(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	once := func(want error) {
		t.Helper()
		if err := anchors.Once(t.Context()); !errors.Is(err, want) {
			t.Fatalf("Once = %v, want %v", err, want)
		}
	}
	if m := sealed(); m.Number != 0 {
		t.Fatalf("before the first time record %d is sealed", m.Number)
	}
	once(nil)
	if m, newest := sealed(), walk(t, d).Newest; m.String() != newest.String() {
		t.Fatalf("sealed is %v, want %v", m, newest)
	}
	keep(t, d, audit.Record{Actor: "opr_1", Act: "keys create"})
	once(nil)
	if m := sealed(); m.Number != 6 {
		t.Fatalf("sealed is record %d, want 6", m.Number)
	}

	// Who hides the newest record, the mark beside it too, cannot seal that.
	exec(t, d, `DELETE FROM records WHERE number > 5`,
		`UPDATE record_head SET number = 5, hash = (SELECT hash FROM records WHERE number = 5)`)
	once(audit.ErrChain)
	if got := walk(t, d, sealed()); got.Broken != 6 || got.Missing != 1 {
		t.Errorf("Walk with the sealed mark = broken %d, missing %d; want 6 and 1", got.Broken, got.Missing)
	}
	keep(t, d, audit.Record{Actor: "opr_2", Act: "something else"})
	once(audit.ErrChain)
	if got := walk(t, d, sealed()); got.Broken != 6 {
		t.Errorf("another record in its place: broken %d, want 6", got.Broken)
	}
	exec(t, d, `UPDATE record_head SET anchor_sealed = hash`)
	once(audit.ErrChain)
}

// TestAnchors_DoNotSealWhatWasEdited leaves the seal where it was.
func TestAnchors_DoNotSealWhatWasEdited(t *testing.T) {
	t.Parallel()
	d := five(t)
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	exec(t, d, `UPDATE records SET subject = 'usr_7' WHERE number = 2`)
	var told []error
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	anchors := audit.NewAnchors(d, ring)
	_ = anchors.Run(ctx, func(err error) { // it always returns nil
		told = append(told, err)
		stop()
	})
	if len(told) != 1 || !errors.Is(told[0], audit.ErrChain) {
		t.Errorf("Run told %v, want ErrChain once", told)
	}
}

func TestList_NarrowsAndTurnsPages(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC))
	d := dbtest.New(t, dbtest.WithClock(clock))
	for _, r := range []audit.Record{
		{Actor: "opr_1", Act: "keys create", Subject: "key_1"},
		{Actor: "opr_1", From: "203.0.113.0/24", Act: "users find", Subject: "c0ffee", Person: "usr_1", Detail: "ticket 1"},
		{Actor: "opr_2", From: "2001:db8::/56", Act: "users show", Subject: "usr_1"},
		{Actor: "opr_2", Act: "keys revoke", Subject: "key_1"},
		{Actor: "retention", Act: "erase"},
	} {
		keep(t, d, r)
		clock.Advance(time.Hour)
	}
	at := func(hour int) db.Time { return db.At(time.Date(2026, 5, 4, hour, 0, 0, 0, time.UTC)) }
	for name, c := range map[string]struct {
		filter audit.Filter
		want   []int64
		more   bool
	}{
		"all":                {audit.Filter{}, []int64{5, 4, 3, 2, 1}, false},
		"a page":             {audit.Filter{Most: 2}, []int64{5, 4}, true},
		"the next":           {audit.Filter{Most: 2, Before: 4}, []int64{3, 2}, true},
		"the last":           {audit.Filter{Most: 2, Before: 2}, []int64{1}, false},
		"of an actor":        {audit.Filter{Actor: "opr_2"}, []int64{4, 3}, false},
		"of an act":          {audit.Filter{Act: "keys create"}, []int64{1}, false},
		"of some acts":       {audit.Filter{Act: "keys"}, []int64{4, 1}, false},
		"no part of a word":  {audit.Filter{Act: "key"}, nil, false},
		"no wildcard":        {audit.Filter{Act: "%"}, nil, false},
		"of a subject":       {audit.Filter{Subject: "key_1"}, []int64{4, 1}, false},
		"of a person's data": {audit.Filter{Person: "usr_1"}, []int64{3, 2}, false},
		"of a time span":     {audit.Filter{Since: at(1), Until: at(3)}, []int64{3, 2}, false},
		"none":               {audit.Filter{Actor: "opr_3"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []int64
			err := d.View(t.Context(), func(tx *db.Tx) error {
				list, more, err := audit.List(tx, c.filter)
				if more != c.more {
					t.Errorf("more = %v, want %v", more, c.more)
				}
				for _, k := range list {
					got = append(got, k.Number)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestList_TellsAllThatIsKept(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC))
	d := dbtest.New(t, dbtest.WithClock(clock))
	keep(t, d,
		audit.Record{Actor: "opr_1", From: "203.0.113.0/24", Act: "users find", Subject: "c0ffee", Person: "usr_1", Detail: "ticket 1"},
		audit.Record{Actor: "command line", Act: "keys create", Subject: "key_1"})
	var got []audit.Kept
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		got, _, err = audit.List(tx, audit.Filter{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].At = 0 // the clock may be a step ahead of the test's
	}
	want := []audit.Kept{
		{Number: 2, Record: audit.Record{Actor: "command line", From: audit.Local, Act: "keys create", Subject: "key_1"}},
		{Number: 1, Record: audit.Record{Actor: "opr_1", From: "203.0.113.0/24", Act: "users find", Subject: "c0ffee", Person: "usr_1", Detail: "ticket 1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOrigin_CutsAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.77":           "203.0.113.0/24",
		"::ffff:203.0.113.77":    "203.0.113.0/24",
		"2001:db8:1:2ff:3::4":    "2001:db8:1:200::/56",
		"fe80::1%eth0":           "fe80::/56",
		"10.1.2.3":               "10.1.2.0/24",
		"127.0.0.1":              audit.Local,
		"::1":                    audit.Local,
		"::ffff:127.0.0.1":       audit.Local,
		"2001:db8:aaaa:bbbb::99": "2001:db8:aaaa:bb00::/56",
	} {
		if got := audit.Origin(netip.MustParseAddr(address)); got != want {
			t.Errorf("Origin(%s) = %q, want %q", address, got, want)
		}
	}
	if got := audit.Origin(netip.Addr{}); got != audit.Local {
		t.Errorf("Origin of no address = %q, want %q", got, audit.Local)
	}
}

func TestParseMark_ReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	m := walk(t, five(t)).Newest
	if got, err := audit.ParseMark(" " + m.String() + "\n"); err != nil || got.String() != m.String() {
		t.Errorf("ParseMark(%q) = %v, %v", m, got, err)
	}
	for _, text := range []string{"", "5", "5:", "5:zz", "0:" + m.String()[2:], "-5:" + m.String()[2:], m.String()[:20], m.String() + "00"} {
		if got, err := audit.ParseMark(text); !errors.Is(err, audit.ErrMark) {
			t.Errorf("ParseMark(%q) = %v, %v, want ErrMark", text, got, err)
		}
	}
}
