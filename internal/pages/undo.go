package pages

import (
	"errors"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// undoDoor is where whoever holds the number that an account had before takes
// the change back. Nobody has to be signed in, as the account may be in other
// hands.
func undoDoor() door {
	return door{
		path: "/undo", title: "title.undo", page: "undo.html", purpose: verify.NumberChange,
		first: (*visit).showNumber, proved: (*visit).undo, after: (*visit).showUndo, used: (*visit).goUndone,
		acts: map[string]func(*visit) error{"finish": (*visit).undo},
	}
}

// undo gives the account its number back.
func (v *visit) undo() error {
	err := v.accounts.Undo(v.r.Context(), v.ref())
	switch {
	case errors.Is(err, account.ErrNoUndo), errors.Is(err, account.ErrNumberTaken):
		return v.showUndoRefused(errors.Is(err, account.ErrNumberTaken))
	case err != nil:
		return v.refuseStep(err)
	}
	v.cookies.Clear(v.w, flowCookie)
	return v.goUndone()
}

// goUndone leads to the door of members: every browser has to sign in again.
func (v *visit) goUndone() error {
	v.tell("news.undone")
	return v.next(loginPath)
}

// showUndo offers to take the change back.
func (v *visit) showUndo(why refusal) error { return v.showCarry("undo", "change", why) }

// undoneView is what undorefused.html shows.
type undoneView struct {
	Page  frame
	Phone string
	Taken bool // the number has got another account meanwhile
}

// showUndoRefused says why nothing was taken back, and how one may go on.
func (v *visit) showUndoRefused(taken bool) error {
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	status := http.StatusNotFound
	if taken {
		status = http.StatusConflict
	}
	view := &undoneView{Page: v.frame("title.undorefused", true), Phone: stored.To.Display(), Taken: taken}
	view.Page.Back = "change"
	return v.show("undorefused.html", status, view)
}
