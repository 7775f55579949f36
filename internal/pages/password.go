package pages

import (
	"net/http"
	"strconv"

	"github.com/sinpyo/sinpyo/internal/factor"
)

// passwordView is what password.html shows.
type passwordView struct {
	Page   frame
	Has    bool
	Set    bool   // one can be set
	Remove bool   // the one there is can be removed
	Phone  string // for the managers of passwords; "" for a member without number
	Least  string // characters
	Error  string
}

// password shows the member's password, as far as there is one.
func (v *visit) password() error { return v.showPassword(refusal{}) }

func (v *visit) showPassword(why refusal) error {
	h, err := v.factors.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	policy := v.factors.Policy()
	if policy == factor.Off && !h.Password {
		return v.next(accountPath)
	}
	return v.show("password.html", why.code(), &passwordView{
		Page: v.ownFrame("title.password", why.Text != ""), Has: h.Password, Set: policy != factor.Off,
		Remove: h.Password && policy != factor.Required,
		Phone:  v.self.Number.Display(), Least: strconv.Itoa(v.factors.Least()), Error: why.Text,
	})
}

// actOnPassword sets or removes the member's password.
func (v *visit) actOnPassword() error {
	if done, err := v.ownedForm(v.showPassword); done || err != nil {
		return err
	}
	if !v.accounts.Fresh(v.self.session) {
		return v.askProof("password")
	}
	if v.typed("do") == "remove" {
		if v.factors.Policy() == factor.Required {
			return v.showPassword(refusal{})
		}
		if err := v.factors.RemovePassword(v.r.Context(), v.self.ID); err != nil {
			return v.refuseAs(err, v.showPassword)
		}
		return v.did("news.password.removed")
	}
	password := v.r.PostForm.Get("password")
	if password == "" {
		return v.showPassword(refusal{Text: v.locale.say("err.password.empty"), status: http.StatusBadRequest})
	}
	if err := v.factors.SetPassword(v.r.Context(), v.self.ID, password, ownWords(v.self.User)...); err != nil {
		return v.refuseAs(err, v.showPassword)
	}
	return v.did("news.password")
}
