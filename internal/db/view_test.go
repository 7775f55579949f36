package db_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestView_RefusesToWrite(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	for name, fn := range map[string]func(tx *db.Tx) error{
		"Exec": func(tx *db.Tx) error { return insert("x")(tx) },
		"Must": func(tx *db.Tx) error {
			tx.Must(1, errRefused, `INSERT INTO things (id, n) VALUES ('x', 0)`)
			return nil
		},
		"Get": func(tx *db.Tx) error {
			tx.Get(errRefused, `INSERT INTO things (id, n) VALUES ('x', 0) RETURNING n`).Into(new(int))
			return nil
		},
		"Row": func(tx *db.Tx) error {
			return tx.Row(`INSERT INTO things (id, n) VALUES ('x', 0) RETURNING n`).Scan(new(int))
		},
	} {
		if err := d.View(t.Context(), fn); err == nil || errors.Is(err, errRefused) {
			t.Errorf("%s inside a View ended with %v", name, err)
		}
	}
	wantIDs(t, d)
}

func TestView_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	for range 10 { // more often than there are connections
		ctx, cancel := context.WithCancel(t.Context())
		err := d.View(ctx, func(tx *db.Tx) error {
			if err := tx.Row(`SELECT 1`).Scan(new(int)); err != nil {
				return err
			}
			cancel()
			return tx.Row(`SELECT COUNT(*) FROM things`).Scan(new(int))
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a View whose context ended: %v", err)
		}
	}
	wantIDs(t, d)
}

func TestView_ReadsWhileActsWait(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	if err := d.Update(t.Context(), insert("a")); err != nil {
		t.Fatal(err)
	}
	release := hold(t, d)
	defer release()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { wantIDs(t, d, "a") })
	}
	group.Wait()
}

func TestTx_ClosesRowsLeftOpen(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	for _, id := range []string{"a", "b", "c"} {
		if err := d.Update(t.Context(), insert(id)); err != nil {
			t.Fatal(err)
		}
	}
	leave := func(tx *db.Tx) error {
		rows, err := tx.Query(`SELECT id FROM things`)
		if err != nil || !rows.Next() {
			return errors.Join(err, errors.New("no row"))
		}
		return nil
	}
	for range 10 {
		if err := errors.Join(d.View(t.Context(), leave), d.Update(t.Context(), leave)); err != nil {
			t.Fatal(err)
		}
	}
	wantIDs(t, d, "a", "b", "c")
}

func TestTx_QueryInsideUpdateSeesItsOwnChanges(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	var seen []string
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 1), ($2, 2)`, "a", "b")
		seen = nil
		return tx.Each(`SELECT id, n FROM things ORDER BY n DESC`, nil, func(scan func(...any) error) error {
			var id string
			var n int
			err := scan(&id, &n)
			seen = append(seen, id)
			tx.Exec(`UPDATE things SET n = $2 WHERE id = $1`, id, n*10)
			return err
		})
	})
	if err != nil || len(seen) != 2 || seen[0] != "b" {
		t.Fatalf("saw %q, %v", seen, err)
	}
	var sum int
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT CAST(SUM(n) AS BIGINT) FROM things`).Scan(&sum)
	}); err != nil || sum != 30 {
		t.Errorf("sum = %d, %v; want 30", sum, err)
	}
}

func TestTx_StoresTimesAndNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	mustExec(t, d, `CREATE TABLE moments (id TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, ended_at BIGINT, mac BYTEA)`)
	var now db.Time
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		now = tx.Now
		later := tx.Now.Add(1)
		var never *db.Time
		tx.Exec(`INSERT INTO moments (id, at, ended_at, mac) VALUES ($1, $2, $3, $4)`, "a", tx.Now, &later, []byte{0, 1, 2})
		tx.Exec(`INSERT INTO moments (id, at, ended_at, mac) VALUES ($1, $2, $3, $4)`, "b", tx.Now, never, []byte(nil))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	read := func(id string) (at db.Time, ended *db.Time, mac []byte) {
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT at, ended_at, mac FROM moments WHERE id = $1 AND at <= $2`, id, now).Scan(&at, &ended, &mac)
		}); err != nil {
			t.Fatal(err)
		}
		return at, ended, mac
	}
	if at, ended, mac := read("a"); at != now || ended == nil || *ended != now.Add(1) || len(mac) != 3 {
		t.Errorf("a: %v, %v, %v", at, ended, mac)
	}
	if at, ended, mac := read("b"); at != now || ended != nil || mac != nil {
		t.Errorf("b: %v, %v, %v", at, ended, mac)
	}
}

func TestFact_KeepsTheFirst(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	one, two := dbtest.Open(t, url), dbtest.Open(t, url)
	if _, ok, err := one.FactIfAny(t.Context(), "key_check"); ok || err != nil {
		t.Fatalf("an empty database knows a fact: %v", err)
	}
	for i, d := range []*db.DB{one, two, one} {
		if stored, err := d.Fact(t.Context(), "key_check", number("v", i)); err != nil || stored != "v0000" {
			t.Errorf("Fact = %q, %v; want v0000", stored, err)
		}
	}
	if value, ok, err := two.FactIfAny(t.Context(), "key_check"); value != "v0000" || !ok || err != nil {
		t.Errorf("FactIfAny = %q, %v, %v", value, ok, err)
	}
}

func TestRow_WithoutARow(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		if err := tx.Row(`SELECT n FROM things`).Scan(new(int)); !errors.Is(err, sql.ErrNoRows) {
			return errors.Join(err, errors.New("not sql.ErrNoRows"))
		}
		return insert("after")(tx) // an empty answer is no failure
	})
	if err != nil {
		t.Fatal(err)
	}
	wantIDs(t, d, "after")
}
