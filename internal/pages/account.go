package pages

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/fault"
)

// accountView is what account.html shows.
type accountView struct {
	Page     frame
	Name     string
	Joined   string
	Phone    string // masked: whoever looks over a shoulder learns four digits
	Proved   string
	Consents []agreementView
}

// agreementView is one consent of a member.
type agreementView struct {
	ID       string
	Label    string
	Required bool
	Agreed   string // edition and day, "" when not agreed
	Version  string // the edition agreed to, "" when not agreed
	Show     string // label of the link to its document, "" when it has none
}

// account shows a member their own account.
func (v *visit) account() error {
	token := v.cookies.Get(v.r, sessionCookie)
	user, _, err := v.accounts.BySession(v.r.Context(), token)
	if errors.Is(err, account.ErrNoSession) {
		return v.next("/login")
	}
	if err != nil {
		return err
	}
	consents, err := v.consents.Agreements(v.r.Context(), user.ID)
	if err != nil {
		return fmt.Errorf("reading a member's consents: %w", err)
	}
	f := v.frame("title.account", false)
	f.SignOut = formToken(token)
	return v.show("account.html", http.StatusOK, &accountView{
		Page: f, Name: user.Name, Joined: v.locale.date(user.CreatedAt),
		Phone: user.Number.String(), Proved: v.locale.moment(user.LastProvedAt),
		Consents: v.agreements(consents),
	})
}

// agreements puts what a member agreed to beside everything that can be agreed
// to. Of several editions the last one counts.
func (v *visit) agreements(given []consent.Agreement) []agreementView {
	var lines []agreementView
	for _, item := range v.consents.Items() {
		line := agreementView{ID: item.ID, Label: v.label(item), Show: v.showLabel(item), Required: item.Required}
		for _, a := range given {
			if a.Item == item.ID && a.Stands() {
				line.Version = a.Version
				line.Agreed = v.locale.say("account.agreed", "version", a.Version, "date", v.locale.date(a.AgreedAt))
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// signOut ends the browser's session.
func (v *visit) signOut() error {
	token := v.cookies.Get(v.r, sessionCookie)
	if token == "" {
		return v.next("/login")
	}
	if err := v.form(token); err != nil {
		return err
	}
	if err := v.accounts.SignOut(v.r.Context(), token); err != nil && fault.As(err) == nil {
		return err
	}
	v.cookies.Clear(v.w, sessionCookie)
	return v.next("/login")
}
