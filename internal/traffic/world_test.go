package traffic_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// world is a database with messages and verifications that the test writes as it
// likes, and remembers.
type world struct {
	t       testing.TB
	clock   *dbtest.Clock
	db      *db.DB
	ring    *seal.Ring
	traffic *traffic.Traffic
	made    uint32 // ids

	texts    []*sent
	passkeys []db.Time
}

// sent is a text as the test remembers it.
type sent struct {
	outbox.Past
	verification string // that it is the newest text of; empty for none
	entered      db.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: dbtest.NewClock(time.Date(2026, 5, 4, 1, 2, 3, 0, time.UTC))}
	w.db = dbtest.New(t, dbtest.WithClock(w.clock))
	var err error
	if w.ring, err = seal.New(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	w.traffic = w.another()
	return w
}

// another returns figures that remember nothing, as another node's.
func (w *world) another() *traffic.Traffic {
	return traffic.New(traffic.Options{DB: w.db, Logger: slog.New(slog.DiscardHandler)})
}

func (w *world) now() db.Time { return db.At(w.clock.Now()) }

// id returns the next id of a kind, made now.
func (w *world) id(kind string) string {
	w.made++
	return id.At(kind, w.clock.Now(), [10]byte{2: byte(w.made >> 16), 3: byte(w.made >> 8), 4: byte(w.made)})
}

// update runs an act that must be kept.
func (w *world) update(act func(tx *db.Tx)) {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *db.Tx) error { act(tx); return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

// number returns the n-th of the numbers that the test texts.
func number(t testing.TB, n int) phone.Number {
	t.Helper()
	to, err := phone.Parse(fmt.Sprintf("010%08d", n))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// send writes a text now, with a verification of its own if it carries a code.
func (w *world) send(p outbox.Past, coded bool) *sent {
	w.t.Helper()
	s := &sent{Past: p}
	s.ID, s.CreatedAt = w.id("msg"), w.now()
	if s.To.IsZero() {
		s.To = number(w.t, len(w.texts))
	}
	if coded {
		s.verification = w.id("ver")
		s.VerificationID = s.verification
	}
	w.update(func(tx *db.Tx) {
		outbox.WritePast(tx, s.Row(w.ring))
		if coded {
			v := verify.Past{
				ID: s.verification, ApplicationID: s.ApplicationID, Purpose: verify.Signup, Locale: "ko", Status: verify.Expired,
				To: s.To, Sends: 1, MessageID: s.ID, CreatedAt: s.CreatedAt, SentAt: s.CreatedAt, EndedAt: s.CreatedAt,
			}
			verify.WritePast(tx, v.Row(w.ring))
		}
	})
	w.texts = append(w.texts, s)
	return s
}

// resend writes another text of the same verification.
func (w *world) resend(s *sent) *sent {
	w.t.Helper()
	p := s.Past
	p.AcceptedAt, p.ReceivedAt, p.EndedAt, p.Status, p.StatusCode, p.Carrier = 0, 0, 0, outbox.Queued, "", ""
	next := w.send(p, false)
	next.verification, s.verification = s.verification, ""
	w.update(func(tx *db.Tx) {
		tx.Exec(`UPDATE messages SET verification_id = $2 WHERE id = $1`, next.ID, next.verification)
		tx.Exec(`UPDATE verifications SET message_id = $2 WHERE id = $1`, next.verification, next.ID)
	})
	return next
}

// move has the provider say where a text stands.
func (w *world) move(s *sent, to outbox.Status, code, carrier string) {
	w.t.Helper()
	s.Status, s.StatusCode, s.Carrier = to, code, carrier
	switch {
	case to == outbox.Accepted:
		s.AcceptedAt = w.now()
	case to.Ended():
		s.EndedAt = w.now()
	}
	if to == outbox.Delivered {
		s.ReceivedAt = w.now()
	}
	w.update(func(tx *db.Tx) {
		tx.Exec(`UPDATE messages SET status = $2, status_code = $3, network = $4, accepted_at = $5, received_at = $6, ended_at = $7
			WHERE id = $1`, s.ID, string(to), code, carrier, orNull(s.AcceptedAt), orNull(s.ReceivedAt), orNull(s.EndedAt))
	})
}

func orNull(t db.Time) any {
	if t == 0 {
		return nil
	}
	return t
}

// enter enters the code of a text.
func (w *world) enter(s *sent) {
	w.t.Helper()
	s.entered = w.now()
	w.update(func(tx *db.Tx) {
		tx.Exec(`UPDATE verifications SET approved_at = $2 WHERE id = $1`, s.verification, s.entered)
	})
}

// signIn signs somebody in with a passkey.
func (w *world) signIn() {
	w.t.Helper()
	w.passkeys = append(w.passkeys, w.now())
	w.update(func(tx *db.Tx) {
		audit.Tell(tx, audit.Event{Kind: audit.SignedIn, UserID: "usr_1", Detail: "passkey"})
		audit.Tell(tx, audit.Event{Kind: audit.SignedIn, UserID: "usr_1", Detail: "sms"})
	})
}

// roll adds up all that can be.
func (w *world) roll(t *traffic.Traffic) {
	w.t.Helper()
	for more := true; more; {
		var err error
		if more, err = t.Roll(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// shown is what a text's status is told as.
func (w *world) shown(s *sent) outbox.Status {
	if !s.Status.Ended() && max(s.AcceptedAt, s.CreatedAt) < w.now().Add(-72*time.Hour) {
		return outbox.Unknown
	}
	return s.Status
}

// sum adds up, from what the test remembers, the texts that it wants.
func (w *world) sum(of traffic.Window, wanted func(*sent) bool) (sum traffic.Tally, arrivals, entries []time.Duration) {
	for _, s := range w.texts {
		if s.CreatedAt < of.Since() || s.CreatedAt >= of.Until() || !wanted(s) {
			continue
		}
		status := w.shown(s)
		if s.entered != 0 {
			sum.Entered++
		}
		if status == outbox.Dropped {
			sum.Dropped++
			continue
		}
		sum.Sent++
		sum.Won += s.Cost
		if s.VerificationID != "" {
			sum.Codes++
		}
		switch status {
		case outbox.Delivered:
			sum.Delivered++
			arrivals = append(arrivals, s.ReceivedAt.Sub(s.CreatedAt))
			if s.entered != 0 {
				entries = append(entries, max(s.entered.Sub(s.ReceivedAt), 0))
			}
		case outbox.Undelivered, outbox.Rejected:
			sum.Failed++
		case outbox.Unknown:
			sum.Unknown++
		default:
			sum.Waiting++
		}
	}
	slices.Sort(arrivals)
	slices.Sort(entries)
	return sum, arrivals, entries
}

// avoided counts the sign-ins with passkeys of a window.
func (w *world) avoided(of traffic.Window) (n int) {
	for _, at := range w.passkeys {
		if at >= of.Since() && at < of.Until() {
			n++
		}
	}
	return n
}
