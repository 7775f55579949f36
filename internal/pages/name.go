package pages

import (
	"errors"

	"github.com/sinpyo/sinpyo/internal/account"
)

// nameView is what name.html shows.
type nameView struct {
	Page  frame
	Name  string // as it was typed, or as it is
	Error string
}

// name shows the member's name, to be changed.
func (v *visit) name() error { return v.showName(v.self.Name, refusal{}) }

func (v *visit) showName(name string, why refusal) error {
	return v.show("name.html", why.code(), &nameView{
		Page: v.ownFrame("title.name", why.Text != "").in("step"), Name: name, Error: why.Text,
	})
}

// rename changes the member's name.
func (v *visit) rename() error {
	again := func(why refusal) error { return v.showName(v.typed("name"), why) }
	if done, err := v.ownedForm(again); done || err != nil {
		return err
	}
	err := v.accounts.Rename(v.r.Context(), v.self.session, v.typed("name"))
	switch {
	case errors.Is(err, account.ErrNoSession):
		return v.lostSession(err)
	case err != nil:
		return v.refuseAs(err, func(why refusal) error {
			if v.typed("name") == "" {
				why.Text = v.locale.say("err.name.empty")
			}
			return again(why)
		})
	}
	return v.did("news.name")
}
