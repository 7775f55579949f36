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

// numberView is what number.html shows: the first step.
type numberView struct {
	Page   frame
	Number string // as it was typed
	Error  string
}

// showNumber asks for a number.
func (v *visit) showNumber(typed string, why refusal) error {
	v.keepFlow(v.flow.id) // a number that was given up is still there on a reload
	return v.show("number.html", why.code(), &numberView{
		Page:   v.frame("title.number", why.Text != ""),
		Number: typed, Error: why.Text,
	})
}

// start starts a verification of the number that was typed.
func (v *visit) start() error {
	typed := v.typed("number")
	if typed == "" {
		return v.refuseNumber(typed, refusal{Text: v.locale.say("err.phone.empty"), status: http.StatusBadRequest})
	}
	number, err := phone.Parse(typed)
	if err == nil {
		err = v.startFor(number)
	}
	if err == nil {
		return v.next("/signup")
	}
	if errors.Is(err, limit.ErrChallenge) {
		return v.showChallenge(number)
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
	return v.refuseNumber(typed, why)
}

// startFor starts a verification of number and gives it to the browser.
func (v *visit) startFor(number phone.Number) error {
	device, err := v.accounts.Trusted(v.r.Context(), v.cookies.Get(v.r, deviceCookie), number)
	if err != nil {
		return err
	}
	started, err := v.verify.Start(v.r.Context(), verify.Start{
		Application: v.application,
		To:          number,
		// Sign-up and sign-in are one door: what the number is good for shows
		// only after it is proved (S-28, S-29).
		Purpose: verify.Login,
		Locale:  v.locale.name,
		Binding: verify.Browser(v.flow.secret),
		Fresh:   v.flow.id == "",
		Client:  web.ClientAddr(v.r),
		Device:  device,
		Solved:  v.solved(number),
	})
	if err != nil {
		return err
	}
	v.keepFlow(started.ID)
	return nil
}

// refuseNumber asks for the number again and leaves a verification that is
// under way as it is.
func (v *visit) refuseNumber(typed string, why refusal) error {
	f := v.frame("title.number", true)
	if v.flow.id != "" {
		f.Back = "return"
	}
	return v.show("number.html", why.code(), &numberView{Page: f, Number: typed, Error: why.Text})
}

// limitView is what limited.html shows: a number that gets no text for a while.
type limitView struct {
	Page   frame
	Number string
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
		Page:   v.frame("title.limited", true),
		Number: number.Display(),
		Wait:   v.locale.span(why.wait),
		When:   v.locale.clock(v.now().Add(why.wait)),
	}
	view.Page.Back = "return"
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
	return v.next("/signup")
}
