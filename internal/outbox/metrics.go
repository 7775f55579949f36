package outbox

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sinpyo/sinpyo/coolsms"
)

// metrics are what the outbox counts.
type metrics struct {
	moves    *prometheus.CounterVec // messages by the status they came to
	strange  prometheus.Counter     // status codes that the provider's table does not have
	batch    prometheus.Histogram   // messages in a group
	troubles *prometheus.CounterVec // errors that were tried again, by what was being done
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	return &metrics{
		moves: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_messages_total", Help: "Messages by the status they came to.",
		}, []string{"status"}),
		strange: f.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_outbox_unknown_codes_total", Help: "Messages whose status code the provider's table does not have.",
		}),
		batch: f.NewHistogram(prometheus.HistogramOpts{
			Name: "sinpyo_outbox_batch_messages", Help: "Messages handed over in one provider group.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500},
		}),
		troubles: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_outbox_troubles_total", Help: "Provider and database errors that were tried again.",
		}, []string{"doing"}),
	}
}

// moved counts a message that came to a status, by the provider's code if it
// gave one.
func (m *metrics) moved(to Status, code string) {
	m.moves.WithLabelValues(string(to)).Inc()
	if code != "" && !coolsms.StatusCode(code).Known() {
		m.strange.Inc()
	}
}
