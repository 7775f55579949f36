package pagestest

import (
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/sandbox"
)

// The numbers that people in scenes have.
const (
	Number      = "010-2345-6789"
	OtherNumber = "010-3456-7890"
)

// Names are what a member in a scene is called, by language.
var Names = map[string]string{"ko": "김하늘", "en": "Haneul Kim"}

// Browser is the last stretch of a walk: what a person does to the page before
// them. It ends the test where a step fails.
type Browser interface {
	Go(path string)          // with the cookies of the person who walked so far
	Type(field, text string) // in place of what stands there
	Press(button string)     // and waits for the page that follows
	Click(thing string)      // which leads to no other page
	Forget()                 // every cookie
}

// Scene is a page in one state, and the way there.
type Scene struct {
	Name string // of the picture, too: it stays the same

	// Error is the catalogue's id of what the page says is wrong, "" when
	// nothing is. The title of such a page begins with "오류: ".
	Error string
	// Field is the field at fault, as a selector: it has the focus. It is ""
	// where the error is no field's.
	Field string

	NoScript bool   // the state is seen without scripts alone
	Before   string // script that runs before those of the page
	Options  Options

	// Walk goes there, with p as far as can be and with b from then on.
	Walk func(p *Person, b Browser)
}

const (
	main   = "main .main"
	resend = ".resend button"
)

// Scenes are all states of all pages.
var Scenes = []Scene{
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

	{Name: "challenge", Before: idle, Walk: func(p *Person, b Browser) {
		p.AskChallenges(p.App.ID)
		typed(Number)(p, b)
	}},
	{Name: "challenge-early", Error: "challenge.early", NoScript: true, Walk: func(p *Person, b Browser) {
		p.AskChallenges(p.App.ID)
		typed(Number)(p, b)
		b.Press(main)
	}},

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

	{Name: "undelivered-unreachable", Error: "undelivered.unreachable", Field: "#number", Walk: undelivered("3043")},
	{Name: "undelivered-cannot-receive", Error: "undelivered.cannot_receive", Field: "#number", Walk: undelivered("3032")},
	{Name: "undelivered-ours", Error: "undelivered.ours", Walk: undelivered("3020")},
	{Name: "undelivered-wrong-code", Error: "err.code.wrong", Field: "#code", Walk: func(p *Person, b Browser) {
		undelivered("3043")(p, b)
		b.Click("summary")
		b.Type("#code", "000000")
		b.Press("details .main")
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

	{Name: "account", Walk: func(p *Person, b Browser) {
		p.Join(Number, Names[p.Language])
		p.Get("/signup")
		b.Go("/account")
	}},

	{Name: "account-name", Walk: joined("/account/name")},
	{Name: "account-name-empty", Error: "err.name.empty", Field: "#name", Walk: func(p *Person, b Browser) {
		joined("/account/name")(p, b)
		b.Type("#name", "")
		b.Press(main)
	}},
	{Name: "account-number-landline", Error: "fault.number_landline", Field: "#number", Walk: func(p *Person, b Browser) {
		joined("/account/number")(p, b)
		b.Type("#number", "02-345-6789")
		b.Press(main)
	}},
	{Name: "account-password-short", Error: "fault.password_short", Field: "#password", Walk: func(p *Person, b Browser) {
		joined("/account/password")(p, b)
		b.Type("#password", "short")
		b.Press(main)
	}},
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
	{Name: "account-codes-made", Walk: func(p *Person, b Browser) {
		joined("/account/codes")(p, b)
		b.Press(main)
	}},
	{Name: "account-leave-unsure", Error: "err.leave.sure", Field: "#sure", Walk: func(p *Person, b Browser) {
		joined("/account/leave")(p, b)
		b.Press(main)
	}},
	{Name: "account-number", Walk: joined("/account/number")},
	{Name: "account-passkeys", Walk: joined("/account/passkeys")},
	{Name: "account-password", Walk: joined("/account/password")},
	{Name: "account-totp", Walk: joined("/account/totp")},
	{Name: "account-codes", Walk: joined("/account/codes")},
	{Name: "account-sessions", Walk: joined("/account/sessions")},
	{Name: "account-consents", Walk: joined("/account/consents")},
	{Name: "account-data", Walk: joined("/account/data")},
	{Name: "account-leave", Walk: joined("/account/leave")},
	{Name: "account-confirm", Walk: func(p *Person, b Browser) {
		p.Join(Number, Names[p.Language])
		p.Clock.Advance(6 * time.Minute)
		b.Go("/account/leave")
	}},
	{Name: "second-password", Walk: func(p *Person, b Browser) {
		p.password(p.member())
		p.prove("/login")
		b.Go("/login")
	}},
	{Name: "second-password-wrong", Error: "second.password.wrong", Field: "#answer", Walk: func(p *Person, b Browser) {
		p.password(p.member())
		p.prove("/login")
		b.Go("/login")
		b.Type("#answer", "not this one")
		b.Press(main)
	}},
	{Name: "second-recovery-code", Walk: func(p *Person, b Browser) {
		p.codes(p.member())
		p.prove("/login")
		b.Go("/login?by=recovery_code")
	}},
	{Name: "old", Walk: func(p *Person, b Browser) {
		p.old()
		b.Go("/login")
	}},
	{Name: "old-notmine", Walk: func(p *Person, b Browser) {
		p.old()
		b.Go("/login?by=not_mine")
	}},
	{Name: "blocked", Error: "blocked.title", Walk: func(p *Person, b Browser) {
		userID := p.member()
		p.must(p.Accounts.Block(p.Context(), userID, operator))
		p.prove("/login")
		b.Go("/login")
	}},
	{Name: "recover-known", Walk: func(p *Person, b Browser) {
		p.password(p.member())
		p.prove("/recover")
		b.Go("/recover")
	}},
	{Name: "recover-begun", Walk: func(p *Person, b Browser) {
		p.password(p.member())
		p.prove("/recover")
		p.Get("/recover")
		p.Post("/recover", "do", "wait")
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
	{Name: "once-wrong", Error: "fault.one_time_code_wrong", Field: "#once", Walk: func(_ *Person, b Browser) {
		b.Go("/login/once")
		b.Type("#once", "AAAAA-BBBBB-CCCCC-DDDDD")
		b.Press(main)
	}},
	{Name: "login", Walk: func(_ *Person, b Browser) { b.Go("/login") }},
	{Name: "recover", Walk: func(_ *Person, b Browser) { b.Go("/recover") }},
	{Name: "undo", Walk: func(_ *Person, b Browser) { b.Go("/undo") }},
	{Name: "once", Walk: func(_ *Person, b Browser) { b.Go("/login/once") }},
	{Name: "left", Walk: func(_ *Person, b Browser) { b.Go("/left") }},

	{Name: "document-terms", Walk: func(_ *Person, b Browser) { b.Go("/documents/terms") }},
	{Name: "document-privacy", Walk: func(_ *Person, b Browser) { b.Go("/documents/privacy") }},
	{Name: "problem-missing", Error: "problem.missing", Walk: func(_ *Person, b Browser) { b.Go("/nowhere") }},
	{Name: "problem", Error: "problem.title", Walk: func(_ *Person, b Browser) { b.Go("/broken") }},
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

// profile is at the third step.
func profile(p *Person, b Browser) {
	p.Prove(Number)
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

// joined goes to a page of somebody who has just joined.
func joined(path string) func(*Person, Browser) {
	return func(p *Person, b Browser) {
		p.Join(Number, Names[p.Language])
		b.Go(path)
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
