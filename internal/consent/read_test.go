package consent_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sinpyo/sinpyo/internal/consent"
)

var update = flag.Bool("update", false, "write testdata/builtin.txt anew")

// write makes files in a folder of the test's own and returns the path of the
// first one.
func write(t testing.TB, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i+1 < len(files); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, files[0])
}

// mustRead reads a file of items.
func mustRead(t testing.TB, path string) *consent.Book {
	t.Helper()
	book, err := consent.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// TestBuiltin_ChangesWithItsVersionsOnly compares the hashes of the built-in
// texts with those they had: an installation that runs with them would refuse to
// start with another text under the same version. Before -update, raise the
// version of what you changed.
func TestBuiltin_ChangesWithItsVersionsOnly(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	book := consent.Builtin()
	for _, item := range append(book.Items(), book.Privacy()) {
		for _, locale := range consent.Languages {
			text, in := item.In(locale)
			fmt.Fprintf(&b, "%s %s %s %s\n", item.ID, item.Version, in, text.Hash)
		}
	}
	file := filepath.Join("testdata", "builtin.txt")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("a built-in text has changed: give it a new version (-then +now)\n%s", diff)
	}
}

func TestBuiltin_AsksWhatItAlwaysAsked(t *testing.T) {
	t.Parallel()
	var got []string
	for _, item := range consent.Builtin().Items() {
		got = append(got, fmt.Sprintf("%s %s %v %s", item.ID, item.Kind, item.Required, item.Day))
	}
	want := []string{
		"age_14 age true ", "terms document true ",
		"marketing_sms advertising false ", "marketing_night advertising_night false marketing_sms",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRead_TakesTheExampleOfTheManual reads the file that docs/consents.md shows.
func TestRead_TakesTheExampleOfTheManual(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "consents.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(manual), "```toml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/consents.md has no example")
	}
	files := []string{"consents.toml", example}
	for _, name := range regexp.MustCompile(`file = "(.+)"`).FindAllStringSubmatch(example, -1) {
		files = append(files, name[1], "\ufeff"+name[1]+"\r\n\r\n두 번째 문단\r\n")
	}
	book := mustRead(t, write(t, files...))
	if n := len(book.Items()); n != 5 {
		t.Fatalf("the example has %d items", n)
	}
	terms, _ := book.Item("terms")
	text, locale := terms.In("fr")
	if locale != "ko" || text.Title != "한뼘책방 이용약관" || text.Body != "terms.ko.txt\n\n두 번째 문단" {
		t.Errorf("the terms read %q in %q", text, locale)
	}
	night, _ := book.Item("marketing_night")
	if night.Required || night.Day != "marketing_sms" || night.Texts["en"].Title != "Also at night (9 pm to 8 am)" {
		t.Errorf("the item of the night is %+v", night)
	}
	if book.Privacy().Version != "2027-01-01" {
		t.Errorf("the notice is %+v", book.Privacy())
	}
}

func TestRead_HasTheBuiltInNoticeWithoutOneOfItsOwn(t *testing.T) {
	t.Parallel()
	book := mustRead(t, write(t, "c.toml", ""))
	if len(book.Items()) != 0 || book.Privacy().Texts["en"] != consent.Builtin().Privacy().Texts["en"] {
		t.Errorf("an empty file asks %d items, with the notice %q", len(book.Items()), book.Privacy().Version)
	}
}

const texts = "ko = { title = \"제목\", text = \"글\" }\nen = { title = \"Title\", text = \"Text\" }\n"

func item(lines string) string { return "[[item]]\n" + lines + "\n" + texts }

// TestRead_RefusesWithFileAndLine wants each mistake told where it is, and alone.
func TestRead_RefusesWithFileAndLine(t *testing.T) {
	t.Parallel()
	terms := item("id = \"terms\"\nversion = \"1\"\nkind = \"document\"")
	for name, c := range map[string]struct {
		files []string // "c.toml" is the first
		want  []string // the lines of the error, or how they begin
	}{
		"no TOML":                  {[]string{"[[item]]\nid = terms\n"}, []string{"c.toml:2: "}},
		"a number for a version":   {[]string{item("id = \"terms\"\nversion = 1\nkind = \"document\"")}, []string{"c.toml:3: cannot decode TOML integer"}},
		"an unknown key":           {[]string{item("id = \"terms\"\nversion = \"1\"\nkind = \"document\"\nrequird = true")}, []string{"c.toml:5: there is no key item.requird; docs/consents.md lists"}},
		"two unknown keys":         {[]string{"colour = 1\n" + terms + "fr = { title = \"Titre\" }\n"}, []string{"c.toml:1: there is no key colour", "c.toml:8: there is no key item.fr"}},
		"no id":                    {[]string{item("version = \"1\"\nkind = \"document\"")}, []string{"c.toml:1: an item needs an id"}},
		"a bad id":                 {[]string{item("id = \"Terms\"\nversion = \"1\"\nkind = \"document\"")}, []string{"c.toml:2: the id \"Terms\" must be lower-case"}},
		"the id of the notice":     {[]string{item("id = \"privacy\"\nversion = \"1\"\nkind = \"document\"")}, []string{"c.toml:2: the id privacy is that of the privacy notice"}},
		"no version":               {[]string{item("id = \"terms\"\nkind = \"document\"")}, []string{"c.toml:1: terms: the version must be"}},
		"a version for no address": {[]string{item("id = \"terms\"\nversion = \"1/2\"\nkind = \"document\"")}, []string{"c.toml:3: terms: the version must be"}},
		"no such kind":             {[]string{item("id = \"terms\"\nversion = \"1\"\nkind = \"documents\"")}, []string{"c.toml:4: terms: the kind must be age, document"}},
		"doubled ids":              {[]string{terms + terms}, []string{"c.toml:8: there are two items terms"}},
		"required advertising":     {[]string{item("id = \"ads\"\nversion = \"1\"\nkind = \"advertising\"\nrequired = true")}, []string{"c.toml:5: ads: advertising is never required"}},
		"an optional age":          {[]string{item("id = \"age\"\nversion = \"1\"\nkind = \"age\"")}, []string{"c.toml:1: age: an age item is required"}},
		"two ages": {
			[]string{item("id = \"age\"\nversion = \"1\"\nkind = \"age\"\nrequired = true") + item("id = \"old\"\nversion = \"1\"\nkind = \"age\"\nrequired = true")},
			[]string{"c.toml:11: old: there is an item of the kind age already"},
		},
		"a night without its day":      {[]string{item("id = \"night\"\nversion = \"1\"\nkind = \"advertising_night\"")}, []string{"c.toml:1: night: advertising at night stands beside"}},
		"a night beside nothing":       {[]string{item("id = \"night\"\nversion = \"1\"\nkind = \"advertising_night\"\nday = \"ads\"")}, []string{"c.toml:5: night: there is no item ads of the kind advertising"}},
		"a night beside the terms":     {[]string{terms + item("id = \"night\"\nversion = \"1\"\nkind = \"advertising_night\"\nday = \"terms\"")}, []string{"c.toml:11: night: there is no item terms of the kind advertising"}},
		"a day of terms":               {[]string{item("id = \"terms\"\nversion = \"1\"\nkind = \"document\"\nday = \"ads\"")}, []string{"c.toml:5: terms: only an item of the kind advertising_night"}},
		"no English":                   {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko = { title = \"제목\", text = \"글\" }\n"}, []string{"c.toml:1: terms: there is no text in \"en\""}},
		"no title":                     {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko.text = \"글\"\nen = { title = \"Title\", text = \"Text\" }\n"}, []string{"c.toml:5: terms: the title in \"ko\" is missing"}},
		"a title of two lines":         {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\n[item.ko]\ntitle = \"제\\n목\"\ntext = \"글\"\n[item.en]\ntitle = \"Title\"\ntext = \"Text\"\n"}, []string{"c.toml:6: terms: the title in \"ko\" must be one line"}},
		"nothing to read":              {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko.title = \"제목\"\nen = { title = \"Title\", text = \"Text\" }\n"}, []string{"c.toml:5: terms: there is no text to read"}},
		"text and file":                {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko = { title = \"제목\", text = \"글\", file = \"a\" }\nen = { title = \"Title\", text = \"Text\" }\n"}, []string{"c.toml:5: terms: text and file are both given"}},
		"a file elsewhere":             {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko = { title = \"제목\", file = \"../a\" }\nen = { title = \"Title\", text = \"Text\" }\n"}, []string{"c.toml:5: terms: the file ../a must stand in the folder"}},
		"a file that is not there":     {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko = { title = \"제목\", file = \"a\" }\nen = { title = \"Title\", text = \"Text\" }\n"}, []string{"c.toml:5: terms: the text cannot be read: open a: no such file"}},
		"a file in EUC-KR":             {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko = { title = \"제목\", file = \"a.txt\" }\nen = { title = \"Title\", text = \"Text\" }\n", "a.txt", "\xb1\xdb"}, []string{"a.txt:1: terms: the text is not UTF-8"}},
		"a notice to agree to":         {[]string{"[privacy]\nversion = \"1\"\nrequired = true\n" + texts}, []string{"c.toml:3: the privacy notice has no required"}},
		"a word in a title":            {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\nko = { title = \"본인 확인\", text = \"글\" }\nen = { title = \"Title\", text = \"Text\" }\n"}, []string{"c.toml:5: terms: \"본인 확인\" may not stand in a text"}},
		"a word in a text of one line": {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\n[item.ko]\ntitle = \"제목\"\ntext = \"본인인증\"\n[item.en]\ntitle = \"Title\"\ntext = \"Text\"\n"}, []string{"c.toml:7: terms: \"본인인증\" may not stand in a text"}},
		"a word in a long text":        {[]string{"[[item]]\nid = \"terms\"\nversion = \"1\"\nkind = \"document\"\n[item.ko]\ntitle = \"제목\"\ntext = \"\"\"\n하나\n둘 {place}\n주민등록번호를 적어 주세요.\n\"\"\"\n[item.en]\ntitle = \"Title\"\ntext = \"Text\"\n"}, []string{"c.toml:9: terms: there is no placeholder {place}", "c.toml:10: terms: \"주민등록번호\" may stand only where"}},
		"a word in a file":             {[]string{"[privacy]\nversion = \"1\"\nko = { title = \"제목\", file = \"a.txt\" }\nen = { title = \"Title\", text = \"Text\" }\n", "a.txt", "하나\n둘\n본인확인\n"}, []string{"a.txt:3: privacy: \"본인확인\" may not stand"}},
		"several at once":              {[]string{item("id = \"Terms\"\nversion = \"\"\nkind = \"x\"")}, []string{"c.toml:2: ", "c.toml:3: ", "c.toml:4: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, append([]string{"c.toml"}, c.files...)...)
			_, err := consent.Read(path)
			if err == nil {
				t.Fatal("it is taken")
			}
			told := strings.Split(err.Error(), "\n")
			if len(told) != len(c.want) {
				t.Fatalf("told %d faults, want %d:\n%v", len(told), len(c.want), err)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(told[i], filepath.Dir(path)+string(filepath.Separator)+want) {
					t.Errorf("told %q, want %q", told[i], want)
				}
			}
		})
	}
}

// TestRead_KnowsWhatATextMayNotSay is S-109: only what claims to know who
// somebody is, or asks for a resident registration number, is refused.
func TestRead_KnowsWhatATextMayNotSay(t *testing.T) {
	t.Parallel()
	for text, allowed := range map[string]bool{
		"휴대폰 번호 인증으로 로그인해요.":                               true,
		"번호 점유 확인만 해요.":                                    true,
		"본인인증을 해 주세요.":                                     false,
		"본인 확인":                                            false,
		"주민등록번호는 받지 않아요.":                                  true,
		"주민번호를 받지 않습니다. 다른 것을 받아요.":                        true,
		"가입한 동안 주민등록번호를 보관해요.":                             false,
		"주민등록번호를 수집합니다.":                                   false,
		"다른 것은 받지 않아요. 주민등록번호를 적어 주세요.":                    false,
		"We verify your identity.":                         false,
		"We never ask for a resident registration number.": true,
		"Enter your resident registration number.":         false,
	} {
		body := "[privacy]\nversion = \"1\"\nko = { title = \"제목\", text = \"글\" }\nen = { title = \"Title\", text = \"" + text + "\" }\n"
		if _, err := consent.Read(write(t, "c.toml", body)); (err == nil) != allowed {
			t.Errorf("%q: %v, want allowed %v", text, err, allowed)
		}
	}
}
