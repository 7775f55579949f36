package pages

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/internal/web"
)

// door is an address at which a number is proved. The steps, and what they tell
// about a number, are the same at every door; the words are those of what
// somebody came for, and so is what follows the right code.
type door struct {
	path    string
	title   string         // of the first step, in the window
	page    string         // where a number is typed
	login   bool           // of people who have an account, as they believe
	hall    bool           // of sign-up and sign-in, where nobody is signed in
	fixed   bool           // the number is given and cannot be corrected
	back    string         // where the arrow of its first page leads, see frame.Back
	purpose verify.Purpose // what a proof is good for; one for something else is not seen here

	first  func(v *visit, typed string, why refusal) error // shows the first step
	proved func(v *visit) error                            // goes on from a right code
	after  func(v *visit, why refusal) error               // shows what comes after it
	used   func(v *visit) error                            // answers a form whose proof was used already
	acts   map[string]func(v *visit) error                 // what a form may do here, besides the steps or in their place
}

// The doors that other pages lead to.
const (
	signupPath  = "/signup"
	loginPath   = "/login"
	recoverPath = "/recover"
)

// doors are all doors by their address.
func doors() map[string]door {
	signup := door{
		path: signupPath, title: "title.number", page: "number.html", hall: true, purpose: verify.Login,
		first: (*visit).showNumber, proved: (*visit).approved, after: (*visit).showApproved, used: (*visit).refuseUsed,
		acts: map[string]func(*visit) error{
			"known": (*visit).startKnown, "finish": (*visit).finish, "enter": (*visit).approved,
			"prove": (*visit).prove, "passkey": (*visit).passkey, "not_mine": (*visit).leaveOld,
		},
	}
	login := signup
	login.path, login.title, login.login = loginPath, "title.login", true
	named := map[string]door{}
	for _, d := range append(confirmDoors(), signup, login, recoverDoor(), numberDoor(), undoDoor()) {
		named[d.path] = d
	}
	return named
}

// doorAt returns the door at an address. Pages beside them lead to sign-up.
func (p *Pages) doorAt(path string) door {
	if d, ok := p.doors[path]; ok {
		return d
	}
	return p.doors[signupPath]
}

// hall serves the doors of sign-up and sign-in, which nobody needs who is in.
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
	}
	return v.step()
}

// step shows the step that the stored verification stands at.
func (v *visit) step() error {
	if v.flow.id == "" {
		return v.showFirst(refusal{})
	}
	stored, err := v.verify.Watch(v.r.Context(), v.ref())
	switch {
	case errors.Is(err, verify.ErrNotFound) || errors.Is(err, verify.ErrBinding):
		v.flow = flow{to: v.flow.to}
		return v.showFirst(refusal{})
	case err != nil:
		return err
	case stored.Purpose != v.door.purpose:
		return v.showFirst(refusal{})
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
	if stored.Purpose != v.door.purpose {
		return v.door.first(v, "", why)
	}
	switch stored.Status {
	case verify.Pending:
		return v.showCode(stored, why)
	case verify.Expired, verify.Locked:
		return v.showEnded(stored, why)
	case verify.Approved:
		return v.door.after(v, why)
	case verify.Canceled, verify.Superseded:
		return v.door.first(v, v.typedBefore(stored.To), why)
	}
	return v.door.first(v, "", why) // redeemed: what it proved has been used
}

// steps are what a POST to every door may do, by its field "do".
var steps = map[string]func(*visit) error{
	"start":  (*visit).start,
	"again":  (*visit).startAgain,
	"check":  (*visit).check,
	"resend": (*visit).resend,
	"change": (*visit).change,
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
	do := v.door.acts[v.r.PostForm.Get("do")]
	if do == nil {
		do = steps[v.r.PostForm.Get("do")]
	}
	if do == nil {
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
		return v.door.first(v, v.typed("number"), refusal{})
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
	case signedIn && v.door.hall: // in another tab, or by the same form sent twice
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
	return v.door.first(v, v.typed("number"), why)
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
		return v.door.first(v, v.typed("number"), why)
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
		return v.door.used(v)
	}
	v.flow.id = ""
	return v.door.first(v, number, why)
}

// showTyped shows the third step with what was typed there.
func (v *visit) showTyped(why refusal) error {
	return v.showProfile(profileForm{Name: v.typed("name"), Agreed: v.r.PostForm["agree"]}, why)
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

// browser tells the accounts who comes in.
func (v *visit) browser() account.Browser {
	return account.Browser{Label: web.BrowserName(v.r), Cookie: v.cookies.Get(v.r, deviceCookie)}
}

// enter signs the browser in and sends it on. A session it had before ends
// (S-36).
func (v *visit) enter(s account.Session, path string) error {
	v.cookies.Set(v.w, sessionCookie, s.Token, account.SessionLife)
	if trust := v.accounts.Trust(s, v.cookies.Get(v.r, deviceCookie)); trust != "" {
		v.cookies.Set(v.w, deviceCookie, trust, account.DeviceLife)
	}
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
// used up by it; what they have yet to agree to comes first.
func (v *visit) goHome() error {
	user, signedIn, err := v.member()
	if err != nil {
		return err
	}
	if signedIn {
		owes, err := v.owes(user.ID)
		if err != nil {
			return err
		}
		if owes {
			return v.next("/account/renew")
		}
	}
	to := v.home()
	if v.flow.to != "" {
		v.cookies.Clear(v.w, flowCookie)
	}
	return v.next(to)
}
