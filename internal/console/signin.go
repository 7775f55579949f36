package console

import (
	"errors"

	"github.com/sinpyo/sinpyo/internal/operator"
)

// signInView is what signin.html shows.
type signInView struct {
	Page         frame
	Passkeys     bool // there can be some here
	Name         string
	Error        string // about the code
	PasskeyError string
}

// signIn asks who is there. Who is known already goes on.
func (v *visit) signIn() error {
	if v.self != nil {
		return v.next("/")
	}
	v.switchLanguage()
	v.keepDoor()
	return v.showSignIn(refusal{}, refusal{})
}

func (v *visit) showSignIn(why, passkey refusal) error {
	refused := why
	if why.Text == "" {
		refused = passkey
	}
	return v.show("signin.html", refused.code(), &signInView{
		Page: v.failed("title.signin", refused), Passkeys: v.operators.Passkeys(),
		Name: v.typed("name"), Error: why.Text, PasskeyError: passkey.Text,
	})
}

// actOnSignIn opens a session by a passkey or by a code of an app.
func (v *visit) actOnSignIn() error {
	if v.typed("do") == "passkey" {
		ceremony, response := v.answer()
		s, err := v.operators.SignIn(v.r.Context(), ceremony, response, v.browser())
		if err != nil {
			return v.refuseAs(err, func(why refusal) error { return v.showSignIn(refusal{}, why) })
		}
		return v.come(s)
	}
	again := func(why refusal) error { return v.showSignIn(why, refusal{}) }
	if v.typed("name") == "" || v.typed("code") == "" {
		return again(v.missing("signin.empty"))
	}
	s, err := v.operators.SignInByTOTP(v.r.Context(), v.typed("name"), v.typed("code"), v.browser())
	if err != nil {
		return v.refuseAs(err, again)
	}
	return v.come(s)
}

// askPasskey begins a sign-in with a passkey. It names nobody.
func (v *visit) askPasskey() error { return v.ask(v.operators.BeginSignIn()) }

// signOut ends the session.
func (v *visit) signOut() error {
	if err := v.operators.SignOut(v.r.Context(), v.self.session); err != nil && !errors.Is(err, operator.ErrNoSession) {
		return err
	}
	v.cookies.Clear(v.w, sessionCookie)
	v.tell("news.signedout")
	return v.next(signInPath)
}
