package pagestest

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/sandbox"
)

// numberScenes are those of the first step.
var numberScenes = []Scene{
	{Name: "number", Walk: func(_ *Person, b Browser) { b.Go("/signup") }},
	{Name: "number-empty", Error: "err.phone.empty", Field: "#number", Walk: typed("")},
	{Name: "number-invalid", Error: "fault.number_invalid", Field: "#number", Walk: typed("010-123-456")},
	{Name: "number-landline", Error: "fault.number_landline", Field: "#number", Walk: typed("02-345-6789")},
	{Name: "number-relay", Error: "fault.number_relay", Field: "#number", Walk: typed("0501-2345-6789")},
	{Name: "number-voip", Error: "fault.number_voip", Field: "#number", Walk: typed("070-2345-6789")},
	{Name: "number-special", Error: "fault.number_special", Field: "#number", Walk: typed("1588-1234")},
	{Name: "number-foreign", Error: "fault.number_foreign", Field: "#number", Walk: typed("+1 650 253 0000")},
	{Name: "number-legacy", Error: "fault.number_legacy", Field: "#number", Walk: typed("011-234-5678")},
	{Name: "number-soon", Error: "err.limit", Field: "#number", Walk: func(p *Person, b Browser) {
		p.World.Person(p.Language).Start(Number)
		typed(Number)(p, b)
	}},
	{Name: "number-locked", Error: "fault.number_locked", Field: "#number", Walk: func(p *Person, b Browser) {
		p.lock(Number)
		typed(Number)(p, b)
	}},
	{Name: "number-budget", Error: "fault.budget_spent", Field: "#number", Options: Options{Limits: oneText},
		Walk: func(p *Person, b Browser) {
			p.World.Person(p.Language).Start(OtherNumber)
			typed(Number)(p, b)
		}},
	{Name: "number-away", Error: "fault.provider_unavailable", Field: "#number", Walk: func(p *Person, b Browser) {
		p.providerAway()
		typed(Number)(p, b)
	}},
	{Name: "number-sender", Error: "fault.sender_lapsed", Field: "#number", Walk: func(p *Person, b Browser) {
		p.Outbox.Expire(map[string]db.Time{verifytest.Sender: p.DB.Now()})
		typed(Number)(p, b)
	}},
	{Name: "cookies", Error: "cookies.title", Walk: func(_ *Person, b Browser) {
		b.Go("/signup")
		b.Type("#number", Number)
		b.Forget()
		b.Press(main)
	}},
	{Name: "number-changed", Walk: func(p *Person, b Browser) {
		p.Start(Number)
		b.Go("/signup")
		b.Press("main .act")
	}},
	{Name: "number-stale", Error: "fault.form_stale", Field: "#number", Walk: func(p *Person, b Browser) {
		b.Go("/signup")
		b.Type("#number", Number)
		p.Clock.Advance(31 * time.Minute)
		b.Forget()
		b.Press(main)
	}},
	{Name: "number-given-up", Error: "flow.changed", Field: "#number", Walk: func(p *Person, b Browser) {
		waiting(p, b)
		p.Get("/signup")
		p.Do("change") // in another tab
		b.Type("#code", "123456")
		b.Press(main)
	}},

	{Name: "challenge", Before: idle, Walk: func(p *Person, b Browser) {
		p.AskChallenges(p.App.ID)
		typed(Number)(p, b)
	}},
	{Name: "challenge-early", Error: "challenge.early", NoScript: true, Walk: func(p *Person, b Browser) {
		p.AskChallenges(p.App.ID)
		typed(Number)(p, b)
		b.Press(main)
	}},
	{Name: "limited", Error: "limited.title", Walk: func(p *Person, b Browser) {
		p.World.Person(p.Language).spend(Number)
		typed(Number)(p, b)
	}},
	{Name: "limited-still", Error: "limited.title", Walk: func(p *Person, b Browser) {
		p.World.Person(p.Language).spend(Number)
		p.fail(OtherNumber, "3032")
		p.Start(OtherNumber)
		p.Settle()
		typed(Number)(p, b)
	}},
}

// idle keeps the script from ever solving a challenge.
const idle = `{
	const soon = window.setTimeout;
	window.setTimeout = (f, ms) => soon(f, f.name === "work" ? 3600000 : ms);
}`

// typed gives a number at the first step.
func typed(number string) func(*Person, Browser) {
	return func(_ *Person, b Browser) {
		b.Go("/signup")
		b.Type("#number", number)
		b.Press(main)
	}
}

// spend uses up the texts a number can get in an hour.
func (p *Person) spend(number string) {
	p.Helper()
	p.Get("/signup")
	for range 5 {
		p.Do("start", "number", number)
		p.Clock.Advance(time.Minute)
	}
}

// lock has a hundred wrong codes in a row entered for a number.
func (p *Person) lock(number string) {
	p.Helper()
	to, err := phone.Parse(number)
	if err != nil {
		p.Fatal(err)
	}
	p.World.Person(p.Language).Start(number)
	guess := func(tx *db.Tx) error {
		p.Limits.Wrong(tx, &limit.Guess{Case: limit.Case{Number: p.Ring.Whole(to)}, Lane: limit.Long})
		return nil
	}
	for wrong, day := 0, 0; wrong < 100 && day < 10; day++ {
		for p.DB.Update(p.Context(), guess) == nil {
			wrong++
		}
		p.Clock.Advance(24 * time.Hour)
	}
}

// providerAway has the provider refuse everything until nobody asks it any more.
func (p *Person) providerAway() {
	p.Helper()
	p.World.Person(p.Language).Start(OtherNumber)
	_, err := p.Provider.Arm(sandbox.Fault{Kind: sandbox.FaultStatus, Path: "/messages/**", Status: 503, Times: 1000})
	if err != nil {
		p.Fatal(err)
	}
	for range 60 {
		if p.Outbox.Available() != nil {
			return
		}
		_, _ = p.Outbox.Step(p.Context()) // it fails, which is the point
		p.Clock.Advance(time.Second)
	}
	p.Fatal("the provider still counts as there")
}

// oneText lets the installation send one text a day.
func oneText(o *limit.Options) {
	o.Ceilings = &limit.Ceilings{ApplicationPerMinute: 100, InstallationPerMinute: 100, WonPerDay: 2 * limit.TextPrice}
}
