package pages

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/sinpyo/sinpyo/internal/consent"
)

// renewView is what renew.html shows: what changed since the member agreed to
// it. Optional items are not asked here.
type renewView struct {
	Page     frame
	Consents []consentView
	Summary  bool // more than one thing is wrong
	Error    string
}

// owes reports whether a member has yet to agree to something that is required
// by now.
func (v *visit) owes(userID string) (bool, error) {
	missing, err := v.consents.Missing(v.r.Context(), userID)
	if err != nil {
		return false, fmt.Errorf("reading what a member agreed to: %w", err)
	}
	return len(missing) > 0, nil
}

// renewal asks a member for what is missing.
func (v *visit) renewal() error {
	user, _, token, err := v.who()
	switch {
	case err != nil:
		return err
	case token == "":
		return v.next("/login")
	}
	missing, err := v.consents.Missing(v.r.Context(), user.ID)
	if err != nil {
		return fmt.Errorf("reading what a member agreed to: %w", err)
	}
	if len(missing) == 0 {
		return v.goHome()
	}
	return v.showRenewal(token, missing, refusal{})
}

// showRenewal shows the items, and marks those that a refused form left out.
func (v *visit) showRenewal(token string, missing []consent.Item, why refusal) error {
	view := &renewView{Page: v.frame("title.renew", why.status != 0), Error: why.Text}
	view.Page.Token, view.Page.SignOut = formToken(token), formToken(token)
	wrong := 0
	for _, item := range missing {
		line := v.consentLine(item, v.r.PostForm["agree"], why.status == http.StatusBadRequest)
		if line.Error != "" {
			wrong++
		}
		view.Consents = append(view.Consents, line)
	}
	view.Summary = wrong > 1
	return v.show("renew.html", why.code(), view)
}

// renew stores that the member agrees.
func (v *visit) renew() error {
	user, _, token, err := v.who()
	switch {
	case err != nil:
		return err
	case token == "":
		return v.next("/login")
	}
	stale := v.form(token)
	if stale != nil && !errors.Is(stale, errForm) {
		return stale
	}
	missing, err := v.consents.Missing(v.r.Context(), user.ID)
	if err != nil {
		return fmt.Errorf("reading what a member agreed to: %w", err)
	}
	if len(missing) == 0 { // in another tab, or by the same form sent twice
		return v.goHome()
	}
	if stale != nil {
		why, internal := v.refuse(stale)
		if internal != nil {
			return internal
		}
		return v.showRenewal(token, missing, why)
	}
	var ids []string
	for _, item := range missing {
		if !slices.Contains(v.r.PostForm["agree"], item.ID) {
			return v.showRenewal(token, missing, refusal{status: http.StatusBadRequest})
		}
		ids = append(ids, item.ID)
	}
	err = v.consents.Agree(v.r.Context(), user.ID, v.locale.name, consent.Renewal, ids...)
	if err != nil {
		return fmt.Errorf("writing what a member agreed to: %w", err)
	}
	return v.goHome()
}
