package pages

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

const (
	accountPath = "/account"
	confirmPath = "/account/confirm/"
)

// confirmed are the pages that ask for a proof first, and to which it leads back:
// a fixed set of names, so that no address is ever taken from a visitor (S-44).
var confirmed = []string{"number", "passkeys", "password", "totp", "codes", "sessions", "data", "leave"}

// confirmDoors are the doors at which a member proves their own number, one for
// each of those pages.
func confirmDoors() []door {
	var list []door
	for _, name := range confirmed {
		list = append(list, door{
			path: confirmPath + name, title: "title.confirm", back: "account", fixed: true, purpose: verify.Login,
			first:  func(v *visit, _ string, why refusal) error { return v.showConfirm(why) },
			proved: (*visit).confirmBySMS, after: (*visit).showConfirmReady, used: (*visit).goConfirmed,
			acts: map[string]func(*visit) error{
				"start": (*visit).textSelf, "again": (*visit).textSelf, "change": (*visit).change, "finish": (*visit).confirmBySMS,
			},
		})
	}
	return list
}

// confirmView is what confirm.html shows: the ways in which a member may prove
// themselves.
type confirmView struct {
	Page    frame
	Passkey bool
	By      account.Way   // the way that can be typed; "" for none
	Typed   string        // as it was typed; a password never
	Others  []account.Way // that can be typed too
	Phone   string        // masked, where a text does; "" where it does not
	None    bool          // there is no way
	Error   string
}

// confirm asks for a proof, unless there is one of the last five minutes.
func (v *visit) confirm() error {
	switch name := v.r.PathValue("for"); {
	case !slices.Contains(confirmed, name):
		return web.ErrRoute
	case v.accounts.Fresh(v.self.session):
		return v.goConfirmed()
	}
	if err := v.forgetOther(); err != nil {
		return err
	}
	return v.step()
}

// forgetOther takes the flow for none where it is about another number than the
// member's own.
func (v *visit) forgetOther() error {
	if v.flow.id == "" {
		return nil
	}
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if errors.Is(err, verify.ErrNotFound) || errors.Is(err, verify.ErrBinding) {
		return nil // the step finds the same
	}
	if err == nil && stored.To != v.self.Number {
		v.flow.id = ""
	}
	return err
}

// goConfirmed goes on to the page that asked.
func (v *visit) goConfirmed() error {
	return v.next("/account/" + strings.TrimPrefix(v.door.path, confirmPath))
}

// showConfirm shows the ways there are.
func (v *visit) showConfirm(why refusal) error {
	h, err := v.factors.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	bySMS, err := v.accounts.MayStepUpBySMS(v.r.Context(), v.self.session)
	if err != nil {
		return err
	}
	view := &confirmView{
		Page: v.ownFrame("title.confirm", why.Text != ""), Error: why.Text,
		Passkey: len(h.Passkeys) > 0 && v.factors.Passkeys(),
	}
	if bySMS {
		view.Phone = v.self.Number.String()
	}
	ways := held(account.HeldOf(h))
	switch {
	case slices.Contains(ways, v.by()):
		view.By = v.by()
	case len(ways) > 0 && ways[0] != account.RecoveryCode: // which is for who has nothing else
		view.By = ways[0]
	}
	for _, way := range ways {
		if way != view.By {
			view.Others = append(view.Others, way)
		}
	}
	if view.By != account.Password {
		view.Typed = v.typed("answer")
	}
	view.None = !view.Passkey && len(ways) == 0 && !bySMS
	return v.show("confirm.html", why.code(), view)
}

// actOnConfirm does what a form of these pages asks for. The steps of a text are
// those of every door.
func (v *visit) actOnConfirm() error {
	if !slices.Contains(confirmed, v.r.PathValue("for")) {
		return web.ErrRoute
	}
	err := v.form(v.self.token)
	do := v.r.PostForm.Get("do")
	switch {
	case errors.Is(err, errForm) && (do == "prove" || do == "passkey"):
		return v.refuseAs(err, v.showConfirm)
	case errors.Is(err, errForm):
		return v.act()
	case err != nil:
		return err
	case do == "prove":
		return v.confirmByAnswer()
	case do == "passkey":
		return v.confirmByPasskey()
	case do == "start":
		return v.textSelf()
	}
	return v.next(v.door.path)
}

// confirmByAnswer takes what was typed as a proof.
func (v *visit) confirmByAnswer() error {
	by := v.by()
	words, ok := proofs[by]
	if !ok {
		return v.next(v.door.path)
	}
	if v.typed("answer") == "" {
		return v.showConfirm(refusal{Text: v.locale.say(words.empty), status: http.StatusBadRequest})
	}
	err := v.checkProof(v.self.ID, by, v.r.PostForm.Get("answer"))
	if err == nil {
		return v.stepUp(by)
	}
	return v.refuseAs(err, func(why refusal) error {
		if errors.Is(err, factor.ErrWrong) {
			why.Text = v.locale.say(words.wrong)
		}
		return v.showConfirm(why)
	})
}

// confirmByPasskey takes the answer of an authenticator as a proof.
func (v *visit) confirmByPasskey() error {
	ceremony, response := v.answer()
	err := v.factors.FinishProof(v.r.Context(), v.self.ID, ceremony, response)
	if err == nil {
		return v.stepUp(account.Passkey)
	}
	return v.refuseAs(err, func(why refusal) error {
		v.passkeyError, why.Text = why.Text, ""
		return v.showConfirm(why)
	})
}

// stepUp makes the session fresh by what was just proved.
func (v *visit) stepUp(way account.Way) error {
	s, err := v.accounts.StepUp(v.r.Context(), v.self.session, way)
	if err != nil {
		return v.lostSession(err)
	}
	v.keepSession(s)
	return v.goConfirmed()
}

// textSelf has a code texted to the member's own number, where that is enough.
func (v *visit) textSelf() error {
	may, err := v.accounts.MayStepUpBySMS(v.r.Context(), v.self.session)
	if err != nil {
		return err
	}
	if !may {
		return v.refuseAs(account.ErrOwnFactor, v.showConfirm)
	}
	if err := v.putAside(); err != nil {
		return err
	}
	return v.startFor(v.self.Number, true, v.showConfirm)
}

// confirmBySMS takes a code to the member's own number as a proof.
func (v *visit) confirmBySMS() error {
	s, err := v.accounts.StepUpBySMS(v.r.Context(), v.self.session, v.ref())
	switch {
	case errors.Is(err, account.ErrNoAccount), errors.Is(err, verify.ErrNotApproved):
		v.flow.id = ""
		return v.refuseAs(verify.ErrNotApproved, v.showConfirm)
	case errors.Is(err, account.ErrNoSession):
		return v.lostSession(err)
	case err != nil:
		return v.refuseAs(err, v.showConfirm)
	}
	v.keepSession(s)
	v.takeUp()
	return v.goConfirmed()
}

// putAside keeps a number that was proved for a change, and waits for this
// step-up, in the flow while that is about the member's own number.
func (v *visit) putAside() error {
	if v.flow.id == "" {
		v.keepFlow("")
		return nil
	}
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil && fault.As(err) == nil {
		return err
	}
	if err == nil && stored.Purpose == verify.NumberChange && stored.Status == verify.Approved {
		v.flow.to = v.flow.id
	}
	return nil
}

// takeUp gives the browser back what was put aside, and otherwise ends the flow.
func (v *visit) takeUp() {
	waiting := v.flow.to
	if !strings.HasPrefix(waiting, "ver_") {
		v.cookies.Clear(v.w, flowCookie)
		return
	}
	v.flow = flow{secret: v.flow.secret}
	v.keepFlow(waiting)
}

// showConfirmReady offers to go on where the code was right and the house was
// too busy a moment ago.
func (v *visit) showConfirmReady(why refusal) error {
	return v.showCarry("confirm", "", why)
}

// lostSession answers an act whose session another act has ended, or given a new
// token, meanwhile.
func (v *visit) lostSession(err error) error {
	if !errors.Is(err, account.ErrNoSession) {
		return err
	}
	if _, _, token, err := v.who(); err != nil || token != "" {
		return errors.Join(err, v.next(accountPath))
	}
	return v.next(loginPath)
}
