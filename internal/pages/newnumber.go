package pages

import (
	"errors"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/verify"
)

const numberPath = "/account/number"

// numberDoor is where a member proves another number, which then takes the place
// of the one they have.
func numberDoor() door {
	return door{
		path: numberPath, title: "title.newnumber", page: "newnumber.html", back: "account", purpose: verify.NumberChange,
		first: (*visit).showNumber, proved: (*visit).changeNumber, after: (*visit).showChange, used: (*visit).goAccount,
		acts: map[string]func(*visit) error{"start": (*visit).startChange, "finish": (*visit).changeNumber},
	}
}

// startChange has a code texted to the number that was typed, for a member who
// has just proved themselves.
func (v *visit) startChange() error {
	if !v.accounts.Fresh(v.self.session) {
		return v.askProof("number")
	}
	return v.start()
}

// changeNumber gives the member the number that was proved. Where too much time
// has gone by since their own proof that is asked for again, and this number is
// not.
func (v *visit) changeNumber() error {
	s, err := v.accounts.ChangeNumber(v.r.Context(), v.self.session, v.ref())
	switch {
	case errors.Is(err, account.ErrStepUp):
		return v.goOn()
	case errors.Is(err, account.ErrNumberTaken):
		return v.showTaken()
	case errors.Is(err, account.ErrSameNumber):
		v.flow.id = ""
		return v.refuseAs(err, func(why refusal) error { return v.showNumber(v.self.Number.Display(), why) })
	case errors.Is(err, account.ErrNoSession):
		return v.lostSession(err)
	case err != nil:
		return v.refuseStep(err)
	}
	v.cookies.Clear(v.w, flowCookie)
	v.keepSession(s)
	if cookie := v.accounts.Trust(s, v.cookies.Get(v.r, deviceCookie)); cookie != "" {
		v.cookies.Set(v.w, deviceCookie, cookie, account.DeviceLife)
	}
	return v.did("news.number")
}

// takenView is what taken.html shows.
type takenView struct {
	Page  frame
	Phone string // in full: it has just been proved here
}

// showTaken tells whoever has proved a number that it is another account's, and
// how they may go on (S-29).
func (v *visit) showTaken() error {
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	view := &takenView{Page: v.frame("title.taken", true), Phone: stored.To.Display()}
	view.Page.Back, view.Page.SignOut = "change", formToken(v.self.token)
	return v.show("taken.html", http.StatusConflict, view)
}

// goAccount leads back to the account, where the change can be seen.
func (v *visit) goAccount() error { return v.next(accountPath) }

// showChange offers to change to the number that was proved.
func (v *visit) showChange(why refusal) error { return v.showCarry("newnumber", "change", why) }

// carryView is what carry.html shows: a number was proved, and what it was proved
// for is one button away.
type carryView struct {
	Page  frame
	What  string // newnumber, undo or confirm
	Phone string
	Error string
}

func (v *visit) showCarry(what, back string, why refusal) error {
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	view := &carryView{Page: v.frame("title."+what, why.Text != ""), What: what, Phone: v.spell(stored.To), Error: why.Text}
	if back != "" {
		view.Page.Back = back
	}
	return v.show("carry.html", why.code(), view)
}
