package kit

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
)

// Visitor is a person at a browser on the hosted pages, at an address of their
// own. It may ask any node: cookies belong to a host, whatever its port.
type Visitor struct {
	*World
	Address string

	jar   http.CookieJar
	given []*http.Cookie // all of them, in order
	token string         // of the forms of the last page
}

var (
	visitors   atomic.Int64
	tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)
)

// Visitor returns a person who was never here.
func (w *World) Visitor() *Visitor {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	n := visitors.Add(1)
	return &Visitor{World: w, Address: fmt.Sprintf("198.51.%d.%d", n/250%250, n%250+1), jar: jar}
}

// Twin returns another browser that has the cookies and the page of this one.
func (v *Visitor) Twin() *Visitor {
	v.Helper()
	twin := v.Visitor()
	twin.Address, twin.token = v.Address, v.token
	twin.take(v.A(), slices.Clone(v.given))
	return twin
}

// Page asks a node for a page. A form makes it a POST, with the token of the last
// page.
func (v *Visitor) Page(n *Node, path string, form url.Values) Answer {
	v.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
		form.Set("token", v.token)
	}
	at := home(n)
	at.Path, at.RawQuery, _ = strings.Cut(path, "?")
	r, err := http.NewRequestWithContext(v.Context(), method, at.String(), strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "ko")
	r.Header.Set("X-Forwarded-For", v.Address)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36")
	for _, c := range v.jar.Cookies(at) {
		r.AddCookie(c)
	}
	a := Send(r)
	if a.Err != nil {
		v.Fatalf("%s %s: %v", method, path, a.Err)
	}
	v.take(n, (&http.Response{Header: a.Header}).Cookies())
	if found := tokenField.FindSubmatch(a.Body); found != nil {
		v.token = string(found[1])
	}
	return a
}

// Do sends a form of the sign-up page: field, value, field, value.
func (v *Visitor) Do(n *Node, act string, pairs ...string) Answer {
	v.Helper()
	form := url.Values{"do": {act}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.Page(n, "/signup", form)
}

// Cookie returns the value of a cookie, "" for none.
func (v *Visitor) Cookie(n *Node, name string) string {
	for _, c := range v.jar.Cookies(home(n)) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// SetCookie puts a cookie in the place of one that the pages gave.
func (v *Visitor) SetCookie(n *Node, name, value string) {
	v.take(n, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func (v *Visitor) take(n *Node, cookies []*http.Cookie) {
	v.given = append(v.given, cookies...)
	v.jar.SetCookies(home(n), cookies)
}

func home(n *Node) *url.URL { return &url.URL{Scheme: "http", Host: n.Listen, Path: "/"} }
