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
	hints    *prometheus.CounterVec // reports and open pages, by what they came to

	away         prometheus.Gauge   // whether the provider is away
	skew         prometheus.Gauge   // of the clock, when the provider refused it
	balance      prometheus.Gauge   // at the provider, when there is a floor
	takeOvers    prometheus.Counter // of nodes that are gone
	senderFaults prometheus.Counter // texts that failed for their sender number
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	return &metrics{
		moves: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_messages_total", Help: "Messages by the status they came to.",
		}, []string{"status"}),
		strange: f.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_outbox_unknown_codes_total", Help: "Answers with a status code that the provider's published table does not have.",
		}),
		batch: f.NewHistogram(prometheus.HistogramOpts{
			Name: "sinpyo_outbox_batch_messages", Help: "Messages handed over in one provider group.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500},
		}),
		troubles: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_outbox_troubles_total", Help: "Provider and database errors that were tried again.",
		}, []string{"doing"}),
		hints: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sinpyo_outbox_hints_total", Help: "Reports and open pages that asked for a message's end, by what they came to.",
		}, []string{"result"}),
		away: f.NewGauge(prometheus.GaugeOpts{
			Name: "sinpyo_provider_away", Help: "1 while the provider cannot be reached and starts are refused.",
		}),
		skew: f.NewGauge(prometheus.GaugeOpts{
			Name: "sinpyo_provider_clock_skew_seconds", Help: "How far this machine's clock was ahead when the provider last refused it.",
		}),
		balance: f.NewGauge(prometheus.GaugeOpts{
			Name: "sinpyo_provider_balance_won", Help: "Money and points at the provider, as they were asked for last.",
		}),
		takeOvers: f.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_outbox_takeovers_total", Help: "Nodes that were gone and whose work this one took over.",
		}),
		senderFaults: f.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_outbox_sender_faults_total", Help: "Texts that failed for the number they were sent from.",
		}),
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
