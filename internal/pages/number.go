package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/limit"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// numberView is what number.html and the like show: the first step of a door.
type numberView struct {
	Page   frame
	Number string // as it was typed
	Error  string

	Passkey passkeyForm // at the door of members
}

// number fills the page where a number is typed.
func (v *visit) number(typed string, why refusal) *numberView {
	view := &numberView{Page: v.frame(v.door.title, why.Text != "").in("step"), Number: typed, Error: why.Text}
	if v.door.path == loginPath {
		view.Passkey = v.passkeyForm(true)
		view.Passkey.Conditional = true
	}
	return view
}

// showNumber asks for a number.
func (v *visit) showNumber(typed string, why refusal) error {
	v.keepFlow(v.flow.id) // a number that was given up is still there on a reload
	return v.show(v.door.page, why.code(), v.number(typed, why))
}

// start starts a verification of the number that was typed.
func (v *visit) start() error {
	typed := v.typed("number")
	if typed == "" {
		return v.refuseNumber(typed, refusal{Text: v.locale.say("err.phone.empty"), status: http.StatusBadRequest})
	}
	refuse := func(why refusal) error { return v.refuseNumber(typed, why) }
	number, err := phone.Parse(typed)
	if err != nil {
		return v.refuseStart(number, err, refuse)
	}
	return v.startFor(number, false, refuse)
}

// startAgain starts a verification of the number that the flow has.
func (v *visit) startAgain() error {
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	return v.startFor(stored.To, v.flow.known, func(why refusal) error { return v.showStep(stored, why) })
}

// startFor starts a verification of a number and gives it to the browser. known
// says that nobody typed it.
func (v *visit) startFor(number phone.Number, known bool, refuse func(refusal) error) error {
	device, err := v.accounts.Trusted(v.r.Context(), v.cookies.Get(v.r, deviceCookie), number)
	if err != nil {
		return err
	}
	next := flow{secret: v.flow.secret, known: known}
	started, err := v.verify.Start(v.r.Context(), verify.Start{
		Application: v.application,
		To:          number,
		// Sign-up and sign-in are one hall: what the number is good for shows
		// only after it is proved (S-28, S-29).
		Purpose: v.door.purpose,
		Locale:  v.locale.name,
		Binding: next.binding(),
		Fresh:   v.flow.id == "",
		Client:  web.ClientAddr(v.r),
		Device:  device,
		Solved:  v.solved(number),
	})
	if err != nil {
		return v.refuseStart(number, err, refuse)
	}
	v.flow.known = known
	v.keepFlow(started.ID)
	return v.next(v.door.path)
}

// refuseStart answers a start that was refused: with a challenge, with a page
// where the wait is a long one, or where the number stands.
func (v *visit) refuseStart(number phone.Number, err error, refuse func(refusal) error) error {
	if errors.Is(err, limit.ErrChallenge) {
		return v.showChallenge(number)
	}
	if errors.Is(err, limit.ErrLocked) {
		if err := v.accounts.TellLocked(v.r.Context(), number); err != nil {
			return err
		}
	}
	why, internal := v.refuse(err)
	if internal != nil {
		return internal
	}
	if why.tooMany {
		if why.wait >= time.Minute {
			return v.showLimit(number, why)
		}
		why.Text = v.soon(why.wait)
	}
	return refuse(why)
}

// refuseNumber asks for the number again and leaves a verification that is
// under way as it is.
func (v *visit) refuseNumber(typed string, why refusal) error {
	view := v.number(typed, why)
	if v.flow.id != "" {
		view.Page.Back = "return"
	}
	return v.show(v.door.page, why.code(), view)
}

// limitView is what limited.html shows: a number that gets no text for a while.
type limitView struct {
	Page   frame
	Phone  string
	Number string // as it was typed, for the switch of the language
	Wait   string // in words
	When   string // clock time in Seoul
	Still  string // how long the last code is good for, "" when there is none
}

// soon says that a number gets another text within a minute. Seconds stand
// under the field; a longer wait has a page with a time of day.
func (v *visit) soon(wait time.Duration) string {
	return v.locale.say("err.limit", "time", v.locale.span(wait))
}

// showLimit says how long a number has to wait for another text, and what can
// be done meanwhile.
func (v *visit) showLimit(number phone.Number, why refusal) error {
	view := &limitView{
		Page:   v.frame("title.limited", true).in("step"),
		Phone:  v.spell(number),
		Number: v.typed("number"),
		Wait:   v.locale.span(why.wait),
		When:   v.locale.clock(v.now().Add(why.wait)),
	}
	view.Page.Back = "return"
	if view.Number == "" {
		view.Page.Step = ""
	}
	v.budget(&view.Page, number)
	if v.flow.id != "" {
		pending, err := v.verify.Get(v.r.Context(), v.ref())
		if err == nil && pending.Status == verify.Pending {
			view.Still = v.locale.span(pending.ExpiresAt.Sub(v.now()))
		}
	}
	return v.show("limited.html", why.code(), view)
}

// change gives a number up: its verification ends and the number can be typed
// anew.
func (v *visit) change() error {
	_, err := v.verify.Cancel(v.r.Context(), v.ref())
	if err != nil && fault.As(err) == nil {
		return err
	}
	if err != nil {
		v.keepFlow("") // it has ended already, or is proved: begin again
	}
	return v.next(v.door.path)
}
