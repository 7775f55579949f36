package account

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// metrics are what the accounts count.
type metrics struct {
	acts    *prometheus.CounterVec // what members do, by outcome
	notices *prometheus.CounterVec // what became of notices that were to be texted
}

func newMetrics(r prometheus.Registerer) *metrics {
	return &metrics{
		acts: promauto.With(r).NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_account_acts_total", Help: "What members did, from joining to leaving, by what came of it: done, the code of the refusal, or failed.",
		}, []string{"act", "outcome"}),
		notices: promauto.With(r).NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_account_notices_total", Help: "Notices that were to be texted, by what became of them: texted, enough (the number had three within a day), or nobody (there is no number).",
		}, []string{"outcome"}),
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
