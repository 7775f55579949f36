package db_test

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/fault"
)

func TestUpdate_KeepsAndShows(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	for i := range 50 {
		id := number("a", i)
		if err := d.Update(t.Context(), insert(id)); err != nil {
			t.Fatal(err)
		}
		var seen string
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT id FROM things WHERE id = $1`, id).Scan(&seen)
		}); err != nil {
			t.Fatalf("a View does not see what was acknowledged before it: %v", err)
		}
	}
}

func TestUpdate_UndoesOneActAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fn   func(tx *db.Tx) error
		want error
	}{
		{"own error", func(tx *db.Tx) error { return errOwn }, errOwn},
		{"missed Must", func(tx *db.Tx) error {
			tx.Must(1, errRefused, `UPDATE things SET n = 1 WHERE id = $1`, "nobody")
			return nil
		}, errRefused},
		{"Must with too many rows", func(tx *db.Tx) error {
			tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 1), ($2, 1)`, "y", "z")
			tx.Must(1, errRefused, `UPDATE things SET n = 2 WHERE n = 1`)
			return nil
		}, errRefused},
		{"missed Get", func(tx *db.Tx) error {
			var n int
			tx.Get(errRefused, `UPDATE things SET n = 1 WHERE id = $1 RETURNING n`, "nobody").Into(&n)
			return nil
		}, errRefused},
		{"Get with too many rows", func(tx *db.Tx) error {
			var n int
			tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 1), ($2, 1)`, "y", "z")
			tx.Get(errRefused, `UPDATE things SET n = 2 WHERE n = 1 RETURNING n`).Into(&n)
			return nil
		}, errRefused},
		{"broken constraint", insert("before"), db.ErrConstraint},
		{"failure in the middle, seen by a Row", func(tx *db.Tx) error {
			tx.Must(1, errRefused, `UPDATE things SET n = 1 WHERE id = $1`, "nobody")
			var n int
			if err := tx.Row(`SELECT 1 FROM things`).Scan(&n); !errors.Is(err, errRefused) {
				return errors.New("the Row does not tell of the failure before it")
			}
			return nil
		}, errRefused},
		{"own error after a Row", func(tx *db.Tx) error {
			var n int
			if err := tx.Row(`SELECT COUNT(*) FROM things WHERE id = $1`, "x").Scan(&n); err != nil || n != 1 {
				return errors.Join(err, errors.New("a Row does not see the statement before it"))
			}
			return errOwn
		}, errOwn},
		{"no row for a Row", func(tx *db.Tx) error {
			return tx.Row(`SELECT n FROM things WHERE id = $1`, "nobody").Scan(new(int))
		}, sql.ErrNoRows},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newThings(t)
			ends := together(t, d, insert("before"), func(tx *db.Tx) error {
				tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 0)`, "x")
				return c.fn(tx)
			}, insert("behind"))
			if ends[0] != nil || !errors.Is(ends[1], c.want) || ends[2] != nil {
				t.Errorf("ends = %v, want nil, %v, nil", ends, c.want)
			}
			wantIDs(t, d, "before", "behind")
		})
	}
}

func TestUpdate_UndoesAPanicAlone(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	ends := together(t, d, insert("before"), func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 0)`, "x")
		panic("out of cheese")
	}, insert("behind"))
	if ends[0] != nil || ends[1] == nil || ends[2] != nil {
		t.Fatalf("ends = %v, want nil, an error, nil", ends)
	}
	if text := ends[1].Error(); !strings.Contains(text, "out of cheese") || !strings.Contains(text, "update_test.go") {
		t.Errorf("the error has not the panic with its stack: %s", text)
	}
	wantIDs(t, d, "before", "behind")
}

func TestUpdate_UndoesAnUnreadableStatementAlone(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	ends := together(t, d, insert("before"), func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 0)`, "x")
		if err := tx.Row(`SELECT 1`).Scan(new(int)); err != nil {
			return err
		}
		tx.Exec(`INSERT INTO no_such_things VALUES (1)`)
		tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 0)`, "y")
		return nil
	}, insert("behind"))
	if ends[0] != nil || ends[1] == nil || ends[2] != nil {
		t.Fatalf("ends = %v, want nil, an error, nil", ends)
	}
	if !strings.Contains(ends[1].Error(), "no_such_things") {
		t.Errorf("the error does not name the statement: %v", ends[1])
	}
	wantIDs(t, d, "before", "behind")
}

func TestUpdate_FillsWhatGetReturns(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	var n int64
	var id string
	var at db.Time
	var none, some *db.Time
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		tx.Must(1, errRefused, `INSERT INTO things (id, n) VALUES ($1, $2)`, "a", tx.Now)
		tx.Get(errRefused, `UPDATE things SET n = n + 1 WHERE id = $1 RETURNING id, n, n, NULLIF(n, n), n`, "a").
			Into(&id, &n, &at, &none, &some)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if id != "a" || n == 0 || int64(at) != n || none != nil || some == nil || *some != at {
		t.Errorf("got %q, %d, %v, %v, %v", id, n, at, none, some)
	}
}

func TestUpdate_CommitFailureIsToldToAll(t *testing.T) {
	t.Parallel()
	d := newThings(t, once)
	mustExec(t, d, `CREATE TABLE parts (id TEXT NOT NULL PRIMARY KEY, thing_id TEXT NOT NULL REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)`)
	ends := together(t, d, insert("before"), func(tx *db.Tx) error {
		tx.Exec(`INSERT INTO parts (id, thing_id) VALUES ($1, $2)`, "p", "nobody") // looked at when the group commits
		return nil
	}, func(*db.Tx) error { return errOwn }, insert("behind"))
	for i, end := range ends {
		if want := map[bool]error{true: errOwn, false: db.ErrNotKept}[i == 2]; !errors.Is(end, want) {
			t.Errorf("act %d ended with %v, want %v", i, end, want)
		}
	}
	wantIDs(t, d)
	if err := d.Update(t.Context(), insert("next")); err != nil {
		t.Errorf("the group after a failed one: %v", err)
	}
	wantIDs(t, d, "next")
}

func TestUpdate_WithdrawsAWaitingAct(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	release := hold(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error)
	go func() { end <- d.Update(ctx, insert("withdrawn")) }()
	for d.Waiting() == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-end; !errors.Is(err, context.Canceled) {
		t.Errorf("a withdrawn act ended with %v", err)
	}
	release()
	if err := d.Update(ctx, insert("never")); !errors.Is(err, context.Canceled) {
		t.Errorf("an act of an ended context ended with %v", err)
	}
	if err := d.Update(t.Context(), insert("next")); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, d, "next")
}

func TestUpdate_TellsTheTruthOnceBegun(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	ctx, cancel := context.WithCancel(t.Context())
	ends := together(t, d, insert("before"), insert("behind"))
	if err := errors.Join(ends...); err != nil {
		t.Fatal(err)
	}
	err := d.Update(ctx, func(tx *db.Tx) error {
		cancel()
		tx.Exec(`INSERT INTO things (id, n) VALUES ($1, 0)`, "begun")
		return tx.Row(`SELECT 1`).Scan(new(int))
	})
	if err != nil {
		t.Errorf("an act that was begun when its context ended: %v", err)
	}
	wantIDs(t, d, "before", "begun", "behind")
}

func TestUpdate_RefusesWhenTheQueueIsFull(t *testing.T) {
	t.Parallel()
	d := newThings(t, once)
	release := hold(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range db.QueueDepth {
		group.Go(func() {
			if err := d.Update(ctx, insert("x")); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	for d.Waiting() < db.QueueDepth {
		runtime.Gosched()
	}
	err := d.Update(t.Context(), insert("one more"))
	f := fault.As(err)
	if f == nil || f.Kind != fault.Unavailable || f.RetryAfter <= 0 || !errors.Is(err, db.ErrBusy) {
		t.Errorf("one act too many ended with %v", err)
	}
	cancel()
	group.Wait()
	release()
	wantIDs(t, d)
}

func TestUpdate_PanicsInsideUpdate(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		return d.Update(context.Background(), insert("inner"))
	})
	if err == nil || !strings.Contains(err.Error(), "pass the Tx on") {
		t.Errorf("an Update inside an Update ended with %v", err)
	}
	wantIDs(t, d)
}

func TestUpdate_OutlivesAClosureThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	d := newThings(t)
	ends := together(t, d, insert("before"), func(*db.Tx) error {
		runtime.Goexit()
		return nil
	})
	if ends[0] == nil || ends[1] == nil {
		t.Errorf("ends = %v, want two errors", ends)
	}
	if err := d.Update(t.Context(), insert("next")); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, d, "next")
}

func TestClose_FinishesTheQueue(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d, err := db.Open(t.Context(), db.Options{URL: url, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, d, things)
	release := hold(t, d)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if err := d.Update(context.Background(), insert(number("a", i))); err != nil {
				t.Error(err)
			}
		})
	}
	for d.Waiting() < 20 {
		runtime.Gosched()
	}
	release()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if err := d.Update(t.Context(), insert("late")); !errors.Is(err, db.ErrClosed) {
		t.Errorf("an Update after Close ended with %v", err)
	}
	if got := ids(t, dbtest.Open(t, url)); len(got) != 20 {
		t.Errorf("%d things are stored, want 20", len(got))
	}
}
