package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/face"
	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
)

// codeLife is how long somebody may still enter a code, whatever is sent again.
const codeLife = 10 * time.Minute

// atCarrier is the provider's code for a text that the carrier has.
const atCarrier = "3000"

// chip is where a text stands, in a few words with the provider's code beside.
type chip struct{ Tone, Text, Code string }

// toneOf are the colours of statuses.
var toneOf = map[outbox.Status]string{
	outbox.Queued: "warn", outbox.Sending: "warn", outbox.Accepted: "warn", outbox.Delivered: "ok",
	outbox.Undelivered: "danger", outbox.Rejected: "danger", outbox.Unknown: "warn", outbox.Dropped: "off",
}

func (v *visit) chip(m outbox.Message) chip {
	c := chip{toneOf[m.Status], v.locale.say("status." + string(m.Status)), m.StatusCode}
	failed := m.Status == outbox.Undelivered || m.Status == outbox.Rejected
	if about := coolsms.StatusCode(m.StatusCode).Info(); failed && about.Known {
		c.Text = v.words(outbox.Words{Korean: about.Korean, English: about.English})
	}
	if m.Status == outbox.Accepted && m.StatusCode == atCarrier {
		c.Text = v.locale.say("status.carrier")
	}
	return c
}

// words are those of the page's language.
func (v *visit) words(w outbox.Words) string {
	if v.locale.name == "en" {
		return w.English
	}
	return w.Korean
}

// masked is the number of a text, or that it is no longer kept.
func (v *visit) masked(r *results.Row) string {
	if r.To.IsZero() {
		return v.locale.say("number.erased")
	}
	return r.To.String()
}

// purpose is what a text was for.
func (v *visit) purpose(p string) string {
	if p == "" {
		return ""
	}
	return v.locale.named("purpose", p)
}

func sender(digits string) string { return face.SpellSender(digits) }

// took is how long something took; "" for what has not happened.
func (v *visit) took(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return v.locale.duration(d, true)
}

// moment is a time of the database; none is none.
func moment(t db.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Std()
}

// day is a date with its weekday.
func (v *visit) day(t time.Time) string {
	t = t.In(seoul)
	weekday := v.locale.say("weekday." + strconv.Itoa(int(t.Weekday())))
	return v.locale.say("day", "y", strconv.Itoa(t.Year()), "d", strconv.Itoa(t.Day()),
		"month", v.locale.say("month."+strconv.Itoa(int(t.Month()))), "weekday", weekday)
}

// facts are the parts of a line of facts that there are.
func facts(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, " · ")
}

// notches count what is few: so many of so many are used.
func notches(used, most int) []bool {
	if most < 1 || most > 10 {
		return nil
	}
	marks := make([]bool, most)
	for i := range marks {
		marks[i] = i < used
	}
	return marks
}
