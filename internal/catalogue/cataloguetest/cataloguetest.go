// Package cataloguetest checks the words of a door in the folder of the test that
// runs: both languages say the same, nothing is said that nobody asks for, and no
// word stands in code.
package cataloguetest

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"github.com/sinpyo/sinpyo/internal/catalogue"
)

// Read returns the texts of a language: all forms of each, by id. It reads the file
// by itself, so that what package catalogue would overlook is seen.
func Read(t *testing.T, language string) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("locales/" + language + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := toml.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	texts := map[string][]string{}
	for id, v := range raw {
		switch v := v.(type) {
		case string:
			texts[id] = []string{v}
		case map[string]any:
			if len(v) != 2 || v["one"] == nil || v["other"] == nil {
				t.Errorf("%s: %s has other forms than one and other", language, id)
			}
			for _, form := range slices.Sorted(maps.Keys(v)) {
				texts[id] = append(texts[id], v[form].(string))
			}
		default:
			t.Errorf("%s: %s is a %T", language, id, v)
		}
	}
	return texts
}

var (
	place = regexp.MustCompile(`\{[a-z_]+\}`)
	tag   = regexp.MustCompile(`<[^>]*>`)
)

// SaysTheSame wants the same texts with the same places in both languages.
func SaysTheSame(t *testing.T) {
	t.Helper()
	ko, en := Read(t, "ko"), Read(t, "en")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(ko)), slices.Sorted(maps.Keys(en))); diff != "" {
		t.Fatalf("the languages have different texts (-ko +en):\n%s", diff)
	}
	for id := range ko {
		if diff := cmp.Diff(places(ko[id]), places(en[id])); diff != "" {
			t.Errorf("%s has different places (-ko +en):\n%s", id, diff)
		}
	}
}

// places returns the places of a text, in order, each once.
func places(forms []string) []string {
	found := slices.Sorted(slices.Values(place.FindAllString(strings.Join(forms, " "), -1)))
	return slices.Compact(found)
}

// HasMarkup wants no markup in a text but <b>, <br> and <code>, and that only where may
// says that the text is shown as markup.
func HasMarkup(t *testing.T, may func(id string) bool) {
	t.Helper()
	for _, language := range catalogue.Languages {
		for id, forms := range Read(t, language) {
			for _, found := range tag.FindAllString(strings.Join(forms, " "), -1) {
				if !slices.Contains([]string{"<b>", "</b>", "<br>", "<code>", "</code>"}, found) || !may(id) {
					t.Errorf("%s %s may not hold %s", language, id, found)
				}
			}
		}
	}
}

// Sources returns the content of the files that match, tests left out.
func Sources(t *testing.T, pattern string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no files match %s (%v)", pattern, err)
	}
	files := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	return files
}

var (
	declared = regexp.MustCompile(`fault\.New\(fault\.[A-Za-z]+,\s*"([a-z_0-9]+)"`)
	quoted   = regexp.MustCompile(`"([a-z0-9_.]+)"`)
)

// Refusals returns the codes of the refusals that rooms declare.
func Refusals(t *testing.T, rooms ...string) (codes []string) {
	t.Helper()
	for _, room := range rooms {
		for _, source := range Sources(t, room+"/*.go") {
			for _, match := range declared.FindAllStringSubmatch(source, -1) {
				codes = append(codes, match[1])
			}
		}
	}
	return codes
}

// IsUsed wants every text to be used, and every used one to be there: used are those
// named, and those whose ids stand in quotes in the code.
func IsUsed(t *testing.T, named []string) {
	t.Helper()
	texts := Read(t, "ko")
	used := map[string]bool{}
	for _, id := range named {
		used[id] = true
	}
	for _, source := range Sources(t, "*.go") {
		for _, match := range quoted.FindAllStringSubmatch(source, -1) {
			if _, ok := texts[match[1]]; ok {
				used[match[1]] = true
			}
		}
	}
	for id := range used {
		if _, ok := texts[id]; !ok {
			t.Errorf("there is no text %q", id)
		}
	}
	for id := range texts {
		if !used[id] {
			t.Errorf("nobody uses the text %q", id)
		}
	}
}

// HoldsNoWords wants no Hangul in code, templates, scripts and styles.
func HoldsNoWords(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"*.go", "templates/*.html", "assets/*.js", "assets/*.css"} {
		for name, source := range Sources(t, pattern) {
			for i, line := range strings.Split(source, "\n") {
				if strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
					t.Errorf("%s:%d holds Hangul: %s", name, i+1, line)
				}
			}
		}
	}
}
