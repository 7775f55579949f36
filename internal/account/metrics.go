package account

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sinpyo/sinpyo/internal/fault"
)

// metrics are what the accounts count.
type metrics struct {
	acts *prometheus.CounterVec // sign_in, join and sign_out, by outcome
}

func newMetrics(r prometheus.Registerer) *metrics {
	return &metrics{acts: promauto.With(r).NewCounterVec(prometheus.CounterOpts{
		Name: "sinpyo_account_acts_total", Help: "Sign-ins, accounts opened and sign-outs by what came of them: done, the code of the refusal, or failed.",
	}, []string{"act", "outcome"})}
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
