package pages

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// recoverDoor is where an account is recovered whose owner lacks something: the
// steps are those of the hall, and what they prove is good for this alone.
func recoverDoor() door {
	return door{
		path: recoverPath, title: "title.recover", page: "lost.html", login: true, hall: true, purpose: verify.Recovery,
		first: (*visit).showLost, proved: (*visit).approved, after: (*visit).showRecovery, used: (*visit).refuseUsed,
		acts: map[string]func(*visit) error{
			"prove": (*visit).prove, "passkey": (*visit).passkey, "enter": (*visit).approved, "wait": (*visit).wait,
		},
	}
}

// recovers reports whether the door is that one.
func (d door) recovers() bool { return d.path == recoverPath }

// showLost shows its first step, or when a recovery that was begun here will be
// ready.
func (v *visit) showLost(typed string, why refusal) error {
	if v.flow.ready > v.now().Unix() && typed == "" && why.status == 0 && !v.r.URL.Query().Has("other") {
		return v.showWaiting()
	}
	return v.showNumber(typed, why)
}

// recoverView is what recover.html shows: the account of a proved number, whose
// owner lacks what it asks for besides.
type recoverView struct {
	Page    frame
	Second  secondView
	Wait    string // how long waiting takes, in words; "" when it cannot be begun
	Ready   string // when the waiting that was begun is over, "" when it was not
	Helpful bool   // neither: only the service can help
}

// showRecovery shows how the account of a proved number can be recovered.
func (v *visit) showRecovery(why refusal) error {
	c, err := v.accounts.RecoveryChoice(v.r.Context(), v.ref(), v.browser())
	switch {
	case errors.Is(err, account.ErrNoAccount):
		return v.showNobody()
	case errors.Is(err, account.ErrSecondProof):
		return v.showOld(why)
	case errors.Is(err, account.ErrBlocked):
		return v.showBlocked()
	case fault.As(err) != nil:
		return v.startOver(err)
	case err != nil:
		return fmt.Errorf("looking at a recovery: %w", err)
	case c.AtOnce:
		return v.showReady(why)
	}
	view := &recoverView{Second: v.second("title.recover", held(c.Held), why)}
	if c.Held.Passkey {
		view.Second.Passkey = v.passkeyForm(true)
	}
	view.Page = view.Second.Page
	switch {
	case !c.ReadyAt.IsZero():
		view.Ready = v.locale.moment(c.ReadyAt)
	case c.MayWait:
		view.Wait = v.locale.span(v.accounts.RecoveryWait())
	default:
		view.Helpful = true
	}
	return v.show("recover.html", why.code(), view)
}

// showNobody tells whoever proved a number that it has no account.
func (v *visit) showNobody() error {
	view := &stepView{Page: v.frame("title.nobody", false)}
	view.Page.Back = "change"
	return v.show("nobody.html", http.StatusOK, view)
}

// wait begins the waiting time of a recovery. The code that was entered is used
// up by it: another one is needed when the time has come.
func (v *visit) wait() error {
	ready, err := v.accounts.BeginRecovery(v.r.Context(), v.ref(), v.browser())
	switch {
	case wantsMore(err):
		return v.goOn()
	case err != nil:
		return v.refuseStep(err)
	}
	v.flow.ready = ready.Unix()
	v.keepFlow("")
	return v.next(v.door.path)
}

// waitingView is what waiting.html shows: a recovery that has just begun.
type waitingView struct {
	Page  frame
	Ready string
}

// showWaiting says when the recovery that has begun here can be finished.
func (v *visit) showWaiting() error {
	return v.show("waiting.html", http.StatusOK, &waitingView{
		Page: v.frame("title.waiting", false), Ready: v.locale.moment(time.Unix(v.flow.ready, 0)),
	})
}

// recovered signs in whose account it is. Whoever had a password and came back
// without it is asked for another one.
func (v *visit) recovered(s account.Session) error {
	if s.Way != account.Password && v.accounts.Fresh(s) {
		h, err := v.factors.Held(v.r.Context(), s.UserID)
		if err != nil {
			return fmt.Errorf("reading a member's factors: %w", err)
		}
		if h.Password {
			v.keepFlow("") // for the address it leads to in the end
			return v.enter(s, "/login/password")
		}
	}
	return v.comeIn(s)
}
