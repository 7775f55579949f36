package console

import (
	"slices"

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/sms"
	"github.com/sinpyo/sinpyo/internal/watch"
)

// trialView is what trial.html shows: a test text that is asked for, and asked
// about once more. The number that was typed stands on the answer to its form and
// nowhere else.
type trialView struct {
	Page         frame
	Role, Sender string
	For          string // what the sender number is for
	Text, Price  string
	To, Reason   string
	Sure         string // the number, where it is asked once more
	Error        string // about the number
	ReasonError  string
}

// trial asks for the number that a test text is to go to.
func (v *visit) trial() error { return v.showTrial("", refusal{}, refusal{}) }

// showTrial shows the form, with what is wrong with its number or its reason, or
// asks once more about a number.
func (v *visit) showTrial(sure string, why, reason refusal) error {
	role, senders := v.trialRole(), v.outbox.Configured()
	i := slices.IndexFunc(senders, func(s outbox.Sender) bool { return s.Role == role })
	if i < 0 {
		return watch.ErrRole
	}
	text, err := v.trialText()
	if err != nil {
		return err
	}
	refused := why
	if why.Text == "" {
		refused = reason
	}
	return v.show("trial.html", refused.code(), &trialView{
		Page: v.failed("title.trial", refused), Role: role, Sender: v.sender(senders[i].Number), For: v.senderRole(role),
		Text: text, Price: v.locale.won(v.watch.Price()), To: v.typed("to"), Reason: v.typed("reason"),
		Sure: sure, Error: why.Text, ReasonError: reason.Text,
	})
}

// trialRole is the role whose number is tried: the form says it, or the address.
func (v *visit) trialRole() string {
	if role := v.typed("role"); role != "" {
		return role
	}
	if role := v.r.URL.Query().Get("role"); role != "" {
		return role
	}
	return outbox.DefaultSender
}

func (v *visit) trialText() (string, error) {
	notices, err := sms.NewNotices(v.builtin.Texts.Name())
	if err != nil {
		return "", err
	}
	return notices.Text("trial", v.locale.name), nil
}

// actOnTrial asks once more, and sends the text when somebody is sure.
func (v *visit) actOnTrial() error {
	refused := func(why refusal) error { return v.showTrial("", why, refusal{}) }
	to, err := phone.Parse(v.typed("to"))
	if err != nil {
		return v.refuseAs(err, refused)
	}
	act, err := v.act().Reasoned()
	if err != nil {
		return v.refuseAs(err, func(why refusal) error { return v.showTrial("", refusal{}, why) })
	}
	if v.typed("do") != "send" {
		return v.showTrial(to.Display(), refusal{}, refusal{})
	}
	text, err := v.trialText()
	if err != nil {
		return err
	}
	id, err := v.watch.SendTrial(v.r.Context(), watch.Trial{ApplicationID: v.builtin.ID, Role: v.trialRole(), To: to, Text: text, By: act})
	if err != nil {
		return v.refuseAs(err, refused)
	}
	v.tell("news.trial")
	return v.next(resultsPath + "/" + id)
}
