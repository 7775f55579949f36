package console

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/traffic"
)

const (
	chartHigh = 176 // of the bars, in pixels
	chartTop  = 28  // room above them, for what the highest failure was
	hoursADay = 24
)

// chart is bars of three parts, as chart.html draws them. Across, it is counted in
// bars, so that it is as wide as there is room.
type chart struct {
	Wide                  int // in bars
	step                  int // of the grid, in texts
	Most                  int // texts, at its top
	Entered, Rest, Failed string
	Grid                  []gridLine
	Labels                []chartLabel
	Spike                 *spike
}

// gridLine is a line across the chart.
type gridLine struct {
	Y    int
	Text string
}

// chartLabel stands under the bars.
type chartLabel struct {
	X, Text string
	More    string // where there is room
	Between bool   // there is room for the label itself
}

// spike is what is said of the bar with the most failures.
type spike struct {
	X, Anchor, Text string
	Foot            int // of its line, at the top of the bar
}

// rest are the texts of an hour that neither failed nor were answered.
func rest(h traffic.Hour) int { return max(h.Sent-h.Failed-h.Entered, 0) }

// drawn returns the chart of some bars, wide as so many.
func drawn(bars []traffic.Hour, wide int) *chart {
	most := 0
	for _, b := range bars {
		most = max(most, b.Entered+rest(b)+b.Failed)
	}
	step := gridStep(most)
	c := &chart{Wide: wide, step: step, Most: 3 * step}
	for i := 0; i <= 3; i++ {
		c.Grid = append(c.Grid, gridLine{Y: chartTop + chartHigh - chartHigh*i/3, Text: grouped(i * step)})
	}
	var entered, others, failed strings.Builder
	for i, b := range bars {
		low := high(b.Entered, step)
		middle := high(b.Entered+rest(b), step)
		top := high(b.Entered+rest(b)+b.Failed, step)
		if b.Failed > 0 {
			top = max(top, middle+2) // it is seen
		}
		part(&entered, i, 0, low)
		part(&others, i, low, middle)
		part(&failed, i, middle, top)
	}
	c.Entered, c.Rest, c.Failed = entered.String(), others.String(), failed.String()
	return c
}

// part draws a part of a bar.
func part(path *strings.Builder, bar, from, to int) {
	if to > from {
		fmt.Fprintf(path, "M%d.1 %dh.8v-%dh-.8z", bar, chartTop+chartHigh-from, to-from)
	}
}

// high is how high so many texts stand.
func high(n, step int) int { return (2*n*chartHigh + 3*step) / (6 * step) }

// gridStep returns a round number of which three are as many as the most.
func gridStep(most int) int {
	for ten := 1; ; ten *= 10 {
		for _, step := range []int{ten, 2 * ten, 5 * ten} {
			if 3*step >= most {
				return step
			}
		}
	}
}

// across returns where a place between bars is.
func (c *chart) across(bars float64) string {
	return strconv.FormatFloat(100*bars/float64(c.Wide), 'f', 2, 64) + "%"
}

// The least that makes the bar with the most failures worth a word: ten texts,
// and a fifth of the bar.
const (
	spikeLeast = 10
	spikeShare = 5
)

// spikeOf returns the bar that is worth a word, or -1.
func spikeOf(bars []traffic.Hour) int {
	worst := -1
	for i, b := range bars {
		if b.Failed >= spikeLeast && b.Failed*spikeShare >= b.Sent && (worst < 0 || b.Failed > bars[worst].Failed) {
			worst = i
		}
	}
	return worst
}

// mark marks a bar with words beside a line.
func (c *chart) mark(bars []traffic.Hour, bar int, words string) {
	b := bars[bar]
	c.Spike = &spike{X: c.across(float64(bar) + .5), Anchor: "start", Text: words}
	c.Spike.Foot = chartTop + chartHigh - high(b.Entered+rest(b)+b.Failed, c.step)
	if 2*bar > c.Wide {
		c.Spike.Anchor = "end"
	}
}

// dayLabels writes the days under hours, or under days, of which it names every
// fifth.
func (v *visit) dayLabels(c *chart, bars []traffic.Hour, days int) {
	if days == 1 {
		for _, hour := range []int{0, 6, 12, 18} {
			c.Labels = append(c.Labels, chartLabel{X: c.across(float64(hour) + .5), Text: v.locale.say("chart.hour", "n", strconv.Itoa(hour))})
		}
		return
	}
	every, long := hoursADay, 1
	if days > usualDays {
		every, long = 1, 5
	}
	first := traffic.Daily(bars)
	for i, day := range first {
		if (len(first)-1-i)%long != 0 {
			continue
		}
		label := chartLabel{X: c.across((float64(i) + .5) * float64(every)), Between: (len(first)-1-i)/long%2 == 1}
		label.Text, label.More = v.dayOf(day)
		if i == len(first)-1 {
			label.Text, label.More = v.locale.say("window.1"), ""
		}
		c.Labels = append(c.Labels, label)
	}
}

// dayOf returns a day as it is told, and its weekday.
func (v *visit) dayOf(h traffic.Hour) (date, weekday string) {
	t := h.Start().Std().In(seoul)
	return t.Format("01-02"), v.locale.say("chart.weekday." + strconv.Itoa((int(t.Weekday())+6)%7))
}

// when tells the hour, or the day, that a bar is of.
func (v *visit) when(h traffic.Hour, daily bool) string {
	date, weekday := v.dayOf(h)
	if daily {
		return date + " " + weekday
	}
	return v.locale.say("chart.when", "date", date, "hour", strconv.Itoa(h.Start().Std().In(seoul).Hour()))
}

// windowOf returns the hours that a bar is of, within those of a window.
func windowOf(h traffic.Hour, daily bool, within traffic.Window) traffic.Window {
	to := h.Hour + 1
	if daily {
		to = h.Hour + hoursADay
	}
	return traffic.Window{From: max(h.Hour, within.From), To: min(to, within.To)}
}
