package sandbox

import "time"

// WithBodyTime sets how long a body may take to arrive.
func WithBodyTime(d time.Duration) Option { return func(set *settings) { set.bodyTime = d } }
