package faults

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"github.com/sinpyo/sinpyo/test/kit"
)

// visitor is a person at a browser on the hosted pages.
type visitor struct {
	*kit.World
	cookies []*http.Cookie // of the one host there is
	token   string         // of the forms of the last page
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// twin is another browser that has the cookies and the page of this one.
func (v *visitor) twin() *visitor {
	return &visitor{World: v.World, cookies: append([]*http.Cookie{}, v.cookies...), token: v.token}
}

// page asks the first node for a page; a form makes it a POST.
func (v *visitor) page(path string, form url.Values) kit.Answer {
	v.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
		form.Set("token", v.token)
	}
	at := &url.URL{Scheme: "http", Host: v.A().Listen, Path: path}
	r, err := http.NewRequestWithContext(v.Context(), method, at.String(), strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "ko")
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	a := kit.Send(r)
	if a.Err != nil {
		v.Fatalf("%s %s: %v", method, path, a.Err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.Fatal(err)
	}
	jar.SetCookies(at, v.cookies)
	jar.SetCookies(at, (&http.Response{Header: a.Header}).Cookies())
	v.cookies = jar.Cookies(at)
	if found := tokenField.FindSubmatch(a.Body); found != nil {
		v.token = string(found[1])
	}
	return a
}

// do sends a form of the sign-up page: field, value, field, value. It reports
// whether that leads on.
func (v *visitor) do(act string, pairs ...string) bool {
	v.Helper()
	form := url.Values{"do": {act}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.page("/signup", form).Status == http.StatusSeeOther
}

// asks opens the sign-up page and has a code texted to a number.
func (v *visitor) asks(number string) {
	v.Helper()
	v.page("/signup", nil)
	if !v.do("start", "number", number) {
		v.Fatal("a visitor was not texted a code")
	}
}

// proves enters the code, and reports whether that leads on.
func (v *visitor) proves(code string) bool {
	v.Helper()
	on := v.do("check", "code", code)
	v.page("/signup", nil)
	return on
}

// joins gives a name and agrees, and reports whether the visitor is signed in
// then.
func (v *visitor) joins() bool {
	v.Helper()
	v.do("finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	return v.in()
}

// in reports whether the visitor is signed in.
func (v *visitor) in() bool {
	v.Helper()
	return v.page("/account", nil).Status == http.StatusOK
}
