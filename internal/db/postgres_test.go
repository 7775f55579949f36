package db_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestPostgres_TellsWhenTheOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	for _, c := range []struct {
		name string
		cut  int32
		kept bool
	}{
		{"lost on the way there", cutBefore, false},
		{"lost on the way back", cutBehind, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			line, url := through(t, dbtest.URL(t))
			d := dbtest.Open(t, url, dbtest.WithClock(dbtest.NewClock(time.Now())))
			mustExec(t, d, things, `INSERT INTO things (id, n) VALUES ('first', 0)`)
			if err := d.Update(t.Context(), insert("warm")); err != nil { // its statement is prepared now
				t.Fatal(err)
			}
			line.cut.Store(c.cut)
			ends := together(t, d, func(tx *db.Tx) error { return errOwn }, insert("a"), insert("b"))
			if !errors.Is(ends[0], errOwn) || !errors.Is(ends[1], db.ErrUnknown) || !errors.Is(ends[2], db.ErrUnknown) {
				t.Errorf("ends = %v", ends)
			}
			if err := d.Update(t.Context(), insert("next")); err != nil {
				t.Errorf("after the connection was lost: %v", err)
			}
			want := []string{"first", "warm", "next"}
			if c.kept {
				want = append(want, "a", "b")
			}
			wantIDs(t, d, want...)
		})
	}
}

func TestPostgres_KnowsThatALostGroupWasNotKept(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	d := newThings(t, once)
	ends := together(t, d, insert("before"), func(tx *db.Tx) error {
		if err := tx.Row(`SELECT 1`).Scan(new(int)); err != nil {
			return err
		}
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT pg_terminate_backend($1)`, d.WriterPID()).Scan(new(bool))
		}); err != nil {
			return err
		}
		return tx.Row(`SELECT 2`).Scan(new(int))
	}, insert("behind"))
	if !errors.Is(ends[0], db.ErrNotKept) || ends[1] == nil || ends[2] != nil {
		t.Errorf("ends = %v, want ErrNotKept, an error, nil", ends)
	}
	wantIDs(t, d, "behind")
}

func TestPostgres_SaysThatItCannotBeReachedToWhoReads(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	line, url := through(t, dbtest.URL(t))
	d := dbtest.Open(t, url, once)
	read := func(query string) error {
		return d.View(t.Context(), func(tx *db.Tx) error { return tx.Row(query).Scan(new(bool)) })
	}
	for what, query := range map[string]string{
		"a line that is ended": `SELECT pg_terminate_backend(pg_backend_pid()) AND pg_sleep(5) IS NOT NULL`,
		"a line that is cut":   `SELECT true`,
	} {
		if query == `SELECT true` {
			line.cut.Store(cutBefore)
		}
		if err := read(query); !errors.Is(err, db.ErrNotKept) {
			t.Errorf("%s: %v, want ErrNotKept", what, err)
		}
		line.cut.Store(cutNothing)
		if err := read(`SELECT true`); err != nil {
			t.Errorf("after %s: %v", what, err)
		}
	}
	if err := read(`SELECT nonsense`); err == nil || errors.Is(err, db.ErrNotKept) {
		t.Errorf("nonsense: %v, want another error than ErrNotKept", err)
	}
}

func TestPostgres_RunsAgainAfterADeadlock(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	u := dbtest.URL(t) + "&deadlock_timeout=20ms"
	one, two := dbtest.Open(t, u, once), dbtest.Open(t, u, once)
	mustExec(t, one, things, `INSERT INTO things (id, n) VALUES ('a', 0), ('b', 0)`)

	var met sync.WaitGroup // both hold their first row before either asks for the other's
	met.Add(2)
	cross := func(first, second string) func(tx *db.Tx) error {
		arrived := sync.OnceFunc(met.Done)
		return func(tx *db.Tx) error {
			tx.Must(1, errRefused, `UPDATE things SET n = n + 1 WHERE id = $1`, first)
			if err := tx.Row(`SELECT 1`).Scan(new(int)); err != nil {
				return err
			}
			arrived()
			met.Wait()
			tx.Must(1, errRefused, `UPDATE things SET n = n + 1 WHERE id = $1`, second)
			return nil
		}
	}
	var both sync.WaitGroup
	both.Go(func() {
		if err := one.Update(t.Context(), cross("a", "b")); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		if err := two.Update(t.Context(), cross("b", "a")); err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	var sum int
	if err := one.View(t.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT CAST(SUM(n) AS BIGINT) FROM things`).Scan(&sum)
	}); err != nil || sum != 4 {
		t.Errorf("sum = %d, %v; want 4", sum, err)
	}
}

func TestPostgres_RefusesAServerWithAnotherTime(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	u := dbtest.URL(t)
	d := dbtest.Open(t, u)
	// A function of the test's own schema stands before the server's clock.
	mustExec(t, d, `CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '6 seconds' $$`)
	parsed, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	q := parsed.Query()
	q.Set("search_path", q.Get("search_path")+",pg_catalog")
	parsed.RawQuery = q.Encode()
	_, err = db.Open(t.Context(), db.Options{URL: parsed.String()})
	if !errors.Is(err, db.ErrClockOff) || !strings.Contains(err.Error(), "ahead by 6") {
		t.Errorf("Open: %v", err)
	}
}

func TestPostgres_KeepsThePasswordOutOfErrors(t *testing.T) {
	t.Parallel()
	for _, u := range []string{
		"postgres://someone:hunter2@127.0.0.1:1/nothing",
		"postgres://someone:hunter2@127.0.0.1:port/nothing",
	} {
		_, err := db.Open(t.Context(), db.Options{URL: u})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open: %v", err)
		}
	}
}
