package db_test

import (
	"errors"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
)

// TestFind_OneRowOrNone looks for rows in acts that are grouped with others.
func TestFind_OneRowOrNone(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	mustExec(t, d, `INSERT INTO things (id, n) VALUES ('a', 1), ('b', 2)`)
	for _, c := range []struct {
		id   string
		want int
	}{{"a", 1}, {"nobody", -1}, {"b", 2}} {
		n := -1
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			tx.Find(`SELECT n FROM things WHERE id = $1`, c.id).Into(&n)
			tx.Exec(`UPDATE things SET n = n WHERE id = $1`, c.id)
			return nil
		})
		if err != nil || n != c.want {
			t.Errorf("found %d for %q, want %d (%v)", n, c.id, c.want, err)
		}
	}
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Find(`SELECT n FROM things`).Into(new(int))
		return nil
	})
	if err == nil {
		t.Error("a Find with two rows returned nil")
	}
	err = d.View(t.Context(), func(tx *db.Tx) error {
		tx.Find(`SELECT n FROM things WHERE id = 'a'`).Into(new(int))
		return nil
	})
	if err == nil || errors.Is(err, db.ErrNotKept) {
		t.Errorf("a Find inside a View returned %v, want an error that names Row", err)
	}
}
