package limit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// refuse takes a text that is refused, and has the reason read.
func refuse(t *testing.T, d *db.DB, l *limit.Limits, text *limit.Text) {
	t.Helper()
	refused := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, text) })
	if refused == nil {
		t.Fatal("a text was admitted that had to be refused")
	}
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		_, err := l.Refusal(tx, text, refused)
		if !errors.Is(err, refused) {
			return err
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestDecisions_AreKeptThirtyDays(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	text := begin(limit.Open, limit.Device{})
	text.Application, text.Network = "a", []byte("network")
	if err := refusedBy(t, d, func(tx *db.Tx) { l.Send(tx, text) }); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		refuse(t, d, l, text)
	}
	if err := l.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := func() int {
		t.Helper()
		return count(t, d, `SELECT count(*) FROM decisions WHERE rule = 'number_sends' AND outcome = 'refused' AND number_mac = $1
			AND network_mac = $2 AND application_id = 'a' AND times = 3`, text.Number, text.Network)
	}
	if kept() != 1 {
		t.Fatal("three refusals are not kept as one row of three")
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{30 * 24 * time.Hour, 1}, {time.Microsecond, 0}} {
		clock.Advance(c.after)
		if err := erase(t, d, l); err != nil {
			t.Fatal(err)
		}
		if got := kept(); got != c.want {
			t.Errorf("%v later %d rows are kept, want %d", c.after, got, c.want)
		}
	}
}

func TestDecisions_BeyondTheBufferAreCountedAsLost(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, dbtest.WithClock(dbtest.NewClock(start)))
	reg := prometheus.NewRegistry()
	c := plenty
	c.ApplicationPerMinute = 1
	l := limit.New(limit.Options{DB: d, Ceilings: &c, Registerer: reg})
	for i := range 4096 + 10 + 1 {
		one := application("a")
		one.Number = fmt.Appendf(nil, "%d", i)
		_, _ = permit(t, l, one, false)
	}
	if err := l.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, d, `SELECT count(*) FROM decisions`); n != 4096 {
		t.Errorf("%d decisions were written, want 4096", n)
	}
	if n := metric(t, reg, "sinpyo_limit_decisions_lost_total"); n != 10 {
		t.Errorf("%v are counted as lost, want 10", n)
	}
}

// metric returns the sum of a metric's values.
func metric(t *testing.T, reg *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// TestShadow_EachRuleDecidesAndRefusesNothing drives each rule beyond its limit
// while it is in shadow.
func TestShadow_EachRuleDecidesAndRefusesNothing(t *testing.T) {
	t.Parallel()
	device := limit.NewDevice([]byte("device"))
	for rule, drive := range map[limit.Rule]func(t *testing.T, d *db.DB, l *limit.Limits, act func(func(tx *db.Tx))){
		limit.NumberSends: func(_ *testing.T, _ *db.DB, l *limit.Limits, act func(func(tx *db.Tx))) {
			for range 2 {
				text := begin(limit.Open, limit.Device{})
				act(func(tx *db.Tx) { l.Send(tx, text) })
				l.Sent(text)
			}
		},
		limit.NumberWrong: func(_ *testing.T, _ *db.DB, l *limit.Limits, act func(func(tx *db.Tx))) {
			act(func(tx *db.Tx) { l.Send(tx, begin(limit.Open, limit.Device{})) })
			for range 9 {
				g := guess([]byte("number"), limit.Open)
				act(func(tx *db.Tx) { l.Wrong(tx, g) })
				l.Guessed(g)
			}
		},
		limit.NumberLocked: func(_ *testing.T, _ *db.DB, l *limit.Limits, act func(func(tx *db.Tx))) {
			act(func(tx *db.Tx) { l.Send(tx, begin(limit.Open, limit.Device{})) })
			act(func(tx *db.Tx) { tx.Exec(`UPDATE number_limits SET wrong_row = 100`) })
			g := guess([]byte("number"), limit.Open)
			act(func(tx *db.Tx) { l.Wrong(tx, g) })
			l.Guessed(g)
		},
		limit.DeviceSends: func(_ *testing.T, _ *db.DB, l *limit.Limits, act func(func(tx *db.Tx))) {
			for range 2 {
				text := begin(limit.Trusted, device)
				act(func(tx *db.Tx) { l.Send(tx, text) })
				l.Sent(text)
			}
		},
		limit.Network: func(_ *testing.T, _ *db.DB, l *limit.Limits, act func(func(tx *db.Tx))) {
			for i := range 11 {
				text := from("net", i)
				act(func(tx *db.Tx) { l.Send(tx, text) })
				l.Sent(text)
			}
		},
		limit.Application:  permits,
		limit.Installation: permits,
		limit.Won:          permits,
		limit.Conversion: func(t *testing.T, _ *db.DB, l *limit.Limits, _ func(func(tx *db.Tx))) {
			if err := l.Converted(t.Context(), "a", 100, 1); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Admit(t.Context(), application("a"), false); err != nil {
				t.Errorf("a start was refused: %v", err)
			}
		},
		limit.Spraying: func(t *testing.T, d *db.DB, l *limit.Limits, _ func(func(tx *db.Tx))) {
			wrongHours(t, d, 20_000)
			if digits, err := l.Admit(t.Context(), application("a"), false); err != nil || digits != 6 {
				t.Errorf("a start: %d digits, %v", digits, err)
			}
		},
	} {
		t.Run(string(rule), func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t, dbtest.WithClock(dbtest.NewClock(start)))
			c := limit.Ceilings{ApplicationPerMinute: 2, InstallationPerMinute: 2, WonPerDay: 50}
			if rule != limit.Application {
				c.ApplicationPerMinute = plenty.ApplicationPerMinute
			}
			if rule != limit.Installation {
				c.InstallationPerMinute = plenty.InstallationPerMinute
			}
			if rule != limit.Won {
				c.WonPerDay = plenty.WonPerDay
			}
			l := limit.New(limit.Options{DB: d, Ceilings: &c, Shadow: []limit.Rule{rule}})
			drive(t, d, l, func(act func(tx *db.Tx)) {
				t.Helper()
				if err := refusedBy(t, d, act); err != nil {
					t.Fatalf("a rule in shadow refused: %v", err)
				}
			})
			if err := l.Tend(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := count(t, d, `SELECT count(*) FROM decisions WHERE rule = $1 AND outcome = 'shadowed'`, string(rule)); n == 0 {
				t.Error("the rule in shadow noted nothing")
			}
			if n := count(t, d, `SELECT count(*) FROM decisions WHERE outcome <> 'shadowed'`); n != 0 {
				t.Errorf("%d decisions refused or challenged", n)
			}
		})
	}
}

// permits takes four permits where two are the most.
func permits(t *testing.T, _ *db.DB, l *limit.Limits, _ func(func(tx *db.Tx))) {
	for range 4 {
		if _, ok := permit(t, l, application("a"), false); !ok {
			t.Error("a ceiling in shadow refused")
		}
	}
}

func TestParseRules_KnowsAllAndNoOther(t *testing.T) {
	t.Parallel()
	text := ""
	for _, rule := range limit.Rules() {
		text += string(rule) + ", "
	}
	if rules, err := limit.ParseRules(text); err != nil || len(rules) != len(limit.Rules()) {
		t.Errorf("%d rules (%v), want all %d", len(rules), err, len(limit.Rules()))
	}
	if _, err := limit.ParseRules("network, nonsense"); err == nil {
		t.Error("an unknown rule was read")
	}
}

// TestErase_KeepsWhatStillCounts looks at rows before and after their time.
func TestErase_KeepsWhatStillCounts(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(start)
	d := dbtest.New(t, dbtest.WithClock(clock))
	l := limit.New(limit.Options{DB: d})
	plain, wrong := from("net", 1), from("net", 2)
	trusted := from("net", 3)
	trusted.Lane, trusted.Device = limit.Trusted, limit.NewDevice([]byte("device"))
	if err := refusedBy(t, d, func(tx *db.Tx) {
		for _, text := range []*limit.Text{plain, wrong, trusted} {
			l.Send(tx, text)
		}
		l.Wrong(tx, &limit.Guess{Case: wrong.Case, Lane: limit.Open})
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after                      time.Duration
		numbers, devices, networks int
		hours                      int
	}{
		{24 * time.Hour, 3, 1, 1, 1},
		{6 * 24 * time.Hour, 3, 1, 1, 0},
		{25 * 24 * time.Hour, 1, 0, 0, 0}, // 32 days: a wrong code in a row is left
		{300 * 24 * time.Hour, 1, 0, 0, 0},
		{50 * 24 * time.Hour, 0, 0, 0, 0},
	} {
		clock.Advance(c.after)
		if err := erase(t, d, l); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{
			"number_limits": c.numbers, "device_limits": c.devices, "network_limits": c.networks, "wrong_hours": c.hours,
		} {
			if got := count(t, d, `SELECT count(*) FROM `+table); got != want {
				t.Errorf("after another %v: %s has %d rows, want %d", c.after, table, got, want)
			}
		}
	}
}

// erase erases what is old, as the loop of the program does.
func erase(t *testing.T, d *db.DB, l *limit.Limits) error {
	t.Helper()
	_, err := l.EraseRows(t.Context(), d.Now().Add(-limit.RowsKept))
	return errors.Join(err, d.Update(t.Context(), func(tx *db.Tx) error {
		_, err := l.EraseDecisions(tx, tx.Now.Add(-limit.DecisionsKept), 500)
		return err
	}))
}
