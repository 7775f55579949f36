package pages

import (
	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// errNoPassword refuses a form without the password it asks for.
var errNoPassword = fault.New(fault.Invalid, "password_missing", "a password is needed here")

// asksPassword reports whether nobody joins without a password.
func (v *visit) asksPassword() bool { return v.factors.Policy() == factor.Required }

// passwordFits returns why the password that was typed at sign-up cannot be one.
func (v *visit) passwordFits(form profileForm) error {
	if form.Password == "" {
		return errNoPassword
	}
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil && fault.As(err) == nil {
		return err
	}
	return v.factors.Acceptable(form.Password, ownWords(account.User{Name: form.Name, Number: stored.To})...)
}

// passwordError says what is wrong with it, "" for nothing.
func (v *visit) passwordError(form profileForm) (string, error) {
	if !v.asksPassword() {
		return "", nil
	}
	err := v.passwordFits(form)
	if err == nil {
		return "", nil
	}
	why, internal := v.refuse(err)
	return why.Text, internal
}

// greetWith is greet for somebody who has typed a password. Where it could not
// be stored it is asked for once more.
func (v *visit) greetWith(s account.Session, form profileForm) error {
	if !v.accounts.Fresh(s) { // of an account that was opened meanwhile, and has a passkey by now
		return v.greet(s)
	}
	err := v.factors.SetPassword(v.r.Context(), s.UserID, form.Password, form.Name)
	if err != nil {
		v.keepFlow("") // for the address it leads to in the end
		return v.enter(s, "/login/password")
	}
	return v.greet(s)
}
