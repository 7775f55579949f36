package pages

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor"
)

// newPasswordView is what newpassword.html shows: a password in the place of one
// that was lost, or one that could not be set at sign-up.
type newPasswordView struct {
	Page    frame
	Least   string // characters it needs
	Replace bool   // there was one before, so that it can wait
	Error   string
}

// newPassword asks a member who has just proved themselves for a password.
func (v *visit) newPassword() error {
	user, s, token, err := v.who()
	switch {
	case err != nil:
		return err
	case token == "":
		return v.next("/login")
	case !v.accounts.Fresh(s) || v.factors.Policy() == factor.Off:
		return v.goHome()
	}
	return v.showNewPassword(user.ID, token, refusal{})
}

func (v *visit) showNewPassword(userID, token string, why refusal) error {
	h, err := v.factors.Held(v.r.Context(), userID)
	if err != nil {
		return err
	}
	view := &newPasswordView{
		Page: v.frame("title.newpassword", why.Text != ""), Least: strconv.Itoa(v.factors.Least()), Replace: h.Password, Error: why.Text,
	}
	view.Page.Token = formToken(token)
	return v.show("newpassword.html", why.code(), view)
}

// setPassword gives the member the password that was typed.
func (v *visit) setPassword() error {
	user, s, token, err := v.who()
	switch {
	case err != nil:
		return err
	case token == "":
		return v.next("/login")
	}
	if err := v.form(token); errors.Is(err, errForm) {
		why, _ := v.refuse(err) // it is a refusal
		return v.showNewPassword(user.ID, token, why)
	} else if err != nil {
		return err
	}
	if !v.accounts.Fresh(s) { // where the account can ask for a proof
		return v.next("/account/password")
	}
	password := v.r.PostForm.Get("password")
	if password == "" {
		return v.showNewPassword(user.ID, token, refusal{Text: v.locale.say("err.password.empty"), status: http.StatusBadRequest})
	}
	err = v.factors.SetPassword(v.r.Context(), user.ID, password, ownWords(user)...)
	if err != nil {
		why, internal := v.refuse(err)
		if internal != nil {
			return internal
		}
		return v.showNewPassword(user.ID, token, why)
	}
	return v.goHome()
}

// ownWords are what a member's password may not consist of.
func ownWords(user account.User) []string {
	words := []string{user.Name}
	if !user.Number.IsZero() {
		words = append(words, user.Number.Display())
	}
	return words
}
