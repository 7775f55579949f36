package pages

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// door is one of the two doors to the hall. Its steps, and what they tell about
// a number, are the same; the words are those of what somebody came for.
type door struct {
	path  string
	login bool // of people who have an account, as they believe
}

var (
	signupDoor = door{path: "/signup"}
	loginDoor  = door{path: "/login", login: true}
)

// title is what the first step is called in the window.
func (d door) title() string {
	if d.login {
		return "title.login"
	}
	return "title.number"
}

// doorAt returns the door at an address. Pages beside the hall lead to sign-up.
func doorAt(path string) door {
	if path == loginDoor.path {
		return loginDoor
	}
	return signupDoor
}

// hall shows the step that the stored verification stands at.
func (v *visit) hall() error {
	v.readReturn()
	user, signedIn, err := v.member()
	switch {
	case err != nil:
		return err
	case signedIn && v.flow.joined:
		return v.welcome(user)
	case signedIn:
		return v.goHome()
	case v.flow.id == "":
		return v.showFirst()
	}
	stored, err := v.verify.Watch(v.r.Context(), v.ref())
	switch {
	case errors.Is(err, verify.ErrNotFound) || errors.Is(err, verify.ErrBinding):
		v.flow = flow{to: v.flow.to}
		return v.showFirst()
	case err != nil:
		return err
	}
	return v.showStep(stored, refusal{})
}

// member returns who is signed in at the browser, if anybody is.
func (v *visit) member() (user account.User, signedIn bool, err error) {
	token := v.cookies.Get(v.r, sessionCookie)
	if token == "" {
		return user, false, nil
	}
	user, _, err = v.accounts.BySession(v.r.Context(), token)
	if errors.Is(err, account.ErrNoSession) {
		return user, false, nil
	}
	return user, err == nil, err
}

// showStep shows the step of a verification, with a refusal of what was tried
// there, if any.
func (v *visit) showStep(stored verify.Verification, why refusal) error {
	switch stored.Status {
	case verify.Pending:
		return v.showCode(stored, why)
	case verify.Expired, verify.Locked:
		return v.showEnded(stored, why)
	case verify.Approved:
		return v.showProfile(profileForm{Name: v.typed("name"), Agreed: v.r.PostForm["agree"]}, why)
	case verify.Canceled, verify.Superseded:
		return v.showNumber(v.typedBefore(stored.To), why)
	}
	return v.showNumber("", why) // redeemed: what it proved has been used
}

// acts are what a POST to a door may do, by its field "do".
var acts = map[string]func(*visit) error{
	"start":  (*visit).start,
	"known":  (*visit).startKnown,
	"again":  (*visit).startAgain,
	"check":  (*visit).check,
	"resend": (*visit).resend,
	"change": (*visit).change,
	"finish": (*visit).finish,
}

// act does what a form asks for.
func (v *visit) act() error {
	err := v.form(v.flow.secret)
	switched := v.switchLanguage()
	if errors.Is(err, errForm) {
		return v.refuseForm()
	}
	if err != nil {
		return err
	}
	if switched {
		return v.showAgain()
	}
	do, ok := acts[v.r.PostForm.Get("do")]
	if !ok {
		return v.next(v.door.path)
	}
	if of := v.r.PostForm.Get("of"); of != "" && of != v.flow.mark() {
		return v.refuseTab()
	}
	return do(v)
}

// switchLanguage takes up the language that a form asks for. Such a form does
// nothing else.
func (v *visit) switchLanguage() bool {
	l := v.Pages.locale(v.r.PostForm.Get("lang"))
	if l == nil {
		return false
	}
	v.keepLanguage(v.w, l)
	v.locale = l
	return true
}

// showAgain shows the step anew with what was typed in it.
func (v *visit) showAgain() error {
	if v.flow.id == "" {
		return v.showNumber(v.typed("number"), refusal{})
	}
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	undelivered := stored.Status == verify.Pending && v.fate(stored.Message).State == failed
	if v.typed("do") == "start" && !undelivered {
		return v.refuseNumber(v.typed("number"), refusal{}) // another number than the one that waits
	}
	return v.showStep(stored, refusal{})
}

// refuseForm answers a form that does not belong to the browser: its cookie has
// run out, was never kept, or is another one by now.
func (v *visit) refuseForm() error {
	_, signedIn, err := v.member()
	switch {
	case err != nil:
		return err
	case signedIn: // in another tab, or by the same form sent twice
		return v.goHome()
	case v.keepsNoCookies():
		return v.showCookies()
	}
	why, err := v.refuse(errForm)
	if err != nil {
		return err
	}
	if v.typed("do") != "start" {
		why.Text = v.locale.say("flow.lost")
	}
	return v.showNumber(v.typed("number"), why)
}

// keepsNoCookies reports whether the browser keeps no cookies: it brings none of
// ours, though the page it comes from gave it one that would still be good.
func (v *visit) keepsNoCookies() bool {
	for _, name := range []string{flowCookie, sessionCookie, deviceCookie, langCookie} {
		if v.cookies.Get(v.r, name) != "" {
			return false
		}
	}
	opened, err := strconv.ParseInt(v.typed("opened"), 10, 64)
	return err == nil && v.now().Sub(time.Unix(opened, 0)) < flowAge
}

// numberAgain is a page that asks for the same number once more.
type numberAgain struct {
	Page   frame
	Number string
}

// showCookies says that nothing goes on without cookies, and why.
func (v *visit) showCookies() error {
	v.keepFlow("")
	return v.show("cookies.html", http.StatusForbidden, &numberAgain{
		Page: v.frame("title.cookies", true).in("step"), Number: v.typed("number"),
	})
}

// refuseTab answers a form of one tab when another tab has gone on to another
// verification, which is shown.
func (v *visit) refuseTab() error {
	why := refusal{Text: v.locale.say("flow.elsewhere"), status: http.StatusConflict}
	if v.flow.id == "" {
		return v.showNumber(v.typed("number"), why)
	}
	stored, err := v.verify.Get(v.r.Context(), v.ref())
	if err != nil {
		return v.refuseStep(err)
	}
	clear(v.r.PostForm) // what was typed belongs to the other one
	return v.showStep(stored, why)
}

// startOver asks for the number again when an approval is spent or has run out.
func (v *visit) startOver(err error) error {
	why, internal := v.refuse(err)
	if internal != nil {
		return internal
	}
	number := ""
	stored, gone := v.verify.Get(v.r.Context(), v.ref())
	if gone == nil {
		number = v.typedBefore(stored.To)
	}
	if stored.Status == verify.Redeemed {
		return v.refuseUsed()
	}
	v.flow.id = ""
	return v.showNumber(number, why)
}

// refuseUsed answers a form whose verification has done its work, as when it is
// sent twice.
func (v *visit) refuseUsed() error {
	_, signedIn, err := v.member()
	if err != nil {
		return err
	}
	if signedIn {
		return v.goHome()
	}
	v.flow.id = ""
	return v.showNumber("", refusal{Text: v.locale.say("flow.used"), status: http.StatusConflict})
}

// enter signs the browser in and sends it on. A session it had before ends
// (S-36).
func (v *visit) enter(s account.Session, path string) error {
	v.cookies.Set(v.w, sessionCookie, s.Token, account.SessionLife)
	v.cookies.Set(v.w, deviceCookie, v.accounts.Trust(s, v.cookies.Get(v.r, deviceCookie)), account.DeviceLife)
	if before := v.cookies.Get(v.r, sessionCookie); before != "" {
		if err := v.accounts.SignOut(v.r.Context(), before); err != nil && fault.As(err) == nil {
			return err
		}
	}
	return v.next(path)
}

// greet signs a new member in and goes on to the welcome.
func (v *visit) greet(s account.Session) error {
	v.cookies.Set(v.w, flowCookie, flow{joined: true, to: v.flow.to}.String(), flowAge)
	return v.enter(s, v.door.path)
}

// goHome leads somebody who is signed in to where they wanted to go, which is
// used up by it.
func (v *visit) goHome() error {
	to := v.home()
	if v.flow.to != "" {
		v.cookies.Clear(v.w, flowCookie)
	}
	return v.next(to)
}
