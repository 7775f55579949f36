package console

import (
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/sheet"
)

// leakView is what leak.html shows: whom a leak concerns, how to write it, and why.
type leakView struct {
	Page         frame
	Since, Until string
	SpanError    string
	CP949        bool
	Numbers      bool
	Why          whyField
}

// leak asks for the time of a leak (S-110).
func (v *visit) leak() error { return v.showLeak(refusal{}) }

func (v *visit) showLeak(why refusal) error { return v.showLeakWith(why, "") }

func (v *visit) showLeakWith(why refusal, span string) error {
	view := &leakView{
		Since: v.typed("since"), Until: v.typed("until"), SpanError: span, CP949: v.typed("encoding") == string(sheet.CP949),
		Numbers: v.typed("numbers") != "", Why: whyField{"reason", v.typed("reason"), why.Text},
	}
	if span != "" {
		why = refusal{Text: span, status: http.StatusBadRequest}
	}
	view.Page = v.failed("title.leak", why)
	return v.show("leak.html", why.code(), view)
}

// minuteForm is how browsers write the time of a field.
const minuteForm = "2006-01-02T15:04"

// actOnLeak writes whose data were worked with as CSV. That it was taken is
// recorded with the reason.
func (v *visit) actOnLeak() error {
	since, err := time.ParseInLocation(minuteForm, v.typed("since"), seoul)
	until := v.now()
	if err == nil && v.typed("until") != "" {
		until, err = time.ParseInLocation(minuteForm, v.typed("until"), seoul)
	}
	if err != nil || !since.Before(until) {
		return v.showLeakWith(refusal{}, v.locale.say("leak.span"))
	}
	numbers, what := v.typed("numbers") != "", "leak people masked"
	if numbers {
		what = "leak people"
	}
	heads := []string{"member.id", "leak.number", "leak.first", "leak.last"}
	return v.giveList("leak", heads, v.showLeak, func(row func(...string) error) error {
		if err := v.results.Keep(v.r.Context(), what, v.act()); err != nil {
			return err
		}
		return v.accounts.Touched(v.r.Context(), v.outbox, since, until, func(p account.Person) error {
			number := p.Number.String()
			if numbers {
				number = p.Number.Display()
			}
			return row(p.UserID, number, clock(p.First.Std()), clock(p.Last.Std()))
		})
	})
}
