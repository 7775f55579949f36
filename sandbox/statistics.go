package sandbox

import (
	"strings"
	"time"
)

// daysKept is how long statistics reach back: the provider keeps six months.
const daysKept = 184

// statKinds are the types that statistics always name.
const statKinds = len(chargeKinds)

// kindCount counts messages per type, in the order of chargeKinds.
type kindCount [statKinds]int

func (k *kindCount) add(other *kindCount) {
	for i, n := range other {
		k[i] += n
	}
}

// kindIndex is where a type stands in chargeKinds, -1 when it is not there.
func kindIndex(kind string) int {
	for i, name := range chargeKinds {
		if strings.EqualFold(name, kind) {
			return i
		}
	}
	return -1
}

// dayTally is what was sent on one Korean day. It is counted as things happen,
// so that it outlives the messages, which are kept for less long.
type dayTally struct {
	Start         time.Time             `json:"start"` // Korean midnight
	Home          int                   `json:"home"`  // messages sent inside Korea
	Abroad        int                   `json:"abroad"`
	Balance       int64                 `json:"balance"` // taken, in won
	Point         int64                 `json:"point"`
	RefundBalance int64                 `json:"refundBalance"`
	RefundPoint   int64                 `json:"refundPoint"`
	Total         kindCount             `json:"total"`
	Succeeded     kindCount             `json:"succeeded"`
	Failed        kindCount             `json:"failed"`
	Codes         map[string]*kindCount `json:"codes"`
}

// tally returns the day of a moment, which is one of the last days.
func (w *world) tally(t time.Time) *dayTally {
	days := w.res.Days
	for i := len(days) - 1; i >= 0; i-- {
		if d := days[i]; !t.Before(d.Start) && t.Before(d.Start.Add(24*time.Hour)) {
			return d
		}
	}
	year, month, day := t.In(korea).Date()
	d := &dayTally{Start: time.Date(year, month, day, 0, 0, 0, 0, korea), Codes: map[string]*kindCount{}}
	w.res.Days = pushed(w.res.Days, d, daysKept)
	return d
}

// countSent enters a group that has just been paid for.
func (w *world) countSent(g *group) {
	day := w.tally(w.now)
	if !g.resent { // what failed before is outside the quota
		home, abroad := g.destinations()
		day.Home += home
		day.Abroad += abroad
	}
	for _, m := range g.messages {
		if i := kindIndex(m.kind); m.code == "2000" && i >= 0 {
			day.Total[i]++
		}
	}
}

// countEnd enters the end of a message, on the day it was sent.
func (w *world) countEnd(m *message) {
	i := kindIndex(m.kind)
	if i < 0 {
		return
	}
	day := w.tally(m.sent)
	if m.code == delivered {
		day.Succeeded[i]++
	} else {
		day.Failed[i]++
	}
	codes := day.Codes[m.code]
	if codes == nil {
		codes = &kindCount{}
		day.Codes[m.code] = codes
	}
	codes[i]++
}

// json writes {"total":3,"sms":3,...}.
func (k *kindCount) json() map[string]int {
	out, total := make(map[string]int, statKinds+1), 0
	for i, n := range k {
		out[chargeKinds[i]] = n
		total += n
	}
	out["total"] = total
	return out
}

// nonzero writes the types that occurred: {"sms":2}.
func (k *kindCount) nonzero() map[string]int {
	out := map[string]int{}
	for i, n := range k {
		if n > 0 {
			out[chargeKinds[i]] = n
		}
	}
	return out
}

type refundView struct {
	Balance int64 `json:"balance"`
	Point   int64 `json:"point"`
}

type averageRefundView struct {
	refundView
	BalanceAvg float64 `json:"balanceAvg"`
	PointAvg   float64 `json:"pointAvg"`
}

// countView is the triple every period has; successed is the provider's word.
type countView struct {
	Total     map[string]int `json:"total"`
	Successed map[string]int `json:"successed"`
	Failed    map[string]int `json:"failed"`
}

type dayView struct {
	ID         string                    `json:"_id"`
	Month      string                    `json:"month"`
	Date       string                    `json:"date"`
	Balance    int64                     `json:"balance"`
	Point      int64                     `json:"point"`
	StatusCode map[string]map[string]int `json:"statusCode"`
	Refund     refundView                `json:"refund"`
	countView
}

type monthView struct {
	Date       string            `json:"date"`
	Balance    int64             `json:"balance"`
	BalanceAvg float64           `json:"balanceAvg"`
	Point      int64             `json:"point"`
	PointAvg   float64           `json:"pointAvg"`
	DayPeriod  []dayView         `json:"dayPeriod"`
	Refund     averageRefundView `json:"refund"`
	countView
}

type statisticsView struct {
	Balance                int64             `json:"balance"`
	Point                  int64             `json:"point"`
	MonthlyBalanceAvg      float64           `json:"monthlyBalanceAvg"`
	MonthlyPointAvg        float64           `json:"monthlyPointAvg"`
	MonthPeriod            []monthView       `json:"monthPeriod"`
	DayPeriod              []dayView         `json:"dayPeriod"`
	Refund                 averageRefundView `json:"refund"`
	DailyBalanceAvg        float64           `json:"dailyBalanceAvg"`
	DailyPointAvg          float64           `json:"dailyPointAvg"`
	DailyTotalCountAvg     float64           `json:"dailyTotalCountAvg"`
	DailyFailedCountAvg    float64           `json:"dailyFailedCountAvg"`
	DailySuccessedCountAvg float64           `json:"dailySuccessedCountAvg"`
	countView
}

// period gathers days into the figures of a longer time.
type period struct {
	days             int
	balance, point   int64
	refund           refundView
	total, good, bad kindCount
}

func (p *period) add(d *dayTally) {
	p.days++
	p.balance += d.Balance
	p.point += d.Point
	p.refund.Balance += d.RefundBalance
	p.refund.Point += d.RefundPoint
	p.total.add(&d.Total)
	p.good.add(&d.Succeeded)
	p.bad.add(&d.Failed)
}

// daily spreads a sum over the days on which something was sent (G: over which
// days the provider spreads it).
func (p *period) daily(sum int64) float64 { return average(sum, p.days) }

func average(sum int64, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

func (p *period) counts() countView { return countView{p.total.json(), p.good.json(), p.bad.json()} }

func (p *period) refunds() averageRefundView {
	return averageRefundView{p.refund, p.daily(p.refund.Balance), p.daily(p.refund.Point)}
}

func (d *dayTally) view() dayView {
	start := d.Start.In(korea)
	v := dayView{
		ID: stamp(start), Month: start.Format("2006/01"), Date: start.Format("2006/01/02"),
		Balance: d.Balance, Point: d.Point, StatusCode: map[string]map[string]int{},
		Refund:    refundView{d.RefundBalance, d.RefundPoint},
		countView: countView{d.Total.json(), d.Succeeded.json(), d.Failed.json()},
	}
	for code, kinds := range d.Codes {
		v.StatusCode[code] = kinds.nonzero()
	}
	return v
}

// viewStatistics puts the days that match together.
func viewStatistics(days []*dayTally) statisticsView {
	v := statisticsView{MonthPeriod: []monthView{}, DayPeriod: []dayView{}}
	var all period
	var months []*period
	for _, d := range days {
		one := d.view()
		v.DayPeriod = append(v.DayPeriod, one)
		if n := len(v.MonthPeriod); n == 0 || v.MonthPeriod[n-1].Date != one.Month {
			v.MonthPeriod = append(v.MonthPeriod, monthView{Date: one.Month})
			months = append(months, &period{})
		}
		last := len(months) - 1
		v.MonthPeriod[last].DayPeriod = append(v.MonthPeriod[last].DayPeriod, one)
		months[last].add(d)
		all.add(d)
	}
	for i, p := range months {
		m := &v.MonthPeriod[i]
		m.Balance, m.Point, m.countView, m.Refund = p.balance, p.point, p.counts(), p.refunds()
		m.BalanceAvg, m.PointAvg = p.daily(p.balance), p.daily(p.point)
	}
	v.Balance, v.Point, v.countView, v.Refund = all.balance, all.point, all.counts(), all.refunds()
	v.MonthlyBalanceAvg, v.MonthlyPointAvg = average(all.balance, len(months)), average(all.point, len(months))
	v.DailyBalanceAvg, v.DailyPointAvg = all.daily(all.balance), all.daily(all.point)
	v.DailyTotalCountAvg = all.daily(int64(v.Total["total"]))
	v.DailySuccessedCountAvg = all.daily(int64(v.Successed["total"]))
	v.DailyFailedCountAvg = all.daily(int64(v.Failed["total"]))
	return v
}

// getStatistics serves GET /messages/v4/statistics and /daily, whose answers
// are alike (G). A day counts when any part of it lies between startDate and
// endDate; without dates all that is kept counts (G).
func getStatistics(c *call) (any, error) {
	q := c.r.URL.Query()
	var bounds [2]time.Time
	for i, name := range []string{"startDate", "endDate"} {
		v, ok := parseValue(name, asTime, q.Get(name))
		if !ok && q.Get(name) != "" {
			return nil, errValidation.because("값이 올바르지 않습니다: " + name)
		}
		bounds[i] = v.time
	}
	from, to := bounds[0], bounds[1]
	var v statisticsView
	c.s.change(func(w *world) {
		var days []*dayTally
		for _, d := range w.res.Days {
			if d.Start.Add(24*time.Hour).After(from) && (to.IsZero() || !d.Start.After(to)) {
				days = append(days, d)
			}
		}
		v = viewStatistics(days)
	})
	return v, nil
}
