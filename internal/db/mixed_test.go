package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

// mixed returns the i-th act of a mixture of all ways to end. It adds the thing
// id, and returns how the act has to end.
func mixed(i int, id string) (fn func(tx *db.Tx) error, want error) {
	ending := func(tx *db.Tx) error { return nil }
	switch i % 9 {
	case 1:
		ending, want = func(*db.Tx) error { return errOwn }, errOwn
	case 2:
		ending, want = func(*db.Tx) error { panic("on purpose") }, errPanic
	case 3:
		ending, want = insert(id), db.ErrConstraint
	case 4:
		ending, want = func(tx *db.Tx) error {
			tx.Must(2, errRefused, `UPDATE things SET n = n + 1 WHERE id = $1`, id)
			return nil
		}, errRefused
	case 5:
		ending, want = func(tx *db.Tx) error {
			tx.Get(errRefused, `DELETE FROM things WHERE id = $1 RETURNING n`, id+"?").Into(new(int))
			return nil
		}, errRefused
	case 6:
		ending = func(tx *db.Tx) error {
			var n int
			if err := tx.Row(`SELECT COUNT(*) FROM things WHERE id = $1`, id).Scan(&n); err != nil || n != 1 {
				return errors.Join(err, fmt.Errorf("%d things %s", n, id))
			}
			tx.Must(1, errRefused, `UPDATE things SET n = n + 1 WHERE id = $1`, id)
			return nil
		}
	case 7:
		ending, want = func(tx *db.Tx) error {
			if err := tx.Row(`SELECT COUNT(*) FROM things WHERE id = $1`, id).Scan(new(int)); err != nil {
				return err
			}
			return errOwn
		}, errOwn
	}
	return func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 1)`, id)
		tx.Must(1, errRefused, `UPDATE things SET n = n + 1 WHERE id = 'all'`)
		return ending(tx)
	}, want
}

var errPanic = errors.New("a panic")

// endedAs reports whether an act ended as it had to.
func endedAs(err, want error) bool {
	if want == errPanic { //nolint:errorlint // a mark of this file, never wrapped
		return err != nil && strings.Contains(err.Error(), "on purpose")
	}
	return errors.Is(err, want)
}

// runMixed runs the acts [from, to) from many goroutines at once, and returns
// the things that have to be there afterwards.
func runMixed(t *testing.T, d *db.DB, prefix string, acts, workers int) (want []string) {
	next := make(chan int)
	var mu sync.Mutex
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				id := number(prefix, i)
				fn, end := mixed(i, id)
				if err := d.Update(context.Background(), fn); !endedAs(err, end) {
					t.Errorf("act %d ended with %v, want %v", i, err, end)
				}
				if end == nil {
					mu.Lock()
					want = append(want, id)
					mu.Unlock()
				}
			}
		})
	}
	for i := range acts {
		next <- i
	}
	close(next)
	group.Wait()
	return want
}

// wantAll checks the things, and the row that every act has counted up.
func wantAll(t *testing.T, d *db.DB, want []string) {
	t.Helper()
	wantIDs(t, d, append([]string{"all"}, want...)...)
	var n int
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT n FROM things WHERE id = 'all'`).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	if n != len(want) {
		t.Errorf("the shared row counts %d acts, want %d", n, len(want))
	}
}

func TestUpdate_GivesEachOfManyItsOwnEnd(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	if err := d.Update(t.Context(), insert("all")); err != nil {
		t.Fatal(err)
	}
	wantAll(t, d, runMixed(t, d, "a", 200, 40))
}

func TestUpdate_TwoNodesAtOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	one, two := dbtest.Open(t, url, once), dbtest.Open(t, url, once)
	mustExec(t, one, things)
	if err := one.Update(t.Context(), insert("all")); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var first, second []string
	group.Go(func() { first = runMixed(t, one, "a", 500, 40) })
	group.Go(func() { second = runMixed(t, two, "b", 500, 40) })
	group.Wait()
	wantAll(t, one, append(first, second...))
}
