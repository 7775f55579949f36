package console

import (
	"net/http"
	"strings"

	"github.com/sinpyo/sinpyo/internal/operator"
)

// operatorsView is what operators.html shows.
type operatorsView struct {
	Page      frame
	Operators []operatorLine
}

// operatorLine is one operator.
type operatorLine struct {
	ID, Name, Role string
	State          string // in words
	Tone           string // of the chip
	Ways           string
	SignedIn       string
	Self           bool
}

// operatorList shows all operators.
func (v *visit) operatorList() error {
	list, err := v.operators.List(v.r.Context())
	if err != nil {
		return err
	}
	view := &operatorsView{Page: v.frame("title.operators")}
	for _, op := range list {
		view.Operators = append(view.Operators, v.operatorLine(op))
	}
	return v.show("operators.html", http.StatusOK, view)
}

// tones are the colours of an account's states.
var tones = map[operator.State]string{
	operator.Active: "ok", operator.Invited: "warn", operator.Locked: "danger", operator.Disabled: "off",
}

func (v *visit) operatorLine(op operator.Operator) operatorLine {
	line := operatorLine{
		ID: op.ID, Name: op.Name, Role: v.locale.role(op.Role), Tone: tones[op.State()],
		State:    v.locale.say("state."+string(op.State()), "until", v.stamp(op.LockedUntil)),
		SignedIn: v.stamp(op.SignedInAt), Self: op.ID == v.self.ID,
	}
	if op.State() == operator.Invited && !op.LinkUntil.IsZero() {
		line.State = v.locale.say("state.invited.until", "until", v.stamp(op.LinkUntil))
	}
	var ways []string
	if op.Passkeys > 0 {
		ways = append(ways, v.locale.count("operators.passkeys", op.Passkeys))
	}
	if op.TOTP {
		ways = append(ways, v.locale.say("way.totp"))
	}
	line.Ways = strings.Join(ways, ", ")
	return line
}

// roleChoice is a role that can be given.
type roleChoice struct {
	Role, Name, Does string
	Chosen           bool
}

// roleChoices are the roles, the given one chosen.
func (v *visit) roleChoices(chosen operator.Role) []roleChoice {
	var choices []roleChoice
	for _, r := range operator.Roles() {
		choices = append(choices, roleChoice{
			Role: string(r), Name: v.locale.role(r), Does: v.locale.say("role." + string(r) + ".does"), Chosen: r == chosen,
		})
	}
	return choices
}

// inviteView is what invite.html shows.
type inviteView struct {
	Page  frame
	Name  string
	Roles []roleChoice
	Error string
}

// invite asks for the name and role of somebody new.
func (v *visit) invite() error { return v.showInvite(refusal{}) }

func (v *visit) showInvite(why refusal) error {
	chosen := operator.Viewer
	if r, err := operator.ParseRole(v.typed("role")); err == nil {
		chosen = r
	}
	return v.show("invite.html", why.code(), &inviteView{
		Page: v.failed("title.invite", why), Name: v.typed("name"), Roles: v.roleChoices(chosen), Error: why.Text,
	})
}

// actOnInvite makes an account and shows its link, once.
func (v *visit) actOnInvite() error {
	link, err := v.operators.Invite(v.r.Context(), v.typed("name"), operator.Role(v.typed("role")), v.act())
	if err != nil {
		return v.refuseAs(err, v.showInvite)
	}
	return v.showLink(link, v.typed("name"))
}

// linkView is what link.html shows: a link that is to be handed over.
type linkView struct {
	Page  frame
	Name  string
	Link  string
	Until string
}

func (v *visit) showLink(link operator.Link, name string) error {
	return v.show("link.html", http.StatusOK, &linkView{
		Page: v.frame("title.link"), Name: name, Link: operator.LinkTo(v.url, link.Token), Until: v.stamp(link.Until),
	})
}

// operatorView is what operator.html shows: one operator, and what can be done.
type operatorView struct {
	Page     frame
	Line     operatorLine
	Made     string
	Roles    []roleChoice
	Disabled bool
	Locked   bool
	Error    string
}

// operator shows one operator.
func (v *visit) operator() error { return v.showOperator(refusal{}) }

func (v *visit) showOperator(why refusal) error {
	op, err := v.operators.ByID(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.show("operator.html", why.code(), &operatorView{
		Page: v.failed("title.operator", why), Line: v.operatorLine(op), Made: v.stamp(op.CreatedAt),
		Roles: v.roleChoices(op.Role), Disabled: op.State() == operator.Disabled, Locked: op.State() == operator.Locked,
		Error: why.Text,
	})
}

// actOnOperator does to an operator what a form asks for.
func (v *visit) actOnOperator() error {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	do := v.typed("do")
	var err error
	switch do {
	case "role":
		err = v.operators.SetRole(ctx, id, operator.Role(v.typed("role")), v.act())
	case "disable":
		err = v.operators.Disable(ctx, id, v.act())
	case "enable":
		err = v.operators.Enable(ctx, id, v.act())
	case "unlock":
		err = v.operators.Unlock(ctx, id, v.act())
	case "reset":
		return v.reset(id)
	default:
		return v.next(v.r.URL.Path)
	}
	if err != nil {
		return v.refuseAs(err, v.showOperator)
	}
	v.tell("news.operator." + do)
	return v.next(operatorsPath)
}

// reset makes a new link for somebody who has lost what they sign in with.
func (v *visit) reset(id string) error {
	op, err := v.operators.ByID(v.r.Context(), id)
	if err != nil {
		return err
	}
	link, err := v.operators.Reset(v.r.Context(), id, v.act())
	if err != nil {
		return v.refuseAs(err, v.showOperator)
	}
	return v.showLink(link, op.Name)
}
