package pages_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/pages"
)

// asks makes the pages ask what stands in a file.
func asks(t *testing.T, file string, more ...func(*consent.Options)) func(*pages.Options) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "consents.toml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := consent.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *pages.Options) {
		c := consent.Options{Book: book, Fill: map[string]string{"service": o.ServiceName}}
		for _, option := range more {
			option(&c)
		}
		o.Consents = consent.New(c)
	}
}

const secondTerms = `
[[item]]
id = "age_14"
version = "1"
kind = "age"
required = true
ko.title = "만 14세 이상이에요"
en.title = "I'm 14 or older"

[[item]]
id = "agreement"
version = "2027-01-01"
kind = "document"
required = true
ko = { title = "{service} 약관", text = "<b>둘째</b> 판" }
[item.en]
title = "Agreement of {service}"
text = """
First line
second line

## A heading
- one & only
- name & such: two

The end.
"""
`

func TestDocuments_ShowThePlainTextsOfTheFile(t *testing.T) {
	t.Parallel()
	v := newWorld(t, asks(t, secondTerms)).visitor("en")
	page := v.get("/documents/agreement")
	for _, want := range []string{
		"<title>Agreement of 한뼘책방 - 한뼘책방</title>", "<h1>Agreement of 한뼘책방</h1>", "Edition 2027-01-01",
		"<p>First line<br>second line</p>\n<h2>A heading</h2>\n<ul>\n<li>one &amp; only</li>\n<li><b>name &amp; such</b>: two</li></ul>\n<p>The end.</p>",
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if page := v.world.visitor("ko").get("/documents/agreement"); !strings.Contains(page.body, "&lt;b&gt;둘째&lt;/b&gt; 판") {
		t.Error("markup of a text is not escaped")
	}
	// Where there are no terms, no page leads to them.
	for _, path := range []string{"/signup", "/documents/agreement"} {
		if page := v.get(path); strings.Contains(page.body, `href="/documents/terms"`) || !strings.Contains(page.body, `href="/documents/privacy"`) {
			t.Errorf("%s has the wrong documents in its foot", path)
		}
	}
	if a := v.get("/documents/age_14"); a.Code != http.StatusNotFound {
		t.Errorf("an item without a text answers %d", a.Code)
	}
}

func TestDocuments_ShowEachEditionForEver(t *testing.T) {
	t.Parallel()
	old := newWorld(t)
	ledger := func(book *consent.Book) *consent.Ledger {
		return consent.New(consent.Options{DB: old.DB, Book: book, Fill: map[string]string{"service": old.App.Name}})
	}
	if err := ledger(nil).KeepTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/documents/terms":      "The terms of use of 한뼘책방 stand here.",
		"/documents/terms/1":    "The terms of use of 한뼘책방 stand here.",
		"/documents/privacy/2":  "## ",
		"/documents/terms/2":    "",
		"/documents/none/1":     "",
		"/documents/terms/1/ko": "",
	} {
		a := old.visitor("en").get(path)
		if want == "" {
			if a.Code != http.StatusNotFound {
				t.Errorf("%s answers %d", path, a.Code)
			}
			continue
		}
		if want == "## " {
			want = "<h2>"
		}
		if a.Code != http.StatusOK || !strings.Contains(a.body, want) {
			t.Errorf("%s answers %d without %q", path, a.Code, want)
		}
	}
	// Years later the terms are others, and the first ones are still there.
	var next *consent.Ledger
	later := newWorld(t, asks(t, secondTerms), func(o *pages.Options) {
		next = ledger(o.Consents.Book())
		o.Consents = next
	})
	if err := next.KeepTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := later.visitor("ko").get("/documents/terms/1")
	for _, want := range []string{"<title>이용약관 - 한뼘책방</title>", "<h1>이용약관</h1>", "1판", "여기에는 한뼘책방의 이용약관이 실려요.", `href="/documents/terms/1?lang=en"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the first edition is shown without %q", want)
		}
	}
	if a := later.visitor("ko").get("/documents/terms"); a.Code != http.StatusNotFound {
		t.Errorf("terms that are no longer asked answer %d", a.Code)
	}
}

// TestSignUp_LeadsWhoIsTooYoungToTheGuardian is S-105: sign-up stops without the
// tick, unless the operator has a place for guardians.
func TestSignUp_LeadsWhoIsTooYoungToTheGuardian(t *testing.T) {
	t.Parallel()
	const guardian = "https://www.example.kr/guardian"
	for name, led := range map[string]bool{"": false, guardian: true} {
		v := newWorld(t, func(o *pages.Options) {
			o.Consents = consent.New(consent.Options{DB: nil, GuardianURL: name})
		}).visitor("ko")
		v.prove(number)
		if page := v.get("/signup"); strings.Contains(page.body, `href="`+guardian+`"`) != led {
			t.Errorf("with the guardian at %q the link is wrong", name)
		}
		a := v.do(http.StatusBadRequest, "finish", "name", "김하늘", "agree", "terms")
		if !strings.Contains(a.body, "해당해야 가입할 수 있어요") {
			t.Error("nobody says why sign-up stops")
		}
	}
}
