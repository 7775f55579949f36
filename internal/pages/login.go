package pages

import (
	"github.com/sinpyo/sinpyo/internal/phone"
)

// loginView is what login.html shows: the first step of a browser that signed
// in before.
type loginView struct {
	Page  frame
	Phone string // masked: whoever sits at the browser learns four digits
	Error string
}

// showFirst shows the first step. At the door of members a browser that signed
// in before need not type its number, unless it asks to.
func (v *visit) showFirst() error {
	if !v.door.hall || !v.door.login || v.r.URL.Query().Has("other") {
		return v.door.first(v, "", refusal{})
	}
	to, known, err := v.remembered()
	if err != nil {
		return err
	}
	if !known {
		return v.showNumber("", refusal{})
	}
	return v.showLogin(to, refusal{})
}

// remembered returns the number that the browser signed in with before.
func (v *visit) remembered() (to phone.Number, ok bool, err error) {
	cookie := v.cookies.Get(v.r, deviceCookie)
	if cookie == "" {
		return to, false, nil
	}
	return v.accounts.Remembered(v.r.Context(), cookie)
}

// showLogin offers to send a text to the number that the browser is known by.
func (v *visit) showLogin(to phone.Number, why refusal) error {
	v.keepFlow(v.flow.id)
	return v.show("login.html", why.code(), &loginView{
		Page: v.frame("title.login", why.Text != ""), Phone: to.String(), Error: why.Text,
	})
}

// startKnown starts a verification of the number that the browser is known by.
func (v *visit) startKnown() error {
	to, known, err := v.remembered()
	if err != nil {
		return err
	}
	if !known { // it was, when the page was shown
		return v.showNumber("", refusal{})
	}
	return v.startFor(to, true, func(why refusal) error { return v.showLogin(to, why) })
}
