package pages

import (
	"errors"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// signup shows the step that the stored verification stands at.
func (v *visit) signup() error {
	if token := v.cookies.Get(v.r, sessionCookie); token != "" {
		user, _, err := v.accounts.BySession(v.r.Context(), token)
		switch {
		case err == nil && v.flow.done:
			return v.welcome(user)
		case err == nil:
			return v.next("/account")
		case !errors.Is(err, account.ErrNoSession):
			return err
		}
	}
	if v.flow.id == "" {
		return v.showNumber("", refusal{})
	}
	stored, err := v.verify.Watch(v.r.Context(), v.ref())
	switch {
	case errors.Is(err, verify.ErrNotFound) || errors.Is(err, verify.ErrBinding):
		v.flow = flow{}
		return v.showNumber("", refusal{})
	case err != nil:
		return err
	}
	return v.showStep(stored, refusal{})
}

// showStep shows the step of a verification, with a refusal of what was tried
// there, if any.
func (v *visit) showStep(stored verify.Verification, why refusal) error {
	switch stored.Status {
	case verify.Pending:
		return v.showCode(stored, why)
	case verify.Expired, verify.Locked:
		return v.showEnded(stored, why)
	case verify.Approved:
		return v.showProfile(profileForm{}, why)
	case verify.Canceled, verify.Superseded:
		return v.showNumber(stored.To.Display(), why)
	}
	return v.showNumber("", why) // redeemed: what it proved has been used
}

// acts are what a POST to /signup may do, by its field "do".
var acts = map[string]func(*visit) error{
	"start":  (*visit).start,
	"check":  (*visit).check,
	"resend": (*visit).resend,
	"change": (*visit).change,
	"finish": (*visit).finish,
}

// act does what a form asks for.
func (v *visit) act() error {
	err := v.form(v.flow.secret)
	if errors.Is(err, errForm) {
		// The cookie has run out or was never kept: begin again, with the
		// number if that is what was typed.
		why, err := v.refuse(err)
		if err != nil {
			return err
		}
		return v.showNumber(v.typed("number"), why)
	}
	if err != nil {
		return err
	}
	do, ok := acts[v.r.PostForm.Get("do")]
	if !ok {
		return v.next("/signup")
	}
	return do(v)
}

// browser tells the accounts who comes in.
func (v *visit) browser() account.Browser {
	return account.Browser{Label: device(v.r.UserAgent()), Cookie: v.cookies.Get(v.r, deviceCookie)}
}

// enter signs the browser in and sends it on. A session it had before ends
// (S-36).
func (v *visit) enter(s account.Session, path string) error {
	v.cookies.Set(v.w, sessionCookie, s.Token, account.SessionLife)
	if trust := v.accounts.Trust(s, v.cookies.Get(v.r, deviceCookie)); trust != "" {
		v.cookies.Set(v.w, deviceCookie, trust, account.DeviceLife)
	}
	if before := v.cookies.Get(v.r, sessionCookie); before != "" {
		if err := v.accounts.SignOut(v.r.Context(), before); err != nil {
			return err
		}
	}
	return v.next(path)
}
