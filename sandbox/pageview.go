package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// place is what the address of the page tells: the language, the phones chosen
// by their rank, and a search by its count. No number, text or code stands in it.
type place struct {
	English bool
	Phones  []int
	Find    int
}

// placeIn reads a place from a query or from the hidden fields of a form.
func placeIn(values url.Values) (p place) {
	p.English = values.Get("lang") == "en"
	for _, text := range values["phone"] {
		n, err := strconv.Atoi(text)
		if err == nil && len(p.Phones) < pageScreens && !slices.Contains(p.Phones, n) {
			p.Phones = append(p.Phones, n)
		}
	}
	p.Find, _ = strconv.Atoi(values.Get("find")) // 0 when there is none
	return p
}

func (p place) language() language {
	if p.English {
		return en
	}
	return ko
}

// Address is where a place is shown.
func (p place) Address() string {
	q := url.Values{}
	if p.English {
		q.Set("lang", "en")
	}
	for _, n := range p.Phones {
		q.Add("phone", strconv.Itoa(n))
	}
	if p.Find > 0 {
		q.Set("find", strconv.Itoa(p.Find))
	}
	target := url.URL{Path: "/", RawQuery: q.Encode()}
	return target.String()
}

// Other is the same place in the other language.
func (p place) Other() string {
	p.English = !p.English
	return p.Address()
}

// Home is the place without a choice of phones and without a search.
func (p place) Home() string { return place{English: p.English}.Address() }

// with is the place that shows these phones.
func (p place) with(phones ...int) string {
	return place{English: p.English, Phones: phones}.Address()
}

// pageView is everything the template shows, ready to print.
type pageView struct {
	place
	l       language
	Host    string
	Links   []link
	Words   string // of the search
	Found   string // what the search found, in words
	Chips   []chip
	More    string // how many phones have no chip
	Screens []screen
	Balance string
	Presets []presetView
	Armed   []armedView
	Rows    []row
	Total   string
}

// chip is one phone to choose.
type chip struct {
	Rank   int
	Number string
	Shown  bool
	Alone  string // address of this phone alone
	Beside string // address with this phone added or taken away, or empty
}

// screen is one phone that shows.
type screen struct {
	Rank   int
	To     string
	From   string
	Thread []bubble
}

type presetView struct {
	Name, Title, Text, State string
	On                       bool
}

// armedView is a fault that no button armed.
type armedView struct {
	ID, Call, Text, State string
}

// row is one line of the request log, with what stands under it.
type row struct {
	N                              int64
	Time, Method, Path, Answer, MS string
	Meaning                        string
	Host, Authorization, Query     string
	Body, Reply                    string
	Bad, Lost                      bool // Lost: nobody got the answer
}

const (
	pageScreens = 4  // phones side by side
	pageChips   = 8  // phones to choose from
	pageTexts   = 30 // of each phone
	pageRows    = 50
	pageDepth   = 5000 // texts looked at to find them
)

func (s *Sandbox) viewPage(r *http.Request) pageView {
	v := pageView{place: placeIn(r.URL.Query()), Host: r.Host, Links: s.set.links}
	v.l = v.language()
	if v.Words = s.finds.words(v.Find); v.Words == "" {
		v.Find = 0
	}
	sought := newSought(v.Words)
	s.change(func(w *world) { v.readPhones(w, sought) })
	a := s.Money()
	v.Balance = v.l.money(a.Balance + a.Point)
	v.readFaults(s)
	for _, e := range s.log.last(logLength) {
		if len(v.Rows) == pageRows {
			break
		}
		if shown := s.row(v.l, &e); sought.inRow(&shown) {
			v.Rows = append(v.Rows, shown)
		}
	}
	v.Total = v.l.say("count", thousands(s.log.count.Load()))
	return v
}

func (v *pageView) readFaults(s *Sandbox) {
	for _, p := range presets {
		st := s.state(p)
		item := presetView{
			Name: p.name, Title: v.l.say("fault." + p.name), Text: v.l.say("fault." + p.name + ".sub"),
			State: v.l.say("on"), On: st.on,
		}
		switch {
		case st.left > 0:
			item.State = v.l.say("left", st.left)
		case st.on:
			item.State = v.l.say("armed")
		}
		v.Presets = append(v.Presets, item)
	}
	for _, f := range s.faults.list() {
		if f.preset != "" {
			continue
		}
		item := armedView{ID: f.ID, Call: f.Method + " " + f.Path, Text: v.l.say("hit." + f.Kind), State: v.l.say("armed")}
		if f.Kind == FaultStatus {
			item.Text += " " + strconv.Itoa(f.Status)
		}
		if f.Times > 0 {
			item.State = v.l.say("left", f.Times)
		}
		v.Armed = append(v.Armed, item)
	}
}

// readPhones fills in the phones to choose from and the screens of those that
// show: the chosen ones, those with a text that was sought, or the one a text
// came to last.
func (v *pageView) readPhones(w *world, sought sought) {
	v.Phones = slices.DeleteFunc(v.Phones, func(rank int) bool { return w.byRank[rank] == nil })
	var known []*phone // newest text first
	found := 0
	seen := map[*phone]bool{}
	looked := 0
	for m := range newest(nil, w.order.Front()) {
		if looked++; looked > pageDepth {
			break
		}
		if m.sent.IsZero() || !sought.inText(m) {
			continue
		}
		found++
		if !seen[m.phone] {
			seen[m.phone] = true
			known = append(known, m.phone)
		}
	}
	shown := v.choose(w, known)
	v.readChips(known, shown)
	for _, p := range shown {
		v.Screens = append(v.Screens, v.screen(p, sought))
	}
	if v.Find > 0 {
		v.Found = v.l.say("found", thousands(int64(found)), thousands(int64(len(known))))
		return
	}
	if len(v.Screens) == 0 {
		empty := screen{}
		if len(w.senders) > 0 {
			empty.From = spell(w.senders[0].PhoneNumber)
		}
		v.Screens = append(v.Screens, empty)
	}
}

// choose returns the phones that show.
func (v *pageView) choose(w *world, known []*phone) []*phone {
	if len(v.Phones) > 0 && v.Find == 0 {
		var chosen []*phone
		for _, rank := range v.Phones {
			chosen = append(chosen, w.byRank[rank])
		}
		return chosen
	}
	most := 1
	if v.Find > 0 {
		most = pageScreens
	}
	return known[:min(most, len(known))]
}

// readChips lists the phones to choose from: the newest, and all that show.
func (v *pageView) readChips(known, shown []*phone) {
	var ranks []int
	for _, p := range shown {
		ranks = append(ranks, p.rank)
	}
	listed := slices.Clone(known[:min(pageChips, len(known))])
	for _, p := range shown {
		if !slices.Contains(listed, p) {
			listed = append(listed, p)
		}
	}
	for _, p := range listed {
		c := chip{Rank: p.rank, Number: spell(p.number), Shown: slices.Contains(shown, p), Alone: v.with(p.rank)}
		switch {
		case c.Shown && len(ranks) > 1:
			c.Beside = v.with(slices.DeleteFunc(slices.Clone(ranks), func(n int) bool { return n == p.rank })...)
		case !c.Shown && len(ranks) < pageScreens:
			c.Beside = v.with(append(slices.Clone(ranks), p.rank)...)
		}
		v.Chips = append(v.Chips, c)
	}
	if more := len(known) - pageChips; more > 0 {
		v.More = v.l.say("more", thousands(int64(more)))
	}
}

// screen is what one phone shows: its newest texts, or those that were sought.
func (v *pageView) screen(p *phone, sought sought) screen {
	out := screen{Rank: p.rank, To: spell(p.number)}
	looked := 0
	for m := range newest(nil, p.messages.Front()) {
		if looked++; looked > pageDepth || len(out.Thread) == pageTexts {
			break
		}
		if m.sent.IsZero() || !sought.inText(m) {
			continue
		}
		if out.From == "" {
			out.From = spell(m.from)
		}
		out.Thread = append(out.Thread, v.l.bubble(m))
	}
	slices.Reverse(out.Thread)
	last := ""
	for i := range out.Thread { // a day stands above its first text only
		if b := &out.Thread[i]; b.Day == last {
			b.Day = ""
		} else {
			last = b.Day
		}
	}
	return out
}

var longID = regexp.MustCompile(`([GM]4V)[0-9A-Z]{10,}([0-9A-Z]{3})`)

func (s *Sandbox) row(l language, e *entry) row {
	r := s.masked(e)
	v := row{
		N: e.n, Time: e.at.In(korea).Format("15:04:05.000"), Method: r.Method,
		Path: longID.ReplaceAllString(r.Path, "$1…$2"), Answer: strconv.Itoa(r.Status),
		MS: milliseconds(e.took), Meaning: l.meaning(e),
		Host: r.Host, Authorization: r.Authorization, Query: r.Query, Body: pretty(r.Body), Reply: pretty(r.Reply),
		Bad: r.Status >= 400 || r.Fault != "",
	}
	if r.Status == 0 {
		v.Answer, v.Lost = l.say("cut"), true
	}
	return v
}

// pretty indents JSON; what is not JSON, or was cut, stays as it is.
func pretty(body string) string {
	var buf bytes.Buffer
	if json.Indent(&buf, []byte(body), "", "  ") != nil {
		return body
	}
	return buf.String()
}
