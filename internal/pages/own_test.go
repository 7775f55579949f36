package pages_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/pages"
)

// folder writes an operator's files and returns their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOwn_TemplatesAndTextsStandInThePlaceOfOurs(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"foot.html":         "</main>\n<footer>[[t \"nav.terms\"]] & friends of [[service]]</footer>\n</body>\n</html>\n",
		".2026/number.html": "{{", ".swp": "", // not the operator's own
		"locales/ko.toml": "# ours\n\"phone.title\" = \"번호를 <i>써</i> 주세요\"\n" +
			"resend.left = { one = \"한 번 더\", other = \"{n}번 더\" }\n[title]\nnumber = \"번호\"\n",
	})
	w := newWorld(t, func(o *pages.Options) { o.Look.Dir = dir })
	v := w.visitor("ko")
	page := v.get("/signup").body
	for _, want := range []string{
		"이용약관 & friends of 한뼘책방", "번호를 &lt;i&gt;써&lt;/i&gt; 주세요", "<title>번호 - 한뼘책방</title>", "인증번호를 문자로 보내 드려요",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
	v.start(number)
	if page := v.get("/signup").body; !strings.Contains(page, "2번 더") {
		t.Errorf("a text with a count is ours:\n%s", page)
	}
	if page := w.visitor("en").get("/signup").body; !strings.Contains(page, "What's your mobile number?") && !strings.Contains(page, "What&#39;s your mobile number?") {
		t.Errorf("the other language has changed:\n%s", page)
	}
}

func TestOwn_MistakesAreToldByFileAndLine(t *testing.T) {
	t.Parallel()
	const head, foot = "{{template \"head.html\" .Page}}\n", "\n{{template \"foot.html\"}}\n"
	for name, tt := range map[string]struct{ file, text, want string }{
		"a name that means nothing":   {"nubmer.html", "", "nubmer.html: the pages have no such file; there is account.html, "},
		"a copy":                      {"number.html~", "", "number.html~: the pages have no such file"},
		"a folder that means nothing": {"templates/number.html", "", "templates/number.html: the pages have no such file"},
		"a language that we have not": {"locales/ja.toml", "", "locales/ja.toml: the pages have no such file"},

		"an action without end":       {"number.html", head + "{{if .Error}}\n<p>\n" + foot, "number.html:6: unexpected EOF"},
		"a broken action":             {"number.html", head + "\n{{.Number", "number.html:3: unclosed action"},
		"a broken action for all":     {"number.html", head + "\n\n[[t \"phone.title\"", "number.html:4: unclosed action"},
		"an unknown function":         {"number.html", head + "{{upper .Number}}" + foot, "number.html:2: function \"upper\" not defined"},
		"an unknown function for all": {"number.html", head + "\n[[upper]]" + foot, "number.html:3: function \"upper\" not defined"},
		"a text that is not there":    {"number.html", head + "\n\n<h1>[[t \"phone.titel\"]]</h1>" + foot, "number.html:4: executing"},
		"an asset as a function":      {"number.html", head + "[[asset]]" + foot, "number.html:2: executing"},
		"a value that is not there":   {"number.html", head + "\n{{if .Error}}\n<b>{{.Phone}}</b>{{end}}" + foot, "number.html:4: there is no .Phone here; there is .Error, .Number, .Page"},
		"a value of a value":          {"number.html", head + "{{.Number.Digits}}" + foot, "number.html:2: there is no .Digits here"},
		"a value in a text":           {"code.html", head + "\n[[t \"code.sent\"\n\"phone\" \".Nubmer\"]]" + foot, "there is no .Nubmer here"},
		"a value of the frame":        {"head.html", "<title>{{.Page.Title}}</title>\n", "head.html:1: there is no .Page here"},
		"a value inside a list":       {"profile.html", head + "{{range .Consents}}\n{{.Name}}\n{{end}}" + foot, "profile.html:3: there is no .Name here; there is .Age, .Error, .ID"},
		"a value of the page inside":  {"profile.html", head + "{{range .Consents}}\n{{$.Nmae}}{{end}}" + foot, "profile.html:3: there is no .Nmae here"},
		"a list that is none":         {"number.html", head + "{{range .Page}}x{{end}}" + foot, "number.html:2: .Page is no list"},
		"a frame without its values":  {"number.html", "\n{{template \"head.html\"}}" + foot, "number.html:2: head.html is given the wrong thing"},
		"a frame of a whole page":     {"number.html", "{{template \"head.html\" .}}" + foot, "number.html:1: head.html is given the wrong thing"},
		"another template":            {"number.html", head + "{{template \"haed.html\" .Page}}" + foot, "number.html:2: there is no template haed.html"},
		"an attribute without end":    {"number.html", head + "\n<a href=\"{{.Number}}>" + foot, "number.html: \"\\\"\" in attribute name"},
		"a value where none can be":   {"number.html", head + "\n<p {{.Number}}=x {{if .Error}}title='{{end}}>x</p>" + foot, "number.html:3: "},

		"a text that we have not":     {"locales/ko.toml", "# mine\n\"phone.title\" = \"a\"\n\"phone.titel\" = \"b\"\n", "locales/ko.toml:3: the pages have no text \"phone.titel\""},
		"a hole that nobody fills":    {"locales/ko.toml", "\n\n\"code.sent\" = \"{phone} {name}\"\n", "locales/ko.toml:3: nothing is filled in for {name} in the text \"code.sent\""},
		"a text that is a number":     {"locales/en.toml", "\"phone.title\" = 3\n", "locales/en.toml:1: the text \"phone.title\" must be a text in quotes"},
		"a file that is no catalogue": {"locales/en.toml", "\n\"phone.title\" = \n", "locales/en.toml:2: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			look := pages.Look{Dir: folder(t, map[string]string{tt.file: tt.text})}
			err := look.Check()
			if err == nil || !strings.Contains(err.Error(), look.Dir) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("checking: %v, want %q", err, tt.want)
			}
			if err := dressed(look); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("starting: %v, want %q", err, tt.want)
			}
		})
	}
}

func TestOwn_AFolderThatIsNotThereIsRefused(t *testing.T) {
	t.Parallel()
	if err := (pages.Look{Dir: "/nowhere/pages"}).Check(); err == nil || !strings.Contains(err.Error(), "/nowhere/pages") {
		t.Errorf("checking: %v", err)
	}
}
