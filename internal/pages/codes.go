package pages

import "net/http"

// codesView is what codes.html shows: how many recovery codes are left.
type codesView struct {
	Page  frame
	Has   bool
	Left  string // words for how many
	Marks []bool // a notch for each, set for those that are left
	Error string
}

// recoveryCodes is how many a set has.
const recoveryCodes = 10

// codes shows how many recovery codes the member has left.
func (v *visit) codes() error { return v.showCodes(refusal{}) }

func (v *visit) showCodes(why refusal) error {
	h, err := v.factors.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	return v.show("codes.html", why.code(), &codesView{
		Page: v.ownFrame("title.codes", why.Text != ""), Has: h.RecoveryCodes > 0,
		Left: v.codesLeft(h.RecoveryCodes), Marks: notches(h.RecoveryCodes, recoveryCodes), Error: why.Text,
	})
}

// codesLeft says how many recovery codes are left.
func (v *visit) codesLeft(n int) string {
	if n == 0 {
		return v.locale.say("codes.none")
	}
	return v.locale.count("codes.left", n)
}

// newCodesView is what newcodes.html shows, once.
type newCodesView struct {
	Page  frame
	Codes []string
}

// makeCodes gives the member a new set of recovery codes and shows it. Nobody
// can show it again.
func (v *visit) makeCodes() error {
	if done, err := v.ownedForm(v.showCodes); done || err != nil {
		return err
	}
	if !v.accounts.Fresh(v.self.session) {
		return v.askProof("codes")
	}
	codes, err := v.factors.NewRecoveryCodes(v.r.Context(), v.self.ID)
	if err != nil {
		return v.refuseAs(err, v.showCodes)
	}
	return v.show("newcodes.html", http.StatusOK, &newCodesView{Page: v.ownFrame("title.newcodes", false), Codes: codes})
}
