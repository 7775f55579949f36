package pagestest

import "time"

// ownScenes are those of the account and of what its owner does there.
var ownScenes = []Scene{
	{Name: "account", Walk: joined("/account")},
	{Name: "account-full", Walk: func(p *Person, b Browser) {
		p.joined()
		p.World.Person(p.Language).prove("/login")
		p.given("passkey totp codes")
		p.change()
		b.Go("/account")
	}},
	{Name: "account-name", Walk: joined("/account/name")},
	{Name: "account-name-empty", Error: "err.name.empty", Field: "#name", Walk: func(p *Person, b Browser) {
		joined("/account/name")(p, b)
		b.Type("#name", "")
		b.Press(main)
	}},
	{Name: "account-name-done", Walk: func(p *Person, b Browser) {
		joined("/account/name")(p, b)
		b.Type("#name", Names[p.Language]+"?")
		b.Press(main)
	}},

	{Name: "account-number", Walk: joined("/account/number")},
	{Name: "account-number-landline", Error: "fault.number_landline", Field: "#number", Walk: func(p *Person, b Browser) {
		joined("/account/number")(p, b)
		b.Type("#number", "02-345-6789")
		b.Press(main)
	}},
	{Name: "account-number-code", Walk: func(p *Person, b Browser) {
		p.joined()
		p.ask("/account/number", OtherNumber)
		b.Go("/account/number")
	}},
	{Name: "account-number-same", Error: "fault.number_same", Field: "#number", Walk: proved("/account/number", Number)},
	{Name: "account-number-taken", Error: "taken.title", Walk: func(p *Person, b Browser) {
		p.World.Person(p.Language).Join(OtherNumber, Names[p.Language])
		proved("/account/number", OtherNumber)(p, b)
	}},
	{Name: "account-number-late", Walk: func(p *Person, b Browser) {
		p.joined()
		p.ask("/account/number", OtherNumber)
		code := p.Code(OtherNumber)
		p.Clock.Advance(4*time.Minute + 50*time.Second)
		p.lead("/account/number", "do", "check", "code", code)
		p.confirm("number")
		b.Go("/account/number")
	}},
	{Name: "undo", Walk: func(_ *Person, b Browser) { b.Go("/undo") }},
	{Name: "undo-code", Walk: func(p *Person, b Browser) {
		p.Get("/undo")
		p.ask("/undo", OtherNumber)
		b.Go("/undo")
	}},
	{Name: "undo-none", Error: "undo.none", Walk: func(p *Person, b Browser) {
		p.Get("/undo")
		p.ask("/undo", OtherNumber)
		b.Go("/undo")
		b.Type("#code", p.Code(OtherNumber))
		b.Press(main)
	}},

	{Name: "undo-taken", Error: "undo.taken", Walk: func(p *Person, b Browser) {
		p.joined()
		p.change()
		p.Clock.Advance(time.Minute)
		p.World.Person(p.Language).Join(Number, Names[p.Language])
		p.Clock.Advance(time.Minute)
		p.ask("/undo", Number)
		b.Go("/undo")
		b.Type("#code", p.Code(Number))
		b.Press(main)
	}},

	{Name: "account-sessions", Walk: joined("/account/sessions")},
	{Name: "account-sessions-others", Walk: func(p *Person, b Browser) {
		p.member()
		p.prove("/login")
		b.Go("/account/sessions")
	}},
	{Name: "account-consents", Walk: joined("/account/consents")},
	{Name: "account-consents-past", Walk: func(p *Person, b Browser) {
		p.joined()
		p.Get("/account/consents")
		p.lead("/account/consents", "do", "agree", "item", "marketing_sms")
		p.Clock.Advance(time.Hour)
		p.lead("/account/consents", "do", "withdraw", "item", "marketing_sms")
		b.Go("/account/consents")
		b.Click("summary")
	}},
	{Name: "account-data", Walk: joined("/account/data")},
	{Name: "account-leave", Walk: joined("/account/leave")},
	{Name: "account-leave-unsure", Error: "err.leave.sure", Field: "#sure", Walk: func(p *Person, b Browser) {
		joined("/account/leave")(p, b)
		b.Press(main)
	}},
	{Name: "left", Walk: func(_ *Person, b Browser) { b.Go("/left") }},
}

// joined goes to a page of somebody who has just joined.
func joined(path string) func(*Person, Browser) {
	return func(p *Person, b Browser) {
		p.joined()
		b.Go(path)
	}
}

// proved is somebody who has joined and proves a number at a door, the last step
// in the browser.
func proved(path, number string) func(*Person, Browser) {
	return func(p *Person, b Browser) {
		p.joined()
		p.ask(path, number)
		b.Go(path)
		b.Type("#code", p.Code(number))
		b.Press(main)
	}
}

// joined signs up, sees the welcome, and waits until the number can be texted
// again.
func (p *Person) joined() {
	p.Helper()
	p.Join(Number, Names[p.Language])
	p.Get("/signup")
	p.Clock.Advance(time.Minute)
}

// ask has a code texted to a number at a door.
func (p *Person) ask(path, number string) {
	p.Helper()
	p.Get(path)
	p.lead(path, "do", "start", "number", number)
	p.Get(path)
}

// change gives the member who is signed in another number.
func (p *Person) change() {
	p.Helper()
	p.ask("/account/number", OtherNumber)
	p.lead("/account/number", "do", "check", "code", p.Code(OtherNumber))
}

// confirm goes through the step-up before a page by a text.
func (p *Person) confirm(name string) {
	p.Helper()
	at := "/account/confirm/" + name
	p.Get(at)
	p.lead(at, "do", "start")
	p.Get(at)
	p.lead(at, "do", "check", "code", p.Code(Number))
}

// endAll signs the member out everywhere, from elsewhere.
func (p *Person) endAll() {
	p.Helper()
	p.Get("/account/sessions")
	p.lead("/account/sessions", "do", "all")
}
