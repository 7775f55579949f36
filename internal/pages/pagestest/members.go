package pagestest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
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
	userID = p.find()
	p.Clock.Advance(time.Minute)
	return userID
}

// find returns whose the number is.
func (p *Person) find() (userID string) {
	p.Helper()
	to, err := phone.Parse(Number)
	p.must(err)
	userID, err = p.Accounts.Find(p.Context(), to, operator)
	p.must(err)
	return userID
}

// password gives a member a password.
func (p *Person) password(userID string) string {
	p.Helper()
	p.must(p.Factors.SetPassword(p.Context(), userID, phrase))
	return userID
}

// passkey gives a member a passkey, which the world's phone holds.
func (p *Person) passkey(userID string) string {
	p.Helper()
	options, ceremony, err := p.Factors.BeginRegister(p.Context(), userID, Names[p.Language])
	p.must(err)
	_, err = p.Factors.FinishRegister(p.Context(), userID, ceremony, p.phone.Create(p, options), "Chrome · Android")
	p.must(err)
	return userID
}

// makePasskey makes a passkey as the script of a page does, on the world's phone.
func (p *Person) makePasskey(path string) {
	p.Helper()
	var asked struct {
		Options  json.RawMessage
		Ceremony string
	}
	p.must(json.Unmarshal([]byte(p.Post("/passkeys/create").Body), &asked))
	p.lead(path, "ceremony", asked.Ceremony, "response", string(p.phone.Create(p, asked.Options)))
}

// totp gives a member an authenticator app.
func (p *Person) totp(userID string) string {
	p.Helper()
	draft, err := p.Factors.BeginTOTP(p.Context(), userID, Names[p.Language])
	p.must(err)
	secret := strings.ReplaceAll(draft.Secret, " ", "")
	p.must(p.Factors.FinishTOTP(p.Context(), userID, factortest.Code(p, secret, p.Clock.Now())))
	p.Clock.Advance(time.Minute)
	return userID
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
