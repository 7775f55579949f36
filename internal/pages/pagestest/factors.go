package pagestest

import (
	"strings"

	"github.com/sinpyo/sinpyo/internal/account"
)

// confirmScenes are those of the step-up.
var confirmScenes = []Scene{
	{Name: "account-confirm", Walk: func(p *Person, b Browser) {
		p.aged("")
		b.Go("/account/leave")
	}},
	{Name: "account-confirm-code", Walk: func(p *Person, b Browser) {
		p.aged("")
		p.Get("/account/confirm/leave")
		p.lead("/account/confirm/leave", "do", "start")
		b.Go("/account/confirm/leave")
	}},
	{Name: "account-confirm-password", Walk: func(p *Person, b Browser) {
		p.aged("password codes")
		b.Go("/account/codes")
	}},
	{Name: "account-confirm-password-empty", Error: "second.password.empty", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.aged("password")
		b.Go("/account/codes")
		b.Press(main)
	}},
	{Name: "account-confirm-password-wrong", Error: "second.password.wrong", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.aged("password")
		b.Go("/account/codes")
		b.Type("#answer", "파란 나무")
		b.Press(main)
	}},
	{Name: "account-confirm-passkey", Script: true, Walk: func(p *Person, b Browser) {
		p.aged("passkey codes")
		b.Go("/account/passkeys")
	}},
	{Name: "account-confirm-passkey-over", Error: "fault.ceremony_over", Script: true, Before: mute + late, Walk: func(p *Person, b Browser) {
		p.aged("passkey")
		b.Go("/account/passkeys")
		b.Press(keyButton)
	}},
}

// factorScenes are those of the ways to come in.
var factorScenes = []Scene{
	{Name: "account-passkeys", Walk: joined("/account/passkeys")},
	{Name: "account-passkeys-has", Walk: func(p *Person, b Browser) {
		p.has("passkey")
		b.Go("/account/passkeys")
	}},
	{Name: "account-passkeys-label", Error: "fault.label_invalid", Field: "input[name=label]", Walk: func(p *Person, b Browser) {
		p.has("passkey")
		b.Go("/account/passkeys")
		b.Click("details.rename summary")
		b.Type("input[name=label]", strings.Repeat("긴", 51))
		b.Press("details.rename .main")
	}},
	{Name: "account-password", Walk: joined("/account/password")},
	{Name: "account-password-empty", Error: "err.password.empty", Field: "#password", Walk: setPassword("")},
	{Name: "account-password-short", Error: "fault.password_short", Field: "#password", Walk: setPassword("short")},
	{Name: "account-password-long", Error: "fault.password_long", Field: "#password", Walk: setPassword(strings.Repeat("a bookshop by the river ", 6))},
	{Name: "account-password-own", Error: "fault.password_own", Field: "#password", Walk: setPassword("01023456789")},
	{Name: "account-password-has", Walk: func(p *Person, b Browser) {
		p.has("password")
		b.Go("/account/password")
	}},
	{Name: "account-totp", Walk: joined("/account/totp")},
	{Name: "account-totp-draft", Walk: func(p *Person, b Browser) {
		joined("/account/totp")(p, b)
		b.Press(main)
	}},
	{Name: "account-totp-wrong", Error: "totp.wrong", Field: "#app-code", Walk: func(p *Person, b Browser) {
		joined("/account/totp")(p, b)
		b.Press(main)
		b.Type("#app-code", "000000")
		b.Press(main)
	}},
	{Name: "account-totp-over", Error: "fault.totp_draft_over", Walk: func(p *Person, b Browser) {
		joined("/account/totp")(p, b)
		b.Press(main)
		p.totp(p.find()) // in another tab
		b.Type("#app-code", "000000")
		b.Press(main)
	}},
	{Name: "account-totp-has", Walk: func(p *Person, b Browser) {
		p.has("totp")
		b.Go("/account/totp")
	}},
	{Name: "account-codes", Walk: joined("/account/codes")},
	{Name: "account-codes-made", Walk: func(p *Person, b Browser) {
		joined("/account/codes")(p, b)
		b.Press(main)
	}},
	{Name: "account-codes-has", Walk: func(p *Person, b Browser) {
		p.has("codes")
		b.Go("/account/codes")
	}},
}

// keyButton is the button that asks for one.
const keyButton = "form[data-passkey] button"

// mute has the browser's authenticator answer what nobody can read.
const mute = `{
	const answer = async (asked) => asked.mediation ? new Promise(() => {}) : { toJSON: () => ({}) };
	navigator.credentials.create = answer;
	navigator.credentials.get = answer;
}`

// late has forms with a passkey belong to what is over.
const late = `
	addEventListener("submit", (e) => { if (e.target.elements.ceremony) e.target.elements.ceremony.value = "none"; }, true);`

// setPassword sets one in the browser.
func setPassword(password string) func(*Person, Browser) {
	return func(p *Person, b Browser) {
		joined("/account/password")(p, b)
		b.Type("#password", password)
		b.Press(main)
	}
}

// has is somebody who has joined and has some factors.
func (p *Person) has(factors string) {
	p.Helper()
	p.joined()
	p.given(factors)
}

// given has the member get some factors.
func (p *Person) given(factors string) {
	p.Helper()
	userID := p.find()
	for factor := range strings.FieldsSeq(factors) {
		switch factor {
		case "passkey":
			p.passkey(userID)
		case "password":
			p.password(userID)
		case "totp":
			p.totp(userID)
		case "codes":
			p.codes(userID)
		default:
			p.Fatalf("there is no factor %q", factor)
		}
	}
}

// aged is somebody who has factors and whose last proof is not fresh any more.
func (p *Person) aged(factors string) {
	p.Helper()
	p.has(factors)
	p.Clock.Advance(account.FreshFor)
}
