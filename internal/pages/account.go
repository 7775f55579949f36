package pages

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// accountView is what account.html shows: everything about a member in rows,
// each with one thing to do.
type accountView struct {
	Page   frame
	Name   string
	Joined string
	Phone  string // in full, to its owner; "" when it has gone to somebody else (S-32)
	Proved string
	Undo   string // until when the last change of the number can be taken back, "" for none
	Ready  string // when a recovery that somebody has begun opens the account, "" for none
	Error  string

	Passkeys     []passkeyLine
	Password     bool
	HasPassword  bool
	HasTOTP      bool
	Codes        string // words for how many are left
	Sessions     []sessionLine
	MoreSessions []sessionLine
	Notices      []noticeLine
	MoreNotices  []noticeLine
	Consents     []agreementView
}

// How many rows stand outside a fold.
const (
	sessionsShown = 4
	noticesShown  = 3
)

// account shows a member their own account.
func (v *visit) account() error {
	owes, err := v.owes(v.self.ID)
	if err != nil {
		return err
	}
	if owes {
		return v.next("/account/renew")
	}
	return v.showAccount(refusal{})
}

func (v *visit) showAccount(why refusal) error {
	view := &accountView{
		Page: v.ownFrame("title.account", why.Text != ""), Error: why.Text,
		Name: v.self.Name, Joined: v.locale.date(v.self.CreatedAt),
		Phone: v.self.Number.Display(), Proved: v.locale.brief(v.self.LastProvedAt, v.now()),
	}
	for _, fill := range []func(*accountView) error{v.fillPending, v.fillFactors, v.fillSessions, v.fillNotices, v.fillConsents} {
		if err := fill(view); err != nil {
			return fmt.Errorf("reading an account: %w", err)
		}
	}
	return v.show("account.html", why.code(), view)
}

// fillPending tells what is under way and can be stopped.
func (v *visit) fillPending(view *accountView) error {
	change, ok, err := v.accounts.UndoOf(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	if ok {
		view.Undo = v.locale.brief(change.Until, v.now())
	}
	recovery, ok, err := v.accounts.RecoveryOf(v.r.Context(), v.self.ID)
	if ok {
		view.Ready = v.locale.brief(recovery.ReadyAt, v.now())
	}
	return err
}

func (v *visit) fillFactors(view *accountView) error {
	h, err := v.factors.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	view.Passkeys = v.passkeyLines(h.Passkeys)
	view.HasPassword, view.HasTOTP, view.Codes = h.Password, h.TOTP, v.codesLeft(h.RecoveryCodes)
	view.Password = h.Password || v.factors.Policy() != factor.Off
	return nil
}

// sessionLine is one browser in which the member is signed in.
type sessionLine struct {
	ID      string
	Label   string
	Facts   string // how and when
	Phone   bool   // it is one that is carried about
	Current bool
	Token   string // of the form that ends it
}

func (v *visit) fillSessions(view *accountView) error {
	list, err := v.accounts.Sessions(v.r.Context(), v.self.session)
	if err != nil {
		return err
	}
	var lines []sessionLine
	for _, s := range list {
		line := sessionLine{
			ID: s.ID, Label: s.Label, Current: s.Current, Phone: carried(s.Label), Token: view.Page.Token,
			Facts: v.locale.say("session.facts", "way", v.locale.say("session.by."+string(s.Way)), "when", v.locale.brief(s.SeenAt, v.now())),
		}
		if line.Label == "" {
			line.Label = v.locale.say("session.unnamed")
		}
		if s.Current {
			lines = append([]sessionLine{line}, lines...)
			continue
		}
		lines = append(lines, line)
	}
	n := min(len(lines), sessionsShown)
	view.Sessions, view.MoreSessions = lines[:n], lines[n:]
	return nil
}

// carried reports whether a browser's label is that of a telephone or a tablet.
func carried(label string) bool {
	for _, name := range []string{"iPhone", "iPad", "Android"} {
		if strings.Contains(label, name) {
			return true
		}
	}
	return false
}

// noticeLine is something the member was told.
type noticeLine struct{ Text, Facts string }

func (v *visit) fillNotices(view *accountView) error {
	list, err := v.accounts.Notices(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	var lines []noticeLine
	for _, n := range list {
		line := noticeLine{Text: v.locale.say("notice." + string(n.Kind)), Facts: v.locale.brief(n.At, v.now())}
		if n.Texted {
			line.Facts = v.locale.say("notice.texted", "when", line.Facts)
		}
		lines = append(lines, line)
	}
	n := min(len(lines), noticesShown)
	view.Notices, view.MoreNotices = lines[:n], lines[n:]
	return nil
}

func (v *visit) fillConsents(view *accountView) error {
	given, err := v.consents.Agreements(v.r.Context(), v.self.ID)
	view.Consents = v.agreements(given)
	return err
}

// actOnAccount ends a session elsewhere, or stops a recovery.
func (v *visit) actOnAccount() error {
	if done, err := v.ownedForm(v.showAccount); done || err != nil {
		return err
	}
	switch v.typed("do") {
	case "end":
		err := v.accounts.End(v.r.Context(), v.self.ID, v.typed("session"))
		if err != nil && !errors.Is(err, account.ErrNoSession) { // which has ended already
			return v.refuseAs(err, v.showAccount)
		}
		return v.did("news.session")
	case "cancel":
		if err := v.accounts.CancelRecovery(v.r.Context(), v.self.session); err != nil {
			return v.refuseAs(err, v.showAccount)
		}
		return v.did("news.recovery")
	}
	return v.next(accountPath)
}

// signOut ends the browser's session.
func (v *visit) signOut() error {
	token := v.cookies.Get(v.r, sessionCookie)
	if token == "" {
		return v.next(loginPath)
	}
	if err := v.form(token); err != nil {
		return err
	}
	if err := v.accounts.SignOut(v.r.Context(), token); err != nil && fault.As(err) == nil {
		return err
	}
	v.cookies.Clear(v.w, sessionCookie)
	v.cookies.Clear(v.w, flowCookie) // a number that was proved here is nothing for whoever comes next
	return v.next(loginPath)
}

// errLastPasskey refuses to remove what alone leads to an account.
var errLastPasskey = fault.New(fault.Conflict, "passkey_last",
	"the account has no number any more: add one before its last passkey is removed")
