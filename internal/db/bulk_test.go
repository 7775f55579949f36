package db_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
)

var someThings = db.NewBulk("INSERT INTO things (id, n)", 2)

// TestAppend_WritesTheRowsOfTheActsThatAreKept mixes acts that succeed, fail by
// themselves, miss what they must change, panic and ask on the way, in groups,
// and wants the rows of those that were kept and no other.
func TestAppend_WritesTheRowsOfTheActsThatAreKept(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]func(*db.Options){"once": {once}, "twice": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newThings(t, options...)
			var want []string
			for round := range 4 {
				var acts []func(tx *db.Tx) error
				var wanted []error
				for i := range 90 {
					act, rows, end := appending(round, i)
					acts, wanted = append(acts, act), append(wanted, end)
					if end == nil {
						want = append(want, rows...)
					}
				}
				for i, end := range together(t, d, acts...) {
					if (end == nil) != (wanted[i] == nil) || !errors.Is(end, wanted[i]) && !errors.Is(wanted[i], errAny) {
						t.Errorf("act %d of round %d ended with %v, want %v", i, round, end, wanted[i])
					}
				}
			}
			slices.Sort(want)
			wantIDs(t, d, want...)
		})
	}
}

var errAny = errors.New("any error")

// appending returns an act that appends rows, the rows, and how it has to end.
func appending(round, i int) (act func(tx *db.Tx) error, rows []string, end error) {
	for n := range 1 + i%3 {
		rows = append(rows, fmt.Sprintf("%d-%03d-%d", round, i, n))
	}
	write := func(tx *db.Tx) {
		for n, id := range rows {
			tx.Append(someThings, id, n)
		}
	}
	miss := func(tx *db.Tx) { tx.Must(1, errRefused, `UPDATE things SET n = n WHERE id = $1`, "nobody") }
	switch kind := (i + 7*round) % 11; kind {
	case 0:
		return func(tx *db.Tx) error { write(tx); return errOwn }, rows, errOwn
	case 1:
		return func(tx *db.Tx) error { write(tx); miss(tx); return nil }, rows, errRefused
	case 2:
		return func(tx *db.Tx) error { miss(tx); write(tx); return nil }, rows, errRefused
	case 3, 4:
		return func(tx *db.Tx) error {
			write(tx)
			var n int
			err := tx.Row(`SELECT count(*) FROM things WHERE id = $1`, "nobody").Scan(&n)
			if kind == 4 {
				miss(tx)
			}
			return err
		}, rows, map[int]error{4: errRefused}[kind]
	case 5:
		return func(tx *db.Tx) error {
			write(tx)
			return tx.Row(`SELECT 1 FROM there_is_no_such_table_` + fmt.Sprint(round, "_", i)).Scan(new(int))
		}, rows, errAny
	case 6:
		return func(tx *db.Tx) error { write(tx); panic("on purpose") }, rows, errAny
	}
	return func(tx *db.Tx) error { write(tx); return nil }, rows, nil
}
