package pages

import (
	"errors"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/web"
)

// doneView is what done.html shows, once, after sign-up.
type doneView struct {
	Page   frame
	Name   string
	Phone  string // in full: it has just been typed here
	Moment string

	Home    string // where the way goes on
	Returns bool   // that is another service
	To      string // its name, for the form

	Made  bool // a passkey has been made
	Offer bool // one can be
	Error string
}

// welcome greets a new member and forgets the flow. It offers a passkey (S-52).
func (v *visit) welcome(user account.User) error {
	v.cookies.Clear(v.w, flowCookie)
	return v.showDone(user, http.StatusOK)
}

func (v *visit) showDone(user account.User, status int) error {
	home := v.home()
	view := &doneView{
		Page: v.frame("title.done", false), Home: home, Returns: home != "/account", To: v.flow.to,
		Name: user.Name, Phone: user.Number.Display(), Moment: v.locale.moment(user.LastProvedAt),
		Made: v.flow.made, Offer: !v.flow.made && v.factors.Passkeys(), Error: v.passkeyError,
	}
	view.Page.Token = formToken(v.cookies.Get(v.r, sessionCookie))
	return v.show("done.html", status, view)
}

// addPasskey makes the passkey that the welcome offers.
func (v *visit) addPasskey() error {
	user, s, token, err := v.who()
	switch {
	case err != nil:
		return err
	case token == "":
		return v.next("/login")
	}
	err = v.form(token)
	if err != nil && !errors.Is(err, errForm) {
		return err
	}
	if err != nil || !v.accounts.Fresh(s) {
		return v.next("/account/passkeys") // which asks for a proof
	}
	v.flow = flow{joined: true}
	if to := v.typed("to"); v.returns[to] != "" {
		v.flow.to = to
	}
	label := web.BrowserName(v.r)
	if label == "" {
		label = v.locale.say("passkey.label")
	}
	ceremony, response := v.answer()
	if _, err := v.factors.FinishRegister(v.r.Context(), user.ID, ceremony, response, label); err != nil {
		why, internal := v.refuse(err)
		if internal != nil {
			return internal
		}
		v.passkeyError = why.Text
		return v.showDone(user, why.code())
	}
	v.flow.made = true
	v.cookies.Set(v.w, flowCookie, v.flow.String(), flowAge)
	return v.next(signupPath)
}
