package outbox

import (
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/id"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
)

// TestTally_ReadsTheIdsOfItsHours wants nothing that is counted to read more of
// the messages than those of its hours.
func TestTally_ReadsTheIdsOfItsHours(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, func(o *db.Options) { o.DuplicateClosures = false })
	ring, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	to, err := phone.Parse("010-0123-4567")
	if err != nil {
		t.Fatal(err)
	}
	const messages, days = 20_000, 90
	now := d.Now()
	first := now.Add(-days * 24 * time.Hour)
	for i := 0; i < messages; i += 1000 {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			for j := i; j < i+1000; j++ {
				at := first.Add(days * 24 * time.Hour / messages * time.Duration(j))
				p := Past{ID: id.At("msg", at.Std(), [10]byte{8: byte(j >> 8), 9: byte(j)}), VerificationID: "ver_1", To: to, Status: Delivered, CreatedAt: at, EndedAt: at, Cost: 20}
				WritePast(tx, p.Row(ring))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Analyze(t, d, "messages")

	since, until := now.Add(-2*time.Hour), now
	from, below := idsBetween(since, until)
	for name, q := range map[string]struct {
		query string
		binds []any
	}{
		"between": {sentBetween, []any{now, from, below, since, until}},
		"of":      {sentOf[8], []any{now, "msg_1", "msg_2", "msg_3", "msg_4", "msg_5", "msg_6", "msg_7", "msg_8"}},
		"asked":   {askedBetween, []any{from, below, since, until}},
		"blocks":  {blocksBetween, []any{from, below, since, until, 20}},
		"oldest":  {oldestMessage, nil},
	} {
		plan := dbtest.Plan(t, d, q.query, q.binds...)
		if name != "oldest" && dbtest.Scans(plan) || strings.Contains(strings.Join(plan, "\n"), "Seq Scan") {
			t.Errorf("%s reads everything:\n%s", name, strings.Join(plan, "\n"))
		}
	}

	err = d.View(t.Context(), func(tx *db.Tx) error {
		n := 0
		err := EachSent(tx, since, until, func(s *Sent) error {
			if n++; s.CreatedAt < since || s.CreatedAt >= until || !s.Coded || s.Status != Delivered || s.Cost != 20 {
				t.Errorf("got %+v", s)
			}
			return nil
		})
		if want := int(2 * time.Hour / (days * 24 * time.Hour / messages)); n < want-1 || n > want+1 {
			t.Errorf("%d messages of two hours, want about %d", n, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
