package pages

import (
	"errors"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
)

// leaveView is what leave.html shows.
type leaveView struct {
	Page  frame
	Kept  string // for how long the consents are kept apart
	Error string
}

// leaving says what becomes of the member's data, and asks for one tick.
func (v *visit) leaving() error { return v.showLeaving(refusal{}) }

func (v *visit) showLeaving(why refusal) error {
	return v.show("leave.html", why.code(), &leaveView{
		Page: v.ownFrame("title.leave", why.Text != ""), Kept: v.locale.days(v.consents.Shown("{left_consents_days}")), Error: why.Text,
	})
}

// leave closes the account and takes every cookie from the browser (S-106).
func (v *visit) leave() error {
	if done, err := v.ownedForm(v.showLeaving); done || err != nil {
		return err
	}
	if v.typed("sure") == "" {
		return v.showLeaving(refusal{Text: v.locale.say("err.leave.sure"), status: http.StatusBadRequest})
	}
	err := v.accounts.Leave(v.r.Context(), v.self.session)
	switch {
	case errors.Is(err, account.ErrStepUp):
		return v.askProof("leave")
	case err != nil:
		return v.refuseAs(err, v.showLeaving)
	}
	for _, cookie := range []string{sessionCookie, deviceCookie, flowCookie, newsCookie, langCookie} {
		v.cookies.Clear(v.w, cookie)
	}
	return v.next("/left")
}

// leftView is what left.html shows.
type leftView struct{ Page frame }

// left says that an account is closed. It knows nothing of whose it was.
func (v *visit) left() error {
	f := v.frame("title.left", false)
	f.Path = v.r.URL.Path
	return v.show("left.html", http.StatusOK, &leftView{Page: f})
}
