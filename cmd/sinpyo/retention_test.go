package main

import (
	"log/slog"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
)

// TestRetention_LeavesTheRecords has every job of the program erase as if it were
// ten years later (S-93, S-94).
func TestRetention_LeavesTheRecords(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	i.users(0, "show", "010-1234-5678", "--reason", "ticket 1")
	if err := i.db.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Source{Flags: map[string]string{"data_dir": i.dir}})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{settings: c, log: slog.New(slog.DiscardHandler), registry: newRegistry()}
	t.Cleanup(func() { _ = h.close() })
	if h.db, h.keys, err = openStore(t.Context(), c, h.log, h.registry, nil); err != nil {
		t.Fatal(err)
	}
	h.ring = h.keys.Ring()
	if err := h.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	walk := func(marks ...audit.Mark) (c audit.Chain) {
		t.Helper()
		err := h.db.View(t.Context(), func(tx *db.Tx) (err error) {
			c, err = audit.Walk(tx, marks...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := walk()
	later := h.db.Now().Add(10 * 365 * 24 * time.Hour)
	for _, job := range h.retention() {
		if job.Walk != nil {
			_, err = job.Walk(t.Context(), later)
		} else {
			err = h.db.Update(t.Context(), func(tx *db.Tx) error {
				_, err := job.Erase(tx, later, 1000)
				return err
			})
		}
		if err != nil {
			t.Fatalf("erasing %s: %v", job.Kind, err)
		}
	}
	if after := walk(before.Newest); before.Count < 2 || after.Count < before.Count || after.Broken != 0 {
		t.Errorf("%d of %d records are left and record %d does not fit", after.Count, before.Count, after.Broken)
	}
}
