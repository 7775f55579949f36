//go:build crashpoints

package simulate

import (
	"context"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// look is what stood in the tables when they were last looked at.
type look struct {
	messages      map[string]outbox.Status
	verifications map[string]verify.Status
}

// row is a message as the program has it.
type row struct {
	status          outbox.Status
	ended, deadline db.Time
	verification    string
}

// read reads all messages.
func (w *world) read() map[string]row {
	rows := make(map[string]row)
	w.view(`SELECT id, status, coalesce(ended_at, 0), deadline, verification_id FROM messages`, func(scan func(...any) error) error {
		var id string
		var r row
		err := scan(&id, &r.status, &r.ended, &r.deadline, &r.verification)
		rows[id] = r
		return err
	})
	return rows
}

func (w *world) view(query string, each func(scan func(...any) error) error) {
	err := w.observer.View(context.Background(), func(tx *db.Tx) error { return tx.Each(query, nil, each) })
	if err != nil {
		w.t.Fatal(err)
	}
}

// forward looks whether every state has only moved forward.
func (w *world) forward() {
	w.view(`SELECT id, status FROM messages`, func(scan func(...any) error) error {
		var id string
		var now outbox.Status
		err := scan(&id, &now)
		if before, known := w.messages[id]; known && !reaches(before, now, allMessages, outbox.Status.CanBecome) {
			w.wrong("a message went from %s to %s", before, now)
		}
		w.messages[id] = now
		return err
	})
	w.view(`SELECT id, status FROM verifications`, func(scan func(...any) error) error {
		var id string
		var now verify.Status
		err := scan(&id, &now)
		if before, known := w.verifications[id]; known && !reaches(before, now, allVerifications, verify.Status.CanBecome) {
			w.wrong("a verification went from %s to %s", before, now)
		}
		w.verifications[id] = now
		return err
	})
}

var (
	allMessages = []outbox.Status{
		outbox.Queued, outbox.Sending, outbox.Accepted, outbox.Delivered, outbox.Undelivered, outbox.Rejected, outbox.Unknown, outbox.Dropped,
	}
	allVerifications = []verify.Status{
		verify.Pending, verify.Approved, verify.Redeemed, verify.Locked, verify.Expired, verify.Superseded, verify.Canceled,
	}
)

// reaches reports whether a state can come to another in any number of moves.
func reaches[S comparable](from, to S, all []S, may func(S, S) bool) bool {
	if from == to {
		return true
	}
	seen := map[S]bool{from: true}
	for queue := []S{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range all {
			if !seen[next] && may(queue[0], next) {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return seen[to]
}

// atRest reports whether nothing is on its way any more.
func (w *world) atRest() bool {
	open := 0
	w.view(`SELECT (SELECT count(*) FROM messages WHERE status IN ('queued', 'sending', 'accepted'))
		+ (SELECT count(*) FROM provider_groups WHERE status = 'open')`, func(scan func(...any) error) error { return scan(&open) })
	return open == 0
}

// judge compares, at the end, what was promised and what the program says with
// what the provider took.
func (w *world) judge() {
	w.forward()
	w.windows()
	rows := w.read()
	left := 0
	for _, t := range w.order {
		times, _ := w.left(t)
		left += times
		if times > 1 {
			w.seen.Doubled += times - 1
			w.wrong("a text left %d times", times)
		}
		if r, there := rows[t.ours]; !there {
			w.wrong("the provider knows a text that the program does not")
		} else if times > 0 && r.status != outbox.Delivered && r.status != outbox.Unknown {
			w.wrong("a text left that is %s", r.status)
		}
	}
	w.seen.Sent = left
	if left*price > w.budget.WonPerDay {
		w.seen.Overshoot++
		w.wrong("texts for %d won left, the day has %d", left*price, w.budget.WonPerDay)
	}
	for id, r := range rows {
		if times, _ := w.left(w.texts[id]); r.status == outbox.Delivered && times != 1 {
			w.wrong("a message is delivered and left %d times", times)
		}
	}
	for _, v := range w.vers {
		for i, id := range v.messages {
			w.judgeText(v, i, rows[id], w.texts[id])
		}
	}
}

// judgeText judges a text that was promised: it left, or ended as it may.
func (w *world) judgeText(v *verification, nth int, r row, t *text) {
	times, _ := w.left(t)
	unwanted := v.ending || v.ended != "" || v.right > 0
	var fine bool
	switch r.status {
	case outbox.Delivered:
		fine = times == 1
	case outbox.Dropped:
		fine = unwanted || r.ended >= r.deadline
	case outbox.Rejected:
		fine = t != nil && (t.refused || w.gaveUp(t))
	case outbox.Undelivered:
		fine = t != nil && len(t.ids) > 0
	default: // it is unknown, not at rest, or not there at all
	}
	if !fine {
		w.seen.Lost++
		w.wrong("%s: text %d is lost: %q, left %d times (deadline %v, ended %v)",
			v, nth+1, r.status, times, r.deadline.Std(), r.ended.Std())
	}
}

// gaveUp reports whether the provider took a text in and gave its group up.
func (w *world) gaveUp(t *text) bool { return len(t.ids) > 0 }

// lastCodes enters, at the end, every code that must still work.
func (w *world) lastCodes() {
	for _, v := range w.vers {
		n := w.live()
		if n == nil {
			return
		}
		if v.ending || v.ended != "" || v.guessed >= verify.Attempts || v.right > 0 || w.guesses[v.number] >= wrongOpen ||
			!n.db.Now().Std().Add(time.Second).Before(v.expires) {
			continue
		}
		w.check(n, v, true, v.binding)
	}
}
