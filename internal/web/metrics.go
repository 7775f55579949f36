package web

import (
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the figures of one door.
type metrics struct {
	requests *prometheus.CounterVec   // by route, method and class of the status
	seconds  *prometheus.HistogramVec // by route

	// seen keeps the children of the two by what selects them: looking them
	// up by their labels costs more than counting.
	seen sync.Map // of series to *figures
}

// series selects the figures of one kind of answer.
type series struct {
	route, method string
	class         int
}

type figures struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

// newMetrics registers the metrics of the door with the given name.
func newMetrics(reg prometheus.Registerer, door string) (*metrics, error) {
	labels := prometheus.Labels{"door": door}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name:        "sinpyo_http_requests_total",
			Help:        "Answered HTTP requests by route, method and class of the status.",
			ConstLabels: labels,
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:        "sinpyo_http_request_duration_seconds",
			Help:        "Time from the request's header to the end of its handler, by route.",
			ConstLabels: labels,
			Buckets:     []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
	}
	return m, errors.Join(reg.Register(m.requests), reg.Register(m.seconds))
}

// classes are the values of the label status, by the first digit.
var classes = [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// observe counts one answer.
func (m *metrics) observe(route, verb string, status int, took time.Duration) {
	class := status / 100
	if class < 0 || class >= len(classes) {
		class = 0
	}
	key := series{route, method(verb), class}
	f, ok := m.seen.Load(key)
	if !ok {
		f, _ = m.seen.LoadOrStore(key, &figures{
			requests: m.requests.WithLabelValues(key.route, key.method, classes[class]),
			seconds:  m.seconds.WithLabelValues(key.route),
		})
	}
	f.(*figures).requests.Inc()
	f.(*figures).seconds.Observe(took.Seconds())
}
