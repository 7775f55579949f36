package console

import (
	"net/url"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/traffic"
)

// windowDays are the windows that figures can be told of, in days in Seoul, the
// last of which is today.
var windowDays = []int{1, 7, 30}

// usualDays is the window of who has not chosen one.
const usualDays = 7

// choice is one of some pages that show the same in another way.
type choice struct {
	Path, Text string
	Current    bool
}

// windowed is what a page with figures tells of.
type windowed struct {
	Days    int
	window  traffic.Window
	Windows []choice
	Moment  string // until when, and in whose time
}

// windowed reads the window that ?days= asks for; other fields of the address
// stay in the choices.
func (v *visit) windowed(path string, other ...string) windowed {
	w := windowed{Days: usualDays}
	for _, days := range windowDays {
		if v.r.URL.Query().Get("days") == strconv.Itoa(days) {
			w.Days = days
		}
	}
	for _, days := range windowDays {
		w.Windows = append(w.Windows, choice{
			Path: link(path, append([]string{"days", strconv.Itoa(days)}, other...)...),
			Text: v.locale.say("window." + strconv.Itoa(days)), Current: days == w.Days,
		})
	}
	w.window = traffic.Days(db.At(v.now()), w.Days)
	w.Moment = v.locale.say("window.moment", "time", v.now().In(seoul).Format("15:04"))
	return w
}

// link returns the address of a page with fields in it: name, value, name, value.
// Empty fields are left out.
func link(path string, fields ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i+1] != "" {
			q.Set(fields[i], fields[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// listed returns the address of the list of the texts of some hours, narrowed by
// fields: name, value, name, value.
func listed(w traffic.Window, fields ...string) string {
	return link(resultsPath, append([]string{"since", hourWritten(w.Since()), "until", hourWritten(w.Until())}, fields...)...)
}

// hourWritten writes the beginning of an hour as the list of texts reads it.
func hourWritten(t db.Time) string {
	local := t.Std().In(seoul)
	if local.Hour() == 0 {
		return local.Format("2006-01-02")
	}
	return local.Format("2006-01-02T15:04")
}
