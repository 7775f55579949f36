package db

import (
	"context"
	"errors"
	"time"
)

// probeEvery is how often a database that keeps nothing is tried again.
const probeEvery = 500 * time.Millisecond

// Ready reports why the database cannot be read, or did not keep what it was last
// told to, or nil. While it keeps nothing it is tried by itself, so that nobody
// has to ask for a change to find that it works again.
func (d *DB) Ready(ctx context.Context) error {
	if cause := d.writer.ill.Load(); cause != nil {
		return *cause
	}
	return d.View(ctx, func(tx *Tx) error {
		var one int
		return tx.Row("SELECT 1").Scan(&one)
	})
}

// judge notes whether the database kept anything of a group.
func (w *writer) judge(group []*act) {
	var lost error
	for _, a := range group {
		switch {
		case !a.begun():
		case a.err == nil:
			w.well()
			return
		case errors.Is(a.err, ErrNotKept), errors.Is(a.err, ErrUnknown):
			lost = a.err
		}
	}
	if lost != nil && w.ill.Swap(&lost) == nil {
		go w.probe()
	}
}

// well notes that something was kept.
func (w *writer) well() {
	if w.ill.Load() != nil && w.ill.Swap(nil) != nil {
		w.log.Info("the database keeps changes again")
	}
}

// probe writes what changes nothing, until something is kept.
func (w *writer) probe() {
	for w.ill.Load() != nil {
		time.Sleep(probeEvery)
		err := w.update(background, newAct(func(tx *Tx) error {
			tx.Exec("UPDATE db_clock SET at = at")
			return nil
		}))
		if errors.Is(err, ErrClosed) {
			return
		}
	}
}
