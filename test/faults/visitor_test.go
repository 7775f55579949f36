package faults

import (
	"net/http"

	"github.com/sinpyo/sinpyo/test/kit"
)

// visitor is a person at a browser, at the first node.
type visitor struct{ *kit.Visitor }

func (y *tally) visitor() *visitor { return &visitor{y.Visitor()} }

// twin is another browser that has the cookies and the page of this one.
func (v *visitor) twin() *visitor { return &visitor{v.Twin()} }

// do sends a form of the sign-up page: field, value, field, value. It reports
// whether that leads on.
func (v *visitor) do(act string, pairs ...string) bool {
	v.Helper()
	return v.Do(v.A(), act, pairs...).Status == http.StatusSeeOther
}

// asks opens the sign-up page and has a code texted to a number.
func (v *visitor) asks(number string) {
	v.Helper()
	v.Page(v.A(), "/signup", nil)
	if !v.do("start", "number", number) {
		v.Fatal("a visitor was not texted a code")
	}
}

// proves enters the code, and reports whether that leads on.
func (v *visitor) proves(code string) bool {
	v.Helper()
	on := v.do("check", "code", code)
	v.Page(v.A(), "/signup", nil)
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
	return v.Page(v.A(), "/account", nil).Status == http.StatusOK
}
