package pages

import (
	"embed"
	"fmt"
	"html"
	"html/template"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed locales/*.toml
var localeFiles embed.FS

// languages are the languages of the pages; the first is the default.
var languages = []string{"ko", "en"}

// matcher finds the best of languages for an Accept-Language header.
var matcher = language.NewMatcher([]language.Tag{language.Korean, language.English})

// locale is the pages in one language. All of it is made when the program
// starts: showing a page looks texts up and fills placeholders, no more.
type locale struct {
	name      string   // "ko"
	header    []string // Content-Language
	texts     map[string]text
	titles    map[string]string // window titles with the service's name
	documents map[string]*documentView
	templates *template.Template
}

// text is one entry of the catalogue.
type text struct {
	one, other string // for a count of one, and for the rest
}

// newLocale reads the catalogue of a language and joins it with the templates.
func newLocale(name string, s site, own own) (*locale, error) {
	texts, err := catalogues[name]()
	if err != nil {
		return nil, fmt.Errorf("reading the %s texts: %w", name, err)
	}
	l := &locale{name: name, header: []string{name}, texts: maps.Clone(texts), titles: map[string]string{}}
	if err := own.texts(l); err != nil {
		return nil, err
	}
	for id := range l.texts {
		if strings.HasPrefix(id, "title.") && id != "title.failed" {
			l.titles[id] = l.say("title", "step", l.say(id), "service", s.Service)
		}
	}
	l.documents = l.readDocuments(s)
	if l.templates, err = parseTemplates(l, s, own); err != nil {
		return nil, err
	}
	return l, nil
}

// catalogues are the texts of each language, read once however many sites there
// are.
var catalogues = func() map[string]func() (map[string]text, error) {
	all := map[string]func() (map[string]text, error){}
	for _, name := range languages {
		all[name] = sync.OnceValues(func() (map[string]text, error) { return readCatalogue(name) })
	}
	return all
}()

// readCatalogue takes every text of a language from its file, in the form for one
// and in the form for many.
func readCatalogue(name string) (map[string]text, error) {
	bundle := i18n.NewBundle(language.Korean)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	file, err := bundle.LoadMessageFileFS(localeFiles, "locales/"+name+".toml")
	if err != nil {
		return nil, err
	}
	localizer := i18n.NewLocalizer(bundle, name)
	texts := map[string]text{}
	for _, m := range file.Messages {
		var t text
		if t.other, err = localizer.Localize(form(m, 2)); err != nil {
			return nil, err
		}
		if t.one, err = localizer.Localize(form(m, 1)); err != nil {
			return nil, err
		}
		texts[m.ID] = t
	}
	return texts, nil
}

// form asks for the form of m that goes with a count, if it has several.
func form(m *i18n.Message, count int) *i18n.LocalizeConfig {
	if m.One == "" {
		return &i18n.LocalizeConfig{MessageID: m.ID}
	}
	return &i18n.LocalizeConfig{MessageID: m.ID, PluralCount: count}
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

// markup returns a text as HTML: <b> and <br> stay, everything else is escaped.
func (l *locale) markup(id string) string {
	return keepMarkup.Replace(html.EscapeString(l.texts[id].other))
}

var keepMarkup = strings.NewReplacer("&lt;b&gt;", "<b>", "&lt;/b&gt;", "</b>", "&lt;br&gt;", "<br>")

// language chooses the language of a page: the one asked for with ?lang=, which
// the browser then keeps, or the one it keeps, or the best its settings name.
func (p *Pages) language(w http.ResponseWriter, r *http.Request) *locale {
	if strings.Contains(r.URL.RawQuery, "lang=") {
		if l := p.locale(r.URL.Query().Get("lang")); l != nil {
			p.keepLanguage(w, l)
			return l
		}
	}
	if l := p.locale(p.cookies.Get(r, langCookie)); l != nil {
		return l
	}
	accepted := r.Header.Get("Accept-Language")
	if accepted == "" || len(accepted) > 256 {
		return p.locales()[0]
	}
	// What nearly every browser sends begins with its language, and nothing
	// can be wanted more than that.
	if first, _, _ := strings.Cut(accepted, ","); !strings.Contains(first, ";") {
		base, _, _ := strings.Cut(strings.TrimSpace(first), "-")
		if l := p.locale(strings.ToLower(base)); l != nil {
			return l
		}
	}
	tags, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil {
		return p.locales()[0]
	}
	_, best, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return p.locales()[0]
	}
	return p.locales()[best]
}

// keepLanguage has the browser keep a language.
func (p *Pages) keepLanguage(w http.ResponseWriter, l *locale) {
	p.cookies.Set(w, langCookie, l.name, langAge)
}

// locale returns the pages in the named language, or nil.
func (p *Pages) locale(name string) *locale {
	for _, l := range p.locales() {
		if l.name == name {
			return l
		}
	}
	return nil
}
