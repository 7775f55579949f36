package db

import "github.com/prometheus/client_golang/prometheus"

// metrics are the room's figures, all of them.
type metrics struct {
	groupSize prometheus.Histogram
	commit    prometheus.Histogram
	refused   prometheus.Counter
	failed    prometheus.Counter
	retried   prometheus.Counter
}

// newMetrics makes the figures and registers them, unless r is nil.
func newMetrics(r prometheus.Registerer, depth func() float64) (*metrics, error) {
	m := &metrics{
		groupSize: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "sinpyo_db_group_size",
			Help:    "Acts that shared one commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "sinpyo_db_commit_seconds",
			Help:    "Seconds from the begin of a group to the end of its commit.",
			Buckets: prometheus.ExponentialBuckets(0.00025, 2, 14),
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_db_refused_acts_total",
			Help: "Acts that were undone alone: a refusal, an error or a panic of their own.",
		}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_db_failed_groups_total",
			Help: "Groups that the database could not commit.",
		}),
		retried: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sinpyo_db_retried_groups_total",
			Help: "Groups run again after a deadlock or a serialization failure.",
		}),
	}
	if r == nil {
		return m, nil
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sinpyo_db_queue_depth",
		Help: "Acts that wait for the writer.",
	}, depth)
	for _, c := range []prometheus.Collector{m.groupSize, m.commit, m.refused, m.failed, m.retried, waiting} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
