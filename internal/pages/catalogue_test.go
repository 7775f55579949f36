package pages_test

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

	"github.com/sinpyo/sinpyo/internal/outbox"
	"github.com/sinpyo/sinpyo/internal/verify"
)

// readTexts returns the texts of a language: all forms of each, by id.
func readTexts(t *testing.T, language string) map[string][]string {
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
	placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
	tag         = regexp.MustCompile(`<[^>]*>`)
)

// placeholders returns the placeholders of a text, in order, each once.
func placeholders(forms []string) []string {
	found := slices.Sorted(slices.Values(placeholder.FindAllString(strings.Join(forms, " "), -1)))
	return slices.Compact(found)
}

func TestCatalogue_SaysTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	ko, en := readTexts(t, "ko"), readTexts(t, "en")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(ko)), slices.Sorted(maps.Keys(en))); diff != "" {
		t.Fatalf("the languages have different texts (-ko +en):\n%s", diff)
	}
	for id := range ko {
		if diff := cmp.Diff(placeholders(ko[id]), placeholders(en[id])); diff != "" {
			t.Errorf("%s has different placeholders (-ko +en):\n%s", id, diff)
		}
	}
}

func TestCatalogue_HasNoMarkupButBoldAndBreaks(t *testing.T) {
	t.Parallel()
	inTemplates := map[string]bool{}
	for _, id := range templateIDs(t) {
		inTemplates[id] = true
	}
	for _, language := range []string{"ko", "en"} {
		for id, forms := range readTexts(t, language) {
			for _, found := range tag.FindAllString(strings.Join(forms, " "), -1) {
				if !slices.Contains([]string{"<b>", "</b>", "<br>"}, found) {
					t.Errorf("%s %s holds %s", language, id, found)
				}
				if !inTemplates[id] {
					t.Errorf("%s %s is filled as plain text and may not hold %s", language, id, found)
				}
			}
		}
	}
}

var templateText = regexp.MustCompile(`\bt "([a-z0-9_.]+)"`)

// templateIDs returns the ids of the texts that templates quote.
func templateIDs(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, source := range sources(t, "templates/*.html") {
		for _, match := range templateText.FindAllStringSubmatch(source, -1) {
			ids = append(ids, match[1])
		}
	}
	return ids
}

// sources returns the content of the files that match, tests left out.
func sources(t *testing.T, pattern string) map[string]string {
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

// madeIDs returns the ids that the program puts together: of a failed text, of
// an ended verification, of notices, of the ways of signing in, of refusals.
func madeIDs(t *testing.T) []string {
	t.Helper()
	ids := []string{"fault.other"}
	for _, f := range []outbox.Failure{outbox.Unreachable, outbox.CannotReceive, outbox.Ours} {
		ids = append(ids, "undelivered."+string(f))
	}
	for _, s := range []verify.Status{verify.Expired, verify.Locked} {
		ids = append(ids, "err.code."+string(s))
	}
	for _, made := range []struct{ id, file, declared string }{
		{"notice.", "../account/notice.go", `NoticeKind = "([a-z_]+)"`},
		{"session.by.", "../account/enter.go", `Way = "([a-z_]+)"`},
	} {
		for _, match := range regexp.MustCompile(made.declared).FindAllStringSubmatch(sources(t, made.file)[made.file], -1) {
			if match[1] != "number_new" { // which is texted, and told nowhere else
				ids = append(ids, made.id+match[1])
			}
		}
	}
	for _, code := range refusals(t) {
		ids = append(ids, "fault."+code)
	}
	return ids
}

var declared = regexp.MustCompile(`fault\.New\(fault\.[A-Za-z]+,\s*"([a-z_0-9]+)"`)

// refusals returns the codes of the refusals a visitor can meet, as the rooms
// below declare them.
func refusals(t *testing.T) []string {
	t.Helper()
	// These lead to another page, are said in more words than a code has, or meet
	// backends or operators alone.
	silent := []string{"account_not_found", "session_invalid", "consent_missing", "consent_text_not_found", "code_unreadable", "message_not_found", "cursor_invalid", "user_not_found", "number_gone", "session_ended", "filter_invalid", "provider_answer_missing"}
	codes := []string{"database_busy"}
	for _, room := range []string{".", "../phone", "../limit", "../outbox", "../verify", "../account", "../consent", "../factor"} {
		for _, source := range sources(t, room+"/*.go") {
			for _, match := range declared.FindAllStringSubmatch(source, -1) {
				if !slices.Contains(silent, match[1]) {
					codes = append(codes, match[1])
				}
			}
		}
	}
	return codes
}

func TestCatalogue_HasEveryTextThatIsUsedAndNoOther(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, id := range append(templateIDs(t), madeIDs(t)...) {
		used[id] = true
	}
	texts := readTexts(t, "ko")
	quoted := regexp.MustCompile(`"([a-z0-9_.]+)"`)
	for _, source := range sources(t, "*.go") {
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

func TestSources_HoldNoWordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"*.go", "templates/*.html", "assets/*.js", "assets/*.css"} {
		for name, source := range sources(t, pattern) {
			for i, line := range strings.Split(source, "\n") {
				if strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
					t.Errorf("%s:%d holds Hangul: %s", name, i+1, line)
				}
			}
		}
	}
}

func TestCatalogue_NeverClaimsToKnowWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		for id, forms := range readTexts(t, language) {
			for _, form := range forms {
				for _, word := range []string{"본인인증", "본인확인", "identity"} {
					if strings.Contains(form, word) {
						t.Errorf("%s %s says %s", language, id, word)
					}
				}
			}
		}
	}
}
