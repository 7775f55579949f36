package rows

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/sinpyo/sinpyo/test/kit"
)

// visitor is a person at a browser, at an address of their own. It may ask
// either node: cookies belong to a host, whatever its port.
type visitor struct {
	*world
	jar     http.CookieJar
	address string
	token   string // of the forms of the last page
}

var visitors atomic.Int64

func (w *world) visitor() *visitor {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	n := visitors.Add(1)
	return &visitor{world: w, jar: jar, address: fmt.Sprintf("198.51.%d.%d", n/250%250, n%250+1)}
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// page makes one request for the sign-up page; a form makes it a POST.
func (v *visitor) page(n *node, path string, form url.Values) answer {
	v.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	path, query, _ := strings.Cut(path, "?")
	at := &url.URL{Scheme: "http", Host: n.Listen, Path: path, RawQuery: query}
	r, err := http.NewRequestWithContext(v.Context(), method, at.String(), strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "ko")
	r.Header.Set("X-Forwarded-For", v.address)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36")
	for _, c := range v.jar.Cookies(at) {
		r.AddCookie(c)
	}
	a := kit.Send(r)
	if a.Err != nil {
		v.Fatalf("%s %s: %v", method, path, a.Err)
	}
	v.jar.SetCookies(at, (&http.Response{Header: a.Header}).Cookies())
	if found := tokenField.FindSubmatch(a.Body); found != nil {
		v.token = string(found[1])
	}
	return a
}

// get opens a page.
func (v *visitor) get(n *node, path string) answer {
	v.Helper()
	return v.page(n, path, nil)
}

// do sends a form of the sign-up page: field, value, field, value.
func (v *visitor) do(n *node, act string, pairs ...string) answer {
	v.Helper()
	form := url.Values{"token": {v.token}, "do": {act}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.page(n, "/signup", form)
}

// mustDo is do that must lead on to the next step.
func (v *visitor) mustDo(n *node, act string, pairs ...string) answer {
	v.Helper()
	a := v.do(n, act, pairs...)
	if a.Status != http.StatusSeeOther {
		v.Fatalf("%s at node %s answered %d: %s", act, n.Name, a.Status, wordsOf(a.Body))
	}
	return a
}

// open opens the sign-up page and has a code texted to a number.
func (v *visitor) open(n *node, number string) {
	v.Helper()
	v.get(n, "/signup")
	v.mustDo(n, "start", "number", number)
}

// join signs up with a number, up to the account.
func (v *visitor) join(n *node, number string) {
	v.Helper()
	v.open(n, number)
	v.mustDo(n, "check", "code", v.Code(number))
	v.get(n, "/signup")
	v.mustDo(n, "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
}

// cookie returns the value of a cookie, "" for none.
func (v *visitor) cookie(n *node, name string) string {
	for _, c := range v.jar.Cookies(&url.URL{Scheme: "http", Host: n.Listen, Path: "/"}) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

var (
	heads = regexp.MustCompile(`(?s)<head>.*?</head>|<script.*?</script>|<svg.*?</svg>`)
	tags  = regexp.MustCompile(`<[^>]*>`)
)

// wordsOf is what a page says, for messages of tests.
func wordsOf(page []byte) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(heads.ReplaceAllString(string(page), ""), " ")), " ")
}

// borrow gives the visitor the id of another's verification, as somebody has
// who looked over a shoulder, beside the secret of its own cookie.
func (v *visitor) borrow(n *node, from *visitor) {
	v.Helper()
	id, _, _ := strings.Cut(from.cookie(n, "flow"), ".")
	_, secret, ok := strings.Cut(v.cookie(n, "flow"), ".")
	if id == "" || !ok {
		v.Fatal("the flow cookies do not look like id.secret")
	}
	v.jar.SetCookies(&url.URL{Scheme: "http", Host: n.Listen, Path: "/"},
		[]*http.Cookie{{Name: "flow", Value: id + "." + secret, Path: "/"}})
}

// signOut ends the visitor's session.
func (v *visitor) signOut(n *node) {
	v.Helper()
	v.get(n, "/account")
	a := v.page(n, "/signout", url.Values{"token": {v.token}})
	if a.Status != http.StatusSeeOther {
		v.Fatalf("signing out answered %d: %s", a.Status, wordsOf(a.Body))
	}
}

var errorSlot = regexp.MustCompile(`(?s)data-state="error"[^>]*>(.*?)</p>`)

// errorOn is what a page says under the field at fault.
func errorOn(page []byte) string {
	found := errorSlot.FindSubmatch(page)
	if found == nil {
		return ""
	}
	return wordsOf(found[1])
}
