package console

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/results"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// filterView is the form of a list's filter.
type filterView struct {
	Picks  []pick
	More   []pick
	Typed  []typedFilter
	Until  string
	Number string // its token, which the form carries along
	Open   bool   // something behind the fold is set
}

// pick is a filter with a few values to choose from.
type pick struct {
	Key, Name string
	Options   []option
	Set       bool
}

type option struct {
	Value, Text string
	Chosen      bool
}

// typedFilter is a filter that takes any word.
type typedFilter struct{ Key, Name, Value string }

// shown are the statuses in the order of a text's way, as filters offer them.
var shown = []outbox.Status{
	outbox.Queued, outbox.Sending, outbox.Accepted, outbox.Delivered, outbox.Undelivered, outbox.Rejected, outbox.Unknown, outbox.Dropped,
}

// others are the purposes of texts that carry no code.
var others = []string{"notice", "alarm"}

// types are those of texts, as the provider names them.
var types = []string{"SMS", "LMS"}

func (v *visit) filterView(f results.Filter) filterView {
	status, purpose, kind := v.pick("status", string(f.Status)), v.pick("purpose", f.Purpose), v.pick("type", f.Type)
	for _, s := range shown {
		status.add(string(s), v.locale.say("status."+string(s)))
	}
	for _, p := range verify.Purposes() {
		purpose.add(string(p), v.purpose(string(p)))
	}
	for _, p := range others {
		purpose.add(p, v.purpose(p))
	}
	for _, t := range types {
		kind.add(t, t)
	}
	view := filterView{
		Picks: []pick{v.period(f.Since), status.done(), purpose.done()}, More: []pick{kind.done()},
		Number: f.Number,
	}
	for _, t := range []typedFilter{
		{"code", "filter.code", f.Code}, {"sender", "filter.sender", f.Sender},
		{"application", "filter.application", f.ApplicationID}, {"verification", "filter.verification", f.VerificationID},
	} {
		t.Name = v.locale.say(t.Name)
		view.Typed = append(view.Typed, t)
		view.Open = view.Open || t.Value != ""
	}
	if !f.Until.IsZero() {
		view.Until = f.Until.In(seoul).Format("2006-01-02T15:04")
	}
	view.Open = view.Open || f.Type != "" || view.Until != ""
	return view
}

// pick begins a choice: that of everything stands first.
func (v *visit) pick(key, value string) *pick {
	p := &pick{Key: key, Name: v.locale.say("filter." + key)}
	p.Options = []option{{Value: value}, {"", v.locale.say("filter.all"), value == ""}}
	return p
}

// add offers a value.
func (p *pick) add(value, text string) {
	chosen := p.Options[0].Value != "" && p.Options[0].Value == value
	p.Options = append(p.Options, option{value, text, chosen})
	p.Set = p.Set || chosen
}

// done returns the choice. A value that is not offered, which somebody wrote into
// the address, is offered as it stands.
func (p *pick) done() pick {
	value := p.Options[0].Value
	p.Options = p.Options[1:]
	if value != "" && !p.Set {
		p.Options, p.Set = append(p.Options, option{value, value, true}), true
	}
	return *p
}

// periods are offered, in days that end with today.
var periods = []int{1, 7, 30, 90}

// period is the choice of when a list begins.
func (v *visit) period(since time.Time) pick {
	value := ""
	if !since.IsZero() {
		value = results.WriteFilter(results.Filter{Since: since}).Get("since")
	}
	p := v.pick("since", value)
	now := v.now().In(seoul)
	for _, days := range periods {
		day := time.Date(now.Year(), now.Month(), now.Day()-days+1, 0, 0, 0, 0, seoul)
		p.add(day.Format(time.DateOnly), v.locale.count("filter.days", days))
	}
	if value != "" && !p.Set {
		p.add(value, v.locale.say("filter.from", "when", v.stamp(since)))
	}
	return p.done()
}
