package pagestest

import (
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/sandbox"
)

// codeScenes are those of the second step.
var codeScenes = []Scene{
	{Name: "code", Walk: waiting},
	{Name: "code-help", Walk: func(p *Person, b Browser) {
		waiting(p, b)
		b.Click("summary")
	}},
	{Name: "code-delivered", Walk: func(p *Person, b Browser) {
		p.Start(Number)
		p.Settle()
		b.Go("/signup")
	}},
	{Name: "code-resendable", Walk: resendable},
	{Name: "code-resend-soon", Error: "fault.resend_too_soon", Field: "#code", Walk: func(p *Person, b Browser) {
		resendable(p, b)
		p.Do("resend") // in another tab
		b.Press(resend)
	}},
	{Name: "code-resends-spent", Error: "fault.resends_spent", Field: "#code", Walk: func(p *Person, b Browser) {
		p.resent(1)
		b.Go("/signup")
		p.Do("resend") // in another tab
		p.Clock.Advance(time.Minute)
		b.Press(resend)
	}},
	{Name: "code-resend-late", Error: "fault.resend_too_late", Field: "#code", Walk: func(p *Person, b Browser) {
		p.Start(Number)
		p.Settle()
		p.Clock.Advance(4*time.Minute + 50*time.Second)
		p.Do("resend")
		p.Settle()
		p.Clock.Advance(3*time.Minute + 50*time.Second)
		b.Go("/signup")
		b.Press(resend)
	}},
	{Name: "code-no-resends", Walk: func(p *Person, b Browser) {
		p.resent(2)
		b.Go("/signup")
	}},
	{Name: "code-empty", Error: "err.code.empty", Field: "#code", Walk: entered("")},
	{Name: "code-short", Error: "err.code.short", Field: "#code", Walk: entered("48 29")},
	{Name: "code-long", Error: "err.code.long", Field: "#code", Walk: entered("1234567")},
	{Name: "code-wrong", Error: "err.code.wrong", Field: "#code", Walk: entered("000000")},
	{Name: "code-limited", Error: "fault.number_limited", Field: "#code", Walk: func(p *Person, b Browser) {
		p.guessed(Number)
		p.wrongs(Number)
		b.Go("/signup")
		b.Type("#code", "0000000000")
		b.Press(main)
	}},
	{Name: "code-ten", Walk: func(p *Person, b Browser) {
		p.guessed(Number)
		b.Go("/signup")
	}},
	{Name: "code-expired", Error: "err.code.expired", Walk: func(p *Person, b Browser) {
		p.Start(Number)
		p.Clock.Advance(5*time.Minute + time.Second)
		b.Go("/signup")
	}},
	{Name: "code-locked", Error: "err.code.locked", Walk: func(p *Person, b Browser) {
		p.Start(Number)
		wrong := Wrong(p.Code(Number))
		for range 4 {
			p.Post("/signup", "do", "check", "code", wrong)
		}
		b.Go("/signup")
		b.Type("#code", wrong)
		b.Press(main)
	}},
	{Name: "code-elsewhere", Error: "flow.elsewhere", Field: "#code", Walk: func(p *Person, b Browser) {
		waiting(p, b)
		p.Get("/signup")
		p.Do("change") // in another tab
		p.Start(OtherNumber)
		b.Share()
		b.Type("#code", "123456")
		b.Press(main)
	}},
	{Name: "code-lost", Error: "flow.lost", Field: "#number", Walk: func(p *Person, b Browser) {
		waiting(p, b)
		b.Type("#code", "123456")
		b.Forget()
		b.Press(main)
	}},

	{Name: "undelivered-unreachable", Error: "undelivered.unreachable", Field: "#number", Walk: undelivered("3043")},
	{Name: "undelivered-cannot-receive", Error: "undelivered.cannot_receive", Field: "#number", Walk: undelivered("3032")},
	{Name: "undelivered-ours", Error: "undelivered.ours", Walk: undelivered("3020")},
	{Name: "undelivered-wrong-code", Error: "err.code.wrong", Field: "#code", Walk: func(p *Person, b Browser) {
		undelivered("3043")(p, b)
		b.Click("summary")
		b.Type("#code", "000000")
		b.Press("details .main")
	}},
}

// waiting is at the second step, before the text has left.
func waiting(p *Person, b Browser) {
	p.Start(Number)
	b.Go("/signup")
}

// entered gives a code that no text brought.
func entered(code string) func(*Person, Browser) {
	return func(p *Person, b Browser) {
		waiting(p, b)
		b.Type("#code", code)
		b.Press(main)
	}
}

// resendable is at the second step when another text can be asked for.
func resendable(p *Person, b Browser) {
	p.Start(Number)
	p.Settle()
	p.Clock.Advance(30 * time.Second)
	b.Go("/signup")
}

// resent is at the second step after n more texts.
func (p *Person) resent(n int) {
	p.Helper()
	p.Start(Number)
	p.Settle()
	for range n {
		p.Clock.Advance(time.Minute)
		p.Do("resend")
		p.Settle()
	}
	p.Clock.Advance(time.Minute)
}

// guessed has so many wrong codes entered for a number that its codes become
// longer.
func (p *Person) guessed(number string) {
	p.Helper()
	for range 2 {
		p.Start(number)
		wrong := Wrong(p.Code(number))
		for range 5 {
			p.Post("/signup", "do", "check", "code", wrong)
		}
		p.Clock.Advance(time.Minute)
	}
	p.Start(number)
}

// undelivered has the text end with a status code of the provider's.
func undelivered(status string) func(*Person, Browser) {
	return func(p *Person, b Browser) {
		p.fail(Number, status)
		p.Start(Number)
		p.Settle()
		b.Go("/signup")
	}
}

// fail has every text to a number end with a status code.
func (p *Person) fail(number, status string) {
	p.Helper()
	if err := p.Provider.Decide(sandbox.Fate{To: strings.ReplaceAll(number, "-", ""), StatusCode: status}); err != nil {
		p.Fatal(err)
	}
}
