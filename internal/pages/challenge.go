package pages

import (
	"time"

	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/web"
)

// challengeView is what challenge.html shows: a moment's work for the script,
// or a short wait, before a text is sent.
type challengeView struct {
	Page   frame
	Lead   string
	Phone  string
	Do     string // the act that was held up
	Number string // as it was typed, "" when nobody did
	Token  string
	Bits   int
	Wait   int // seconds until waiting is enough
	Note   string
	Early  bool // the button was pressed before that
}

// subject is what a challenge on these pages is bound to.
func (v *visit) subject(to phone.Number) challenge.Subject {
	return challenge.Subject{ApplicationID: v.application.ID, To: to, Client: web.ClientAddr(v.r)}
}

// solved reports whether the form brings a challenge that was solved or waited
// for.
func (v *visit) solved(to phone.Number) bool {
	token := v.typed("challenge")
	if token == "" {
		return false
	}
	s := v.subject(to)
	return v.challenges.Worked(s, token+"."+v.typed("nonce")) || v.challenges.Waited(s, token)
}

// showChallenge asks for a moment's work or patience before a text is sent to
// the number. Pressed too early the same challenge is shown again, with the wait
// that is left.
func (v *visit) showChallenge(to phone.Number) error {
	before := v.typed("challenge")
	c := v.challenges.Again(v.subject(to), before)
	early := c.Token == before
	why, err := v.refuse(limit.ErrChallenge.After(max(c.Wait, time.Second)))
	if err != nil {
		return err
	}
	view := &challengeView{
		Page: v.frame("title.challenge", early).in("challenge"), Lead: why.Text,
		Phone: v.spell(to), Do: v.typed("do"),
		Token: c.Token, Bits: c.Bits, Wait: seconds(c.Wait), Early: early,
	}
	if view.Do == "start" {
		view.Number = to.Display()
	}
	note := "challenge.wait"
	if early {
		note = "challenge.early"
	}
	view.Note = v.locale.say(note, "time", v.locale.span(time.Duration(view.Wait)*time.Second))
	view.Page.Back = "return"
	v.budget(&view.Page, to)
	return v.show("challenge.html", why.code(), view)
}
