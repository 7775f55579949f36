package pagestest

import (
	"net/http"
	"time"
)

// comingScenes are those of members at their door.
var comingScenes = []Scene{
	{Name: "login", Walk: func(_ *Person, b Browser) { b.Go("/login") }},
	{Name: "login-ended", Walk: func(p *Person, b Browser) {
		p.Join(Number, Names[p.Language])
		b.Go("/account")
		p.endAll()
		b.Go("/account")
	}},
	{Name: "login-passkey-over", Error: "fault.ceremony_over", Script: true, Before: mute + late, Walk: func(_ *Person, b Browser) {
		b.Go("/login")
		b.Press(keyButton)
	}},
	{Name: "login-known", Walk: func(p *Person, b Browser) {
		p.remembered()
		b.Go("/login")
	}},
	{Name: "login-known-limited", Error: "limited.title", Walk: func(p *Person, b Browser) {
		p.remembered()
		b.Go("/login")
		p.tire() // in another tab
		b.Press("form.ended .main")
	}},
	{Name: "login-known-passkey", Walk: func(p *Person, b Browser) {
		p.passkey(p.remembered())
		b.Go("/login")
	}},
	{Name: "login-known-passkey-refused", Error: "fault.passkey_refused", Script: true, Before: mute, Walk: func(p *Person, b Browser) {
		p.remembered()
		b.Go("/login")
		b.Press(keyButton)
	}},

	{Name: "second-password", Walk: func(p *Person, b Browser) {
		p.passkey(p.password(p.member()))
		p.prove("/login")
		b.Go("/login")
	}},
	{Name: "second-password-wrong", Error: "second.password.wrong", Field: "#answer", Walk: answered(password, "not this one")},
	{Name: "second-password-limited", Error: "fault.factor_limited", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.password(p.member())
		p.prove("/login")
		p.Get("/login")
		p.guess()
		b.Go("/login")
		b.Type("#answer", "not this one")
		b.Press(main)
	}},
	{Name: "second-totp", Walk: func(p *Person, b Browser) {
		p.totp(p.member())
		p.prove("/login")
		b.Go("/login")
	}},
	{Name: "second-totp-empty", Error: "second.totp.empty", Field: "#answer", Walk: answered((*Person).totp, "")},
	{Name: "second-totp-wrong", Error: "second.totp.wrong", Field: "#answer", Walk: answered((*Person).totp, "000000")},
	{Name: "second-recovery-code", Walk: func(p *Person, b Browser) {
		p.codes(p.member())
		p.prove("/login")
		b.Go("/login?by=recovery_code")
	}},
	{Name: "second-recovery-code-empty", Error: "second.recovery_code.empty", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.codes(p.member())
		p.prove("/login")
		b.Go("/login?by=recovery_code")
		b.Press(main)
	}},
	{Name: "second-recovery-code-wrong", Error: "second.recovery_code.wrong", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.codes(p.member())
		p.prove("/login")
		b.Go("/login?by=recovery_code")
		b.Type("#answer", "AAAA-AAAA-AAAA-AAAA")
		b.Press(main)
	}},
	{Name: "second-passkey-refused", Error: "fault.passkey_refused", Script: true, Before: mute, Walk: func(p *Person, b Browser) {
		p.passkey(p.password(p.member()))
		p.prove("/login")
		b.Go("/login")
		b.Click("summary")
		b.Press(keyButton)
	}},

	{Name: "old", Walk: func(p *Person, b Browser) {
		p.old()
		b.Go("/login")
	}},
	{Name: "old-password", Walk: func(p *Person, b Browser) {
		p.old()
		b.Go("/login?by=password")
	}},
	{Name: "old-password-wrong", Error: "second.password.wrong", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.old()
		b.Go("/login?by=password")
		b.Type("#answer", "not this one")
		b.Press(main)
	}},
	{Name: "old-notmine", Walk: func(p *Person, b Browser) {
		p.old()
		b.Go("/login?by=not_mine")
	}},
	{Name: "old-profile", Walk: func(p *Person, b Browser) {
		p.old()
		p.Get("/login")
		p.lead("/login", "do", "not_mine")
		b.Go("/login")
	}},
	{Name: "blocked", Error: "blocked.title", Walk: func(p *Person, b Browser) {
		userID := p.member()
		p.must(p.Accounts.Block(p.Context(), userID, operator))
		p.prove("/login")
		b.Go("/login")
	}},
	{Name: "renew", Options: Options{Former: true}, Walk: renewing},
	{Name: "renew-missing", Error: "consent.missing", Field: "#agree-terms", Options: Options{Former: true}, Walk: func(p *Person, b Browser) {
		renewing(p, b)
		b.Press(main)
	}},
	{Name: "once", Walk: func(_ *Person, b Browser) { b.Go("/login/once") }},
	{Name: "once-empty", Error: "once.empty", Field: "#once", Walk: func(_ *Person, b Browser) {
		b.Go("/login/once")
		b.Press(main)
	}},
	{Name: "once-wrong", Error: "fault.one_time_code_wrong", Field: "#once", Walk: func(_ *Person, b Browser) {
		b.Go("/login/once")
		b.Type("#once", "AAAAA-BBBBB-CCCCC-DDDDD")
		b.Press(main)
	}},
}

// recoverScenes are those of members who cannot come in.
var recoverScenes = []Scene{
	{Name: "recover", Walk: func(_ *Person, b Browser) { b.Go("/recover") }},
	{Name: "recover-code", Walk: func(p *Person, b Browser) {
		p.Get("/recover")
		p.lead("/recover", "do", "start", "number", Number)
		b.Go("/recover")
	}},
	{Name: "recover-known", Walk: func(p *Person, b Browser) {
		p.password(p.member())
		p.prove("/recover")
		b.Go("/recover")
	}},
	{Name: "recover-known-wrong", Error: "second.password.wrong", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.password(p.member())
		p.prove("/recover")
		b.Go("/recover")
		b.Type("#answer", "not this one")
		b.Press(main)
	}},
	{Name: "recover-begun", Walk: func(p *Person, b Browser) {
		p.waiting()
		b.Go("/recover")
	}},
	{Name: "recover-waiting", Walk: func(p *Person, b Browser) {
		p.waiting()
		p.Clock.Advance(time.Hour)
		p.prove("/recover")
		b.Go("/recover")
	}},
	{Name: "recover-service", Walk: func(p *Person, b Browser) {
		p.totp(p.password(p.member()))
		p.prove("/recover")
		b.Go("/recover")
	}},
	{Name: "recover-old", Walk: func(p *Person, b Browser) {
		p.old()
		p.Clock.Advance(time.Minute)
		p.prove("/recover")
		b.Go("/recover")
	}},
	{Name: "recover-nobody", Walk: func(p *Person, b Browser) {
		p.prove("/recover")
		b.Go("/recover")
	}},
	{Name: "newpassword", Walk: func(p *Person, b Browser) {
		p.recovered()
		b.Go("/login/password")
	}},
	{Name: "newpassword-common", Error: "fault.password_common", Field: "#password", Walk: func(p *Person, b Browser) {
		p.recovered()
		b.Go("/login/password")
		b.Type("#password", "password1234")
		b.Press(main)
	}},
}

// password names what a member is given.
var password = (*Person).password

// answered has a member who was given a proof answer the question for it.
func answered(give func(p *Person, userID string) string, answer string) func(*Person, Browser) {
	return func(p *Person, b Browser) {
		give(p, p.member())
		p.prove("/login")
		b.Go("/login")
		b.Type("#answer", answer)
		b.Press(main)
	}
}

// renewing comes in after the terms have changed.
func renewing(p *Person, b Browser) {
	p.member()
	p.prove("/login")
	b.Go("/account")
}

// remembered is a member's browser that has signed out, and whose it is.
func (p *Person) remembered() (userID string) {
	p.Helper()
	p.Join(Number, Names[p.Language])
	userID = p.find()
	p.Get("/account")
	p.lead("/signout")
	p.Clock.Advance(time.Hour)
	return userID
}

// tire has the browser's own number texted until that is refused.
func (p *Person) tire() {
	p.Helper()
	p.Get("/login")
	for range 20 {
		if p.Post("/login", "do", "known").Status == http.StatusTooManyRequests {
			return
		}
		p.Clock.Advance(time.Minute)
	}
	p.Fatal("texts have no end")
}

// guess tries a wrong password until it is refused unseen.
func (p *Person) guess() {
	p.Helper()
	for range 30 {
		if p.Post("/login", "do", "prove", "by", "password", "answer", "not this one").Status == http.StatusTooManyRequests {
			return
		}
	}
	p.Fatal("guessing has no end")
}

// waiting begins to wait for an account whose password is lost.
func (p *Person) waiting() {
	p.Helper()
	p.password(p.member())
	p.prove("/recover")
	p.Get("/recover")
	p.lead("/recover", "do", "wait")
}
