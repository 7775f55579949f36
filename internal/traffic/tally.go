package traffic

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
)

// Tally is what became of some texts.
type Tally struct {
	Sent      int // all but the dropped: those of the next four
	Delivered int
	Failed    int // undelivered, or rejected by the provider
	Unknown   int
	Waiting   int // queued, sending or accepted
	Dropped   int // no longer wanted, and never sent
	Codes     int // of Sent, those with a code: notices and alarms have none
	Entered   int // codes that were entered, each at the text that brought it last
	Won       int // what was spent, or is reserved for what waits
	Arrival   Times
	Entry     Times
}

// Conversion returns how many of a hundred codes were entered; ok is false when
// none was sent.
func (t Tally) Conversion() (percent float64, ok bool) { return percentOf(t.Entered, t.Codes) }

func percentOf(part, whole int) (percent float64, ok bool) {
	if whole == 0 {
		return 0, false
	}
	return 100 * float64(part) / float64(whole), true
}

// WonPerSuccess returns what one entered code has cost, the others included; ok
// is false when none was entered.
func (t Tally) WonPerSuccess() (won float64, ok bool) {
	if t.Entered == 0 {
		return 0, false
	}
	return float64(t.Won) / float64(t.Entered), true
}

// add adds texts that came to the same status.
func (t *Tally) add(status outbox.Status, c *cell) {
	n := int(c.messages)
	switch status {
	case outbox.Delivered:
		t.Delivered += n
	case outbox.Undelivered, outbox.Rejected:
		t.Failed += n
	case outbox.Unknown:
		t.Unknown += n
	case outbox.Dropped:
		t.Dropped += n
	default:
		t.Waiting += n
	}
	if status != outbox.Dropped {
		t.Sent += n
	}
	t.Codes += int(c.codes)
	t.Entered += int(c.entered)
	t.Won += int(c.won)
	t.Arrival.merge(&c.arrival)
	t.Entry.merge(&c.entry)
}

// merge adds other texts.
func (t *Tally) merge(other *Tally) {
	t.Sent += other.Sent
	t.Delivered += other.Delivered
	t.Failed += other.Failed
	t.Unknown += other.Unknown
	t.Waiting += other.Waiting
	t.Dropped += other.Dropped
	t.Codes += other.Codes
	t.Entered += other.Entered
	t.Won += other.Won
	t.Arrival.merge(&other.Arrival)
	t.Entry.merge(&other.Entry)
}

// cell is the sum of texts that are alike.
type cell struct {
	messages, codes, entered, won int64
	arrival, entry                Times
}

// text is a message with the time at which its code was entered, or 0.
type text struct {
	*outbox.Sent
	entered db.Time
}

// hour returns the hour that a text was asked for in.
func (x text) hour() int64 { return hourOf(x.CreatedAt) }

// add adds one text.
func (c *cell) add(x text) {
	c.messages++
	c.won += int64(x.Cost)
	if x.Coded && x.Status != outbox.Dropped {
		c.codes++
	}
	if x.entered != 0 {
		c.entered++
	}
	if x.Status != outbox.Delivered || x.ReceivedAt == 0 {
		return
	}
	c.arrival.add(x.ReceivedAt.Sub(x.CreatedAt))
	if x.entered != 0 {
		c.entry.add(x.entered.Sub(x.ReceivedAt))
	}
}

// bounds are where the buckets of [Times] end, in seconds; the last one has no
// end.
var bounds = [...]int64{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 192, 384}

const buckets = len(bounds) + 1

// Times are how long something took, counted in sixteen buckets that end at 1, 2,
// 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 192 and 384 seconds. A median or
// percentile lies in the right bucket and is guessed within it as if all in there
// were spread evenly: from 2 s to 96 s it is off by half of the true value at
// most, between 96 s and 384 s by less than all of it, below 2 s by less than a
// second. Beyond 384 s it is told as 384 s. The mean is exact.
type Times struct {
	n  [buckets]int64
	ms int64
}

// add adds one that took so long. The provider's clock is its own: what seems to
// have come before it was sent took no time.
func (x *Times) add(took time.Duration) {
	took = max(took, 0)
	i := 0
	for i < len(bounds) && took >= time.Duration(bounds[i])*time.Second {
		i++
	}
	x.n[i]++
	x.ms += took.Milliseconds()
}

func (x *Times) merge(other *Times) {
	for i, n := range other.n {
		x.n[i] += n
	}
	x.ms += other.ms
}

// Count returns how many there are.
func (x Times) Count() int {
	var n int64
	for _, in := range x.n {
		n += in
	}
	return int(n)
}

// Median returns how long half of them took at most; ok is false when there are
// none.
func (x Times) Median() (took time.Duration, ok bool) { return x.percentile(50) }

// P95 returns how long 95 in a hundred took at most; ok is false when there are
// none.
func (x Times) P95() (took time.Duration, ok bool) { return x.percentile(95) }

// Mean returns how long one took on average; ok is false when there are none.
func (x Times) Mean() (took time.Duration, ok bool) {
	n := x.Count()
	if n == 0 {
		return 0, false
	}
	return time.Duration(x.ms) * time.Millisecond / time.Duration(n), true
}

func (x Times) percentile(percent int) (took time.Duration, ok bool) {
	all := x.Count()
	if all == 0 {
		return 0, false
	}
	rank := int64((all*percent + 99) / 100) // of the one that is asked for, from 1
	var low int64
	for i, bound := range bounds {
		if rank <= x.n[i] {
			share := (float64(rank) - 0.5) / float64(x.n[i])
			return time.Duration((float64(low) + share*float64(bound-low)) * float64(time.Second)), true
		}
		rank -= x.n[i]
		low = bound
	}
	return time.Duration(low) * time.Second, true
}
