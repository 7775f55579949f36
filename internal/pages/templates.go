package pages

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"

	"github.com/sinpyo/sinpyo/internal/catalogue"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/face"
)

//go:embed templates/*.html
var templateFiles embed.FS

// site is what stands the same on every page of an installation.
type site struct {
	Service  string
	Sender   string
	Support  string
	Inbox    string // the emulator's phone; "" outside dev mode
	Assets   *face.Shelf
	Consents *consent.Ledger
}

// parseTemplates returns the templates of a language.
//
// They are filled twice. What stands between [[ and ]] is filled here, once:
// the words of the language and what is the same for the whole site. What
// stands between {{ and }} is left for each page that is shown, and for
// html/template to escape by its context. So a page costs no more than the few
// values on it.
func parseTemplates(l *locale, s site, own own) (*template.Template, error) {
	first := texttemplate.New("").Delims("[[", "]]").Option("missingkey=error").Funcs(texttemplate.FuncMap{
		"t":        l.quote,
		"steps":    l.steps,
		"service":  func() string { return template.HTMLEscapeString(s.Service) },
		"sender":   func() string { return template.HTMLEscapeString(s.Sender) },
		"support":  func() string { return template.HTMLEscapeString(s.Support) },
		"inbox":    func() string { return template.HTMLEscapeString(s.Inbox) },
		"asset":    s.Assets.Path,
		"lang":     func() string { return l.name },
		"other":    func() string { return catalogue.Next(l.name) },
		"document": func(document string) bool { return l.documents[document] != nil },
	})
	all, err := own.templates()
	if err != nil {
		return nil, err
	}
	second := template.New("")
	for _, source := range all {
		t, err := first.New(source.name).Parse(source.text)
		if err != nil {
			return nil, own.place(err)
		}
		var b strings.Builder
		if err := t.Execute(&b, nil); err != nil {
			return nil, own.place(err)
		}
		if _, err := second.New(t.Name()).Parse(trim(b.String())); err != nil {
			return nil, own.place(err)
		}
	}
	return second, nil
}

// quote puts a text of the catalogue into a template. fill gives placeholders
// their value, which is a field of the view when it begins with a dot, such as
// "phone" ".Phone". The others stay as they are, for the script to fill.
func (l *locale) quote(id string, fill ...string) (string, error) {
	t, ok := l.texts[id]
	if !ok {
		return "", fmt.Errorf("there is no text %q", id)
	}
	for i := 1; i < len(fill); i += 2 {
		if strings.HasPrefix(fill[i], ".") {
			fill[i] = "{{" + fill[i] + "}}"
		}
	}
	if t.One != t.Other {
		return "", fmt.Errorf("the text %q depends on a count: fill it in Go", id)
	}
	return catalogue.Fill(l.texts.Markup(id), fill), nil
}

// steps returns the row of notches that says which of the three steps n is.
// Whoever comes to sign in has two at most, and none to count.
func (l *locale) steps(n int) string {
	marks := strings.Repeat(`<i class="on"></i>`, n) + strings.Repeat("<i></i>", 3-n)
	return fmt.Sprintf(`{{if not .Page.Login}}<p class="steps"><span class="notches" aria-hidden="true">%s</span>`+
		`<span aria-hidden="true">%d / 3</span><span class="unseen">%s</span></p>{{end}}`,
		marks, n, l.say("step.hidden", "n", fmt.Sprint(n)))
}

// trim takes the indentation out of a template, and the lines that would be
// blank on the page: those that are blank here or hold one action alone.
func trim(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		b.WriteString(line)
		if line != "" && (!strings.HasPrefix(line, "{{") || strings.Index(line, "}}") != len(line)-2) {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
