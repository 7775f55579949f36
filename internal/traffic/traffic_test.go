package traffic_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/seal"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

// count counts the rows that a query finds.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *db.Tx) error { return tx.Row(query, args...).Scan(&n) })
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// past writes a text of a time, and how it ended.
func (w *world) past(at db.Time, to phone.Number, carrier string, entered bool) {
	w.t.Helper()
	w.clock.Set(at.Std())
	s := w.send(outbox.Past{
		ApplicationID: "app_1", Purpose: "signup", To: to, Status: outbox.Delivered, StatusCode: "4000", Carrier: carrier,
		AcceptedAt: at, ReceivedAt: at.Add(time.Second), EndedAt: at.Add(time.Second), Cost: 20,
	}, true)
	if entered {
		w.enter(s)
	}
}

func TestRoll_SetsAsideWhatHasNoEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	texts := make([]*sent, 3)
	for i := range texts {
		texts[i] = w.send(outbox.Past{ApplicationID: "app_1", Purpose: "login", Status: outbox.Accepted, Cost: 20}, true)
	}
	w.enter(texts[0])
	w.move(texts[0], outbox.Delivered, "4000", "SKT")
	w.clock.Advance(time.Hour)
	w.roll(w.traffic)
	if n := w.count(`SELECT count(*) FROM traffic_aside`); n != 0 {
		t.Fatalf("an hour was added up %d texts too early", n)
	}
	w.clock.Advance(30 * time.Minute)
	w.roll(w.traffic)
	if n := w.count(`SELECT count(*) FROM traffic_aside`); n != 2 {
		t.Fatalf("%d texts were set aside, want the 2 without an end", n)
	}
	w.move(texts[1], outbox.Undelivered, "3043", "KTF")
	w.update(func(tx *db.Tx) { tx.Exec(`DELETE FROM messages WHERE id = $1`, texts[2].ID) }) // their member left
	w.roll(w.traffic)
	if n := w.count(`SELECT count(*) FROM traffic_aside`); n != 0 {
		t.Fatalf("%d texts are still set aside, want none", n)
	}
	f, err := w.traffic.Figures(t.Context(), traffic.Today(w.now()))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Now; got.Sent != 2 || got.Delivered != 1 || got.Failed != 1 || got.Entered != 1 {
		t.Errorf("got %+v, want one delivered and entered, and one failed", got.Tally)
	}
}

func TestRoll_LeavesAnHourWithoutReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := make([]outbox.PastRow, 501)
	for i := range rows {
		p := outbox.Past{ID: w.id("msg"), ApplicationID: "app_1", Purpose: "login", To: number(t, i), Status: outbox.Accepted, CreatedAt: w.now()}
		rows[i] = p.Row(w.ring)
	}
	w.update(func(tx *db.Tx) {
		for _, row := range rows {
			outbox.WritePast(tx, row)
		}
	})
	began := w.now()
	sent := func() int {
		f, err := w.traffic.Figures(t.Context(), traffic.Between(began.Std(), began.Std().Add(time.Second)))
		if err != nil {
			t.Fatal(err)
		}
		return f.Now.Sent
	}
	w.clock.Advance(2 * time.Hour)
	w.roll(w.traffic)
	if n, got := w.count(`SELECT count(*) FROM traffic_hours WHERE sent > 0`), sent(); n != 0 || got != 501 {
		t.Errorf("%d hours were added up and %d texts told; want none and 501", n, got)
	}
	w.update(func(tx *db.Tx) { tx.Exec(`UPDATE messages SET status = 'delivered', ended_at = $1`, tx.Now) })
	w.roll(w.traffic)
	if n := w.count(`SELECT count(*) FROM traffic_hours WHERE sent > 0`); n != 0 {
		t.Error("the hour was looked at again at once")
	}
	w.clock.Advance(11 * time.Minute)
	w.roll(w.traffic)
	if n, got := w.count(`SELECT count(*) FROM traffic_hours WHERE sent > 0`), sent(); n != 1 || got != 501 {
		t.Errorf("%d hours were added up and %d texts told; want 1 and 501", n, got)
	}
}

func TestFigures_StayWhenMessagesAreErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.past(w.now(), phone.Number{}, "SKT", true)
	w.clock.Advance(2 * time.Hour)
	w.roll(w.traffic)
	w.update(func(tx *db.Tx) {
		tx.Exec(`DELETE FROM messages`)
		tx.Exec(`DELETE FROM verifications`)
	})
	f, err := w.another().Figures(t.Context(), traffic.Today(w.now()))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Now; got.Sent != 1 || got.Entered != 1 || got.Won != 20 {
		t.Errorf("got %+v, want the erased text", got.Tally)
	}
}

func TestHeat_TellsTheBlocksThatWereSentMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	closed := w.now()
	for i := range 5 {
		w.past(closed.Add(time.Duration(i)*time.Second), number(t, 12_340_000+i), "SKT", false)
	}
	w.past(closed.Add(time.Minute), number(t, 55_550_000), "SKT", true)
	w.clock.Advance(3 * time.Hour)
	w.roll(w.traffic)
	open := w.now()
	for i := range 3 {
		w.past(open.Add(time.Duration(i)*time.Second), number(t, 99_990_000+i), "KTF", false)
	}
	window := traffic.Today(w.now())
	heat, err := w.traffic.Heat(t.Context(), window)
	if err != nil {
		t.Fatal(err)
	}
	if len(heat) != 3 {
		t.Fatalf("%d blocks: %+v", len(heat), heat)
	}
	for i, want := range []struct {
		digits  string
		sends   int
		first   int
		entered int
	}{{"0101234", 5, 0, 0}, {"0109999", 3, 6, 0}, {"0105555", 1, 5, 1}} {
		h := heat[i]
		if !bytes.Equal(h.Prefix, w.ring.Hash(seal.Prefix, want.digits)) || h.Sends != want.sends || h.Won != 20*want.sends ||
			h.Codes != want.sends || h.Entered != want.entered || h.MessageID != w.texts[want.first].ID {
			t.Errorf("block %d: got %+v, want %+v", i, h, want)
		}
	}
	w.update(func(tx *db.Tx) {
		if _, err := w.traffic.ErasePrefixes(tx, tx.Now, 200); err != nil {
			t.Error(err)
		}
	})
	if n := w.count(`SELECT count(*) FROM traffic_prefixes`); n != 0 {
		t.Errorf("%d rows of blocks are left, want none", n)
	}
}

func TestWatch_RaisesAnAlarmWhenACarriersConversionFalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	registry := prometheus.NewRegistry()
	limits := limit.New(limit.Options{DB: w.db, Logger: slog.New(slog.DiscardHandler), Registerer: registry})
	var log strings.Builder
	w.traffic = traffic.New(traffic.Options{DB: w.db, Limits: limits, Logger: slog.New(slog.NewTextHandler(&log, nil)), Registerer: registry})

	write := func(at db.Time, carrier string, codes, entered int) {
		for i := range codes {
			w.past(at.Add(time.Duration(i)*time.Millisecond), phone.Number{}, carrier, i < entered)
		}
	}
	start := w.now()
	write(start, "SKT", 60, 54)
	write(start.Add(time.Minute), "KTF", 60, 54)
	write(start.Add(25*time.Hour), "SKT", 30, 24)              // 90 → 80: not enough to be an alarm
	write(start.Add(26*time.Hour), "SKT", 30, 24)              // found together
	write(start.Add(26*time.Hour+time.Minute), "KTF", 50, 37)  // 90 → 74
	write(start.Add(26*time.Hour+2*time.Minute), "ETC", 49, 0) // too few
	w.clock.Advance(80 * time.Minute)
	w.roll(w.traffic)

	drops, err := w.traffic.Carriers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"KTF": true, "SKT": false}
	if len(drops) != len(want) {
		t.Fatalf("got %+v", drops)
	}
	for _, d := range drops {
		if fallen, ok := want[d.Carrier]; !ok || d.Fallen != fallen || d.Usual != (traffic.Share{Codes: 60, Entered: 54}) {
			t.Errorf("got %+v", d)
		}
	}
	for range 2 { // the second has nothing new to say
		if err := w.traffic.Watch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := limits.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`SELECT count(*) FROM events WHERE kind = $1 AND detail = $2`, string(audit.Alarm), string(limit.CarrierConversion)); n != 1 {
		t.Errorf("%d alarms, want 1", n)
	}
	if text := log.String(); strings.Count(text, "carrier=KTF") != 1 || strings.Contains(text, "carrier=SKT") {
		t.Errorf("the log says %q", text)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	percent := map[string]float64{}
	for _, family := range families {
		if family.GetName() == "sinpyo_traffic_conversion_percent" {
			for _, m := range family.GetMetric() {
				percent[m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
			}
		}
	}
	if diff := cmp.Diff(map[string]float64{"KTF": 74, "SKT": 80}, percent); diff != "" {
		t.Errorf("the metric (-want +got):\n%s", diff)
	}
}
