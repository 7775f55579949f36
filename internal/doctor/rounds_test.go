package doctor_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/db/dbtest"
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/limit"
)

// rounds are those of one node; examined counts how often its checks were made.
type rounds struct {
	*testing.T
	*doctor.Rounds
	db       *db.DB
	limits   *limit.Limits
	registry *prometheus.Registry
	log      *strings.Builder
	examined int
	found    []doctor.Finding
	texts    *[]string
}

func newRounds(t *testing.T, d *db.DB, texts *[]string) *rounds {
	t.Helper()
	r := &rounds{T: t, db: d, registry: prometheus.NewRegistry(), log: &strings.Builder{}, texts: texts}
	log := slog.New(slog.NewTextHandler(r.log, nil))
	r.limits = limit.New(limit.Options{
		DB: d, Logger: log, Registerer: prometheus.NewRegistry(),
		Text: func(ctx context.Context, text string, first func(*db.Tx)) error {
			err := d.Update(ctx, func(tx *db.Tx) error { first(tx); return nil })
			if err == nil {
				*texts = append(*texts, text)
			}
			return err
		},
	})
	r.Rounds = doctor.NewRounds(doctor.RoundsOptions{
		DB: d, Limits: r.limits, Logger: log, Registerer: r.registry,
		Examine: func(context.Context) ([]doctor.Finding, error) { r.examined++; return r.found, nil },
	})
	return r
}

// round goes round when the last one is a day ago, and raises what alarms it has.
func (r *rounds) round() {
	r.Helper()
	if err := r.Once(r.Context(), 24*time.Hour); err != nil {
		r.Fatal(err)
	}
	if err := r.limits.Tend(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// gauge reads a metric of the node, by its label's value if it has one.
func (r *rounds) gauge(name, label string) float64 {
	r.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && (len(m.GetLabel()) == 0 || m.GetLabel()[0].GetValue() == label) {
				return m.GetGauge().GetValue()
			}
		}
	}
	r.Fatalf("there is no metric %s of %q", name, label)
	return 0
}

// TestRow40_ADailyRoundTellsWhatHasBegunToFail has two nodes over five days.
func TestRow40_ADailyRoundTellsWhatHasBegunToFail(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
	d := dbtest.New(t, dbtest.WithClock(clock))
	var texts []string
	one, other := newRounds(t, d, &texts), newRounds(t, d, &texts)
	fine := doctor.Fine(doctor.Detail("well", "좋음"))
	fine.Name, fine.Number = "database", 1
	broken := doctor.Fail(doctor.Detail("no money", "돈 없음"), doctor.Cure("spent", "charge it", "다 씀", "충전하세요"))
	broken.Name, broken.Number = "balance", 2
	warned := doctor.Warn(doctor.Plain("soon"), doctor.Remedy{})
	warned.Name, warned.Number = "sender", 3

	if _, ok, err := one.Last(t.Context()); ok || err != nil {
		t.Fatalf("before the first round: %v, %v", ok, err)
	}
	for day, c := range []struct {
		found  []doctor.Finding
		failed float64
		texts  int // so far
	}{
		{[]doctor.Finding{fine}, 0, 0},
		{[]doctor.Finding{fine, broken, warned}, 1, 1},
		{[]doctor.Finding{fine, broken}, 1, 1}, // it is known
		{[]doctor.Finding{fine}, 0, 1},
		{[]doctor.Finding{fine, broken}, 1, 2}, // it has come again
	} {
		one.found, other.found = c.found, c.found
		one.round()
		other.round()
		one.round()
		if one.examined+other.examined != day+1 {
			t.Fatalf("after %d days the checks were made %d times", day+1, one.examined+other.examined)
		}
		last, ok, err := other.Last(t.Context())
		if err != nil || !ok || len(last.Found) != len(c.found) || last.Found[len(c.found)-1] != c.found[len(c.found)-1] {
			t.Errorf("day %d: kept %+v, %v, %v", day, last, ok, err)
		}
		if len(texts) != c.texts {
			t.Errorf("day %d: texts %q, want %d", day, texts, c.texts)
		}
		warnings := 0.0
		for _, f := range c.found {
			if f.State == doctor.Warning {
				warnings++
			}
		}
		if failed, warned := one.gauge("sinpyo_doctor_findings", "failed"), one.gauge("sinpyo_doctor_findings", "warning"); failed != c.failed || warned != warnings {
			t.Errorf("day %d: the metric says %v failed and %v warnings, want %v and %v", day, failed, warned, c.failed, warnings)
		}
		clock.Advance(24 * time.Hour)
	}
	if !strings.Contains(one.log.String()+other.log.String(), "check=balance") {
		t.Error("the log does not name the check that failed")
	}
}

// TestRounds_TellWhenTheNewestBackupWasMade reads what sinpyo backup keeps.
func TestRounds_TellWhenTheNewestBackupWasMade(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var texts []string
	r := newRounds(t, d, &texts)
	if at, err := doctor.BackedUpAt(t.Context(), d); at != 0 || err != nil {
		t.Fatalf("before any: %v, %v", at, err)
	}
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		db.SetFact(tx, doctor.BackupFact, "1795462732012460")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.round()
	if got := r.gauge("sinpyo_backup_timestamp_seconds", ""); got != 1795462732 {
		t.Errorf("the metric says %v", got)
	}
}
