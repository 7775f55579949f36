package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

const (
	roundEvery  = 24 * time.Hour
	roundFirst  = 2 * time.Minute // after a start, when all that starts has started
	roundLeast  = time.Hour       // between two: a server that starts again and again asks the provider little
	lookEvery   = time.Minute     // for what another node has found
	examineMost = time.Minute
)

// The facts that rounds keep.
const (
	foundFact = "doctor_found"
	turnFact  = "doctor_turn"
)

// BackupFact is the fact that tells when the newest backup was made, in
// microseconds.
const BackupFact = "backed_up_at"

// Round is what all checks found at one time.
type Round struct {
	At    db.Time
	Found []Finding
}

// RoundsOptions are what rounds are made of.
type RoundsOptions struct {
	DB         *db.DB
	Examine    func(context.Context) ([]Finding, error) // makes all checks
	Limits     *limit.Limits
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Rounds make all checks once a day, on one node, and some time after a start.
// What they found is kept for all nodes to show; what fails and did not before
// is told by an alarm.
type Rounds struct {
	RoundsOptions
	findings *prometheus.GaugeVec // by level
	backup   prometheus.Gauge
}

// NewRounds returns the rounds of an installation.
func NewRounds(o RoundsOptions) *Rounds {
	f := promauto.With(o.Registerer)
	return &Rounds{
		RoundsOptions: o,
		findings: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sinpyo_doctor_findings", Help: "What the doctor's last daily round found, by level.",
		}, []string{"level"}),
		backup: f.NewGauge(prometheus.GaugeOpts{
			Name: "sinpyo_backup_timestamp_seconds", Help: "When the newest backup was made, in seconds since 1970; 0 when none ever was.",
		}),
	}
}

// Run goes round until ctx ends and returns nil. What failed is handed to trouble
// and tried again.
func (r *Rounds) Run(ctx context.Context, trouble func(error)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	started, least := r.DB.Now(), roundLeast
	for {
		err := r.show(ctx)
		if err == nil && r.DB.Now().Sub(started) >= roundFirst {
			if err = r.Once(ctx, least); err == nil {
				least = roundEvery
			}
		}
		if err != nil && ctx.Err() == nil {
			trouble(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// errNotYet ends an act because it is nobody's turn, or another node's.
var errNotYet = errors.New("the last round is not so long ago")

// Once goes round unless somebody did within a time.
func (r *Rounds) Once(ctx context.Context, least time.Duration) error {
	err := r.DB.Update(ctx, func(tx *db.Tx) error {
		db.TakeTurn(tx, turnFact, least, errNotYet)
		return nil
	})
	if errors.Is(err, errNotYet) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("taking the turn of the doctor's round: %w", err)
	}
	before, _, err := r.Last(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, examineMost)
	defer cancel()
	found, err := r.Examine(ctx)
	if err != nil {
		return fmt.Errorf("going the doctor's round: %w", err)
	}
	text, err := json.Marshal(kept(found))
	if err != nil {
		return fmt.Errorf("writing what the doctor found: %w", err)
	}
	err = r.DB.Update(ctx, func(tx *db.Tx) error {
		db.SetFact(tx, foundFact, fmt.Sprintf("%d %s", tx.Now, text))
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping what the doctor found: %w", err)
	}
	r.tell(before.Found, found)
	return r.show(ctx)
}

// tell logs what needs attention, and raises an alarm for what has begun to fail.
func (r *Rounds) tell(before, found []Finding) {
	fresh := false
	for _, f := range found {
		switch f.State {
		case Failed:
			r.Logger.Error("the doctor found a failure", "check", f.Name, "detail", f.Detail.English, "cure", f.Cure.English)
			fresh = fresh || !slices.ContainsFunc(before, func(b Finding) bool { return b.Name == f.Name && b.State == Failed })
		case Warning:
			r.Logger.Warn("the doctor found something to look at", "check", f.Name, "detail", f.Detail.English, "cure", f.Cure.English)
		}
	}
	if fresh {
		r.Limits.Alarm(limit.DoctorFailed, "")
	}
}

// show puts what is kept into the metrics.
func (r *Rounds) show(ctx context.Context) error {
	last, ok, err := r.Last(ctx)
	if err != nil {
		return err
	}
	for _, level := range []State{Failed, Warning} {
		if ok {
			r.findings.WithLabelValues(string(level)).Set(float64(Count(last.Found, level)))
		}
	}
	at, err := BackedUpAt(ctx, r.DB)
	if err == nil && at != 0 {
		r.backup.Set(float64(at.Std().Unix()))
	}
	return err
}

// BackedUpAt returns when the newest backup was made; 0 when none ever was.
func BackedUpAt(ctx context.Context, d *db.DB) (at db.Time, err error) {
	text, ok, err := d.FactIfAny(ctx, BackupFact)
	if err == nil && ok {
		_, err = fmt.Sscan(text, (*int64)(&at))
	}
	if err != nil {
		return 0, fmt.Errorf("reading when the newest backup was made: %w", err)
	}
	return at, nil
}

// Last returns the last round; ok is false before the first.
func (r *Rounds) Last(ctx context.Context) (last Round, ok bool, err error) {
	text, ok, err := r.DB.FactIfAny(ctx, foundFact)
	if err != nil || !ok {
		return Round{}, false, err
	}
	at, list, _ := strings.Cut(text, " ")
	var found []keptFinding
	if _, err = fmt.Sscan(at, (*int64)(&last.At)); err == nil {
		err = json.Unmarshal([]byte(list), &found)
	}
	if err != nil {
		return Round{}, false, fmt.Errorf("reading what the doctor found: %w", err)
	}
	for _, f := range found {
		last.Found = append(last.Found, Finding{f.Number, f.Name, f.State, f.Detail, Remedy{f.Cause, f.Cure}})
	}
	return last, true, nil
}

// keptFinding is a finding as it is kept, in both languages.
type keptFinding struct {
	Number              int
	Name                string
	State               State
	Detail, Cause, Cure outbox.Words
}

func kept(found []Finding) (list []keptFinding) {
	for _, f := range found {
		list = append(list, keptFinding{f.Number, f.Name, f.State, f.Detail, f.Cause, f.Cure})
	}
	return list
}
