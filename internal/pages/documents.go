package pages

import (
	"html"
	"html/template"
	"net/http"
	"strings"

	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/web"
)

// documentView is what document.html shows: a text that a consent or the foot
// of a page leads to.
type documentView struct {
	Page    frame
	Heading string
	Version string // words for its edition
	Body    template.HTML

	version string // as it stands in the address
}

// readDocuments prepares the current documents: every consent item with a text
// to read, and the privacy notice.
func (l *locale) readDocuments(s site) map[string]*documentView {
	documents := map[string]*documentView{}
	for _, item := range append(s.Consents.Items(), s.Consents.Book().Privacy()) {
		text, _ := item.In(l.name)
		if text.Body == "" {
			continue
		}
		d := l.document(s.Consents, text, item.Version)
		l.titles["document."+item.ID] = l.say("title", "step", d.Heading, "service", s.Service)
		documents[item.ID] = d
	}
	return documents
}

// document prepares one text.
func (l *locale) document(ledger *consent.Ledger, text consent.Text, version string) *documentView {
	return &documentView{
		Heading: ledger.Shown(text.Title), Version: l.say("document.version", "version", version),
		Body: prose(ledger.Shown(text.Body)), version: version,
	}
}

// mostName is how many bytes may stand before the colon of a point for them to be
// its name.
const mostName = 60

// prose turns plain text into HTML: an empty line parts paragraphs, "## " begins
// a heading and "- " a point of a list, whose name stands before a colon.
// Everything else is taken as it is.
func prose(text string) template.HTML {
	var b strings.Builder
	open := "" // the element that goes on with the next line
	turn := func(to string) {
		if open != "" {
			b.WriteString("</" + open + ">\n")
		}
		if open = to; to != "" {
			b.WriteString("<" + to + ">")
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		heading, isHeading := strings.CutPrefix(line, "## ")
		point, isPoint := strings.CutPrefix(line, "- ")
		switch {
		case line == "":
			turn("")
		case isHeading:
			turn("")
			b.WriteString("<h2>" + html.EscapeString(heading) + "</h2>\n")
		case isPoint:
			if open != "ul" {
				turn("ul")
			}
			b.WriteString("\n<li>")
			if name, rest, ok := strings.Cut(point, ": "); ok && len(name) <= mostName {
				b.WriteString("<b>" + html.EscapeString(name) + "</b>: ")
				point = rest
			}
			b.WriteString(html.EscapeString(point) + "</li>")
		case open == "p":
			b.WriteString("<br>" + html.EscapeString(line))
		default:
			turn("p")
			b.WriteString(html.EscapeString(line))
		}
	}
	turn("")
	return template.HTML(b.String()) //nolint:gosec // every line has been escaped
}

// document shows a document: its current edition, or the one that is asked for.
func (v *visit) document() error {
	id, version := v.r.PathValue("id"), v.r.PathValue("version")
	d := v.locale.documents[id]
	if d != nil && (version == "" || version == d.version) {
		page := *d
		page.Page = v.frame("document."+id, false)
		return v.show("document.html", http.StatusOK, &page)
	}
	if version == "" {
		return web.ErrRoute
	}
	text, err := v.consents.Text(v.r.Context(), id, version, v.locale.name)
	if err != nil {
		return err
	}
	d = v.locale.document(v.consents, text, version)
	d.Page = v.frame("", false)
	d.Page.Title = v.locale.say("title", "step", d.Heading, "service", v.consents.Shown("{service}"))
	return v.show("document.html", http.StatusOK, d)
}

// label returns the words of a consent item.
func (v *visit) label(item consent.Item) string {
	text, _ := item.In(v.locale.name)
	return v.consents.Shown(text.Title)
}

// showLabel returns the label of the link to an item's document, "" when it has
// none.
func (v *visit) showLabel(item consent.Item) string {
	if v.locale.documents[item.ID] == nil {
		return ""
	}
	return v.locale.say("consent.show.label", "name", v.label(item))
}
