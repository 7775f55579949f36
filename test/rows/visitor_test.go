package rows

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/sinpyo/sinpyo/test/kit"
)

// visitor is a person at a browser.
type visitor struct{ *kit.Visitor }

func (w *world) visitor() *visitor { return &visitor{w.Visitor()} }

// get opens a page.
func (v *visitor) get(n *node, path string) answer {
	v.Helper()
	return v.Page(n, path, nil)
}

// mustDo sends a form of the sign-up page that must lead on to the next step.
func (v *visitor) mustDo(n *node, act string, pairs ...string) answer {
	v.Helper()
	a := v.Do(n, act, pairs...)
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
	id, _, _ := strings.Cut(from.Cookie(n, "flow"), ".")
	_, secret, ok := strings.Cut(v.Cookie(n, "flow"), ".")
	if id == "" || !ok {
		v.Fatal("the flow cookies do not look like id.secret")
	}
	v.SetCookie(n, "flow", id+"."+secret)
}

// signOut ends the visitor's session.
func (v *visitor) signOut(n *node) {
	v.Helper()
	v.get(n, "/account")
	a := v.Page(n, "/signout", url.Values{})
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
