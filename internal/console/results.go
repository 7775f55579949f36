package console

import (
	"net/url"
	"strings"

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
)

// rowsOnPage are the texts that one page lists.
const rowsOnPage = 50

// resultsView is what results.html shows: the texts that pass a filter.
type resultsView struct {
	Page   frame
	Error  string // about the filter or the place in the list
	Filter filterView
	Seek   seekView
	Rows   []resultLine
	Any    bool   // nothing narrows the list
	Left   string // words for a page that did not look through all
	Found  string // how many texts there are, in words
	First  string // where the list begins; "" on its first page
	Before string // the page before; "" on the first, and where it is not known
	Next   string // where it goes on; "" at the end
	CSV    string // "" for who may not have it
	Live   live   // on the first page
	Fresh  fresh
}

// resultLine is one text of the list.
type resultLine struct {
	New                  bool // since the page was looked at
	ID                   string
	Date, Time           string
	Number               string
	Purpose              string
	Chip                 chip
	Carrier, Sender      string
	Arrival, Entry, Cost string
}

// resultList shows the texts that pass the filter of the address.
func (v *visit) resultList() error {
	q := v.r.URL.Query()
	f, err := results.ReadFilter(q)
	if err != nil {
		return v.refuseFilter(err)
	}
	if hasEmpty(q) { // a form sends what was not chosen, too
		return v.next(addressOf(resultsPath, f))
	}
	if byItself(v.r) {
		return v.liveResults(f)
	}
	return v.showResults(f, q.Get("cursor"), refusal{})
}

// hasEmpty reports whether a query has a field without a value.
func hasEmpty(q url.Values) bool {
	for _, values := range q {
		if len(values) == 0 || values[0] == "" {
			return true
		}
	}
	return false
}

// addressOf is the address of a page about what passes a filter.
func addressOf(path string, f results.Filter, more ...string) string {
	q := results.WriteFilter(f)
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// refuseFilter shows the list's page without a list, and how to begin anew.
func (v *visit) refuseFilter(err error) error {
	return v.refuseAs(err, func(why refusal) error {
		return v.show("results.html", why.code(), &resultsView{
			Page: v.failed("title.results", why), Error: why.Text, First: resultsPath,
			Filter: v.filterView(results.Filter{}), Seek: v.seekView(results.Filter{}),
		})
	})
}

// showResults shows a page of the list. A refusal is about the number that was
// to be looked for.
func (v *visit) showResults(f results.Filter, cursor string, why refusal) error {
	page, err := v.results.Search(v.r.Context(), f, cursor, rowsOnPage)
	if err != nil {
		return v.refuseFilter(err)
	}
	view := &resultsView{
		Page: v.failed("title.results", why), Filter: v.filterView(f), Seek: v.seekView(f), Any: f == results.Filter{},
	}
	view.Seek.Error = why.Text
	if f.Number != "" {
		masked, whole, err := v.results.Named(f.Number)
		if err != nil {
			return v.refuseFilter(err)
		}
		view.Seek.Named = masked
		if whole && v.self.Role.May(support) {
			view.Seek.Number = numbersPath + "/" + f.Number
		}
	}
	for i := range page.Rows {
		view.Rows = append(view.Rows, v.resultLine(&page.Rows[i]))
	}
	if cursor != "" {
		view.First = addressOf(resultsPath, f)
		view.Before = pageBefore(f, v.r.URL.Query().Get("back"))
	} else {
		view.Live = live{addressOf(resultsPath, f), listEvery}
	}
	if err := v.turnPage(view, f, page); err != nil {
		return err
	}
	if v.self.Role.May(manager) {
		view.CSV = addressOf(exportPath, f)
	}
	return v.showLive("results.html", why.code(), view)
}

// turnPage tells how many texts pass a filter, and where the list goes on.
func (v *visit) turnPage(view *resultsView, f results.Filter, page results.Page) error {
	if page.Next != "" {
		q := v.r.URL.Query()
		view.Next = addressOf(resultsPath, f, "cursor", page.Next, "back", wayBack(q.Get("back"), q.Get("cursor")))
		if len(page.Rows) < rowsOnPage {
			view.Left = v.locale.say("results.left", "until", v.stamp(moment(page.Reached)))
		}
	}
	n, more, err := v.results.Count(v.r.Context(), f)
	if err != nil {
		return err
	}
	id := "results.found"
	if more {
		id = "results.found.more"
	}
	view.Found = v.locale.count(id, n, "n", grouped(n))
	return nil
}

// A list knows its way on. The way back is that which somebody came: ?back= has
// the cursors of the pages before, the first page's being "0".
const (
	firstPage = "0"
	backMost  = 6 // cursors; from further back one goes to the beginning
)

// wayBack is ?back= of the page after the one with a cursor.
func wayBack(back, cursor string) string {
	if cursor == "" {
		return firstPage
	}
	way := append(strings.Split(back, "."), cursor)
	return strings.TrimPrefix(strings.Join(way[max(0, len(way)-backMost):], "."), ".")
}

// pageBefore is the address of the last page of ?back=.
func pageBefore(f results.Filter, back string) string {
	at := strings.LastIndexByte(back, '.')
	switch cursor := back[at+1:]; {
	case cursor == "":
		return ""
	case cursor == firstPage:
		return addressOf(resultsPath, f)
	case at < 0:
		return addressOf(resultsPath, f, "cursor", cursor)
	default:
		return addressOf(resultsPath, f, "cursor", cursor, "back", back[:at])
	}
}

// resultLine is a text as the list shows it.
func (v *visit) resultLine(r *results.Row) resultLine {
	made := moment(r.CreatedAt).In(seoul)
	line := resultLine{
		ID: r.ID, Date: made.Format("01-02"), Time: made.Format("15:04:05"),
		Number: v.masked(r), Purpose: v.purpose(r.Purpose), Chip: v.chip(r.Message),
		Carrier: r.Carrier, Sender: sender(r.Sender), Arrival: v.took(r.Arrival), Entry: v.took(r.Entry),
		Cost: v.locale.won(r.Cost),
	}
	if made.Year() != v.now().In(seoul).Year() {
		line.Date = made.Format("2006-01-02")
	}
	if r.Entry == 0 && r.Status == outbox.Delivered && v.now().Sub(made) < codeLife && r.VerificationID != "" {
		line.Entry = v.locale.say("results.waiting")
	}
	return line
}

// seekView is the field for a number, its last digits or an id.
type seekView struct {
	May    bool   // viewers look for nobody
	To     string // where the form goes
	Token  string // that it carries
	Error  string
	Named  string // the number that the list is about, masked; "" for none
	Number string // the page of all that happened to it
	Off    string // the list without it
}

func (v *visit) seekView(f results.Filter) seekView {
	without := f
	without.Number = ""
	return seekView{May: v.self.Role.May(support), To: addressOf(seekPath, without), Token: formToken(v.self.token), Off: addressOf(resultsPath, without)}
}

// seek looks for a number, for the last digits of one, or for the id of a text or
// a verification. What was typed goes into the address as a token.
func (v *visit) seek() error {
	f, err := results.ReadFilter(v.r.URL.Query())
	if err != nil {
		return v.refuseFilter(err)
	}
	typed := v.typed("sought")
	switch {
	case typed == "":
		return v.showResults(f, "", v.missing("seek.empty"))
	case strings.HasPrefix(typed, "msg_"):
		return v.next(resultsPath + "/" + url.PathEscape(typed))
	case strings.HasPrefix(typed, "ver_"):
		f.VerificationID, f.Number = typed, ""
		return v.next(addressOf(resultsPath, f))
	}
	if f.Number, err = v.results.NumberToken(typed); err != nil {
		f.Number = ""
		return v.refuseAs(err, func(why refusal) error { return v.showResults(f, "", why) })
	}
	return v.next(addressOf(resultsPath, f))
}
