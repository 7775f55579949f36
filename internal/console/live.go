package console

import (
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/results"
)

// live is what asks again, by itself, for what changes on a page. Without a
// script nothing does.
type live struct {
	Path  string
	Every string // seconds, as the script reads them
}

// How often the pages ask, in the script's words.
const (
	listEvery     = "5s"
	wayEvery      = "2s"
	overviewEvery = "10s"
)

// wayLive is how long a text's way is followed. A text that has had no end by
// then has other troubles than that nobody looks.
const wayLive = time.Hour

// byItself reports whether a page's own script asks, and nobody: such a request
// is answered with what changes, and keeps no session from going idle.
func byItself(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// showLive shows a page, or to a page that asks by itself those parts of it that
// change.
func (v *visit) showLive(name string, status int, view any) error {
	v.w.Header().Add("Vary", "HX-Request")
	if byItself(v.r) {
		name = "live-" + name
	}
	return v.show(name, status, view)
}

// leave has a page that asks by itself for somebody who is not signed in any more
// be loaded anew, which leads to the sign-in.
func (v *visit) leave() { v.w.Header().Set("HX-Refresh", "true") }

// fresh are the texts that came since a page was looked at.
type fresh struct {
	Text string // in words, "" for none
	Held string // where they are shown, where they are not among those below
}

// liveResults answers a list that asks by itself: ?seen= is the newest text on
// it. With ?hold= somebody is busy with the list and nothing may move: the texts
// that are on it stay, and what came is counted.
func (v *visit) liveResults(f results.Filter) error {
	seen, hold := v.r.URL.Query().Get("seen"), v.r.URL.Query().Has("hold")
	most := rowsOnPage
	if hold {
		most *= 2
	}
	page, err := v.results.Search(v.r.Context(), f, "", most)
	if err != nil {
		return err
	}
	view := &resultsView{}
	came := 0
	for i := range page.Rows {
		line := v.resultLine(&page.Rows[i])
		line.New = line.ID > seen
		if line.New {
			came++
		}
		if (!hold || !line.New) && len(view.Rows) < rowsOnPage {
			view.Rows = append(view.Rows, line)
		}
	}
	if came > 0 {
		view.Fresh.Text = v.locale.count("results.fresh", came, "n", grouped(came))
	}
	if hold {
		view.Fresh.Held = addressOf(resultsPath, f)
	} else if came > 0 { // the list ends elsewhere
		if err := v.turnPage(view, f, page); err != nil {
			return err
		}
	}
	if seen == "" && came > 0 { // the page had no list to put them on
		v.leave()
	}
	return v.showLive("results.html", http.StatusOK, view)
}
