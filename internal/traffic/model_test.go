package traffic_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

// TestFigures_EqualARecomputation plays random histories of texts, with late
// reports, resends and two nodes that add up at random moments, and compares
// whatever is told with the same added up from what the test remembers.
func TestFigures_EqualARecomputation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(r *rapid.T) {
		w.clear()
		nodes := []*traffic.Traffic{w.another(), w.another()}
		r.Repeat(map[string]func(*rapid.T){
			"send":    func(r *rapid.T) { w.sendSome(r) },
			"report":  func(r *rapid.T) { w.reportSome(r) },
			"enter":   func(r *rapid.T) { w.enterOne(r) },
			"resend":  func(r *rapid.T) { w.resendOne(r) },
			"passkey": func(*rapid.T) { w.signIn() },
			"wait": func(r *rapid.T) {
				w.clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 20, 500, 3_000, 20_000, 100_000, 300_000}).Draw(r, "seconds")) * time.Second)
			},
			"roll": func(r *rapid.T) { w.roll(rapid.SampledFrom(nodes).Draw(r, "node")) },
			"": func(r *rapid.T) {
				if rapid.IntRange(0, 3).Draw(r, "look") == 0 {
					w.compare(r, rapid.SampledFrom(nodes).Draw(r, "node"), w.window(r))
				}
			},
		})
		for _, node := range nodes {
			w.roll(node)
			w.compare(r, node, traffic.Days(w.now(), 7))
		}
	})
}

// clear begins a new history in the same database: clocks do not step back.
func (w *world) clear() {
	w.texts, w.passkeys = nil, nil
	w.update(func(tx *db.Tx) {
		for _, table := range []string{"messages", "verifications", "events", "traffic_hours", "traffic_cells", "traffic_aside", "traffic_prefixes"} {
			tx.Exec("DELETE FROM " + table)
		}
	})
}

func (w *world) sendSome(r *rapid.T) {
	for range rapid.IntRange(1, 3).Draw(r, "texts") {
		w.send(outbox.Past{
			ApplicationID: rapid.SampledFrom([]string{"app_1", "app_2"}).Draw(r, "application"),
			Purpose:       rapid.SampledFrom([]string{"signup", "login"}).Draw(r, "purpose"),
			Status:        outbox.Queued, Cost: rapid.IntRange(0, 30).Draw(r, "cost"),
		}, rapid.IntRange(0, 4).Draw(r, "coded") > 0)
	}
}

// reportSome moves texts, forward and at most thirty days after they were asked
// for, as reports come.
func (w *world) reportSome(r *rapid.T) {
	for range rapid.IntRange(1, 3).Draw(r, "reports") {
		if len(w.texts) == 0 {
			return
		}
		s := w.texts[len(w.texts)-1-rapid.IntRange(0, min(len(w.texts)-1, 5)).Draw(r, "text")]
		if w.now().Sub(s.CreatedAt) > 29*24*time.Hour {
			continue
		}
		var next []outbox.Status
		for _, to := range []outbox.Status{
			outbox.Sending, outbox.Accepted, outbox.Delivered, outbox.Undelivered, outbox.Rejected, outbox.Unknown, outbox.Dropped,
		} {
			if s.Status.CanBecome(to) {
				next = append(next, to)
			}
		}
		if len(next) == 0 {
			continue
		}
		code, carrier := "", ""
		switch to := rapid.SampledFrom(next).Draw(r, "to"); to {
		case outbox.Delivered, outbox.Undelivered:
			code = rapid.SampledFrom([]string{"4000", "3040", "3104"}).Draw(r, "code")
			carrier = rapid.SampledFrom([]string{"SKT", "KTF", "LGT"}).Draw(r, "carrier")
			fallthrough
		default:
			w.move(s, to, code, carrier)
		}
	}
}

// pending returns the texts whose code may still be entered.
func (w *world) pending() (list []*sent) {
	for _, s := range w.texts {
		if s.verification != "" && s.entered == 0 && w.now().Sub(s.CreatedAt) < 5*time.Minute {
			list = append(list, s)
		}
	}
	return list
}

func (w *world) enterOne(r *rapid.T) {
	if list := w.pending(); len(list) > 0 {
		w.enter(rapid.SampledFrom(list).Draw(r, "text"))
	}
}

func (w *world) resendOne(r *rapid.T) {
	if list := w.pending(); len(list) > 0 {
		w.resend(rapid.SampledFrom(list).Draw(r, "text"))
	}
}

// window returns some hours around now.
func (w *world) window(r *rapid.T) traffic.Window {
	now := traffic.Today(w.now())
	switch n := rapid.IntRange(0, 3).Draw(r, "window"); n {
	case 0:
		return now
	case 1, 2:
		return traffic.Days(w.now(), 7*n)
	default:
		from := now.To - rapid.Int64Range(1, 100).Draw(r, "from")
		return traffic.Window{From: from, To: from + rapid.Int64Range(1, 60).Draw(r, "long")}
	}
}

// compare compares all figures of a window with what the test remembers.
func (w *world) compare(r *rapid.T, node *traffic.Traffic, of traffic.Window) {
	f, err := node.Figures(w.t.Context(), of)
	if err != nil {
		r.Fatal(err)
	}
	for _, p := range []traffic.Period{f.Now, f.Before} {
		w.same(r, fmt.Sprint("in all ", p.Window), p.Window, p.Tally, func(*sent) bool { return true })
		counted := 0
		for _, n := range p.Statuses {
			counted += n
		}
		if counted != p.Sent+p.Dropped {
			r.Fatalf("the statuses %v are not those of %d texts that were sent and %d that were not", p.Statuses, p.Sent, p.Dropped)
		}
		if want := w.avoided(p.Window); p.Passkeys != want {
			r.Fatalf("%d sign-ins with passkeys in %v, want %d", p.Passkeys, p.Window, want)
		}
	}
	for d, value := range map[traffic.Dimension]func(*sent) string{
		traffic.Carrier:     func(s *sent) string { return s.Carrier },
		traffic.StatusCode:  func(s *sent) string { return s.StatusCode },
		traffic.Status:      func(s *sent) string { return string(w.shown(s)) },
		traffic.Purpose:     func(s *sent) string { return s.Purpose },
		traffic.Application: func(s *sent) string { return s.ApplicationID },
	} {
		rows, err := node.By(w.t.Context(), of, d)
		if err != nil {
			r.Fatal(err)
		}
		all := 0
		for _, row := range rows {
			all += row.Sent
			this := func(s *sent) bool { return value(s) == row.Value }
			w.same(r, fmt.Sprint(d, " ", row.Value), of, row.Tally, this)
			w.same(r, fmt.Sprint(d, " ", row.Value, " before"), of.Before(), row.Before, this)
		}
		if all != f.Now.Sent {
			r.Fatalf("by %s %d texts were sent, in all %d", d, all, f.Now.Sent)
		}
	}
	hours, err := node.Hours(w.t.Context(), of)
	if err != nil {
		r.Fatal(err)
	}
	if len(hours) != int(of.To-of.From) {
		r.Fatalf("%d hours of %v", len(hours), of)
	}
	for i, got := range hours {
		hour := traffic.Window{From: of.From + int64(i), To: of.From + int64(i) + 1}
		sum, _, _ := w.sum(hour, func(*sent) bool { return true })
		want := traffic.Hour{
			Hour: hour.From, Sent: sum.Sent, Delivered: sum.Delivered, Failed: sum.Failed, Codes: sum.Codes, Entered: sum.Entered,
			Won: sum.Won, Passkeys: w.avoided(hour),
		}
		if got != want {
			r.Fatalf("hour %v: got %+v, want %+v", hour, got, want)
		}
	}
}

// same compares one sum.
func (w *world) same(r *rapid.T, what string, of traffic.Window, got traffic.Tally, wanted func(*sent) bool) {
	want, arrivals, entries := w.sum(of, wanted)
	sameTimes(r, what+", arrival", got.Arrival, arrivals)
	sameTimes(r, what+", entry", got.Entry, entries)
	got.Arrival, got.Entry = want.Arrival, want.Entry
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(traffic.Times{})); diff != "" {
		r.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// sameTimes wants the exact count and mean, and percentiles of the right bucket.
func sameTimes(r *rapid.T, what string, got traffic.Times, want []time.Duration) {
	if got.Count() != len(want) {
		r.Fatalf("%s: %d times, want %d", what, got.Count(), len(want))
	}
	if len(want) == 0 {
		return
	}
	var all time.Duration
	for _, d := range want {
		all += d.Truncate(time.Millisecond)
	}
	if mean, _ := got.Mean(); mean != all/time.Duration(len(want)) {
		r.Fatalf("%s: the mean is %v, want %v", what, mean, all/time.Duration(len(want)))
	}
	median, _ := got.Median()
	p95, _ := got.P95()
	for percent, told := range map[int]time.Duration{50: median, 95: p95} {
		if is := want[(len(want)*percent+99)/100-1]; !near(told, is) {
			r.Fatalf("%s: %d percent took %v, told as %v", what, percent, is, told)
		}
	}
}

// near reports whether a percentile is told as truly as the buckets promise.
func near(told, is time.Duration) bool {
	switch {
	case is >= 384*time.Second:
		return told == 384*time.Second
	case is < 2*time.Second:
		return (told - is).Abs() <= time.Second
	case is < 96*time.Second:
		return (told - is).Abs() <= is/2
	}
	return (told - is).Abs() <= is
}
