package pagestest

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/factor"
)

// joiningScenes are those of the third step and of the welcome.
var joiningScenes = []Scene{
	{Name: "profile", Walk: profile},
	{Name: "profile-missing", Error: "profile.summary", Field: "#name", Walk: func(p *Person, b Browser) {
		profile(p, b)
		b.Click("#agree-marketing_sms")
		b.Press("form .main")
	}},
	{Name: "profile-consent", Error: "consent.missing", Field: "#agree-terms", Walk: func(p *Person, b Browser) {
		profile(p, b)
		b.Type("#name", Names[p.Language])
		b.Click("#agree-age_14")
		b.Press("form .main")
	}},
	{Name: "profile-age", Error: "consent.missing.age", Field: "#agree-age_14", Walk: func(p *Person, b Browser) {
		profile(p, b)
		b.Type("#name", Names[p.Language])
		b.Click("#agree-terms")
		b.Press("form .main")
	}},
	{Name: "profile-name", Error: "fault.name_invalid", Field: "#name", Walk: func(p *Person, b Browser) {
		profile(p, b)
		b.Type("#name", "가나다라마바사아자차카타파하가나다라마바사아자차카타파하가나다라마바사아자차카타파하가나다라마바사아자차카타파하")
		b.Click("#agree-age_14")
		b.Click("#agree-terms")
		b.Press("form .main")
	}},
	{Name: "profile-late", Error: "fault.verification_not_approved", Field: "#number", Walk: func(p *Person, b Browser) {
		profile(p, b)
		p.Clock.Advance(31 * time.Minute)
		b.Type("#name", Names[p.Language])
		b.Click("#agree-age_14")
		b.Click("#agree-terms")
		b.Press("form .main")
	}},
	{Name: "done", Walk: func(p *Person, b Browser) {
		p.Join(Number, Names[p.Language])
		b.Go("/signup")
	}},
	{Name: "profile-password", Options: Options{Password: factor.Required}, Walk: profile},
	{Name: "profile-password-own", Error: "fault.password_own", Field: "#password", Options: Options{Password: factor.Required},
		Walk: func(p *Person, b Browser) {
			profile(p, b)
			b.Type("#name", Names[p.Language])
			b.Type("#password", "0102345678")
			b.Click("#agree-age_14")
			b.Click("#agree-terms")
			b.Press("form .main")
		}},
	{Name: "done-passkey", Walk: func(p *Person, b Browser) {
		p.Join(Number, Names[p.Language])
		p.Get("/signup")
		p.makePasskey("/welcome")
		b.Go("/signup")
	}},
	{Name: "done-passkey-refused", Error: "fault.passkey_refused", Script: true, Before: mute, Walk: func(p *Person, b Browser) {
		p.Join(Number, Names[p.Language])
		b.Go("/signup")
		b.Press(keyButton)
	}},
}

// profile is at the third step.
func profile(p *Person, b Browser) {
	p.Prove(Number)
	b.Go("/signup")
}
