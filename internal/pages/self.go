package pages

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
)

// newsCookie holds what the next page says of the act before it, see [visit.tell].
const (
	newsCookie = "news"
	newsAge    = time.Minute
)

// self is the member who is signed in at the browser.
type self struct {
	account.User
	session account.Session
	token   string
}

// mountAccount registers the account page and what lies behind it.
func (p *Pages) mountAccount(mux *http.ServeMux) {
	for path, room := range map[string][2]func(*visit) error{
		"/account":               {(*visit).account, (*visit).actOnAccount},
		"/account/name":          {(*visit).name, (*visit).rename},
		"/account/number":        {fresh("number", (*visit).step), (*visit).act},
		"/account/passkeys":      {fresh("passkeys", (*visit).passkeys), (*visit).actOnPasskeys},
		"/account/password":      {fresh("password", (*visit).password), (*visit).actOnPassword},
		"/account/totp":          {fresh("totp", (*visit).totp), (*visit).actOnTOTP},
		"/account/codes":         {fresh("codes", (*visit).codes), (*visit).makeCodes},
		"/account/sessions":      {fresh("sessions", (*visit).sessions), (*visit).endSessions},
		"/account/consents":      {(*visit).agreed, (*visit).actOnConsents},
		"/account/data":          {fresh("data", (*visit).data), (*visit).export},
		"/account/leave":         {fresh("leave", (*visit).leaving), (*visit).leave},
		"/account/confirm/{for}": {(*visit).confirm, (*visit).actOnConfirm},
	} {
		mux.Handle("GET "+path, p.own(room[0]))
		mux.Handle("POST "+path, p.own(room[1]))
	}
	mux.Handle("GET /undo", p.page((*visit).step))
	mux.Handle("POST /undo", p.page((*visit).act))
	mux.Handle("GET /left", p.page((*visit).left))
}

// own returns the handler of a page that is for members alone. Anybody else is
// led to the door, and told why if they were signed in.
func (p *Pages) own(serve func(*visit) error) http.Handler {
	return p.page(func(v *visit) error {
		user, s, token, err := v.who()
		switch {
		case err != nil:
			return err
		case token == "" && v.cookies.Get(v.r, sessionCookie) == "":
			return v.next(loginPath)
		case token == "":
			v.cookies.Clear(v.w, sessionCookie)
			v.tell("news.ended")
			return v.next(loginPath)
		}
		v.self = &self{user, s, token}
		return serve(v)
	})
}

// fresh puts the proof of the member, not older than five minutes, before a page
// behind the account page, named by the last part of its address.
func fresh(name string, serve func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if !v.accounts.Fresh(v.self.session) {
			return v.askProof(name)
		}
		return serve(v)
	}
}

// askProof leads to the page that asks for a proof, and from there to the named
// page.
func (v *visit) askProof(name string) error { return v.next(confirmPath + name) }

// ownFrame returns the frame of a page of the account.
func (v *visit) ownFrame(title string, failed bool) frame {
	f := v.frame(title, failed)
	f.Path = v.r.URL.Path
	f.Token = formToken(v.self.token)
	f.SignOut = f.Token
	if f.Path != accountPath {
		f.Back = "account"
	}
	return f
}

// ownedForm reads a form of the account. again shows the page it stood on anew,
// with a refusal or in another language, and takes the place of the act: then
// done is set.
func (v *visit) ownedForm(again func(refusal) error) (done bool, err error) {
	err = v.form(v.self.token)
	if v.switchLanguage() {
		return true, again(refusal{})
	}
	if errors.Is(err, errForm) {
		return true, v.refuseAs(err, again)
	}
	return err != nil, err
}

// refuseAs shows a page anew with the words for a refusal.
func (v *visit) refuseAs(err error, again func(refusal) error) error {
	why, internal := v.refuse(err)
	if internal != nil {
		return internal
	}
	return again(why)
}

// keepSession gives the browser the new token of its session (S-36).
func (v *visit) keepSession(s account.Session) {
	v.cookies.Set(v.w, sessionCookie, s.Token, s.ExpiresAt.Sub(v.now()))
}

// tell has the next page say what was done, by the id of a text.
func (v *visit) tell(id string) {
	v.cookies.Set(v.w, newsCookie, strings.TrimPrefix(id, "news."), newsAge)
}

// news is what the page before has left to be said, which is said once.
func (v *visit) news() string {
	id := v.cookies.Get(v.r, newsCookie)
	if id == "" || v.r.Method != http.MethodGet {
		return ""
	}
	v.cookies.Clear(v.w, newsCookie)
	if !v.locale.has("news." + id) {
		return "" // no page of ours has left it
	}
	return v.locale.say("news." + id)
}

// did tells what was done and leads back to the account.
func (v *visit) did(id string) error {
	v.tell(id)
	return v.next(accountPath)
}
