package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

// trafficCommand tells how many texts were sent, what became of them and what
// they cost.
type trafficCommand struct {
	settingsFlags
	listFlags
	Days  int    `default:"1" help:"Of so many days in Seoul, the last of which is today."`
	Since string `placeholder:"TIME" help:"Not before, instead of --days: 2h, 7d, 2026-11-22 or 2026-11-22T15:04 (Korean time), to the hour."`
	Until string `placeholder:"TIME" help:"Before, written likewise."`
	By    string `enum:",carrier,code,status,purpose,application,hour,day,block" default:"" placeholder:"WHAT" help:"One row for each carrier, code, status, purpose, application, hour or day; or for the blocks of numbers that got the most texts in an hour."`
}

// Help is shown below the flags.
func (trafficCommand) Help() string {
	return `It reads the database and works beside a running server.

Examples:

    sinpyo traffic --days 7
    sinpyo traffic --days 30 --by carrier
    sinpyo traffic --since 2026-11-01 --by day --csv`
}

// dimensions are what --by names.
var dimensions = map[string]traffic.Dimension{
	"carrier": traffic.Carrier, "code": traffic.StatusCode, "status": traffic.Status, "purpose": traffic.Purpose,
	"application": traffic.Application,
}

// shownTraffic is one row of the figures. Times are seconds; what cannot be told
// is left out.
type shownTraffic struct {
	Of         string   `json:"of"`
	Sent       int      `json:"sent"`
	Delivered  int      `json:"delivered"`
	Failed     int      `json:"failed"`
	Codes      int      `json:"codes"`
	Entered    int      `json:"entered"`
	Conversion *float64 `json:"conversion_percent,omitempty"`
	Arrival    *float64 `json:"arrival_median_seconds,omitempty"`
	ArrivalP95 *float64 `json:"arrival_p95_seconds,omitempty"`
	Entry      *float64 `json:"entry_median_seconds,omitempty"`
	Won        int      `json:"won"`
	PerSuccess *float64 `json:"won_per_success,omitempty"`
	Passkeys   *int     `json:"passkeys,omitempty"`
}

// Run tells the figures.
func (c *trafficCommand) Run(s *shell) error {
	if c.By == "block" {
		return c.withReading(s, func(r reading) error {
			list, err := c.blocks(s, r)
			if err != nil {
				return err
			}
			return c.show(s, list)
		})
	}
	settings, err := c.load(s, nil)
	if err != nil {
		return err
	}
	d, err := openDatabase(s.ctx, settings, true)
	if err != nil {
		return err
	}
	list, err := c.list(s, traffic.New(traffic.Options{DB: d, Logger: slog.New(slog.DiscardHandler)}), d.Now().Std())
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	return c.show(s, list)
}

// blocks tells the figures of the blocks of numbers that got the most texts in an
// hour.
func (c *trafficCommand) blocks(s *shell, r reading) ([]shownTraffic, error) {
	w, err := c.window(time.Now())
	if err != nil {
		return nil, err
	}
	heat, err := r.traffic.Heat(s.ctx, w)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(heat))
	for i, h := range heat {
		ids[i] = h.MessageID
	}
	digits, err := r.results.Blocks(s.ctx, ids)
	if err != nil {
		return nil, err
	}
	list := []shownTraffic{}
	for _, h := range heat {
		if h.Sends >= traffic.BlockLeast {
			hour := traffic.Window{From: h.Hour}.Since().Std()
			of := hourStamp(hour) + " " + cmp.Or(digits[h.MessageID], "-")
			list = append(list, showTally(of, traffic.Tally{Sent: h.Sends, Codes: h.Codes, Entered: h.Entered, Won: h.Won}))
		}
	}
	return list, nil
}

func (c *trafficCommand) show(s *shell, list []shownTraffic) error {
	rows := [][]string{trafficHeads}
	if c.CSV {
		rows[0] = trafficColumns
	}
	for _, shown := range list {
		rows = append(rows, shown.row())
	}
	return c.print(s, list, rows)
}

// window returns the hours that are asked for.
func (c *trafficCommand) window(now time.Time) (traffic.Window, error) {
	w := traffic.Days(db.At(now), c.Days)
	if c.Days < 1 {
		return w, usageError{errors.New("--days takes 1 or more")}
	}
	if c.Since == "" && c.Until == "" {
		return w, nil
	}
	since, err := moment(cmp.Or(c.Since, "1d"), now)
	if err != nil {
		return w, usageError{fmt.Errorf("--since: %w", err)}
	}
	until, err := moment(cmp.Or(c.Until, "0s"), now)
	if err != nil {
		return w, usageError{fmt.Errorf("--until: %w", err)}
	}
	w = traffic.Between(since, until)
	if w.To <= w.From {
		return w, usageError{errors.New("--until has to be later than --since")}
	}
	return w, nil
}

func (c *trafficCommand) list(s *shell, t *traffic.Traffic, now time.Time) (list []shownTraffic, err error) {
	w, err := c.window(now)
	if err != nil {
		return nil, err
	}
	switch c.By {
	case "":
		f, err := t.Figures(s.ctx, w)
		if err != nil {
			return nil, err
		}
		for _, p := range []traffic.Period{f.Now, f.Before} {
			shown := showTally(hourStamp(p.Window.Since().Std())+" – "+hourStamp(p.Window.Until().Std()), p.Tally)
			shown.Passkeys = &p.Passkeys
			list = append(list, shown)
		}
	case "hour", "day":
		hours, err := t.Hours(s.ctx, w)
		if err != nil {
			return nil, err
		}
		if c.By == "day" {
			hours = traffic.Daily(hours)
		}
		for _, h := range hours {
			shown := showTally(hourStamp(h.Start().Std()), traffic.Tally{
				Sent: h.Sent, Delivered: h.Delivered, Failed: h.Failed, Codes: h.Codes, Entered: h.Entered, Won: h.Won,
			})
			shown.Passkeys = &h.Passkeys
			list = append(list, shown)
		}
	default:
		rows, err := t.By(s.ctx, w, dimensions[c.By])
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			list = append(list, showTally(cmp.Or(row.Value, "-"), row.Tally))
		}
	}
	return list, nil
}

// hourStamp writes the begin of an hour for people in Korea.
func hourStamp(t time.Time) string { return t.In(seoul).Format("2006-01-02 15:04") }

func showTally(of string, t traffic.Tally) shownTraffic {
	shown := shownTraffic{Of: of, Sent: t.Sent, Delivered: t.Delivered, Failed: t.Failed, Codes: t.Codes, Entered: t.Entered, Won: t.Won}
	if percent, ok := t.Conversion(); ok {
		shown.Conversion = &percent
	}
	if each, ok := t.WonPerSuccess(); ok {
		shown.PerSuccess = &each
	}
	for _, of := range []struct {
		into **float64
		told func() (time.Duration, bool)
	}{{&shown.Arrival, t.Arrival.Median}, {&shown.ArrivalP95, t.Arrival.P95}, {&shown.Entry, t.Entry.Median}} {
		if took, ok := of.told(); ok {
			seconds := took.Seconds()
			*of.into = &seconds
		}
	}
	return shown
}

var (
	trafficHeads = []string{
		"of (KST)", "sent", "delivered", "failed", "codes", "entered", "conversion", "arrival", "95 %", "entry", "won",
		"won per success", "passkeys",
	}
	trafficColumns = []string{
		"of", "sent", "delivered", "failed", "codes", "entered", "conversion_percent", "arrival_median_seconds",
		"arrival_p95_seconds", "entry_median_seconds", "won", "won_per_success", "passkeys",
	}
)

func (t shownTraffic) row() []string {
	passkeys := ""
	if t.Passkeys != nil {
		passkeys = strconv.Itoa(*t.Passkeys)
	}
	return []string{
		t.Of, strconv.Itoa(t.Sent), strconv.Itoa(t.Delivered), strconv.Itoa(t.Failed), strconv.Itoa(t.Codes), strconv.Itoa(t.Entered),
		oneDigit(t.Conversion), oneDigit(t.Arrival), oneDigit(t.ArrivalP95), oneDigit(t.Entry), strconv.Itoa(t.Won),
		oneDigit(t.PerSuccess), passkeys,
	}
}

// oneDigit writes a number with one digit behind the point, or nothing.
func oneDigit(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', 1, 64)
}
