package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
)

func TestOpen_ManyAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	url := dbtest.Empty(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			d, err := db.Open(context.Background(), db.Options{URL: url, Migrate: true})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := d.Fact(context.Background(), "here", "yes"); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestOpen_RefusesANewerDatabase(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d := dbtest.Open(t, url)
	mustExec(t, d, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	mustExec(t, d, `UPDATE db_facts SET value = '9999' WHERE name = 'oldest_program'`)
	for _, migrate := range []bool{true, false} {
		_, err := db.Open(t.Context(), db.Options{URL: url, Migrate: migrate})
		if !errors.Is(err, db.ErrNewerSchema) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open with Migrate = %v: %v", migrate, err)
		}
	}
}

func TestOpen_AcceptsANewerDatabaseThatStillSuitsIt(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	old := dbtest.Open(t, url)
	mustExec(t, old, things)
	// What the next release brings: more tables, and columns with a default.
	mustExec(t, old, `ALTER TABLE things ADD COLUMN more BIGINT NOT NULL DEFAULT 7`)
	mustExec(t, old, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	again := dbtest.Open(t, url)
	for i, d := range []*db.DB{old, again} {
		if err := d.Update(t.Context(), insert(strconv.Itoa(i))); err != nil {
			t.Errorf("a program of the last release on the new schema: %v", err)
		}
	}
	wantIDs(t, again, "0", "1")
}

func TestOpen_RefusesAnOlderDatabaseUnlessItMayMigrate(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d := dbtest.Open(t, url)
	mustExec(t, d, `UPDATE goose_db_version SET version_id = -version_id`)
	if _, err := db.Open(t.Context(), db.Options{URL: url}); !errors.Is(err, db.ErrOlderSchema) {
		t.Errorf("Open: %v", err)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	if err := db.Migrate(t.Context(), db.Options{URL: url}); err != nil {
		t.Fatal(err)
	}
	current, newest, err := db.Status(t.Context(), db.Options{URL: url})
	if err != nil || current != newest || newest == 0 {
		t.Errorf("after migrating, Status = %d, %d, %v", current, newest, err)
	}
}

func TestOpen_RefusesLooseRights(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	d := dbtest.Open(t, url)
	mustExec(t, d, things)
	open := func() error {
		d, err := db.Open(context.Background(), db.Options{URL: url, Migrate: true})
		if err == nil {
			err = d.Close()
		}
		return err
	}
	for _, path := range []string{filepath.Dir(url), url, url + "-wal", url + "-shm"} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s was made with mode %04o", path, info.Mode().Perm())
		}
		if err := os.Chmod(path, info.Mode().Perm()|0o040); err != nil {
			t.Fatal(err)
		}
		if err := open(); !errors.Is(err, db.ErrLooseRights) || !strings.Contains(err.Error(), "chmod") {
			t.Errorf("Open with a loose %s: %v", filepath.Base(path), err)
		}
		if err := os.Chmod(path, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(); err != nil {
		t.Errorf("Open with tight rights: %v", err)
	}
}

func TestOpen_RefusesASecondServer(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	server := func(o *db.Options) { o.Exclusive = true }
	d := dbtest.Open(t, url, server)
	mustExec(t, d, things)
	if _, err := db.Open(t.Context(), db.Options{URL: "sqlite:" + url, Exclusive: true}); !errors.Is(err, db.ErrLocked) {
		t.Errorf("a second server: %v", err)
	}
	beside := dbtest.Open(t, url)
	if err := beside.Update(t.Context(), insert("beside")); err != nil {
		t.Errorf("a command beside the server: %v", err)
	}
	wantIDs(t, d, "beside")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	third, err := db.Open(t.Context(), db.Options{URL: url, Exclusive: true})
	if err != nil {
		t.Fatalf("a server after the first has ended: %v", err)
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpen_NeedsAFolder(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing", "sinpyo.db")
	if _, err := db.Open(t.Context(), db.Options{URL: missing}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of nothing: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(t.Context(), db.Options{URL: filepath.Join(file, "sinpyo.db"), Migrate: true}); err == nil {
		t.Error("a database was opened below a file")
	}
	d := dbtest.Open(t, missing)
	if info, err := os.Stat(filepath.Dir(missing)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder was made with %v, %v", info, err)
	}
	mustExec(t, d, things)
}

func TestOpen_RegistersItsMetrics(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	d := newThings(t, func(o *db.Options) { o.Registerer = reg })
	if err := d.Update(t.Context(), func(*db.Tx) error { return errOwn }); !errors.Is(err, errOwn) {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "sinpyo_db_") {
			t.Errorf("metric %s is not of this room", f.GetName())
		}
		if f.GetName() == "sinpyo_db_refused_acts_total" && f.GetMetric()[0].GetCounter().GetValue() != 1 {
			t.Errorf("refused acts = %v, want 1", f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	if len(families) != 6 {
		t.Errorf("%d metrics, want 6", len(families))
	}
	if _, err := db.Open(t.Context(), db.Options{URL: dbtest.URL(t), Migrate: true, Registerer: reg}); err == nil {
		t.Error("the same metrics were registered twice")
	}
}
