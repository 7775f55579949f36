package pages

import (
	"errors"

	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/web"
)

// passkeysView is what passkeys.html shows.
type passkeysView struct {
	Page     frame
	Passkeys []passkeyLine
	Make     bool   // one can be made here
	Error    string // a refusal that is not about one passkey's name
}

// passkeyLine is one passkey.
type passkeyLine struct {
	ID    string
	Label string
	Facts string // when it was made and used
	Typed string // in the field for its name
	Error string // about that
}

// passkeys shows the member's passkeys.
func (v *visit) passkeys() error { return v.showPasskeys(refusal{}) }

func (v *visit) showPasskeys(why refusal) error {
	h, err := v.factors.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	view := &passkeysView{
		Page: v.ownFrame("title.passkeys", why.Text != ""), Passkeys: v.passkeyLines(h.Passkeys),
		Make: v.factors.Passkeys(), Error: why.Text,
	}
	if v.typed("do") == "rename" {
		for i, line := range view.Passkeys {
			if line.ID == v.typed("passkey") && why.Text != "" {
				view.Passkeys[i].Typed, view.Passkeys[i].Error, view.Error = v.typed("label"), why.Text, ""
			}
		}
	}
	return v.show("passkeys.html", why.code(), view)
}

func (v *visit) passkeyLines(held []factor.Passkey) []passkeyLine {
	var lines []passkeyLine
	for _, p := range held {
		line := passkeyLine{ID: p.ID, Label: p.Label, Typed: p.Label}
		made := v.locale.say("passkeys.made", "when", v.locale.brief(p.CreatedAt, v.now()))
		line.Facts = made
		if !p.UsedAt.IsZero() {
			line.Facts = v.locale.say("passkeys.used", "made", made, "when", v.locale.brief(p.UsedAt, v.now()))
		}
		lines = append(lines, line)
	}
	return lines
}

// actOnPasskeys makes, renames or removes a passkey.
func (v *visit) actOnPasskeys() error {
	if done, err := v.ownedForm(v.showPasskeys); done || err != nil {
		return err
	}
	if !v.accounts.Fresh(v.self.session) {
		return v.askProof("passkeys")
	}
	act, news := v.addOwnPasskey, "news.passkey"
	switch v.typed("do") {
	case "rename":
		act, news = v.renamePasskey, "news.passkey.renamed"
	case "remove":
		act, news = v.removePasskey, "news.passkey.removed"
	}
	err := act()
	switch {
	case errors.Is(err, factor.ErrNoPasskey): // it was removed in another tab
		return v.next("/account/passkeys")
	case err != nil:
		return v.refuseAs(err, v.showPasskeys)
	}
	v.tell(news)
	return v.next("/account/passkeys")
}

func (v *visit) addOwnPasskey() error {
	label := web.BrowserName(v.r)
	if label == "" {
		label = v.locale.say("passkey.label")
	}
	ceremony, response := v.answer()
	_, err := v.factors.FinishRegister(v.r.Context(), v.self.ID, ceremony, response, label)
	return err
}

func (v *visit) renamePasskey() error {
	return v.factors.RenamePasskey(v.r.Context(), v.self.ID, v.typed("passkey"), v.typed("label"))
}

// removePasskey removes a passkey, but not the last one of a member whom nothing
// else leads in: their number has gone to somebody else (S-32).
func (v *visit) removePasskey() error {
	h, err := v.factors.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	if v.self.Number.IsZero() && len(h.Passkeys) == 1 {
		return errLastPasskey
	}
	return v.factors.RemovePasskey(v.r.Context(), v.self.ID, v.typed("passkey"))
}
