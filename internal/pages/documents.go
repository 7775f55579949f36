package pages

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/web"
)

// documentView is what document.html shows: a text that a consent or the foot
// of a page leads to.
type documentView struct {
	Page    frame
	Heading string
	Version string // words for its edition, "" when it has none
	Body    template.HTML
}

// readDocuments takes the documents from the catalogue: every consent item with
// a text of its own, and what is said about personal data.
func (l *locale) readDocuments(s site) map[string]*documentView {
	versions := map[string]string{"privacy": ""}
	for _, item := range account.Items() {
		versions[item.ID] = l.say("document.version", "version", item.Version)
	}
	documents := map[string]*documentView{}
	for id, version := range versions {
		if !l.has("document." + id + ".body") {
			continue
		}
		l.titles["document."+id] = l.say("title", "step", l.say("document."+id), "service", s.Service)
		body := fillIn(l.markup("document."+id+".body"), []string{"service", template.HTMLEscapeString(s.Service)})
		documents[id] = &documentView{
			Heading: l.say("document." + id), Version: version,
			Body: template.HTML("<p>" + strings.ReplaceAll(body, "<br>", "</p><p>") + "</p>"), //nolint:gosec // the catalogue is ours, and markup has escaped it
		}
	}
	return documents
}

// document shows a document.
func (v *visit) document() error {
	id := v.r.PathValue("id")
	d := v.locale.documents[id]
	if d == nil {
		return web.ErrRoute
	}
	page := *d
	page.Page = v.frame("document."+id, false)
	return v.show("document.html", http.StatusOK, &page)
}
