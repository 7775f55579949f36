package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sinpyo/sinpyo/internal/audit"
	"github.com/sinpyo/sinpyo/internal/fault"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/web"
)

// errForm refuses a form whose page was given to no browser, another one, or
// this one before it signed in.
var errForm = fault.New(fault.Forbidden, "form_stale", "the form's token does not belong to this browser's cookie")

// visit is one request to a page: who asks, in which language.
type visit struct {
	*Console
	w      http.ResponseWriter
	r      *http.Request
	locale *locale
	self   *self  // nil for who is not signed in
	door   string // binds the forms of who is not signed in
}

// self is the operator who is signed in at the browser.
type self struct {
	operator.Operator
	session operator.Session
	token   string
}

// visit begins a request, of nobody yet.
func (c *Console) visit(w http.ResponseWriter, r *http.Request) *visit {
	return &visit{Console: c, w: w, r: r, locale: c.language(r), door: c.cookies.Get(r, doorCookie)}
}

// who finds out who asks. A session that is over is taken from the browser.
func (v *visit) who() error {
	token := v.cookies.Get(v.r, sessionCookie)
	if token == "" {
		return nil
	}
	bySession := v.operators.BySession
	if byItself(v.r) {
		bySession = v.operators.Peek
	}
	op, s, err := bySession(v.r.Context(), token)
	switch {
	case errors.Is(err, operator.ErrNoSession):
		v.cookies.Clear(v.w, sessionCookie)
		return nil
	case err != nil:
		return err
	}
	v.self = &self{op, s.At(v.network()), token}
	if l := v.Console.locale(op.Locale); l != nil {
		v.locale = l
	}
	return nil
}

// come gives the browser the token of a session and goes on to where it was led
// away from.
func (v *visit) come(s operator.Session) error {
	v.cookies.Set(v.w, sessionCookie, s.Token, s.ExpiresAt.Sub(v.now()))
	to := v.pageAt(v.cookies.Get(v.r, nextCookie))
	v.cookies.Clear(v.w, nextCookie)
	return v.next(to)
}

// askSignIn leads to the sign-in, and from there back.
func (v *visit) askSignIn() error {
	v.cookies.Set(v.w, nextCookie, v.here(), nextAge)
	return v.next(signInPath)
}

// askProof leads to the page that asks for a proof, and from there back.
func (v *visit) askProof() error {
	v.cookies.Set(v.w, nextCookie, v.here(), nextAge)
	return v.next(confirmPath)
}

// hereMost is how long an address may be that is led back to with what stands
// behind its ?.
const hereMost = 1000

// here is where the visitor is, for the way back.
func (v *visit) here() string {
	if at := v.r.URL.RequestURI(); len(at) <= hereMost {
		return at
	}
	return v.r.URL.Path
}

// network is where the request comes from, cut so that it names no single line;
// "" for this machine.
func (v *visit) network() string {
	if at := audit.Origin(web.ClientAddr(v.r)); at != audit.Local {
		return at
	}
	return ""
}

// browser is where somebody signs in.
func (v *visit) browser() operator.Browser {
	return operator.Browser{Label: web.BrowserName(v.r), From: v.network()}
}

// act is who does something, and why.
func (v *visit) act() audit.Act {
	return audit.Act{Actor: v.self.ID, From: v.network(), Reason: v.typed("reason")}
}

// frame is what stands around every page.
type frame struct {
	Title  string
	Path   string // of this page, for the language switch
	Token  string // what its forms carry, see formToken
	News   string // what the page before has done
	Name   string // of who is signed in, "" for nobody
	Role   string // theirs, in words
	Groups []menuGroup
}

// frame returns the frame of the page with the given title.
func (v *visit) frame(title string) frame {
	f := frame{Title: v.locale.say("title", "page", v.locale.say(title), "service", v.service), Path: v.r.URL.Path, News: v.news()}
	if v.self == nil {
		if v.door != "" {
			f.Token = formToken(v.door)
		}
		return f
	}
	f.Token = formToken(v.self.token)
	f.Name, f.Role = v.self.Name, v.locale.role(v.self.Role)
	f.Groups = v.menu()
	return f
}

// failed is frame for a page that shows a refusal, which its title announces.
func (v *visit) failed(title string, why refusal) frame {
	f := v.frame(title)
	if why.Text != "" {
		f.Title = v.locale.say("title.failed", "title", f.Title)
	}
	return f
}

// contentType is shared by all pages; the server only reads it.
var contentType = []string{"text/html; charset=utf-8"}

// show answers with a page. A page that cannot be written whole is an error
// and no half page.
func (v *visit) show(name string, status int, view any) error {
	var b bytes.Buffer
	if err := v.locale.templates.ExecuteTemplate(&b, name, view); err != nil {
		return fmt.Errorf("writing the page %s: %w", name, err)
	}
	h := v.w.Header()
	h["Content-Type"] = contentType
	h["Content-Language"] = []string{v.locale.name}
	h["Content-Length"] = []string{strconv.Itoa(b.Len())}
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // the visitor may have gone
	return nil
}

// next sends the browser on to a page of ours with a GET.
func (v *visit) next(path string) error {
	v.w.Header()["Location"] = []string{path}
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// refusal is a refused act in the words of the page.
type refusal struct {
	Text   string
	status int
}

// code returns the status of the page that shows a refusal, or no refusal.
func (r refusal) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// missing refuses a field that was left empty, by the id of a text.
func (v *visit) missing(id string) refusal {
	return refusal{Text: v.locale.say(id), status: http.StatusBadRequest}
}

// refuseAs shows a page anew with the words for a refusal, which it finds in the
// catalogue by the refusal's code. An error that is no refusal it gives back.
func (v *visit) refuseAs(err error, again func(refusal) error) error {
	problem := web.ProblemOf(v.r.Context(), err)
	if problem.Status >= http.StatusInternalServerError && problem.Status != http.StatusServiceUnavailable {
		return err
	}
	headers := problem.GetHeaders()
	for name, values := range headers {
		v.w.Header()[name] = values
	}
	seconds, _ := strconv.Atoi(headers.Get("Retry-After")) // "" is no wait
	id := "fault." + problem.Code
	if !v.locale.has(id) {
		id = "fault.other"
	}
	return again(refusal{
		Text:   v.locale.say(id, "time", v.locale.span(time.Duration(seconds)*time.Second)),
		status: problem.Status,
	})
}

// readForm reads the form of a POST and sees to it that the page it stood on was
// given to this browser (S-40).
func (v *visit) readForm() error {
	v.r.Form = url.Values{} // nobody reads it: spares ParseForm a copy of PostForm
	if err := v.r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return errForm
	}
	key := v.door
	if v.self != nil {
		key = v.self.token
	}
	if !validToken(key, v.r.PostForm.Get("token")) {
		return errForm
	}
	return nil
}

// typed returns a field of the form without the spaces around it.
func (v *visit) typed(field string) string {
	return strings.TrimSpace(v.r.PostForm.Get(field))
}
