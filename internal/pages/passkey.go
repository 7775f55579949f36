package pages

import (
	"encoding/json"
	"errors"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/face"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// passkeyForm is what passkey.html shows: a button that signs in with a passkey.
type passkeyForm struct {
	Shown       bool // there can be passkeys here; the rest is for then
	Second      bool // outlined: something else is the page's next step
	Conditional bool // the browser may offer one by itself, in the number's field
	Door        string
	Token       string
	Of          string
	Error       string
}

// passkeyForm returns the button, which second says is not the page's next step.
func (v *visit) passkeyForm(second bool) passkeyForm {
	return passkeyForm{
		Shown: v.factors.Passkeys(), Second: second,
		Door: v.door.path, Token: formToken(v.flow.secret), Of: v.flow.mark(), Error: v.passkeyError,
	}
}

// ask answers the script.
func (v *visit) ask(options json.RawMessage, ceremony string, err error) error {
	if err != nil {
		return err
	}
	return face.Ask(v.w, options, ceremony)
}

// askPasskey begins a sign-in with a passkey. It names nobody (S-28).
func (v *visit) askPasskey() error {
	if err := v.form(v.flow.secret); err != nil {
		return err
	}
	return v.ask(v.factors.BeginSignIn())
}

// askNewPasskey begins the making of a passkey for the member who is signed in
// and has just proved themselves.
func (v *visit) askNewPasskey() error {
	user, s, err := v.ownForm()
	if err != nil {
		return err
	}
	if !v.accounts.Fresh(s) {
		return account.ErrStepUp
	}
	return v.ask(v.factors.BeginRegister(v.r.Context(), user.ID, user.Name))
}

// askOwnPasskey asks for a passkey of the member who is signed in.
func (v *visit) askOwnPasskey() error {
	user, _, err := v.ownForm()
	if err != nil {
		return err
	}
	return v.ask(v.factors.BeginProof(v.r.Context(), user.ID))
}

// ownForm reads the form of a member who is signed in.
func (v *visit) ownForm() (account.User, account.Session, error) {
	user, s, token, err := v.who()
	if err == nil && token == "" {
		err = account.ErrNoSession
	}
	if err == nil {
		err = v.form(token)
	}
	return user, s, err
}

// answer is what the authenticator answered with, as the script put it into the
// form.
func (v *visit) answer() (ceremony string, response []byte) {
	return v.typed("ceremony"), []byte(v.r.PostForm.Get("response"))
}

// passkey signs in with a passkey: together with the number where that was
// proved here and is the same member's, or else alone.
func (v *visit) passkey() error {
	ceremony, response := v.answer()
	if v.flow.id == "" {
		userID, err := v.factors.FinishSignIn(v.r.Context(), ceremony, response)
		if err != nil {
			return v.refusePasskey(err)
		}
		return v.enterByPasskey(userID)
	}
	owner, unproved := v.accounts.Owner(v.r.Context(), v.ref(), v.browser())
	if unproved != nil && fault.As(unproved) == nil {
		return unproved
	}
	finish := v.factors.FinishBeside
	if unproved != nil {
		finish = v.factors.FinishSignIn
	}
	userID, err := finish(v.r.Context(), ceremony, response)
	switch {
	case err != nil:
		return v.refusePasskey(err)
	case unproved == nil && owner.UserID == userID:
		return v.enterWith(userID, account.Passkey)
	}
	return v.enterByPasskey(userID)
}

// enterByPasskey signs in a member whom a passkey alone names.
func (v *visit) enterByPasskey(userID string) error {
	s, err := v.accounts.EnterByPasskey(v.r.Context(), userID, v.browser())
	switch {
	case errors.Is(err, account.ErrBlocked):
		return v.showBlocked()
	case err != nil:
		return v.refusePasskey(err)
	}
	return v.comeIn(s)
}

// refusePasskey shows the step again, with the reason beside the passkey's
// button.
func (v *visit) refusePasskey(err error) error {
	why, internal := v.refuse(err)
	if internal != nil {
		return internal
	}
	v.passkeyError, why.Text = why.Text, ""
	stored, gone := v.verify.Get(v.r.Context(), v.ref())
	switch {
	case v.flow.id == "" || fault.As(gone) != nil:
		return v.showFirst(why)
	case gone != nil:
		return gone
	}
	return v.showStep(stored, why)
}
