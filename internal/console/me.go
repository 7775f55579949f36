package console

import (
	"errors"

	"github.com/sinpyo/sinpyo/internal/operator"
)

// meView is what me.html shows: one's own account.
type meView struct {
	Page     frame
	Name     string
	Role     string
	Passkeys string // words for how many there are
	TOTP     bool
	Sessions []sessionLine
	Error    string
}

// sessionLine is one session.
type sessionLine struct {
	ID, Label, From, Way string
	Since, Seen          string
	Current              bool
}

// me shows the account of who is signed in.
func (v *visit) me() error { return v.showMe(refusal{}) }

func (v *visit) showMe(why refusal) error {
	held, err := v.operators.Held(v.r.Context(), v.self.ID)
	if err != nil {
		return err
	}
	sessions, err := v.operators.Sessions(v.r.Context(), v.self.session)
	if err != nil {
		return err
	}
	view := &meView{
		Page: v.failed("title.me", why), Name: v.self.Name, Role: v.locale.role(v.self.Role),
		Passkeys: v.locale.count("me.passkeys", len(held.Passkeys)), TOTP: held.TOTP, Error: why.Text,
	}
	for _, s := range sessions {
		label := s.Label
		if label == "" {
			label = v.locale.say("me.browser")
		}
		view.Sessions = append(view.Sessions, sessionLine{
			ID: s.ID, Label: label, From: s.From, Way: v.locale.say("way." + string(s.Way)),
			Since: v.stamp(s.CreatedAt), Seen: v.stamp(s.SeenAt), Current: s.Current,
		})
	}
	return v.show("me.html", why.code(), view)
}

// actOnMe changes the language, or ends sessions.
func (v *visit) actOnMe() error {
	var err error
	switch v.typed("do") {
	case "language":
		err = v.operators.SetLocale(v.r.Context(), v.self.session, v.typed("language"))
		v.cookies.Set(v.w, langCookie, v.typed("language"), langAge)
	case "end":
		if err = v.operators.End(v.r.Context(), v.self.session, v.typed("session")); err == nil {
			v.tell("news.ended")
		}
		if errors.Is(err, operator.ErrNoSession) {
			err = nil // it has ended: that is what was wanted
		}
	case "everywhere":
		return v.signOutEverywhere()
	}
	if err != nil {
		return v.refuseAs(err, v.showMe)
	}
	return v.next(mePath)
}

func (v *visit) signOutEverywhere() error {
	err := v.operators.EndAll(v.r.Context(), v.self.session)
	switch {
	case errors.Is(err, operator.ErrStepUp):
		return v.askProof()
	case err != nil:
		return v.refuseAs(err, v.showMe)
	}
	v.cookies.Clear(v.w, sessionCookie)
	v.tell("news.everywhere")
	return v.next(signInPath)
}
