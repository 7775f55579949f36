package console

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/results"
)

// textsOnPage are the texts of a number that one page shows, with all that
// happened meanwhile.
const textsOnPage = 50

// numbersView is what numbers.html shows: the field for a number.
type numbersView struct {
	Page  frame
	Error string
}

// numbers asks for a number.
func (v *visit) numbers() error { return v.showNumbers(refusal{}) }

func (v *visit) showNumbers(why refusal) error {
	return v.show("numbers.html", why.code(), &numbersView{Page: v.failed("title.numbers", why), Error: why.Text})
}

// seekNumber leads to the page of the number that was typed, or to the list of
// what ends in four digits.
func (v *visit) seekNumber() error {
	typed := v.typed("sought")
	if typed == "" {
		return v.showNumbers(v.missing("seek.empty"))
	}
	token, err := v.results.NumberToken(typed)
	if err != nil {
		return v.refuseAs(err, v.showNumbers)
	}
	if _, whole, err := v.results.Named(token); err != nil || !whole {
		return v.next(addressOf(resultsPath, results.Filter{Number: token}))
	}
	return v.next(numbersPath + "/" + token)
}

// numberView is what number.html shows: all that happened to one number.
type numberView struct {
	Page   frame
	Number string // masked
	Days   []dayLines
	Uses   []useLine
	Free   bool // a text may be sent to it now
	Facts  []fact
	Member string // the id of whose it is, "" for nobody's
	Seen   []seenLine
	List   string // the list of its texts
	Limits string // all its limits
	Unmask string // where to ask for the whole number, "" for nowhere
	First  string
	Next   string
}

// dayLines is what happened on one day.
type dayLines struct {
	Day, Facts string
	Lines      []happened
}

// happened is one thing that happened.
type happened struct {
	Time, Tone, Text, Facts string
	ID, URL                 string
}

// useLine is how far one limit is spent.
type useLine struct {
	Name, Text, Back string
	Notches          []bool
}

// number shows all that happened to the number of the address.
func (v *visit) number() error {
	token, cursor := v.r.PathValue("token"), v.r.URL.Query().Get("cursor")
	t, err := v.results.Number(v.r.Context(), token, cursor, textsOnPage)
	if err != nil {
		return v.refuseAs(err, v.showNumbers)
	}
	here := numbersPath + "/" + token
	view := &numberView{
		Page: v.frame("title.number"), Number: t.Number, List: addressOf(resultsPath, results.Filter{Number: token}), Facts: v.numberFacts(t),
		Member: t.UserID, Limits: limitNumberPath + "/" + token,
	}
	if view.Seen, err = v.seenLines(t.Seen); err != nil {
		return err
	}
	view.Uses, view.Free = v.uses(t.Uses)
	for _, day := range t.Days {
		view.Days = append(view.Days, v.dayLines(day))
	}
	if id := unmaskable(t.Days); id != "" {
		view.Unmask = resultsPath + "/" + id + "/number"
	}
	if cursor != "" {
		view.First = here
	}
	if t.Next != "" {
		view.Next = here + "?cursor=" + t.Next
	}
	return v.show("number.html", http.StatusOK, view)
}

// unmaskable is the id of a text whose number is still kept.
func unmaskable(days []results.Day) string {
	for _, day := range days {
		for _, h := range day.Happened {
			if h.Text != nil && !h.Text.To.IsZero() {
				return h.Text.ID
			}
		}
	}
	return ""
}

func (v *visit) numberFacts(t results.Timeline) []fact {
	say := v.locale.say
	list := []fact{{say("number.texts"), say("number.texts.of", "n", grouped(t.Totals.Texts),
		"delivered", grouped(t.Totals.Delivered), "won", v.locale.won(t.Totals.Won))}}
	if t.Totals.First != 0 {
		list = append(list, fact{say("number.first"), moment(t.Totals.First).In(seoul).Format("2006-01-02 15:04:05")})
	}
	return list
}

func (v *visit) dayLines(day results.Day) dayLines {
	date, _ := time.ParseInLocation(time.DateOnly, day.Date, seoul) // the form of Day.Date
	texts, won := 0, 0
	lines := dayLines{Day: v.day(date)}
	for i := range day.Happened {
		h := &day.Happened[i]
		if h.Text != nil {
			texts++
			won += h.Text.Cost
		}
		lines.Lines = append(lines.Lines, v.happened(h))
	}
	lines.Facts = v.locale.count("number.day", texts, "won", v.locale.won(won))
	return lines
}

func (v *visit) happened(h *results.Happening) happened {
	line := happened{Time: moment(h.At).In(seoul).Format("15:04:05")}
	if h.VerificationID != "" {
		line.ID, line.URL = h.VerificationID, addressOf(resultsPath, results.Filter{VerificationID: h.VerificationID})
	}
	word := v.locale.say
	switch h.Kind {
	case results.HappenedText:
		r := h.Text
		c := v.chip(r.Message)
		line.Text, line.Tone = word("happened.text."+string(r.Status)), noteTones[c.Tone]
		line.Facts = facts(c.Code+" "+c.Text, r.Carrier, v.took(r.Arrival), v.locale.won(r.Cost))
		line.ID, line.URL = r.ID, resultsPath+"/"+r.ID
	case results.HappenedStarted:
		line.Text, line.Tone = word("happened.started", "purpose", v.purpose(h.Word)), "person"
	case results.HappenedEntered:
		line.Text, line.Tone = word("happened.entered"), "ok"
	case results.HappenedUsed:
		line.Text = word("happened.used")
	case results.HappenedEnded:
		line.Text = word("happened.ended." + h.Word)
		if h.Word == "locked" {
			line.Tone = "danger"
		}
	case results.HappenedDecided:
		line.Text, line.Facts, line.Tone = word("happened."+string(h.Outcome)), v.rule(h), decidedTones[h.Outcome]
	case results.HappenedEvent:
		line.Text, line.Tone, line.Facts = v.event(h.Word), "person", h.UserID
	}
	return line
}

// noteTones are the colours of notches, by those of chips: what waits has none.
var noteTones = map[string]string{"ok": "ok", "danger": "danger"}

var decidedTones = map[limit.Outcome]string{limit.Refused: "danger", limit.Challenged: "person"}

// rule is the rule that decided, and how often.
func (v *visit) rule(h *results.Happening) string {
	words := h.Word
	if id := "rule." + h.Word; v.locale.has(id) {
		words = v.locale.say(id)
	}
	if h.Times > 1 {
		return facts(words, v.locale.say("happened.times", "n", strconv.FormatInt(h.Times, 10)))
	}
	return words
}

// event is an event of a member in words.
func (v *visit) event(kind string) string {
	if id := "event." + kind; v.locale.has(id) {
		return v.locale.say(id)
	}
	return kind
}

// hourAndDay are the windows of the limits that the page shows.
var hourAndDay = map[time.Duration]string{time.Hour: "hour", 24 * time.Hour: "day"}

// uses are the number's own limits of texts and of wrong codes, and whether a
// text may be sent to it now.
func (v *visit) uses(all []limit.Use) (lines []useLine, free bool) {
	free = true
	for _, u := range all {
		span, known := hourAndDay[u.Per]
		if u.Rule == limit.NumberSends && u.Of == "number" && u.Left == 0 || u.Rule == limit.NumberLocked && u.Left == 0 {
			free = false
		}
		if !known || u.Of != "number" {
			continue
		}
		line := useLine{Name: v.locale.say("use.wrong." + span), Text: v.locale.say("use.left", "n", strconv.Itoa(u.Left))}
		if u.Rule == limit.NumberSends {
			line.Name = v.locale.say("use.texts." + span)
			line.Text = v.locale.say("use.of", "n", strconv.Itoa(u.Most-u.Left), "most", strconv.Itoa(u.Most))
			line.Notches = notches(u.Most-u.Left, u.Most)
		}
		if u.Until != 0 {
			line.Back = v.locale.say("use.back", "when", v.stamp(moment(u.Until)))
		}
		lines = append(lines, line)
	}
	return lines, free
}
