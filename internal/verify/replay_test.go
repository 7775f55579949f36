package verify_test

import (
	"fmt"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// finish ends what is overdue and compares rows, events and model.
func (b *batch) finish() {
	b.Helper()
	b.Clock.Advance(time.Hour)
	b.sweep()
	rows, told := b.rows(), b.replay()
	now := b.Clock.Now()
	for _, h := range b.histories {
		h.windows()
		for _, v := range h.all {
			want := fmt.Sprintf("%s after %d checks and %d texts", v.shown(now), v.attempts, v.sends)
			if rows[v.id] != want || told[v.id] != want {
				b.Errorf("%s: the row says %q, the events %q, the model %q", v.id, rows[v.id], told[v.id], want)
			}
			h.seen[string(v.shown(now))]++
		}
	}
}

// rows reads where each verification stands.
func (b *batch) rows() map[string]string {
	b.Helper()
	rows := map[string]string{}
	err := b.DB.View(b.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT id, status, attempts, sends FROM verifications`, nil, func(scan func(...any) error) error {
			var id, status string
			var attempts, sends int
			err := scan(&id, &status, &attempts, &sends)
			rows[id] = fmt.Sprintf("%s after %d checks and %d texts", status, attempts, sends)
			return err
		})
	})
	if err != nil {
		b.Fatal(err)
	}
	return rows
}

// told is what the events tell of one verification.
type told struct {
	status          verify.Status
	attempts, sends int
}

// replay goes through the events in order. Each may only move a verification on.
func (b *batch) replay() map[string]string {
	b.Helper()
	all := map[string]*told{}
	err := b.DB.View(b.Context(), func(tx *db.Tx) error {
		return tx.Each(`SELECT kind, verification_id, detail FROM events ORDER BY number`, nil, func(scan func(...any) error) error {
			var kind audit.Kind
			var id, detail string
			if err := scan(&kind, &id, &detail); err != nil || id == "" {
				return err
			}
			if all[id] == nil {
				if kind != audit.Started {
					b.Errorf("%s begins with %s", id, kind)
				}
				all[id] = &told{status: verify.Pending}
			}
			if next := all[id].hear(kind, detail); next != all[id].status {
				if !all[id].status.CanBecome(next) {
					b.Errorf("%s: %s tells of %s after %s", id, kind, next, all[id].status)
				}
				all[id].status = next
			}
			return nil
		})
	})
	if err != nil {
		b.Fatal(err)
	}
	out := map[string]string{}
	for id, v := range all {
		out[id] = fmt.Sprintf("%s after %d checks and %d texts", v.status, v.attempts, v.sends)
	}
	return out
}

// hear returns the status after an event.
func (v *told) hear(kind audit.Kind, detail string) verify.Status {
	switch kind {
	case audit.Started, audit.Resent:
		v.sends++
	case audit.Checked:
		v.attempts++
		switch {
		case detail == "right":
			return verify.Approved
		case v.attempts == verify.Attempts:
			return verify.Locked
		}
	case audit.Canceled:
		return verify.Canceled
	case audit.Superseded:
		return verify.Superseded
	case audit.Expired:
		return verify.Expired
	case audit.Redeemed:
		return verify.Redeemed
	}
	return v.status
}
