package operator

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// metrics are what the operators count.
type metrics struct {
	acts *prometheus.CounterVec // by outcome
}

func newMetrics(r prometheus.Registerer) *metrics {
	return &metrics{
		acts: promauto.With(r).NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_operator_acts_total", Help: "What operators did to get in and out, by what came of it: done, the code of the refusal, or failed.",
		}, []string{"act", "outcome"}),
	}
}

// count counts an act that ended with err.
func (m *metrics) count(act string, err error) {
	outcome := "done"
	if f := fault.As(err); f != nil {
		outcome = f.Code
	} else if err != nil {
		outcome = "failed"
	}
	m.acts.WithLabelValues(act, outcome).Inc()
}
