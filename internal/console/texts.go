package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sinpyo/sinpyo/internal/app"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// textsView is what texts.html shows: what the texts of an application say.
type textsView struct {
	Page    frame
	Tabs    []choice // the applications, where there are several
	Calling calling
	Save    string // where the name that was tried can be given; "" for nowhere
	Builtin bool
	May     bool // give names
	Notices []saying
}

// calling is how an application is called, or could be, and what its texts say.
type calling struct {
	Application          string // its id, "" for one that is to be made
	Name, Host           string
	NameError, HostError string
	Languages            string // as they are kept: "ko en"
	Sayings              []sayings
	languages            []string
	stored               app.Application
	asked                bool // for another name
}

// sayings are the texts of one language.
type sayings struct {
	Language string
	Texts    []saying
}

// saying is one text as the phone shows it.
type saying struct {
	Head, Locale string
	Lines        []string
	Bytes        string
	Bar          partBar
	Choice       string // which template was chosen, and why
	Short        bool
}

// texts shows what each text of an application says, and what it would say under
// another name.
func (v *visit) texts() error {
	all, err := v.apps.List(v.r.Context())
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	asked := cmp.Or(q.Get("application"), app.Builtin)
	i := slices.IndexFunc(all, func(a app.Application) bool { return a.ID == asked })
	if i < 0 {
		return app.ErrNotFound
	}
	chosen := all[i]
	view := &textsView{Page: v.frame("title.texts"), May: v.self.Role.May(manager)}
	for _, a := range all {
		view.Tabs = append(view.Tabs, choice{link(textsPath, "application", a.ID), a.Name, a.ID == chosen.ID})
	}
	view.Builtin = chosen.ID == app.Builtin
	view.Calling = v.callingOf(chosen, q)
	fits, tried := v.preview(&view.Calling), view.Calling.Name != chosen.Name || view.Calling.Host != chosen.Host
	if view.Builtin && fits {
		if view.Notices, err = v.noticeSayings(view.Calling.Name); err != nil {
			return err
		}
	}
	if fits && tried && view.May && !view.Builtin {
		view.Save = namePath(chosen.ID) + "?" + url.Values{"name": {view.Calling.Name}, "host": {view.Calling.Host}}.Encode()
	}
	return v.show("texts.html", http.StatusOK, view)
}

// callingOf is how an application is called, or how a query wants to call it.
func (v *visit) callingOf(a app.Application, q url.Values) calling {
	c := calling{
		Application: a.ID, Name: a.Name, Host: a.Host, Languages: strings.Join(a.Languages, " "),
		stored: a, asked: q.Has("name"),
	}
	if c.asked {
		c.Name, c.Host = strings.TrimSpace(q.Get("name")), strings.TrimSpace(q.Get("host"))
	}
	if q.Has("languages") {
		c.Languages = q.Get("languages")
	}
	c.languages = strings.Fields(c.Languages)
	return c
}

// preview fills in what the texts say, or why no text can, and reports which.
func (v *visit) preview(c *calling) (fits bool) {
	if c.Application == "" && !c.asked {
		return false // nobody has typed anything yet
	}
	t, err := sms.New(c.Name, c.Host)
	if err != nil {
		c.refuse(v, err)
		return false
	}
	for _, language := range c.languages {
		group := sayings{Language: v.locale.say("language." + language)}
		for _, p := range t.Previews() {
			if p.Locale == language {
				group.Texts = append(group.Texts, v.saying(p))
			}
		}
		if len(group.Texts) > 0 {
			c.Sayings = append(c.Sayings, group)
		}
	}
	return true
}

// refuse puts a refusal of package sms under the field that it is about.
func (c *calling) refuse(v *visit, err error) {
	var r *sms.Refusal
	if !errors.As(err, &r) {
		return
	}
	n, _ := strconv.Atoi(r.What) // only lengths have one
	words := v.locale.count("refused."+r.Fault.Code+"."+r.Rule, n, "what", r.What)
	if errors.Is(err, sms.ErrHost) {
		c.HostError = words
		return
	}
	c.NameError = words
}

// saying is a text with what it takes.
func (v *visit) saying(p sms.Preview) saying {
	l := v.locale
	s := saying{
		Locale: p.Locale, Lines: strings.Split(p.Text, "\n"), Short: p.Short(), Bar: partOf(p.Bytes, sms.MaxBytes, ""),
		Bytes:  l.say("text.bytes", "n", strconv.Itoa(p.Bytes), "most", strconv.Itoa(sms.MaxBytes)),
		Choice: l.say("saying.long"),
	}
	if p.Digits > 0 {
		s.Head = l.say("saying.digits", "n", strconv.Itoa(p.Digits))
	}
	if s.Short {
		s.Choice = l.say("saying.short", "n", strconv.Itoa(p.Long))
	}
	return s
}

// noticeSayings are the texts that tell members of their accounts.
func (v *visit) noticeSayings(name string) (list []saying, err error) {
	all, err := sms.NoticePreviews(name)
	for _, p := range all {
		if p.Locale == v.locale.name {
			list = append(list, v.saying(p))
		}
	}
	return list, err
}

// namePath is the page on which an application is given a name.
func namePath(id string) string { return applicationsPath + "/" + url.PathEscape(id) + "/name" }

// callView is what call.html shows: what an application is to be called.
type callView struct {
	Page    frame
	Back    string
	Calling calling
	Choices []option // languages
	Builtin bool
	Reason  string
	Error   string // that is no field's
}

// newApplication asks what an application is to be called.
func (v *visit) newApplication() error {
	a := app.Application{Languages: app.Languages()}
	return v.showCall(v.callingOf(a, v.r.URL.Query()), refusal{})
}

// actOnNewApplication makes an application, and goes on to its first key.
func (v *visit) actOnNewApplication() error {
	c := v.callingOf(app.Application{}, v.r.PostForm)
	made, err := v.apps.Create(v.r.Context(), c.Name, c.Host, c.languages, v.act())
	if err != nil {
		return v.refuseAs(err, func(why refusal) error { return v.showCall(c, why) })
	}
	v.tell("news.application.made")
	return v.next(keysPath(made.ID))
}

// application asks what an application is to be called from now on.
func (v *visit) application() error {
	a, err := v.apps.ByID(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.showCall(v.callingOf(a, v.r.URL.Query()), refusal{})
}

// actOnApplication gives an application another name.
func (v *visit) actOnApplication() error {
	a, err := v.apps.ByID(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	c := v.callingOf(a, v.r.PostForm)
	if _, err := v.apps.Rename(v.r.Context(), a.ID, c.Name, c.Host, c.languages, v.act()); err != nil {
		return v.refuseAs(err, func(why refusal) error { return v.showCall(c, why) })
	}
	v.tell("news.application.renamed")
	return v.next(link(textsPath, "application", a.ID))
}

func (v *visit) showCall(c calling, why refusal) error {
	view := &callView{
		Page: v.failed("title.application", why), Back: applicationsPath, Builtin: c.Application == app.Builtin, Reason: v.typed("reason"),
	}
	if c.Application == "" {
		view.Page = v.failed("title.application.new", why)
	}
	if v.preview(&c) || view.Builtin {
		view.Error = why.Text
	}
	for _, languages := range []string{"ko en", "en ko", "ko", "en"} {
		view.Choices = append(view.Choices, option{
			Value: languages, Text: v.locale.say("languages." + strings.ReplaceAll(languages, " ", "_")), Chosen: languages == c.Languages,
		})
	}
	view.Calling = c
	return v.show("call.html", why.code(), view)
}
