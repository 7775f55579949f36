package consent

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a file may hold at most.
const (
	mostItems = 20
	mostTitle = 60        // characters
	mostText  = 256 << 10 // bytes
)

var (
	idForm      = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	versionForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$`)
	braces      = regexp.MustCompile(`\{([a-z0-9_]+)\}`)
)

// reader turns what stands in a file into a book and notes what is wrong.
type reader struct {
	dir    fs.FS
	base   string                // the folder of the file in dir
	file   string                // the file as the operator named it
	lines  func() map[string]int // found when the first fault needs them
	faults []error
}

// wrong notes a fault of the key or table called at, or of what it stands in.
func (r *reader) wrong(at, format string, args ...any) {
	line := 0
	for name := at; line == 0 && name != ""; {
		line = r.lines()[name]
		name = name[:max(strings.LastIndex(name, "."), 0)]
	}
	r.fault(r.file, max(line, 1), fmt.Sprintf(format, args...))
}

func (r *reader) fault(file string, line int, what string) {
	r.faults = append(r.faults, fmt.Errorf("%s:%d: %s", file, line, what))
}

// item reads an item.
func (r *reader) item(at string, f *fileItem) Item {
	item := Item{ID: f.ID, Version: f.Version, Kind: Kind(f.Kind), Required: f.Required, Day: f.Day}
	switch {
	case f.ID == "":
		r.wrong(at, "an item needs an id")
	case f.ID == PrivacyID:
		r.wrong(at+".id", "the id %s is that of the privacy notice: nobody agrees to it, so it stands in a table [privacy]", PrivacyID)
	case !idForm.MatchString(f.ID):
		r.wrong(at+".id", "the id %q must be lower-case letters, digits and underscores, at most 40, a letter first", f.ID)
	}
	r.version(at, item)
	switch kinds := []Kind{Age, Document, Consent, Advertising, AdvertisingNight}; {
	case !slices.Contains(kinds, item.Kind):
		r.wrong(at+".kind", "%s: the kind must be age, document, consent, advertising or advertising_night; got %q", f.ID, f.Kind)
	case item.Kind == Age && !f.Required:
		r.wrong(at+".required", "%s: an age item is required; whoever is younger goes on with a guardian (accounts.guardian_url)", f.ID)
	case (item.Kind == Advertising || item.Kind == AdvertisingNight) && f.Required:
		r.wrong(at+".required", "%s: advertising is never required: take required = true out", f.ID)
	case item.Kind == AdvertisingNight && f.Day == "":
		r.wrong(at, "%s: advertising at night stands beside advertising by day: name that item with day = \"...\"", f.ID)
	case item.Kind != AdvertisingNight && f.Day != "":
		r.wrong(at+".day", "%s: only an item of the kind advertising_night has a day item", f.ID)
	}
	item.Texts = r.texts(at, item, f)
	return item
}

// notice reads the privacy notice.
func (r *reader) notice(f *fileItem) Item {
	item := Item{ID: PrivacyID, Version: f.Version, Kind: Notice}
	for key, set := range map[string]bool{"id": f.ID != "", "kind": f.Kind != "", "required": f.Required, "day": f.Day != ""} {
		if set {
			r.wrong("privacy."+key, "the privacy notice has no %s: it is announced, and nobody agrees to it", key)
		}
	}
	r.version("privacy", item)
	item.Texts = r.texts("privacy", item, f)
	return item
}

func (r *reader) version(at string, item Item) {
	if !versionForm.MatchString(item.Version) {
		r.wrong(at+".version", "%s: the version must be letters, digits, dots, hyphens and underscores, at most 40, in quotes; got %q", item.ID, item.Version)
	}
}

// list looks at the items beside each other.
func (r *reader) list(items []Item) {
	if len(items) > mostItems {
		r.wrong(fmt.Sprintf("item.%d", mostItems), "there are %d items; nobody reads more than %d", len(items), mostItems)
	}
	ages := 0
	for i, item := range items {
		at := fmt.Sprintf("item.%d", i)
		if slices.ContainsFunc(items[:i], func(o Item) bool { return o.ID == item.ID && o.ID != "" }) {
			r.wrong(at+".id", "there are two items %s: give one another id", item.ID)
		}
		if item.Kind == Age {
			if ages++; ages == 2 {
				r.wrong(at+".kind", "%s: there is an item of the kind age already", item.ID)
			}
		}
		if item.Kind == AdvertisingNight && item.Day != "" && !slices.ContainsFunc(items, func(o Item) bool { return o.ID == item.Day && o.Kind == Advertising }) {
			r.wrong(at+".day", "%s: there is no item %s of the kind advertising beside which it could stand", item.ID, item.Day)
		}
	}
}

// texts reads an item in all languages.
func (r *reader) texts(at string, item Item, f *fileItem) map[string]Text {
	out := map[string]Text{}
	given := f.texts()
	for _, locale := range Languages {
		in := at + "." + locale
		t := given[locale]
		if t == nil {
			r.wrong(at, "%s: there is no text in %q: write a table for it, below the item", item.ID, locale)
			continue
		}
		title := strings.TrimSpace(t.Title)
		switch n := utf8.RuneCountInString(title); {
		case n == 0:
			r.wrong(in+".title", "%s: the title in %q is missing", item.ID, locale)
		case n > mostTitle || strings.ContainsFunc(title, unicode.IsControl):
			r.wrong(in+".title", "%s: the title in %q must be one line of at most %d characters; got %d", item.ID, locale, mostTitle, n)
		}
		r.words(title, func(what string, _ int) { r.wrong(in+".title", "%s: %s", item.ID, what) })
		out[locale] = newText(title, r.body(in, item, t))
	}
	return out
}

// body reads what stands in the file, or in the one that it names.
func (r *reader) body(in string, item Item, t *fileText) string {
	text, where, key := t.Text, r.file, in+".text"
	switch {
	case t.Text != "" && t.File != "":
		r.wrong(in+".file", "%s: text and file are both given: keep one", item.ID)
		return ""
	case t.File != "" && !filepath.IsLocal(t.File):
		r.wrong(in+".file", "%s: the file %s must stand in the folder of this one, or below it", item.ID, t.File)
		return ""
	case t.File != "":
		key = ""
		data, err := fs.ReadFile(r.dir, path.Join(r.base, filepath.ToSlash(t.File)))
		if err != nil {
			r.wrong(in+".file", "%s: the text cannot be read: %v", item.ID, err)
			return ""
		}
		text, where = string(data), filepath.Join(filepath.Dir(r.file), t.File)
	}
	first := func() int { return r.lines()[key] } // of the text; 0 where it has a file of its own
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	switch {
	case !utf8.ValidString(text):
		r.fault(where, max(first(), 1), item.ID+": the text is not UTF-8: save it as UTF-8")
	case len(text) > mostText:
		r.fault(where, max(first(), 1), fmt.Sprintf("%s: the text has %d bytes; at most %d are kept", item.ID, len(text), mostText))
	case strings.TrimSpace(text) == "" && item.Kind != Age:
		r.wrong(in, "%s: there is no text to read: write it as text, or name a file", item.ID)
	}
	r.words(text, func(what string, line int) {
		if first() > 0 && !strings.Contains(text, "\n") {
			line = 0 // it stands on the line of its key
		}
		r.fault(where, first()+line, item.ID+": "+what)
	})
	return strings.TrimSpace(text)
}

// words calls found for what a text may not say, with the line of the text it
// stands on, the first of which is 1.
func (r *reader) words(text string, found func(what string, line int)) {
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "{") {
			for _, name := range braces.FindAllStringSubmatch(line, -1) {
				if !slices.Contains(Placeholders, name[1]) {
					found(fmt.Sprintf("there is no placeholder {%s}; there are %s", name[1], strings.Join(Placeholders, ", ")), i+1)
				}
			}
		}
		forbidden(line, func(what string) { found(what, i+1) })
	}
}
