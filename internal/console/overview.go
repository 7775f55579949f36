package console

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/traffic"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// overviewView is what overview.html shows.
type overviewView struct {
	Page frame
	windowed
	Notice  *notice
	Tiles   []tile
	Empty   bool // nothing was sent
	Chart   *chart
	Lead    string // what a bar of the chart is
	Hours   []hourLine
	Avoided string // texts that passkeys have spared
	Reasons []reasonLine
	Failed  string
	Purse   *purseView
	Senders []senderLine
	Now     nowView
	Live    live
}

// tile is one figure. The whole of it leads to the texts that it counts.
type tile struct {
	Name, Path string
	Value      template.HTML
	Note, Tone string
	More       string // behind the note
	Large      bool
}

// hourLine is a bar of the chart as a row of its table.
type hourLine struct {
	Bar                         int
	Path, When                  string
	Sent, Entered, Rest, Failed string
}

// reasonLine is why texts have failed.
type reasonLine struct {
	Path, Means, Code, Advice string
	Bar                       partBar
	Texts                     string
}

// nowView is how the provider and what waits for it stand.
type nowView struct {
	State, Tone  string
	Waiting      string
	Expected     string // results
	ExpectedPath string
}

// figures are what the overview tells of a window.
type figures struct {
	traffic.Figures
	hours []traffic.Hour
	codes []traffic.Row
}

// readFigures reads them one after another, so that a text which moves meanwhile
// may be in one and not yet in the next.
func (c *Console) readFigures(ctx context.Context, w traffic.Window) (f figures, err error) {
	if f.Figures, err = c.traffic.Figures(ctx, w); err != nil {
		return f, err
	}
	if f.hours, err = c.traffic.Hours(ctx, w); err != nil {
		return f, err
	}
	f.codes, err = c.traffic.By(ctx, w, traffic.StatusCode)
	return f, err
}

// overview is the first page.
func (v *visit) overview() error {
	ctx := v.r.Context()
	view := &overviewView{Page: v.frame("title.overview"), windowed: v.windowed("/")}
	f, err := v.readFigures(ctx, view.window)
	if err != nil {
		return err
	}
	account, err := v.readAccount(ctx)
	if err != nil {
		return err
	}
	line, err := v.outbox.Line(ctx)
	if err != nil {
		return err
	}
	drops, err := v.traffic.Carriers(ctx)
	if err != nil {
		return err
	}
	view.Notice = v.worst(account, drops)
	view.Tiles, view.Empty = v.tiles(&f, view.windowed), f.Now.Sent == 0
	if !view.Empty {
		if err := v.draw(view, &f); err != nil {
			return err
		}
	}
	if f.Now.Passkeys > 0 {
		view.Avoided = v.locale.count("overview.avoided", f.Now.Passkeys, "n", grouped(f.Now.Passkeys))
	}
	view.Reasons, view.Failed = v.reasons(&f, view.window), v.locale.text(f.Now.Failed)
	view.Purse = v.purseView(account, spentToday(f.hours))
	view.Senders = v.senderLines(account.senders)
	view.Now = v.nowView(line, &f, view.window)
	view.Live = live{link("/", "days", strconv.Itoa(view.Days)), overviewEvery}
	return v.showLive("overview.html", http.StatusOK, view)
}

// spentToday adds up what the texts of the last day in Seoul have cost.
func spentToday(hours []traffic.Hour) int {
	days := traffic.Daily(hours)
	if len(days) == 0 {
		return 0
	}
	return days[len(days)-1].Won
}

// tiles are the figures at the head of the page.
func (v *visit) tiles(f *figures, w windowed) []tile {
	l, now := v.locale, f.Now
	all := listed(w.window)
	sent := tile{Name: l.say("tile.sent"), Path: all, Value: l.markup("figure.texts", "n", grouped(now.Sent))}
	if w.Days == 1 {
		sent.Note = l.say("tile.sent.yesterday", "n", grouped(f.Before.Sent))
	} else {
		sent.Note = l.say("tile.sent.daily", "n", grouped((now.Sent+w.Days/2)/w.Days))
	}
	failed := tile{
		Name: l.say("tile.failed"), Path: v.failedPath(f, w.window), Value: l.markup("figure.texts", "n", grouped(now.Failed)),
		Note: share(now.Failed, now.Sent),
	}
	if now.Failed > 0 {
		failed.Tone = "danger"
	}
	delivered := listed(w.window, "status", string(outbox.Delivered))
	arrival := tile{Name: l.say("tile.arrival"), Path: delivered, Note: v.spread(now.Arrival)}
	arrival.Value = l.large(now.Arrival.Median())
	entry := tile{Name: l.say("tile.entry"), Path: delivered, Note: v.spread(now.Entry)}
	entry.Value = l.large(now.Entry.Median())
	price := tile{Name: l.say("tile.price"), Path: all, Value: unknown, Note: l.say("tile.price.all", "won", l.won(now.Won))}
	if won, ok := now.WonPerSuccess(); ok {
		price.Value = l.markup("figure.won", "n", decimal(won))
	}
	return []tile{
		v.conversion(f, w), sent,
		{
			Name: l.say("tile.delivered"), Path: delivered, Value: l.markup("figure.texts", "n", grouped(now.Delivered)),
			Note: share(now.Delivered, now.Sent),
		},
		failed, arrival, entry, price,
	}
}

// conversion is the figure that matters most, beside that of the window before.
func (v *visit) conversion(f *figures, w windowed) tile {
	l := v.locale
	t := tile{Name: l.say("tile.conversion"), Path: listed(w.window), Value: unknown, Large: true}
	now, ok := f.Now.Conversion()
	if !ok {
		return t
	}
	t.Value = l.markup("figure.percent", "n", decimal(now))
	before, ok := f.Before.Conversion()
	if !ok {
		t.More = l.say("tile.before.none")
		return t
	}
	t.Note, t.Tone = v.change(now - before)
	t.More = l.say("tile.before." + strconv.Itoa(w.Days))
	return t
}

// change tells by how many points a share has changed.
func (v *visit) change(points float64) (words, tone string) {
	switch n := decimal(max(points, -points)); {
	case n == "0.0":
		return v.locale.say("change.none"), ""
	case points > 0:
		return v.locale.say("change.up", "n", n), "ok"
	default:
		return v.locale.say("change.down", "n", n), "danger"
	}
}

// spread tells how long nearly all took.
func (v *visit) spread(x traffic.Times) string {
	p95, ok := x.P95()
	if !ok {
		return ""
	}
	return v.locale.say("tile.median", "p95", v.locale.duration(p95, true))
}

// failedPath leads to the texts that failed. Those of both ways to fail are in no
// one list: they are told apart below.
func (v *visit) failedPath(f *figures, w traffic.Window) string {
	switch {
	case f.Now.Statuses[outbox.Rejected] == 0:
		return listed(w, "status", string(outbox.Undelivered))
	case f.Now.Statuses[outbox.Undelivered] == 0:
		return listed(w, "status", string(outbox.Rejected))
	}
	return "#reasons"
}

// draw makes the chart, and its table of the same bars.
func (v *visit) draw(view *overviewView, f *figures) error {
	daily := view.Days > usualDays
	bars, wide := f.hours, view.Days*hoursADay
	view.Lead = v.locale.say("chart.hourly")
	if daily {
		bars, wide = traffic.Daily(f.hours), view.Days
		view.Lead = v.locale.say("chart.daily")
	}
	view.Chart = drawn(bars, wide)
	v.dayLabels(view.Chart, bars, view.Days)
	if i := spikeOf(bars); i >= 0 {
		rows, err := v.traffic.By(v.r.Context(), windowOf(bars[i], daily, view.window), traffic.StatusCode)
		if err != nil {
			return err
		}
		var why string
		if failed := byFailed(rows); len(failed) > 0 {
			why, _ = v.locale.codeWords(failed[0].Value)
		}
		view.Chart.mark(bars, i, v.locale.say("chart.spike", "when", v.when(bars[i], daily), "why", why, "n", grouped(bars[i].Failed)))
	}
	for i, b := range bars {
		if b.Sent == 0 {
			continue
		}
		view.Hours = append(view.Hours, hourLine{
			Bar: i, Path: listed(windowOf(b, daily, view.window)), When: v.when(b, daily),
			Sent: grouped(b.Sent), Entered: grouped(b.Entered), Rest: grouped(rest(b)), Failed: grouped(b.Failed),
		})
	}
	return nil
}

// byFailed returns the rows with failures, those with the most first.
func byFailed(rows []traffic.Row) (failed []traffic.Row) {
	for _, row := range rows {
		if row.Failed > 0 {
			failed = append(failed, row)
		}
	}
	slices.SortStableFunc(failed, func(a, b traffic.Row) int { return cmp.Compare(b.Failed, a.Failed) })
	return failed
}

// reasons tell why texts failed, those of the most texts first.
func (v *visit) reasons(f *figures, w traffic.Window) (lines []reasonLine) {
	rows := byFailed(f.codes)
	for _, row := range rows {
		means, advice := v.locale.codeWords(row.Value)
		line := reasonLine{
			Path: listed(w, "code", row.Value), Means: means, Code: row.Value, Advice: advice,
			Bar: partOf(row.Failed, rows[0].Failed, "failed"), Texts: grouped(row.Failed),
		}
		if row.Value == "" {
			line.Path = listed(w, "status", string(outbox.Rejected))
		}
		lines = append(lines, line)
	}
	return lines
}

// providerState tells how the provider stands, as this node knows it.
func (v *visit) providerState() (words, tone string) {
	switch err := v.outbox.Available(); {
	case v.outbox.Away():
		return v.locale.say("now.away"), "danger"
	case errors.Is(err, outbox.ErrBalance):
		return v.locale.say("now.unpaid"), "danger"
	case err != nil:
		return v.locale.say("now.crowded"), "warn"
	}
	return v.locale.say("now.fine"), "ok"
}

// waiting tells what waits for the provider, and for how long.
func (v *visit) waiting(line outbox.Line) string {
	n := v.locale.text(line.Texts)
	if line.Texts > 0 {
		n = v.locale.say("now.oldest", "n", n, "time", v.locale.duration(v.now().Sub(line.Oldest.Std()), true))
	}
	return n
}

// nowView tells how the provider stands and what waits.
func (v *visit) nowView(line outbox.Line, f *figures, w traffic.Window) nowView {
	n := nowView{Waiting: v.waiting(line)}
	n.State, n.Tone = v.providerState()
	n.Expected = v.locale.text(f.Now.Statuses[outbox.Accepted])
	n.ExpectedPath = listed(w, "status", string(outbox.Accepted))
	return n
}

// credit is what is known of the account with the provider.
type credit struct {
	purse   watch.Purse
	known   bool // the money
	senders []watch.Sender
}

// readAccount reads what was watched last.
func (c *Console) readAccount(ctx context.Context) (a credit, err error) {
	if a.purse, a.known, err = c.watch.Purse(ctx); err != nil {
		return a, err
	}
	a.senders, err = c.watch.Senders(ctx)
	return a, err
}
