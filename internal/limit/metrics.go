package limit

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are what the limits count.
type metrics struct {
	decisions *prometheus.CounterVec // by rule and outcome
	lost      prometheus.Counter     // decisions that were not written
	alarms    *prometheus.CounterVec // by rule
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	return &metrics{
		decisions: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_limit_decisions_total", Help: "Starts and checks that a rule refused, challenged, or would have, by rule.",
		}, []string{"rule", "outcome"}),
		lost: f.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_limit_decisions_lost_total", Help: "Decisions that were not written to the database: too many at once, or it was away.",
		}),
		alarms: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_alarms_total", Help: "Alarms that this node raised, by rule.",
		}, []string{"rule"}),
	}
}
