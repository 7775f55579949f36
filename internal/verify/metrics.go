package verify

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// metrics are what the verifier counts.
type metrics struct {
	starts   *prometheus.CounterVec // by purpose and outcome
	resends  *prometheus.CounterVec // by outcome
	checks   *prometheus.CounterVec // by result
	approval prometheus.Histogram   // seconds from the start to the right code
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	return &metrics{
		starts: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_verification_starts_total", Help: "Starts by purpose and by what came of them: started, the code of the refusal, or failed.",
		}, []string{"purpose", "outcome"}),
		resends: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_verification_resends_total", Help: "Texts asked for again, by what came of it: sent, the code of the refusal, or failed.",
		}, []string{"outcome"}),
		checks: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_verification_checks_total", Help: "Checked codes by what came of them: right, wrong, the status that let nothing be compared any more, the code of the refusal, or failed.",
		}, []string{"result"}),
		approval: f.NewHistogram(prometheus.HistogramOpts{
			Name: "sinpyo_verification_approval_seconds", Help: "Time from a start to the check that approved it.",
			Buckets: []float64{2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600},
		}),
	}
}

func (m *metrics) started(p Purpose, err error) {
	m.starts.WithLabelValues(string(p), outcome(err, "started")).Inc()
}

func (m *metrics) resent(err error) { m.resends.WithLabelValues(outcome(err, "sent")).Inc() }

// checked counts a check that ended at a time.
func (m *metrics) checked(r Result, err error, now time.Time) {
	result := string(r.Status) // locked by this very check, or ended before
	switch {
	case err != nil:
		result = outcome(err, "")
	case r.Approved:
		result = "right"
		m.approval.Observe(now.Sub(r.CreatedAt).Seconds())
	case r.Status == Pending:
		result = "wrong"
	}
	m.checks.WithLabelValues(result).Inc()
}

// outcome is good, the code of a refusal, or "failed": words of fixed sets.
func outcome(err error, good string) string {
	if err == nil {
		return good
	}
	if f := fault.As(err); f != nil {
		return f.Code
	}
	return "failed"
}
