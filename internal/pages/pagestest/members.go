package pagestest

import (
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/phone"
)

// operator is who blocks members in scenes.
var operator = account.Act{Actor: "scene", Reason: "as a scene wants it"}

// phrase is the password that members in scenes set.
const phrase = "a bookshop by the river"

// member has the number join in another browser, and returns whose it is. Then so
// much time passes that it can be texted again.
func (p *Person) member() (userID string) {
	p.Helper()
	p.World.Person(p.Language).Join(Number, Names[p.Language])
	to, err := phone.Parse(Number)
	p.must(err)
	userID, err = p.Accounts.Find(p.Context(), to, operator)
	p.must(err)
	p.Clock.Advance(time.Minute)
	return userID
}

// password gives a member a password.
func (p *Person) password(userID string) {
	p.Helper()
	p.must(p.Factors.SetPassword(p.Context(), userID, phrase))
}

// codes gives a member a password and recovery codes, and returns one of these.
func (p *Person) codes(userID string) string {
	p.Helper()
	p.password(userID)
	codes, err := p.Factors.NewRecoveryCodes(p.Context(), userID)
	p.must(err)
	return codes[0]
}

// prove proves the number at a door.
func (p *Person) prove(door string) {
	p.Helper()
	p.Get(door)
	p.lead(door, "do", "start", "number", Number)
	p.lead(door, "do", "check", "code", p.Code(Number))
}

// old proves a number whose account proved it so long ago that it may be somebody
// else's by now.
func (p *Person) old() {
	p.Helper()
	p.password(p.member())
	p.Clock.Advance(100 * 24 * time.Hour)
	p.prove("/login")
}

// recovered gets an account back whose password is lost.
func (p *Person) recovered() {
	p.Helper()
	code := p.codes(p.member())
	p.prove("/recover")
	p.Get("/recover")
	p.lead("/recover", "do", "prove", "by", "recovery_code", "answer", code)
}

// lead posts a form that must lead on.
func (p *Person) lead(path string, fields ...string) {
	p.Helper()
	if a := p.Post(path, fields...); a.Status != http.StatusSeeOther {
		p.Fatalf("%s answered %d\n%s", path, a.Status, a.Body)
	}
}

func (p *Person) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}
