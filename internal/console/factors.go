package console

import (
	"encoding/json"
	"errors"
	"html/template"

	"github.com/sinpyo/sinpyo/internal/face"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/operator"
)

// ask answers the script.
func (v *visit) ask(options json.RawMessage, ceremony string, err error) error {
	if err != nil {
		return err
	}
	return face.Ask(v.w, options, ceremony)
}

// answer is what the authenticator answered with, as the script put it into the
// form.
func (v *visit) answer() (ceremony string, response []byte) {
	return v.typed("ceremony"), []byte(v.r.PostForm.Get("response"))
}

// draftView is what draft.html shows: the key that an app is to take, and a
// field for the first code it makes of it.
type draftView struct {
	Page    frame
	To      string        // where the form leads
	Name    string        // of who joins, "" for who has
	Picture template.HTML // the key as a QR code
	Secret  string        // the same to be typed
	Link    template.URL  // the same for an app on this device
	Error   string
}

// showDraft shows the key that waits to be confirmed, a new one if there is none.
func (v *visit) showDraft(e *operator.Enrolment, to, name string, why refusal) error {
	draft, err := e.BeginTOTP(v.r.Context())
	if err != nil {
		return err
	}
	return v.show("draft.html", why.code(), &draftView{
		Page: v.failed("title.totp", why), To: to, Name: name,
		Picture: template.HTML(draft.SVG),                    //nolint:gosec // drawn by factor, of nothing but squares
		Secret:  draft.Secret, Link: template.URL(draft.URI), //nolint:gosec // an otpauth address that factor has made
		Error: why.Text,
	})
}

// passkeysView is what passkeys.html shows.
type passkeysView struct {
	Page     frame
	Passkeys []passkeyLine
	Make     bool // there can be some here
	Error    string
}

// passkeyLine is one passkey.
type passkeyLine struct{ ID, Label, Facts string }

// passkeys shows the passkeys of who is signed in.
func (v *visit) passkeys() error { return v.showPasskeys(refusal{}) }

func (v *visit) showPasskeys(why refusal) error {
	held, err := v.operators.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	view := &passkeysView{Page: v.failed("title.passkeys", why), Make: v.operators.Passkeys(), Error: why.Text}
	for _, p := range held.Passkeys {
		facts := v.locale.say("passkeys.made", "when", v.stamp(p.CreatedAt))
		if !p.UsedAt.IsZero() {
			facts = v.locale.say("passkeys.used", "made", facts, "when", v.stamp(p.UsedAt))
		}
		view.Passkeys = append(view.Passkeys, passkeyLine{p.ID, p.Label, facts})
	}
	return v.show("passkeys.html", why.code(), view)
}

// actOnPasskeys adds, renames or removes a passkey.
func (v *visit) actOnPasskeys() error {
	news := "news.passkey"
	var err error
	switch v.typed("do") {
	case "add":
		err = v.addPasskey()
	case "rename":
		news = "news.passkey.renamed"
		err = v.operators.RenamePasskey(v.r.Context(), v.self.session, v.typed("passkey"), v.typed("label"))
	case "remove":
		news = "news.passkey.removed"
		err = v.operators.RemovePasskey(v.r.Context(), v.self.session, v.typed("passkey"))
	default:
		return v.next(passkeysPath)
	}
	if err != nil {
		return v.refuseAs(err, v.showPasskeys)
	}
	v.tell(news)
	return v.next(passkeysPath)
}

func (v *visit) addPasskey() error {
	e, err := v.operators.Enrol(v.r.Context(), v.self.session)
	if err != nil {
		return err
	}
	ceremony, response := v.answer()
	_, err = e.FinishPasskey(v.r.Context(), ceremony, response, v.passkeyLabel())
	return err
}

// askNewPasskey begins the making of another passkey.
func (v *visit) askNewPasskey() error {
	e, err := v.operators.Enrol(v.r.Context(), v.self.session)
	if err != nil {
		return err
	}
	return v.ask(e.BeginPasskey(v.r.Context()))
}

// totpView is what totp.html shows: whether there is an authenticator app.
type totpView struct {
	Page  frame
	Has   bool
	Error string
}

// totp shows whether who is signed in has an authenticator app.
func (v *visit) totp() error { return v.showTOTP(refusal{}) }

func (v *visit) showTOTP(why refusal) error {
	held, err := v.operators.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	return v.show("totp.html", why.code(), &totpView{Page: v.failed("title.totp", why), Has: held.TOTP, Error: why.Text})
}

// actOnTOTP shows a key, confirms it, or takes the app away.
func (v *visit) actOnTOTP() error {
	if v.typed("do") == "remove" {
		if err := v.operators.RemoveTOTP(v.r.Context(), v.self.session); err != nil {
			return v.refuseAs(err, v.showTOTP)
		}
		v.tell("news.totp.removed")
		return v.next(mePath)
	}
	e, err := v.operators.Enrol(v.r.Context(), v.self.session)
	if err != nil {
		return v.refuseAs(err, v.showTOTP)
	}
	again := func(why refusal) error { return v.showDraft(e, totpPath, "", why) }
	switch {
	case v.typed("do") != "confirm":
		return again(refusal{})
	case v.typed("code") == "":
		return again(v.missing("totp.empty"))
	}
	_, err = e.FinishTOTP(v.r.Context(), v.typed("code"))
	switch {
	case errors.Is(err, factor.ErrNoDraft):
		return v.refuseAs(err, v.showTOTP)
	case err != nil:
		return v.refuseAs(err, again)
	}
	v.tell("news.totp")
	return v.next(mePath)
}
