package pages

import (
	"embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/sinpyo/sinpyo/internal/catalogue"
)

//go:embed locales/*.toml
var localeFiles embed.FS

// locale is the pages in one language. All of it is made when the program
// starts: showing a page looks texts up and fills placeholders, no more.
type locale struct {
	name      string   // "ko"
	header    []string // Content-Language
	texts     catalogue.Texts
	titles    map[string]string // window titles with the service's name
	documents map[string]*documentView
	templates *template.Template
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
var catalogues = func() map[string]func() (catalogue.Texts, error) {
	all := map[string]func() (catalogue.Texts, error){}
	for _, name := range catalogue.Languages {
		all[name] = sync.OnceValues(func() (catalogue.Texts, error) { return catalogue.Read(localeFiles, name) })
	}
	return all
}()

func (l *locale) has(id string) bool { return l.texts.Has(id) }

func (l *locale) say(id string, fill ...string) string { return l.texts.Say(id, fill...) }

func (l *locale) count(id string, n int, fill ...string) string { return l.texts.Count(id, n, fill...) }

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
	return p.locale(catalogue.Best(r.Header.Get("Accept-Language")))
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
