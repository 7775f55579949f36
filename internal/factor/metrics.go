package factor

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// metrics are what the factors count.
type metrics struct {
	checks  *prometheus.CounterVec // by kind and outcome
	avoided prometheus.Counter     // sign-ins that needed no text
}

func newMetrics(r prometheus.Registerer) *metrics {
	with := promauto.With(r)
	return &metrics{
		checks: with.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_factor_checks_total", Help: "Checked factors by kind and what came of them: right, the code of the refusal, or failed.",
		}, []string{"factor", "outcome"}),
		avoided: with.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_factor_texts_avoided_total", Help: "Sign-ins with a passkey, which cost no text.",
		}),
	}
}

// check counts a check that ended with err.
func (m *metrics) check(kind Kind, err error) {
	outcome := "right"
	if f := fault.As(err); f != nil {
		outcome = f.Code
	} else if err != nil {
		outcome = "failed"
	}
	m.checks.WithLabelValues(string(kind), outcome).Inc()
}
