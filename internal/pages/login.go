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

	Passkey passkeyForm // before the text's button, or after it where it is the second
}

// showFirst shows the first step. At the door of members a browser that signed
// in before need not type its number, unless it asks to.
func (v *visit) showFirst(why refusal) error {
	if v.door.path != loginPath || v.r.URL.Query().Has("other") {
		return v.door.first(v, "", why)
	}
	to, known, err := v.remembered()
	if err != nil {
		return err
	}
	if !known {
		return v.showNumber("", why)
	}
	return v.showLogin(to, why)
}

// remembered returns the number that the browser signed in with before.
func (v *visit) remembered() (to phone.Number, ok bool, err error) {
	cookie := v.cookies.Get(v.r, deviceCookie)
	if cookie == "" {
		return to, false, nil
	}
	return v.accounts.Remembered(v.r.Context(), cookie)
}

// holdsPasskey reports whether the member by whom the browser is known has a
// passkey.
func (v *visit) holdsPasskey() (bool, error) {
	userID, _, ok, err := v.accounts.RememberedMember(v.r.Context(), v.cookies.Get(v.r, deviceCookie))
	if err != nil || !ok {
		return false, err
	}
	h, err := v.factors.Held(v.r.Context(), userID)
	return len(h.Passkeys) > 0, err
}

// showLogin offers to send a text to the number that the browser is known by.
func (v *visit) showLogin(to phone.Number, why refusal) error {
	v.keepFlow(v.flow.id)
	view := &loginView{Page: v.frame("title.login", why.Text != ""), Phone: to.String(), Error: why.Text}
	holds, err := v.holdsPasskey()
	if err != nil {
		return err
	}
	view.Passkey = v.passkeyForm(!holds)
	return v.show("login.html", why.code(), view)
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
