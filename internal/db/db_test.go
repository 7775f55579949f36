package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestSmoke(t *testing.T) {
	d := dbtest.New(t)
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	var n int
	var at db.Time
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Must(1, refused, `INSERT INTO things VALUES ($1, $2)`, "a", tx.Now)
		tx.Get(refused, `UPDATE things SET n = n + 1 WHERE id = $1 RETURNING 7, n`, "a").Into(&n, &at)
		return nil
	})
	if err != nil || n != 7 || at == 0 {
		t.Fatal(err, n, at)
	}
	t.Log(at)
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Must(1, refused, `UPDATE things SET n = 1 WHERE id = $1`, "b")
		return nil
	}); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things VALUES ($1, $2)`, "a", tx.Now)
		return nil
	}); !errors.Is(err, db.ErrConstraint) {
		t.Fatal(err)
	}
	var got db.Time
	if err := d.View(context.Background(), func(tx *db.Tx) error {
		return tx.Row(`SELECT n FROM things WHERE id = $1`, "a").Scan(&got)
	}); err != nil || got != at {
		t.Fatal(err, got)
	}
	if s, err := d.Fact(t.Context(), "x", "1"); s != "1" || err != nil {
		t.Fatal(s, err)
	}
	if s, err := d.Fact(t.Context(), "x", "2"); s != "1" || err != nil {
		t.Fatal(s, err)
	}
	err = d.Update(t.Context(), func(tx *db.Tx) error {
		return d.Update(context.Background(), func(tx *db.Tx) error { return nil })
	})
	t.Log(err)
}
