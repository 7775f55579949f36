package pages

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// codeView is what the pages of the second step show: code.html while a code
// can be entered, undelivered.html when the text did not arrive, ended.html
// when the code is spent.
type codeView struct {
	Page        frame
	Phone       string
	Number      string // to be corrected, "" when nobody typed it
	Code        string // as it was typed
	Error       string
	Tries       []bool // a notch for each check, set for those left; nil unless one was wrong
	Fate        fate
	Usual       string // how long texts take, "" when nobody knows
	Expires     int    // seconds until the code runs out
	Timer       string // the same as mm:ss
	Until       string // the same as a clock time, for browsers that cannot count
	Resend      int    // seconds until another text can be asked for
	Resends     []bool // a notch for each resend that is left
	ResendsLeft string // words for them
}

// view fills what all pages of the second step share.
func (v *visit) view(title string, stored verify.Verification, why refusal) *codeView {
	now := v.now()
	left := seconds(stored.ExpiresAt.Sub(now))
	c := &codeView{
		Page:    v.frame(title, why.Text != "").in("step"),
		Phone:   v.spell(stored.To),
		Number:  v.typedBefore(stored.To),
		Code:    v.typed("code"),
		Error:   why.Text,
		Fate:    v.fate(stored.Message),
		Usual:   v.usual(),
		Expires: left,
		Timer:   fmt.Sprintf("%02d:%02d", left/60, left%60),
		Until:   v.locale.clock(stored.ExpiresAt),
		Resend:  seconds(stored.ResendAt.Sub(now)),
		Resends: notches(stored.ResendsLeft, stored.ResendsLeft),
	}
	c.Page.Back = "change"
	c.ResendsLeft = v.locale.say("resend.none")
	if stored.ResendsLeft > 0 {
		c.ResendsLeft = v.locale.count("resend.left", stored.ResendsLeft)
	}
	v.budget(&c.Page, stored.To)
	return c
}

// showCode shows the second step of a pending verification. Where the text
// did not arrive the question is no longer which code but whether the number
// is right.
func (v *visit) showCode(stored verify.Verification, why refusal) error {
	if v.fate(stored.Message).State != failed {
		return v.show("code.html", why.code(), v.view("title.code", stored, why))
	}
	c := v.view("title.undelivered", stored, why)
	if v.r.PostForm.Has("number") {
		c.Number = v.typed("number")
	}
	if c.Error != "" && v.typed("do") != "check" {
		c.Fate.Text, c.Error = c.Error, "" // it speaks of the number, not of the code
	}
	c.Page.Title = v.locale.say("title.failed", "title", v.locale.titles["title.undelivered"])
	return v.show("undelivered.html", why.code(), c)
}

// showEnded offers a new code in place of one that is expired or locked.
func (v *visit) showEnded(stored verify.Verification, why refusal) error {
	if why.Text == "" {
		why.Text = v.locale.say("err.code." + string(stored.Status))
	}
	c := v.view("title.ended", stored, why)
	c.Page.Step = "" // nothing is typed here
	return v.show("ended.html", why.code(), c)
}

// check compares the code that was typed, and on success signs in or goes on
// to the third step.
func (v *visit) check() error {
	typed := v.typed("code")
	if typed == "" {
		return v.refuseCode(refusal{Text: v.locale.say("err.code.empty"), status: http.StatusBadRequest})
	}
	result, newcomer, err := v.accounts.Check(v.r.Context(), v.ref(), typed)
	switch {
	case errors.Is(err, verify.ErrCode):
		return v.refuseCode(refusal{status: http.StatusBadRequest})
	case err != nil:
		return v.refuseStep(err)
	case newcomer && v.door.hall:
		return v.goOn()
	case result.Status == verify.Approved:
		return v.door.proved(v)
	case result.Status == verify.Redeemed:
		return v.door.used(v)
	case result.Status != verify.Pending:
		return v.showStep(result.Verification, v.over(result.Status))
	}
	c := v.view("title.code", result.Verification, refusal{Text: v.locale.count("err.code.wrong", result.AttemptsLeft)})
	c.Tries = notches(result.AttemptsLeft, verify.Attempts)
	return v.show("code.html", http.StatusUnprocessableEntity, c)
}

// over says why a code can no longer be entered; where a page of its own says
// it there are no words.
func (v *visit) over(s verify.Status) refusal {
	why := refusal{status: http.StatusUnprocessableEntity}
	if s == verify.Canceled || s == verify.Superseded {
		why.Text = v.locale.say("flow.changed")
	}
	return why
}

// goOn leads to the third step: the approval is good for half an hour from now.
func (v *visit) goOn() error {
	v.keepFlow(v.flow.id)
	return v.next(v.door.path)
}

// resend asks for the same code once more.
func (v *visit) resend() error {
	if _, err := v.verify.Resend(v.r.Context(), v.application, v.ref()); err != nil {
		return v.refuseStep(err)
	}
	v.keepFlow(v.flow.id)
	return v.next(v.door.path)
}

// refuseStep shows the step again with a refusal of the house.
func (v *visit) refuseStep(err error) error {
	why, internal := v.refuse(err)
	if internal != nil {
		return internal
	}
	stored, gone := v.verify.Get(v.r.Context(), v.ref())
	if fault.As(gone) != nil {
		v.flow.id = ""
		return v.door.first(v, "", why)
	}
	if gone != nil {
		return gone
	}
	if why.tooMany && v.typed("do") == "resend" {
		if why.wait >= time.Minute {
			return v.showLimit(stored.To, why)
		}
		why.Text = v.soon(why.wait)
	}
	return v.showStep(stored, why)
}

// refuseCode asks for the code again without having checked one. Where why has
// no words yet, the count of digits gives them.
func (v *visit) refuseCode(why refusal) error {
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	if why.Text == "" {
		why.Text = v.locale.digits(countDigits(v.typed("code")), stored.CodeLength)
	}
	return v.showStep(stored, why)
}

// digits says what is wrong with a code of n digits where length are needed.
func (l *locale) digits(n, length int) string {
	if n < length {
		return l.count("err.code.short", length-n, "length", fmt.Sprint(length))
	}
	return l.say("err.code.long", "length", fmt.Sprint(length))
}

// countDigits counts the digits in s, ASCII and full-width.
func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' || r >= '０' && r <= '９' {
			n++
		}
	}
	return n
}

// notches returns a notch for each of total, set for the first left of them.
func notches(left, total int) []bool {
	n := make([]bool, min(max(total, 0), 10))
	for i := range n {
		n[i] = i < left
	}
	return n
}

// seconds rounds d up to whole seconds and never below 0.
func seconds(d time.Duration) int {
	return int(max(0, d+time.Second-1) / time.Second)
}
