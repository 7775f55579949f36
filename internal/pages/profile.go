package pages

import (
	"errors"
	"slices"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/web"
)

// profileForm is what was typed and ticked at the third step.
type profileForm struct {
	Name     string
	Password string   // "" where none is asked for
	Agreed   []string // ids of consent items
}

// profileView is what profile.html shows: name and consents.
type profileView struct {
	Page      frame
	Name      string
	NameError string

	Password      bool   // one is asked for
	PasswordLeast string // characters it has at least
	PasswordError string

	Consents []consentView
	Guardian string // where somebody under 14 goes on, "" when sign-up stops for them
	Error    string // a refusal that is no field's fault
	Summary  bool   // more than one thing is wrong
}

// consentView is one line of the consent box. Nothing is ticked that was not
// ticked by hand (S-103).
type consentView struct {
	ID       string
	Label    string
	Show     string // label of the link to its document, "" when it has none
	Required bool
	Age      bool // it is about being old enough
	Ticked   bool
	Error    string
}

// showProfile asks for name and consents under an approval.
func (v *visit) showProfile(form profileForm, why refusal) error {
	view := v.profile(form, false)
	view.Error = why.Text
	if why.Text != "" {
		view.Page.Title = v.locale.say("title.failed", "title", view.Page.Title)
	}
	return v.show("profile.html", why.code(), view)
}

// profile fills the third step. With tried it marks every required item that
// is not ticked.
func (v *visit) profile(form profileForm, tried bool) *profileView {
	view := &profileView{Page: v.frame("title.profile", tried), Name: form.Name}
	view.Page.Back = "change"
	view.Guardian, _ = v.consents.Under14()
	view.Password, view.PasswordLeast = v.asksPassword(), strconv.Itoa(v.factors.Least())
	for _, item := range v.consents.Items() {
		view.Consents = append(view.Consents, v.consentLine(item, form.Agreed, tried))
	}
	return view
}

// consentLine fills the line of an item, and with tried marks it when it is
// required and not ticked.
func (v *visit) consentLine(item consent.Item, agreed []string, tried bool) consentView {
	line := consentView{
		ID: item.ID, Label: v.label(item), Show: v.showLabel(item), Required: item.Required,
		Age: item.Kind == consent.Age, Ticked: slices.Contains(agreed, item.ID),
	}
	missing := "consent.missing"
	if line.Age {
		missing = "consent.missing.age"
	}
	if tried && line.Required && !line.Ticked {
		line.Error = v.locale.say(missing, "name", line.Label)
	}
	return line
}

// finish opens the account and signs in.
func (v *visit) finish() error {
	form := profileForm{Name: v.typed("name"), Agreed: v.r.PostForm["agree"]}
	if v.asksPassword() {
		form.Password = v.r.PostForm.Get("password")
		if err := v.passwordFits(form); err != nil {
			return v.refuseProfile(form, err)
		}
	}
	session, err := v.accounts.Join(v.r.Context(), account.SignUp{
		Verification: v.ref(),
		Name:         form.Name,
		Agreed:       form.Agreed,
		Locale:       v.locale.name,
		Device:       web.BrowserName(v.r),
	})
	switch {
	case errors.Is(err, account.ErrName) || errors.Is(err, consent.ErrMissing):
		return v.refuseProfile(form, err)
	case wantsMore(err): // somebody has joined with the number meanwhile
		return v.goOn()
	case err != nil:
		return v.startOver(err)
	}
	if form.Password != "" {
		return v.greetWith(session, form)
	}
	return v.greet(session)
}

// refuseProfile shows the third step again with everything that is wrong with
// it, not only what account found first.
func (v *visit) refuseProfile(form profileForm, err error) error {
	why, internal := v.refuse(err)
	if internal != nil {
		return internal
	}
	view := v.profile(form, true)
	switch {
	case form.Name == "":
		view.NameError = v.locale.say("err.name.empty")
	case errors.Is(err, account.ErrName):
		view.NameError = why.Text
	}
	if view.PasswordError, err = v.passwordError(form); err != nil {
		return err
	}
	wrong := 0
	for _, text := range []string{view.NameError, view.PasswordError} {
		if text != "" {
			wrong++
		}
	}
	for _, c := range view.Consents {
		if c.Error != "" {
			wrong++
		}
	}
	view.Summary = wrong > 1
	return v.show("profile.html", why.code(), view)
}
