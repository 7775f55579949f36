package pages

import (
	"errors"

	"github.com/sinpyo/sinpyo/internal/account"
)

// sessionsView is what sessions.html shows: two ways to end what goes on
// elsewhere.
type sessionsView struct {
	Page   frame
	Others string // words for how many there are besides this one, "" for none
	Error  string
}

// sessions offers to end all sessions.
func (v *visit) sessions() error { return v.showSessions(refusal{}) }

func (v *visit) showSessions(why refusal) error {
	list, err := v.accounts.Sessions(v.r.Context(), v.self.session)
	if err != nil {
		return err
	}
	view := &sessionsView{Page: v.ownFrame("title.sessions", why.Text != ""), Error: why.Text}
	if others := len(list) - 1; others > 0 {
		view.Others = v.locale.count("sessions.others", others)
	}
	return v.show("sessions.html", why.code(), view)
}

// endSessions ends all sessions of the member, or all but this one.
func (v *visit) endSessions() error {
	if done, err := v.ownedForm(v.showSessions); done || err != nil {
		return err
	}
	if v.typed("do") == "all" {
		return v.endAll()
	}
	s, err := v.accounts.EndOthers(v.r.Context(), v.self.session)
	switch {
	case errors.Is(err, account.ErrStepUp):
		return v.askProof("sessions")
	case errors.Is(err, account.ErrNoSession):
		return v.lostSession(err)
	case err != nil:
		return v.refuseAs(err, v.showSessions)
	}
	v.keepSession(s)
	if cookie := v.accounts.Trust(s, ""); cookie != "" { // the trust of all others has ended
		v.cookies.Set(v.w, deviceCookie, cookie, account.DeviceLife)
	}
	return v.did("news.others")
}

func (v *visit) endAll() error {
	err := v.accounts.EndAll(v.r.Context(), v.self.session)
	switch {
	case errors.Is(err, account.ErrStepUp):
		return v.askProof("sessions")
	case err != nil:
		return v.refuseAs(err, v.showSessions)
	}
	v.cookies.Clear(v.w, sessionCookie)
	v.cookies.Clear(v.w, deviceCookie)
	v.cookies.Clear(v.w, flowCookie)
	v.tell("news.all")
	return v.next(loginPath)
}
