package watch

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are what a watch tells.
type metrics struct {
	daysLeft *prometheus.GaugeVec // by role of the number
	runway   prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	m := &metrics{
		daysLeft: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sinpyo_sender_days_left", Help: "Whole days until the registration of a sender number ends, by what it is for.",
		}, []string{"role"}),
		runway: f.NewGauge(prometheus.GaugeOpts{
			Name: "sinpyo_provider_runway_days", Help: "Days that the money at the provider lasts; +Inf while nothing is spent.",
		}),
	}
	m.runway.Set(math.Inf(1))
	return m
}
