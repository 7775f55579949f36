package console

import (
	"embed"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"

	"github.com/sinpyo/sinpyo/internal/operator"
)

//go:embed locales/*.toml
var localeFiles embed.FS

//go:embed templates/*.html
var templateFiles embed.FS

// languages are the languages of the console; the first is the default.
var languages = []string{"ko", "en"}

// matcher finds the best of languages for an Accept-Language header.
var matcher = language.NewMatcher([]language.Tag{language.Korean, language.English})

// locale is the console in one language.
type locale struct {
	name      string // "ko"
	texts     map[string]text
	templates *template.Template
}

// text is one entry of the catalogue: for a count of one, and for the rest.
type text struct{ one, other string }

// newLocales joins texts and templates in every language.
func (c *Console) newLocales() ([]*locale, error) {
	var locales []*locale
	for _, name := range languages {
		texts, err := readCatalogue(name)
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

// readCatalogue reads the texts of a language. One that depends on a count is a
// table with the forms one and other.
func readCatalogue(name string) (map[string]text, error) {
	data, err := localeFiles.ReadFile("locales/" + name + ".toml")
	if err != nil {
		return nil, err
	}
	var raw map[string]any
	if err := toml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	texts := map[string]text{}
	for id, value := range raw {
		switch value := value.(type) {
		case string:
			texts[id] = text{value, value}
		case map[string]any:
			texts[id] = text{fmt.Sprint(value["one"]), fmt.Sprint(value["other"])}
		default:
			return nil, fmt.Errorf("%s is neither a text nor forms of one", id)
		}
	}
	return texts, nil
}

// parseTemplates returns the templates of a language.
func (c *Console) parseTemplates(l *locale) (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"t": l.say, "m": l.markup, "asset": c.assets.Path,
		"lang": func() string { return l.name }, "other": l.other,
		"service": func() string { return c.service }, "inbox": func() string { return c.inbox },
	}).ParseFS(templateFiles, "templates/*.html")
}

// has reports whether the catalogue has a text with the given id.
func (l *locale) has(id string) bool {
	_, ok := l.texts[id]
	return ok
}

// say returns a text with its placeholders filled: fill is name, value, name,
// value. An id without a text stands for itself, which a test forbids.
func (l *locale) say(id string, fill ...string) string {
	t, ok := l.texts[id]
	if !ok {
		return id
	}
	return fillIn(t.other, fill)
}

// count is say for a text that depends on the number n, its placeholder {n}.
func (l *locale) count(id string, n int, fill ...string) string {
	form := l.texts[id].other
	if n == 1 {
		form = l.texts[id].one
	}
	return fillIn(form, append(fill, "n", strconv.Itoa(n)))
}

func fillIn(s string, fill []string) string {
	for i := 0; i+1 < len(fill); i += 2 {
		s = strings.ReplaceAll(s, "{"+fill[i]+"}", fill[i+1])
	}
	return s
}

// markup is say as HTML: <b>, <br> and <code> of the text stay, everything else is
// escaped, and so is all that fills it.
func (l *locale) markup(id string, fill ...string) template.HTML {
	words := keepMarkup.Replace(html.EscapeString(l.say(id)))
	for i := 1; i < len(fill); i += 2 {
		fill[i] = html.EscapeString(fill[i])
	}
	return template.HTML(fillIn(words, fill)) //nolint:gosec // escaped above
}

var keepMarkup = strings.NewReplacer("&lt;b&gt;", "<b>", "&lt;/b&gt;", "</b>", "&lt;br&gt;", "<br>", "&lt;code&gt;", "<code>", "&lt;/code&gt;", "</code>")

// role is a role in words.
func (l *locale) role(r operator.Role) string { return l.say("role." + string(r)) }

// other returns the language that the switch leads to.
func (l *locale) other() string {
	if l.name == languages[0] {
		return languages[1]
	}
	return languages[0]
}

// language chooses the language of somebody who is not signed in: the one that
// the browser keeps, or the best its settings name.
func (c *Console) language(r *http.Request) *locale {
	if l := c.locale(c.cookies.Get(r, langCookie)); l != nil {
		return l
	}
	accepted := r.Header.Get("Accept-Language")
	if accepted == "" || len(accepted) > 256 {
		return c.locales()[0]
	}
	tags, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil {
		return c.locales()[0]
	}
	_, best, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return c.locales()[0]
	}
	return c.locales()[best]
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
