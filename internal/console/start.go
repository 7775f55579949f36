package console

import (
	"errors"

	"github.com/sinpyo/sinpyo/internal/operator"
)

// startView is what start.html shows: the field for a link's code.
type startView struct {
	Page  frame
	Typed string
	Error string
}

// start takes a link's code, and goes on with one that this browser has opened.
func (v *visit) start() error {
	v.switchLanguage()
	v.keepDoor()
	token := v.cookies.Get(v.r, linkCookie)
	if token == "" {
		return v.showStart(refusal{})
	}
	claim, err := v.operators.Open(v.r.Context(), token)
	switch {
	case errors.Is(err, operator.ErrLink):
		v.cookies.Clear(v.w, linkCookie)
		return v.showStart(refusal{})
	case err != nil:
		return err
	}
	return v.showJoin(claim, claim.Name, refusal{})
}

func (v *visit) showStart(why refusal) error {
	return v.show("start.html", why.code(), &startView{Page: v.failed("title.start", why), Typed: v.typed("code"), Error: why.Text})
}

// joinView is what join.html shows: the field for a name.
type joinView struct {
	Page  frame
	First bool
	Role  string
	Name  string
	Error string
}

func (v *visit) showJoin(claim operator.Claim, name string, why refusal) error {
	return v.show("join.html", why.code(), &joinView{
		Page: v.failed("title.join", why), First: claim.First, Role: v.locale.role(claim.Role), Name: name, Error: why.Text,
	})
}

// waysView is what ways.html shows: the choice between passkey and app.
type waysView struct {
	Page     frame
	Name     string
	Passkeys bool // there can be some here
	Error    string
}

func (v *visit) showWays(name string, why refusal) error {
	return v.show("ways.html", why.code(), &waysView{
		Page: v.failed("title.ways", why), Name: name, Passkeys: v.operators.Passkeys(), Error: why.Text,
	})
}

// actOnStart does what a form of the page asks for.
func (v *visit) actOnStart() error {
	if v.typed("do") == "open" {
		return v.openLink()
	}
	claim, err := v.operators.Open(v.r.Context(), v.cookies.Get(v.r, linkCookie))
	if errors.Is(err, operator.ErrLink) {
		v.cookies.Clear(v.w, linkCookie)
		return v.refuseAs(err, v.showStart)
	}
	if err != nil {
		return err
	}
	name := v.typed("name")
	join, err := claim.Enrol(name, v.locale.name, v.browser())
	if err != nil {
		return v.refuseAs(err, func(why refusal) error { return v.showJoin(claim, name, why) })
	}
	switch v.typed("do") {
	case "passkey":
		ceremony, response := v.answer()
		s, err := join.FinishPasskey(v.r.Context(), ceremony, response, v.passkeyLabel())
		return v.joined(claim, s, err, func(why refusal) error { return v.showWays(name, why) })
	case "totp":
		return v.showDraft(join, startPath, name, refusal{})
	case "confirm":
		again := func(why refusal) error { return v.showDraft(join, startPath, name, why) }
		if v.typed("code") == "" {
			return again(v.missing("totp.empty"))
		}
		s, err := join.FinishTOTP(v.r.Context(), v.typed("code"))
		return v.joined(claim, s, err, again)
	}
	return v.showWays(name, refusal{})
}

// openLink looks at a link's code and has the browser keep it.
func (v *visit) openLink() error {
	token := v.typed("code")
	if token == "" {
		return v.showStart(v.missing("start.empty"))
	}
	if _, err := v.operators.Open(v.r.Context(), token); err != nil {
		return v.refuseAs(err, v.showStart)
	}
	v.cookies.Set(v.w, linkCookie, token, linkAge)
	return v.next(startPath)
}

// joined lets somebody in whose account counts from now on.
func (v *visit) joined(claim operator.Claim, s operator.Session, err error, again func(refusal) error) error {
	switch {
	case errors.Is(err, operator.ErrNameTaken):
		return v.refuseAs(err, func(why refusal) error { return v.showJoin(claim, v.typed("name"), why) })
	case errors.Is(err, operator.ErrLink), errors.Is(err, operator.ErrDisabled):
		v.cookies.Clear(v.w, linkCookie)
		return v.refuseAs(err, v.showStart)
	case err != nil:
		return v.refuseAs(err, again)
	}
	v.cookies.Clear(v.w, linkCookie)
	v.tell("news.joined")
	return v.come(s)
}

// askFirstPasskey begins the making of the passkey by which somebody joins.
func (v *visit) askFirstPasskey() error {
	claim, err := v.operators.Open(v.r.Context(), v.cookies.Get(v.r, linkCookie))
	if err != nil {
		return err
	}
	join, err := claim.Enrol(v.typed("name"), v.locale.name, v.browser())
	if err != nil {
		return err
	}
	return v.ask(join.BeginPasskey(v.r.Context()))
}

// passkeyLabel is what a new passkey is called until its owner says otherwise.
func (v *visit) passkeyLabel() string {
	if label := v.browser().Label; label != "" {
		return label
	}
	return v.locale.say("passkey.label")
}
