package console

import (
	"embed"
	"fmt"
	"html"
	"html/template"
	"net/http"

	"github.com/sinpyo/sinpyo/internal/catalogue"
	"github.com/sinpyo/sinpyo/internal/operator"
)

//go:embed locales/*.toml
var localeFiles embed.FS

//go:embed templates/*.html
var templateFiles embed.FS

// locale is the console in one language.
type locale struct {
	name      string // "ko"
	texts     catalogue.Texts
	templates *template.Template
}

// newLocales joins texts and templates in every language.
func (c *Console) newLocales() ([]*locale, error) {
	var locales []*locale
	for _, name := range catalogue.Languages {
		texts, err := catalogue.Read(localeFiles, name)
		if err != nil {
			return nil, fmt.Errorf("reading the %s texts: %w", name, err)
		}
		l := &locale{name: name, texts: texts}
		if l.templates, err = c.parseTemplates(l); err != nil {
			return nil, err
		}
		locales = append(locales, l)
	}
	return locales, nil
}

// parseTemplates returns the templates of a language.
func (c *Console) parseTemplates(l *locale) (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"t": l.say, "m": l.markup, "asset": c.assets.Path,
		"lang": func() string { return l.name }, "other": func() string { return catalogue.Next(l.name) },
		"service": func() string { return c.service }, "inbox": func() string { return c.inbox },
	}).ParseFS(templateFiles, "templates/*.html")
}

func (l *locale) has(id string) bool { return l.texts.Has(id) }

func (l *locale) say(id string, fill ...string) string { return l.texts.Say(id, fill...) }

func (l *locale) count(id string, n int, fill ...string) string { return l.texts.Count(id, n, fill...) }

// markup is say as HTML: the markup of the text stays, and all that fills it is
// escaped.
func (l *locale) markup(id string, fill ...string) template.HTML {
	for i := 1; i < len(fill); i += 2 {
		fill[i] = html.EscapeString(fill[i])
	}
	return template.HTML(catalogue.Fill(l.texts.Markup(id), fill)) //nolint:gosec // escaped above
}

// role is a role in words.
func (l *locale) role(r operator.Role) string { return l.say("role." + string(r)) }

// language chooses the language of somebody who is not signed in: the one that
// the browser keeps, or the best its settings name.
func (c *Console) language(r *http.Request) *locale {
	if l := c.locale(c.cookies.Get(r, langCookie)); l != nil {
		return l
	}
	return c.locale(catalogue.Best(r.Header.Get("Accept-Language")))
}

// locale returns the console in the named language, or nil.
func (c *Console) locale(name string) *locale {
	for _, l := range c.locales() {
		if l.name == name {
			return l
		}
	}
	return nil
}

// switchLanguage takes the language that ?lang= asks for, where nobody is signed
// in, and has the browser keep it.
func (v *visit) switchLanguage() {
	if l := v.Console.locale(v.r.URL.Query().Get("lang")); l != nil && v.self == nil {
		v.locale = l
		v.cookies.Set(v.w, langCookie, l.name, langAge)
	}
}
