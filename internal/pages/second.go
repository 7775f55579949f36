package pages

import (
	"errors"
	"net/http"
	"slices"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor"
)

// proofWords are the texts of a way to prove oneself that can be typed.
type proofWords struct{ empty, wrong string }

// proofs are those ways, and proofOrder the order they are offered in.
var (
	proofs = map[account.Way]proofWords{
		account.Password:     {"second.password.empty", "second.password.wrong"},
		account.TOTP:         {"second.totp.empty", "second.totp.wrong"},
		account.RecoveryCode: {"second.recovery_code.empty", "second.recovery_code.wrong"},
	}
	proofOrder = []account.Way{account.Password, account.TOTP, account.RecoveryCode}
)

// secondView is what second.html shows: one field for one of a member's other
// proofs, and the rest as ways beside it.
type secondView struct {
	Page    frame
	By      account.Way   // the way that is asked for
	Typed   string        // as it was typed; a password never
	Others  []account.Way // that can be typed too
	Passkey passkeyForm   // is another way
	Old     bool          // the account may be somebody else's
	Error   string
}

// by is the way that the visitor chose, "" for none.
func (v *visit) by() account.Way {
	if by := v.r.PostForm.Get("by"); by != "" {
		return account.Way(by)
	}
	return account.Way(v.r.URL.Query().Get("by"))
}

// held returns the ways that a member has and can type, in order.
func held(h account.Held) (ways []account.Way) {
	has := map[account.Way]bool{account.Password: h.Password, account.TOTP: h.TOTP, account.RecoveryCode: h.RecoveryCodes > 0}
	for _, way := range proofOrder {
		if has[way] {
			ways = append(ways, way)
		}
	}
	return ways
}

// second fills the page for some ways, at least one: the chosen one, or the first.
func (v *visit) second(title string, ways []account.Way, why refusal) secondView {
	view := secondView{Page: v.frame(title, why.Text != "").in("step"), By: v.by(), Error: why.Text}
	view.Page.Back = "change"
	if !slices.Contains(ways, view.By) {
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
	return view
}

// showSecond asks a member for a password or a code of their authenticator: a
// text does not get round them (S-50).
func (v *visit) showSecond(h account.Held, why refusal) error {
	view := v.second("title.second", held(h), why)
	if h.Passkey {
		view.Passkey = v.passkeyForm(true)
	}
	return v.show("second.html", why.code(), &view)
}

// prove checks what was typed as a second proof, and on success signs in.
func (v *visit) prove() error {
	by := v.by()
	words, ok := proofs[by]
	if !ok {
		return v.next(v.door.path)
	}
	if v.typed("answer") == "" {
		return v.refuseApproved(refusal{Text: v.locale.say(words.empty), status: http.StatusBadRequest})
	}
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	if stored.Purpose != v.door.purpose { // begun at another door, in another tab
		return v.refuseTab()
	}
	owner, err := v.accounts.Owner(v.r.Context(), v.ref(), v.browser())
	if err != nil {
		return v.refuseStep(err)
	}
	err = v.checkProof(owner.UserID, by, v.r.PostForm.Get("answer"))
	if err != nil {
		why, internal := v.refuse(err)
		if internal != nil {
			return internal
		}
		if errors.Is(err, factor.ErrWrong) {
			why.Text = v.locale.say(words.wrong)
		}
		return v.refuseApproved(why)
	}
	return v.enterWith(owner.UserID, by)
}

// checkProof compares a second proof of a member.
func (v *visit) checkProof(userID string, by account.Way, answer string) error {
	switch by {
	case account.Password:
		return v.factors.CheckPassword(v.r.Context(), userID, answer)
	case account.TOTP:
		return v.factors.CheckTOTP(v.r.Context(), userID, answer)
	}
	return v.factors.UseRecoveryCode(v.r.Context(), userID, answer)
}

// refuseApproved shows the page of an approval again with a refusal.
func (v *visit) refuseApproved(why refusal) error {
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	return v.showStep(stored, why)
}

// enterWith signs in by a code and the factor that was just shown.
func (v *visit) enterWith(userID string, way account.Way) error {
	s, err := v.joinProofs(userID, way)
	switch {
	case errors.Is(err, account.ErrBlocked):
		return v.showBlocked()
	case wantsMore(err):
		return v.goOn()
	case err != nil:
		return v.refuseStep(err)
	case v.door.recovers():
		return v.recovered(s)
	}
	return v.comeIn(s)
}

func (v *visit) joinProofs(userID string, way account.Way) (account.Session, error) {
	if v.door.recovers() {
		return v.accounts.RecoverWith(v.r.Context(), v.ref(), userID, way, v.browser())
	}
	return v.accounts.EnterWith(v.r.Context(), v.ref(), userID, way, v.browser())
}
