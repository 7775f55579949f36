package replay

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
)

var begin = db.At(time.Date(2026, 5, 4, 13, 30, 0, 0, time.UTC)) // half past ten in the evening, in Seoul

// drawn is a random history of texts, some of which are sent again.
func drawn(r *rapid.T) (texts []text) {
	at := begin
	begun := map[string]db.Time{}
	for i := range rapid.IntRange(1, 120).Draw(r, "texts") {
		at = at.Add(rapid.SampledFrom([]time.Duration{
			0, time.Microsecond, time.Second, 9 * time.Second, 30 * time.Second, time.Minute, 7 * time.Minute, time.Hour, 5 * time.Hour,
		}).Draw(r, "gap"))
		if n := rapid.IntRange(0, 9).Draw(r, "again"); n < 3 && len(texts) > 0 {
			earlier := texts[len(texts)-1-min(n, len(texts)-1)]
			if at.Sub(begun[earlier.verification]) < 10*time.Minute { // no longer is anything sent again
				earlier.at, earlier.begins, earlier.cost = at, false, 20
				texts = append(texts, earlier)
				continue
			}
		}
		t := text{
			at: at, verification: fmt.Sprint("ver_", i), number: key{byte(rapid.IntRange(1, 3).Draw(r, "number"))},
			application: rapid.SampledFrom([]string{"a", "b"}).Draw(r, "application"), begins: true, networkKnown: rapid.Bool().Draw(r, "known"),
			network: key{byte(rapid.IntRange(1, 2).Draw(r, "network"))}, trusted: rapid.IntRange(0, 5).Draw(r, "trusted") == 0,
			erased: rapid.IntRange(0, 9).Draw(r, "erased") == 0, approved: rapid.Bool().Draw(r, "approved"),
			cost: rapid.SampledFrom([]int{0, 9, 20, 45}).Draw(r, "cost"),
		}
		if t.erased {
			t.begins, t.trusted, t.networkKnown, t.approved = false, false, false, false
		}
		begun[t.verification] = at
		t.priority = t.trusted || rapid.IntRange(0, 3).Draw(r, "login") == 0
		texts = append(texts, t)
	}
	return texts
}

func drawnPolicy(r *rapid.T) (p Policy) {
	for name, of := range map[Limit][]int{
		NumberPause: {0, 1, 30, 600}, NumberHour: {1, 2, 3, 5}, NumberDay: {1, 2, 4, 10}, NetworkHour: {1, 3, 30},
		ApplicationMinute: {1, 2, 100}, InstallationMinute: {1, 3, 100}, WonDay: {0, 100, 400, 100_000},
	} {
		if err := p.Set(name, rapid.SampledFrom(of).Draw(r, string(name))); err != nil {
			r.Fatal(err)
		}
	}
	if rapid.Bool().Draw(r, "own") {
		p.applications = map[string]int{"b": 2}
	}
	return p
}

// naive counts by looking at all that was sent before, each time.
func naive(p Policy, price int, texts []text) (blocked, challenged Tally, by map[Limit]Tally) {
	var sent []text
	gone := map[string]Limit{}
	by = map[Limit]Tally{}
	within := func(t text, window time.Duration, same func(text) bool) (n int) {
		for _, s := range sent {
			if s.at > t.at.Add(-window) && same(s) {
				n++
			}
		}
		return n
	}
	note := func(why Limit, t Tally) {
		into := &blocked
		if why == NetworkHour {
			into = &challenged
		}
		into.add(t)
		sum := by[why]
		sum.add(t)
		by[why] = sum
	}
	for _, t := range texts {
		if why, ok := gone[t.verification]; ok {
			note(why, Tally{Won: t.cost})
			continue
		}
		spent := 0
		for _, s := range sent {
			if s.at.Add(9*time.Hour).Std().Format(time.DateOnly) == t.at.Add(9*time.Hour).Std().Format(time.DateOnly) {
				spent += min(s.cost, price)
			}
		}
		most := p.Figure(WonDay)
		favoured := func(s text) bool { return s.priority || s.erased }
		if !favoured(t) {
			most += price*within(t, 2*time.Second, favoured) - most/5
		}
		minuteMost := p.Figure(ApplicationMinute)
		if own, ok := p.applications[t.application]; ok {
			minuteMost = own
		}
		ofNumber := func(s text) bool { return s.number == t.number && !s.trusted && !s.erased }
		counts := !t.trusted && !t.erased
		var why Limit
		switch {
		case within(t, time.Minute, func(s text) bool { return s.application == t.application }) >= minuteMost:
			why = ApplicationMinute
		case within(t, time.Minute, func(text) bool { return true }) >= p.Figure(InstallationMinute):
			why = InstallationMinute
		case most-spent < price:
			why = WonDay
		case counts && within(t, time.Duration(p.Figure(NumberPause))*time.Second, ofNumber) >= 1:
			why = NumberPause
		case counts && within(t, time.Hour, ofNumber) >= p.Figure(NumberHour):
			why = NumberHour
		case counts && within(t, 24*time.Hour, ofNumber) >= p.Figure(NumberDay):
			why = NumberDay
		}
		verified := 0
		if t.approved {
			verified = 1
		}
		switch {
		case why != "" && t.begins:
			gone[t.verification] = why
			note(why, Tally{Starts: 1, Verified: verified, Won: t.cost})
			continue
		case why != "":
			note(why, Tally{Resends: 1, Won: t.cost})
			continue
		}
		ofNetwork := func(s text) bool { return s.begins && s.networkKnown && s.network == t.network }
		if t.begins && t.networkKnown && within(t, time.Hour, ofNetwork) >= p.Figure(NetworkHour) {
			note(NetworkHour, Tally{Starts: 1, Verified: verified, Won: t.cost})
		}
		sent = append(sent, t)
	}
	return blocked, challenged, by
}

// TestTexts_CountsAsOneWhoLooksAtEverything compares it with the plainest
// counter there is, which forgets nothing.
func TestTexts_CountsAsOneWhoLooksAtEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		texts, p := drawn(r), drawnPolicy(r)
		got := newPass(p, limit.TextPrice)
		next := begin
		for i := range texts {
			for texts[i].at >= next.Add(step) {
				next = next.Add(step)
				got.forget(next)
			}
			got.text(&texts[i], true)
		}
		blocked, challenged, by := naive(p, limit.TextPrice, texts)
		if diff := cmp.Diff([]any{blocked, challenged, by}, []any{got.outcome.Blocked, got.outcome.Challenged, got.outcome.By}); diff != "" {
			r.Fatalf("the policy %v (-plain +replay):\n%s", p.figures, diff)
		}
	})
}

// TestTexts_ForgetsWhatNoTextMeetsAnyMore keeps what is remembered to what a
// day holds, however long it goes on.
func TestTexts_ForgetsWhatNoTextMeetsAnyMore(t *testing.T) {
	t.Parallel()
	p := Policy{figures: [7]int{30, 5, 10, 30, 120, 300, 50_000}}
	r := newPass(p, limit.TextPrice)
	at := begin
	for i := range 20_000 {
		at = at.Add(time.Minute)
		number := key{byte(i), byte(i >> 8), 1}
		r.text(&text{
			at: at, verification: fmt.Sprint("ver_", i), number: number, network: number, networkKnown: true, begins: true,
			application: fmt.Sprint("app", i), cost: 20,
		}, true)
		if i%180 == 179 {
			r.forget(at)
		}
	}
	if len(r.numbers) > 1440+180 || len(r.networks) > 60+180 || len(r.applications) > 2+180 || len(r.refused) > 60+180 {
		t.Errorf("it remembers %d numbers, %d networks, %d applications and %d refusals", len(r.numbers), len(r.networks), len(r.applications), len(r.refused))
	}
	if len(r.installation.sent) > 200 {
		t.Errorf("it remembers %d texts of the minute", len(r.installation.sent))
	}
}
