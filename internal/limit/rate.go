package limit

import "time"

// Rate is a limit kept by GCRA in a single time, the theoretical arrival time
// (TAT). Burst acts may follow at once; after that one comes back every step.
//
// GCRA with burst n alone would let nearly 2n through in a window. Here Burst
// acts at once and Limit − Burst more over Window make Limit in any stretch
// shorter than Window, never one more.
type Rate struct {
	Limit, Burst int
	Window       time.Duration
}

// step is the time after which one spent act comes back, in microseconds.
func (r Rate) step() int64 {
	return (r.Window / time.Duration(r.Limit-r.Burst)).Microseconds()
}

// slack is how far the TAT may lie ahead of now for one more act to pass.
func (r Rate) slack() time.Duration {
	return time.Duration(r.Burst-1) * time.Duration(r.step()) * time.Microsecond
}
