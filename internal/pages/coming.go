package pages

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/web"
)

// mountComing registers what stands around the hall: the other ways in, and
// what is asked of members on their way.
func (p *Pages) mountComing(mux web.Mux) {
	mux.Handle("GET /recover", p.page((*visit).hall))
	mux.Handle("POST /recover", p.page((*visit).act))
	mux.Handle("GET /login/once", p.page((*visit).onceDoor))
	mux.Handle("POST /login/once", p.page((*visit).once))
	mux.Handle("GET /login/password", p.page((*visit).newPassword))
	mux.Handle("POST /login/password", p.page((*visit).setPassword))
	mux.Handle("GET /account/renew", p.page((*visit).renewal))
	mux.Handle("POST /account/renew", p.page((*visit).renew))
	mux.Handle("POST /welcome", p.page((*visit).addPasskey))
	mux.Handle("POST /passkeys/signin", p.page((*visit).askPasskey))
	mux.Handle("POST /passkeys/create", p.page((*visit).askNewPasskey))
	mux.Handle("POST /passkeys/proof", p.page((*visit).askOwnPasskey))
}

// who returns the member that is signed in, with the session that does not hold
// its token, and the token. Nobody is no error: then the token is "".
func (v *visit) who() (user account.User, s account.Session, token string, err error) {
	token = v.cookies.Get(v.r, sessionCookie)
	if token == "" {
		return user, s, "", nil
	}
	user, s, err = v.accounts.BySession(v.r.Context(), token)
	if errors.Is(err, account.ErrNoSession) {
		return account.User{}, account.Session{}, "", nil
	}
	return user, s, token, err
}

// wantsMore reports whether a number was proved and its account is not open for
// that alone: the next page says what is missing.
func wantsMore(err error) bool {
	for _, more := range []error{
		account.ErrNoAccount, account.ErrSecondProof, account.ErrSecondStep, account.ErrBlocked,
		account.ErrRecoveryProof, account.ErrRecoveryWaiting,
	} {
		if errors.Is(err, more) {
			return true
		}
	}
	return false
}

// approved signs in to the account of the number that was proved, if it has one
// that opens for a code alone.
func (v *visit) approved() error {
	if v.door.recovers() {
		s, err := v.accounts.FinishRecovery(v.r.Context(), v.ref(), v.browser())
		switch {
		case wantsMore(err):
			return v.goOn()
		case err != nil:
			return v.refuseStep(err)
		}
		return v.recovered(s)
	}
	s, err := v.accounts.Enter(v.r.Context(), v.ref(), v.browser())
	switch {
	case wantsMore(err):
		return v.goOn()
	case err != nil:
		return v.refuseStep(err)
	}
	return v.comeIn(s)
}

// showApproved shows what stands between a number that was proved and its
// account: a second step, an account that may be somebody else's, or none yet.
func (v *visit) showApproved(why refusal) error {
	owner, err := v.accounts.Owner(v.r.Context(), v.ref(), v.browser())
	switch {
	case errors.Is(err, account.ErrNoAccount):
		return v.showTyped(why)
	case fault.As(err) != nil:
		return v.startOver(err)
	case err != nil:
		return fmt.Errorf("looking for the account of a number: %w", err)
	case errors.Is(owner.Why, account.ErrSecondProof):
		return v.showOld(why)
	case errors.Is(owner.Why, account.ErrBlocked):
		return v.showBlocked()
	case errors.Is(owner.Why, account.ErrSecondStep):
		return v.showSecond(owner.Held, why)
	}
	return v.showReady(why)
}

// stepView is a page of the hall with a form and nothing to type.
type stepView struct {
	Page  frame
	Error string
}

// showReady offers to go on where the account is open and the browser is not in
// yet, as when the house was too busy a moment ago.
func (v *visit) showReady(why refusal) error {
	view := &stepView{Page: v.frame("title.ready", why.Text != ""), Error: why.Text}
	view.Page.Back = "change"
	return v.show("ready.html", why.code(), view)
}

// showBlocked says that the account is closed by the service, and no more.
func (v *visit) showBlocked() error {
	return v.show("blocked.html", http.StatusForbidden, &stepView{Page: v.frame("title.blocked", true)})
}

// comeIn signs a member in and leads on: to what they have not agreed to yet, or
// to where they wanted to go.
func (v *visit) comeIn(s account.Session) error {
	owes, err := v.owes(s.UserID)
	if err != nil {
		return err
	}
	if owes {
		v.keepFlow("") // for the address it leads to in the end
		return v.enter(s, "/account/renew")
	}
	v.cookies.Clear(v.w, flowCookie)
	return v.enter(s, v.home())
}
