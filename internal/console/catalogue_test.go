package console_test

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

var (
	quotedText = regexp.MustCompile(`\b(t|m) "([a-z0-9_.]+)"`)
	quoted     = regexp.MustCompile(`"([a-z0-9_.]+)"`)
	declared   = regexp.MustCompile(`fault\.New\(fault\.[A-Za-z]+,\s*"([a-z_0-9]+)"`)
)

// silent are refusals that no page of the console shows beside a field: they are
// of passwords and recovery codes, or a page of their own.
var silent = []string{"form_stale", "operator_not_found", "hashing_busy", "recovery_codes_used"}

// madeIDs returns the ids that the program puts together.
func madeIDs(t *testing.T) []string {
	t.Helper()
	ids := []string{"fault.other", "fault.database_busy"}
	for _, role := range []string{"viewer", "support", "operator", "owner"} {
		ids = append(ids, "role."+role, "role."+role+".does")
	}
	for _, state := range []string{"active", "invited", "locked", "disabled"} {
		ids = append(ids, "state."+state)
	}
	for _, words := range []string{"missing", "network", "form", "other"} {
		ids = append(ids, "problem."+words+".lead")
	}
	for _, did := range []string{"role", "disable", "enable", "unlock"} {
		ids = append(ids, "news.operator."+did)
	}
	ids = append(ids, "way.passkey", "way.totp")
	for kind, names := range map[string]string{
		"act":  "admin_create admin_join admin_role admin_disable admin_enable admin_reset admin_unlock admin_sign_in admin_sign_in_refused admin_sign_out admin_step_up admin_step_up_refused admin_sessions_end admin_passkey_add admin_passkey_remove admin_totp_add admin_totp_remove keys_create keys_rotate keys_revoke keys_rotate_master signing_key_added provider_set_key provider_drop_key senders_test users_find users_show users_block users_unblock users_erase users_sign_in users_sessions_end messages_unmask messages_export messages_export_masked consents_export consents_reminded consents_kept limits_clear leak_people audit_export erase",
		"acts": "admin keys provider senders users messages consents limits leak audit erase", "doer": "command_line server retention unknown this_machine",
		"filter": "actor act subject person",
	} {
		for _, name := range strings.Fields(names) {
			ids = append(ids, kind+"."+name)
		}
	}
	ids = append(ids, figureIDs()...)
	ids = append(ids, idsOfTexts()...)
	for _, room := range []string{".", "../audit", "../factor", "../operator", "../phone", "../results"} {
		for _, source := range sources(t, room+"/*.go") {
			for _, match := range declared.FindAllStringSubmatch(source, -1) {
				if code := match[1]; !slices.Contains(silent, code) && !strings.HasPrefix(code, "password_") {
					ids = append(ids, "fault."+code)
				}
			}
		}
	}
	return ids
}

func TestCatalogue_HasEveryTextThatIsUsedAndNoOther(t *testing.T) {
	t.Parallel()
	texts := readTexts(t, "ko")
	used := map[string]bool{}
	for _, id := range madeIDs(t) {
		used[id] = true
	}
	marked := map[string]bool{}
	for _, source := range sources(t, "templates/*.html") {
		for _, match := range quotedText.FindAllStringSubmatch(source, -1) {
			used[match[2]] = true
			marked[match[2]] = marked[match[2]] || match[1] == "m"
		}
	}
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
	for _, language := range []string{"ko", "en"} {
		for id, forms := range readTexts(t, language) {
			for _, found := range tag.FindAllString(strings.Join(forms, " "), -1) {
				if !marked[id] && !strings.HasPrefix(id, "figure.") || !slices.Contains([]string{"<b>", "</b>", "<br>"}, found) {
					t.Errorf("%s %s may not hold %s", language, id, found)
				}
			}
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

// colour finds a colour where no token is declared.
var colour = regexp.MustCompile(`(?m)^[^-\n]*[^\w-](#[0-9a-f]{3,8}\b|rgb|hsl)`)

func TestStyles_TakeTheirColoursFromTokens(t *testing.T) {
	t.Parallel()
	for name, source := range sources(t, "assets/*.css") {
		for line := range strings.Lines(source) {
			if !strings.HasPrefix(strings.TrimSpace(line), "--") && colour.MatchString(line) {
				t.Errorf("%s has a colour that is no token: %s", name, line)
			}
		}
	}
}
