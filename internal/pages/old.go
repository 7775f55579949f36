package pages

import (
	"errors"
	"slices"

	"github.com/sinpyo/sinpyo/internal/account"
)

// What can be chosen on the page of a number that may have gone to somebody
// else, besides the proofs.
const notMine = account.Way("not_mine")

// oldView is what old.html shows.
type oldView struct {
	Page    frame
	Ways    []account.Way
	Passkey passkeyForm
	Recover bool // there is no approval that could leave the account behind
	Error   string
}

// showOld is the page of a number whose account was last proved long ago, from
// a browser it does not know (S-31). Whoever has the number now may be a
// stranger to the account. So the page is the same for every account and tells
// nothing of it, not even what its owner could prove it with (S-32).
func (v *visit) showOld(why refusal) error {
	by := v.by()
	switch {
	case slices.Contains(proofOrder, by):
		view := v.second("title.second", proofOrder, why)
		view.Passkey, view.Old = v.passkeyForm(true), true
		return v.show("second.html", why.code(), &view)
	case by == notMine && !v.door.recovers():
		view := &stepView{Page: v.frame("title.notmine", why.Text != "").in("step"), Error: why.Text}
		return v.show("notmine.html", why.code(), view)
	}
	view := &oldView{
		Page: v.frame("title.old", why.Text != ""), Ways: proofOrder, Passkey: v.passkeyForm(false),
		Recover: v.door.recovers(), Error: why.Text,
	}
	view.Page.Back = "change"
	return v.show("old.html", why.code(), view)
}

// leaveOld takes the number off an account that is not the visitor's; joining
// goes on with an empty one (S-32).
func (v *visit) leaveOld() error {
	err := v.accounts.NotMine(v.r.Context(), v.ref())
	if err != nil && !errors.Is(err, account.ErrNoAccount) {
		return v.refuseStep(err)
	}
	return v.goOn()
}
