package pages

import (
	"errors"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// onceView is what once.html shows: one field for a code that an operator has
// made for one sign-in.
type onceView struct {
	Page  frame
	Code  string // as it was typed
	Error string
}

// onceDoor asks for a one-time code.
func (v *visit) onceDoor() error {
	_, signedIn, err := v.member()
	switch {
	case err != nil:
		return err
	case signedIn:
		return v.goHome()
	}
	v.readReturn()
	return v.showOnce(refusal{})
}

func (v *visit) showOnce(why refusal) error {
	v.keepFlow(v.flow.id)
	return v.show("once.html", why.code(), &onceView{
		Page: v.frame("title.once", why.Text != "").in("step"), Code: v.typed("code"), Error: why.Text,
	})
}

// once signs in with a one-time code.
func (v *visit) once() error {
	err := v.form(v.flow.secret)
	if v.switchLanguage() {
		return v.showOnce(refusal{})
	}
	if errors.Is(err, errForm) {
		return v.refuseOnceForm(err)
	}
	if err != nil {
		return err
	}
	if v.typed("code") == "" {
		return v.showOnce(refusal{Text: v.locale.say("once.empty"), status: http.StatusBadRequest})
	}
	s, err := v.accounts.EnterOnce(v.r.Context(), v.typed("code"), v.browser())
	switch {
	case errors.Is(err, account.ErrBlocked):
		return v.showBlocked()
	case fault.As(err) != nil:
		why, internal := v.refuse(err)
		if internal != nil {
			return internal
		}
		return v.showOnce(why)
	case err != nil:
		return err
	}
	return v.comeIn(s)
}

// refuseOnceForm answers a form that is not the browser's, as one that is sent
// twice.
func (v *visit) refuseOnceForm(err error) error {
	_, signedIn, failed := v.member()
	switch {
	case failed != nil:
		return failed
	case signedIn:
		return v.goHome()
	case v.keepsNoCookies():
		return v.showCookies()
	}
	why, internal := v.refuse(err)
	if internal != nil {
		return internal
	}
	return v.showOnce(why)
}
