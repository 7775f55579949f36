package console

import (
	"net/http"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/traffic"
)

// trafficView is what traffic.html shows: the figures of a window, one row for
// each value of one thing.
type trafficView struct {
	Page frame
	windowed
	Notice *notice
	Tabs   []choice
	Table  *figureTable
	Week   *weekTable
}

// figureTable is rows of figures. The first column is a bar of how many texts
// there were.
type figureTable struct {
	Of    string
	Empty string // the id of what stands in place of no rows; that of the line below has ".lead" behind
	Heads []string
	Rows  []figureRow
}

// figureRow is one row. Words under its name say what is the matter with it.
type figureRow struct {
	Path, Name, Code string
	Bar              partBar
	Cells            []figureCell
	Matter           string
}

// figureCell is a figure, with its head for where there are no columns.
type figureCell struct{ Head, Text, Tone string }

// weekTable is how many texts were sent on the days of the week, by hour.
type weekTable struct {
	Days []string
	Rows []weekRow
}

type weekRow struct {
	Hour  string
	Cells []weekCell
}

// weekCell is an hour of a weekday; the shade goes from 0 to 4.
type weekCell struct {
	Text  string
	Shade int
}

// tellings are what texts can be told apart by on the page, the usual one first.
var tellings = []string{"day", "hour", "week", "carrier", "code", "purpose", "application", "block"}

// dimensions are those of them that are no times.
var dimensions = map[string]traffic.Dimension{
	"carrier": traffic.Carrier, "code": traffic.StatusCode, "purpose": traffic.Purpose, "application": traffic.Application,
}

// trafficPage tells the figures of a window by what ?by= names.
func (v *visit) trafficPage() error {
	by := tellings[0]
	for _, telling := range tellings {
		if v.r.URL.Query().Get("by") == telling {
			by = telling
		}
	}
	view := &trafficView{Page: v.frame("title.traffic"), windowed: v.windowed(trafficPath, "by", by)}
	for _, telling := range tellings {
		view.Tabs = append(view.Tabs, choice{
			Path: link(trafficPath, "days", strconv.Itoa(view.Days), "by", telling),
			Text: v.locale.say("by." + telling), Current: telling == by,
		})
	}
	drops, err := v.traffic.Carriers(v.r.Context())
	if err != nil {
		return err
	}
	if d, ok := dimensions[by]; ok {
		view.Table, err = v.byDimension(view.window, by, d, drops)
	} else if by == "block" {
		view.Table, err = v.byBlock(view.window)
	} else {
		err = v.byTime(view, by)
	}
	if err != nil {
		return err
	}
	for _, d := range drops {
		if d.Fallen && by != "carrier" {
			view.Notice = v.fallen(d)
			break
		}
	}
	return v.show("traffic.html", http.StatusOK, view)
}

// byTime tells the figures by day, by hour, or by weekday and hour.
func (v *visit) byTime(view *trafficView, by string) error {
	hours, err := v.traffic.Hours(v.r.Context(), view.window)
	if err != nil {
		return err
	}
	switch by {
	case "week":
		view.Week = v.weekTable(traffic.Weekly(hours))
	case "hour":
		view.Table = v.timeTable(hours, false, view.window)
	default:
		view.Table = v.timeTable(traffic.Daily(hours), true, view.window)
	}
	return nil
}

// timeTable tells the figures of hours or days in which there was something to
// tell of, the newest first.
func (v *visit) timeTable(bars []traffic.Hour, daily bool, within traffic.Window) *figureTable {
	by, most := "hour", 0
	if daily {
		by = "day"
	}
	t := v.figureTable(by, "sent", "delivered", "failed", "entered", "conversion", "won", "passkeys")
	for _, b := range bars {
		most = max(most, b.Sent)
	}
	for i := len(bars) - 1; i >= 0; i-- {
		b := bars[i]
		if b.Sent == 0 && b.Passkeys == 0 {
			continue
		}
		row := figureRow{Path: listed(windowOf(b, daily, within)), Name: v.when(b, daily), Bar: partOf(b.Sent, most, "sent")}
		row.Cells = t.cells(
			grouped(b.Sent), grouped(b.Delivered), grouped(b.Failed), grouped(b.Entered), percent(b.Conversion()),
			v.locale.won(b.Won), grouped(b.Passkeys))
		row.failures(b.Failed)
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (v *visit) figureTable(by string, heads ...string) *figureTable {
	t := &figureTable{Of: v.locale.say("by." + by), Empty: "overview.empty"}
	for _, head := range heads {
		t.Heads = append(t.Heads, v.locale.say("figures."+head))
	}
	return t
}

// cells are the figures of a row under the heads of its table.
func (t *figureTable) cells(texts ...string) (cells []figureCell) {
	for i, text := range texts {
		cells = append(cells, figureCell{Head: t.Heads[i], Text: text})
	}
	return cells
}

// failedCell is where the failures of a row stand in every table.
const failedCell = 2

func (r *figureRow) failures(n int) {
	if n > 0 {
		r.Cells[failedCell].Tone = "danger"
	}
}

// byDimension tells the figures of the texts that are alike in something.
func (v *visit) byDimension(w traffic.Window, by string, d traffic.Dimension, drops []traffic.Drop) (*figureTable, error) {
	rows, err := v.traffic.By(v.r.Context(), w, d)
	if err != nil || len(rows) == 0 {
		return v.figureTable(by), err
	}
	var names map[string]string
	if d == traffic.Application {
		if names, err = v.apps.Names(v.r.Context()); err != nil {
			return nil, err
		}
	}
	t := v.figureTable(by, "sent", "delivered", "failed", "entered", "conversion", "change", "arrival", "won")
	for _, r := range rows {
		if r.Sent == 0 {
			continue
		}
		row := v.dimensionRow(r, by, w, names)
		row.Bar = partOf(r.Sent, rows[0].Sent, "sent")
		row.Cells = t.cells(
			grouped(r.Sent), grouped(r.Delivered), grouped(r.Failed), grouped(r.Entered), percent(r.Conversion()), v.changed(r),
			v.locale.duration(r.Arrival.Median()), v.locale.won(r.Won))
		row.failures(r.Failed)
		row.Matter = v.matter(by, r.Value, drops)
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// dimensionRow names a row and leads to its texts. The list knows no carriers, so
// that theirs lead nowhere.
func (v *visit) dimensionRow(r traffic.Row, by string, w traffic.Window, names map[string]string) (row figureRow) {
	switch by {
	case "code":
		row.Name, _ = v.locale.codeWords(r.Value)
		row.Code = r.Value
	case "application":
		row.Name = names[r.Value]
		if row.Name == "" {
			row.Name = r.Value
		}
	default:
		row.Name = v.locale.named(by, r.Value)
	}
	if by != "carrier" && r.Value != "" {
		row.Path = listed(w, by, r.Value)
	}
	return row
}

// changed tells by how many points a row's conversion has changed.
func (v *visit) changed(r traffic.Row) string {
	now, ok := r.Conversion()
	before, had := r.Before.Conversion()
	if !ok || !had {
		return unknown
	}
	words, _ := v.change(now - before)
	return words
}

// matter says of a carrier that far fewer codes are entered on its phones.
func (v *visit) matter(by, carrier string, drops []traffic.Drop) string {
	for _, d := range drops {
		if by == "carrier" && d.Carrier == carrier && d.Fallen {
			return v.fallen(d).Then
		}
	}
	return ""
}

// weekTable shades the hours of the week by how many texts they had.
func (v *visit) weekTable(week [7][24]traffic.Hour) *weekTable {
	t := &weekTable{}
	most := 0
	for day := range week {
		t.Days = append(t.Days, v.locale.say("chart.weekday."+strconv.Itoa(day)))
		for _, h := range week[day] {
			most = max(most, h.Sent)
		}
	}
	for hour := range hoursADay {
		row := weekRow{Hour: v.locale.say("chart.hour", "n", strconv.Itoa(hour))}
		for day := range week {
			cell := weekCell{}
			if n := week[day][hour].Sent; n > 0 {
				cell = weekCell{grouped(n), 1 + 3*n/most}
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
