package pages

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/factor"
)

// totpView is what totp.html shows: whether there is an authenticator app.
type totpView struct {
	Page  frame
	Has   bool
	Error string
}

// totp shows whether the member has an authenticator app.
func (v *visit) totp() error { return v.showTOTP(refusal{}) }

func (v *visit) showTOTP(why refusal) error {
	h, err := v.factors.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	return v.show("totp.html", why.code(), &totpView{
		Page: v.ownFrame("title.totp", why.Text != ""), Has: h.TOTP, Error: why.Text,
	})
}

// draftView is what totpdraft.html shows: the key that an app is to take, and a
// field for the first code it makes of it.
type draftView struct {
	Page    frame
	Picture template.HTML // the key as a QR code
	Secret  string        // the same to be typed
	Link    template.URL  // the same for an app on this device
	Code    string        // as it was typed
	Error   string
}

// showDraft shows the key that waits to be confirmed, a new one if there is none.
func (v *visit) showDraft(why refusal) error {
	draft, err := v.factors.BeginTOTP(v.r.Context(), v.self.ID, v.self.Name)
	if err != nil {
		return err
	}
	return v.show("totpdraft.html", why.code(), &draftView{
		Page:    v.ownFrame("title.totp", why.Text != "").in("step"),
		Picture: template.HTML(draft.SVG),                    //nolint:gosec // drawn by factor, of nothing but squares
		Secret:  draft.Secret, Link: template.URL(draft.URI), //nolint:gosec // an otpauth address that factor has made
		Code: v.typed("code"), Error: why.Text,
	})
}

// actOnTOTP shows a key, confirms it, or takes the app away.
func (v *visit) actOnTOTP() error {
	again := v.showTOTP
	confirming := v.r.FormValue("do") == "confirm"
	if confirming {
		again = v.showDraft
	}
	if done, err := v.ownedForm(again); done || err != nil {
		return err
	}
	if !v.accounts.Fresh(v.self.session) {
		return v.askProof("totp")
	}
	switch {
	case confirming:
		return v.finishTOTP()
	case v.typed("do") == "remove":
		if err := v.factors.RemoveTOTP(v.r.Context(), v.self.ID); err != nil {
			return v.refuseAs(err, v.showTOTP)
		}
		return v.did("news.totp.removed")
	}
	return v.showDraft(refusal{})
}

// finishTOTP confirms the key by the first code of the app.
func (v *visit) finishTOTP() error {
	if v.typed("code") == "" {
		return v.showDraft(refusal{Text: v.locale.say("second.totp.empty"), status: http.StatusBadRequest})
	}
	err := v.factors.FinishTOTP(v.r.Context(), v.self.ID, v.typed("code"))
	switch {
	case errors.Is(err, factor.ErrNoDraft):
		return v.refuseAs(err, v.showTOTP)
	case err != nil:
		return v.refuseAs(err, func(why refusal) error {
			if errors.Is(err, factor.ErrWrong) {
				why.Text = v.locale.say("totp.wrong")
			}
			return v.showDraft(why)
		})
	}
	return v.did("news.totp")
}
