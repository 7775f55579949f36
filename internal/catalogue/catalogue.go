// Package catalogue keeps the words of a door for people: every text in Korean and
// in English, found by an id, with places that are filled when it is said.
//
// The words of a language stand in one TOML file. Read takes them in; Texts then
// says one, says the form that goes with a count, or says it as HTML. Best chooses
// the language of a visitor by what the browser tells. What the ids are, and where
// they are shown, is the doors' business.
package catalogue

import (
	"html"
	"io/fs"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

// Languages are the languages that there are; the first is the default.
var Languages = []string{"ko", "en"}

// matcher finds the best of Languages for an Accept-Language header.
var matcher = language.NewMatcher([]language.Tag{language.Korean, language.English})

// Text is one text: its form for a count of one, and that for all else, which are
// the same where it depends on no count.
type Text struct{ One, Other string }

// Texts are the texts of a language by their ids.
type Texts map[string]Text

// Read reads the texts of a language from its file in a folder, such as
// "locales/ko.toml". A text that depends on a count is a table with the forms one
// and other.
func Read(folder fs.FS, language string) (Texts, error) {
	data, err := fs.ReadFile(folder, "locales/"+language+".toml")
	if err != nil {
		return nil, err
	}
	file, err := i18n.ParseMessageFileBytes(data, language+".toml", map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		return nil, err
	}
	texts := make(Texts, len(file.Messages))
	for _, m := range file.Messages {
		one := m.One
		if one == "" {
			one = m.Other
		}
		texts[m.ID] = Text{one, m.Other}
	}
	return texts, nil
}

// Has reports whether there is a text with an id.
func (t Texts) Has(id string) bool {
	_, ok := t[id]
	return ok
}

// Say returns a text with its places filled: fill is name, value, name, value. An
// id without a text stands for itself, which a test of the door forbids.
func (t Texts) Say(id string, fill ...string) string {
	text, ok := t[id]
	if !ok {
		return id
	}
	return Fill(text.Other, fill)
}

// Count is Say for a text that depends on the number n, its place {n}.
func (t Texts) Count(id string, n int, fill ...string) string {
	form := t[id].Other
	if n == 1 {
		form = t[id].One
	}
	return Fill(form, append(fill, "n", strconv.Itoa(n)))
}

// Markup returns a text as HTML, its places unfilled: <b>, <br> and <code> stay,
// everything else is escaped.
func (t Texts) Markup(id string) string {
	return keepMarkup.Replace(html.EscapeString(t.Say(id)))
}

var keepMarkup = strings.NewReplacer(
	"&lt;b&gt;", "<b>", "&lt;/b&gt;", "</b>", "&lt;br&gt;", "<br>", "&lt;code&gt;", "<code>", "&lt;/code&gt;", "</code>")

// Fill puts values into the places of a text: fill is name, value, name, value, and
// the place of a name is {name}.
func Fill(text string, fill []string) string {
	for i := 0; i+1 < len(fill); i += 2 {
		text = strings.ReplaceAll(text, "{"+fill[i]+"}", fill[i+1])
	}
	return text
}

// Next returns the language after one, to which a switch between them leads.
func Next(language string) string {
	if language == Languages[0] {
		return Languages[1]
	}
	return Languages[0]
}

// Best returns the language that comes nearest to an Accept-Language header, the
// default where it names none that there is.
func Best(accepted string) string {
	if accepted == "" || len(accepted) > 256 {
		return Languages[0]
	}
	// What nearly every browser sends begins with its language, and nothing can be
	// wanted more than that.
	if first, _, _ := strings.Cut(accepted, ","); !strings.Contains(first, ";") {
		base, _, _ := strings.Cut(strings.TrimSpace(first), "-")
		for _, known := range Languages {
			if strings.EqualFold(base, known) {
				return known
			}
		}
	}
	tags, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil {
		return Languages[0]
	}
	_, best, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return Languages[0]
	}
	return Languages[best]
}
