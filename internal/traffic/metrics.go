package traffic

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are what the figures count of themselves, and what they tell others.
type metrics struct {
	hours      prometheus.Counter   // added up
	conversion *prometheus.GaugeVec // in percent, by carrier
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	return &metrics{
		hours: f.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_traffic_hours_total", Help: "Hours whose texts this node has added up.",
		}),
		conversion: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sinpyo_traffic_conversion_percent", Help: "Codes entered of a hundred, in the newest hours with fifty codes, by carrier.",
		}, []string{"carrier"}),
	}
}
