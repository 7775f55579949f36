package pages

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sinpyo/sinpyo/internal/phone"
	"github.com/sinpyo/sinpyo/internal/web"
)

// visit is one request to a page: who asks, in which language, and in the
// middle of what.
type visit struct {
	*Pages
	w      http.ResponseWriter
	r      *http.Request
	locale *locale
	flow   flow
	door   door
	self   *self // where only members come

	passkeyError string // why a passkey was refused
}

// visit reads the cookies of a request.
func (p *Pages) visit(w http.ResponseWriter, r *http.Request) *visit {
	return &visit{
		Pages: p, w: w, r: r, locale: p.language(w, r),
		flow: parseFlow(p.cookies.Get(r, flowCookie)), door: p.doorAt(r.URL.Path),
	}
}

// frame is what stands around every page.
type frame struct {
	Title   string
	Path    string // of this page, for the language switch
	Door    string // where the forms of the hall go, and its links back
	Login   bool   // that is the door of people who have an account
	Hall    bool   // it is one of the three steps of coming in
	Fixed   bool   // the number is given and cannot be corrected
	Step    string // id of the form that keeps what was typed when the language is switched, "" where nothing was
	Token   string // what its forms carry, see formToken
	Of      string // which verification they speak of, see flow.mark
	Opened  int64  // when the page was given out, in seconds, see keepsNoCookies
	News    string // what the page before has done
	Back    string // where the arrow in the header leads: "change" gives the number up, "return" goes on, "account" leads there, "" is none
	SignOut string // token of the sign-out form in the header, "" without

	PasskeyError string // why a passkey was refused

	DevLeft string // words for what is left of the number's budget, "" when not known
	DevTo   string // the number they speak of
}

// frame returns the frame of the page with the given title.
func (v *visit) frame(title string, failed bool) frame {
	f := frame{
		Title: v.locale.titles[title], Path: v.door.path, Door: v.door.path, Login: v.door.login, Hall: v.door.hall, Fixed: v.door.fixed,
		Back: v.door.back, News: v.news(), Of: v.flow.mark(), Opened: v.now().Unix(),
	}
	if failed || v.passkeyError != "" {
		f.Title = v.locale.say("title.failed", "title", f.Title)
	}
	f.PasskeyError = v.passkeyError
	if v.r.Method == http.MethodGet {
		f.Path = v.r.URL.Path
	}
	if v.flow.secret != "" {
		f.Token = formToken(v.flow.secret)
	}
	return f
}

// in names the form that is sent along when the language is switched.
func (f frame) in(step string) frame {
	f.Step = step
	return f
}

// budget puts what is left of a number's budget into the dev-mode strip.
func (v *visit) budget(f *frame, to phone.Number) {
	if v.dev == nil || v.dev.Left == nil || to.IsZero() {
		return
	}
	left, err := v.dev.Left(v.r.Context(), to)
	if err != nil {
		return // the strip is a help to developers and must not fail a page
	}
	f.DevLeft, f.DevTo = v.locale.count("dev.left", left), to.Display()
}

// resetBudget gives the number of the dev-mode strip its budget back.
func (v *visit) resetBudget() error {
	if err := v.form(v.flow.secret); err != nil {
		return err
	}
	to, err := phone.Parse(v.r.PostForm.Get("number"))
	if err != nil {
		return err
	}
	if err := v.dev.Reset(v.r.Context(), to); err != nil {
		return fmt.Errorf("resetting a number's budget: %w", err)
	}
	return v.next("/signup")
}

// buffers keeps the buffers pages are written into.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// contentType is shared by all pages; the server only reads it.
var contentType = []string{"text/html; charset=utf-8"}

// show answers with a page. A page that cannot be written whole is an error
// and no half page.
func (v *visit) show(name string, status int, view any) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := v.locale.templates.ExecuteTemplate(b, name, view); err != nil {
		return fmt.Errorf("writing the page %s: %w", name, err)
	}
	h := v.w.Header()
	h["Content-Type"] = contentType
	h["Content-Language"] = v.locale.header
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
	Text    string
	status  int
	tooMany bool          // a limit is reached
	wait    time.Duration // until another try, as Retry-After tells it; 0 when waiting does not help
}

// code returns the status of the page that shows a refusal, or no refusal.
func (r refusal) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// refuse finds the words for a refusal in the catalogue, by its code. It gives
// back an error that is no refusal, to be shown as a problem of our own.
func (v *visit) refuse(err error) (refusal, error) {
	problem := web.ProblemOf(v.r.Context(), err)
	if problem.Status >= http.StatusInternalServerError && problem.Status != http.StatusServiceUnavailable {
		return refusal{}, err
	}
	headers := problem.GetHeaders()
	for name, values := range headers {
		v.w.Header()[name] = values
	}
	seconds, _ := strconv.Atoi(headers.Get("Retry-After")) // "" is no wait
	wait := time.Duration(seconds) * time.Second
	id := "fault." + problem.Code
	if !v.locale.has(id) {
		id = "fault.other"
	}
	return refusal{
		Text:   v.locale.say(id, "time", v.locale.span(wait), "least", strconv.Itoa(v.factors.Least())),
		status: problem.Status, tooMany: problem.Status == http.StatusTooManyRequests, wait: wait,
	}, nil
}

// form reads the form of a POST and sees to it that the page it stood on was
// given to this browser (S-40): key is the secret the form was bound to.
func (v *visit) form(key string) error {
	v.r.Form = url.Values{} // nobody reads it: spares ParseForm a copy of PostForm
	if err := v.r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return errForm
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
