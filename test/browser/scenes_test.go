package browser_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/sinpyo/sinpyo/internal/pages/pagestest"
	"github.com/sinpyo/sinpyo/test/browser"
)

// TestRow23_ScenesAreSound leads a browser to every state of every page, in both
// languages, with scripts and without, and looks at it from every side.
func TestRow23_ScenesAreSound(t *testing.T) {
	t.Parallel()
	for _, scene := range pagestest.Scenes {
		for _, language := range []string{"ko", "en"} {
			for _, noScript := range []bool{false, true} {
				if scene.NoScript && !noScript || scene.Script && noScript {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/noscript=%t", scene.Name, language, noScript), func(t *testing.T) {
					t.Parallel()
					s := enact(t, scene, browser.View{Width: 320, Height: 720, Language: language, NoScript: noScript})
					s.checkWords()
					s.checkFocus()
					s.checkWidths()
					s.checkWeight()
				})
			}
		}
	}
}

// stage is a tab on a scene.
type stage struct {
	*page
	scene pagestest.Scene
}

// enact leads a new tab to a scene.
func enact(t *testing.T, scene pagestest.Scene, view browser.View) *stage {
	t.Helper()
	p := open(t, view)
	w := pagestest.New(t, scene.Options)
	p.signup, p.number = w.URL+"/signup", strings.ReplaceAll(pagestest.Number, "-", "")
	if scene.Before != "" {
		p.must(p.tab.Beforehand(scene.Before))
	}
	person := w.Person(view.Language)
	scene.Walk(person, &browser.Hand{Tab: p.tab, Site: w.URL, Cookies: person.Cookies, Must: p.must})
	return &stage{page: p, scene: scene}
}

var (
	markup      = regexp.MustCompile(`<[^>]*>`)
	placeholder = regexp.MustCompile(`\\\{[a-z]+\\\}`)
	spaces      = regexp.MustCompile(`\s+`)
)

// catalogue returns the texts of a language.
var catalogue = map[string]func() (map[string]any, error){
	"ko": sync.OnceValues(func() (map[string]any, error) { return readCatalogue("ko") }),
	"en": sync.OnceValues(func() (map[string]any, error) { return readCatalogue("en") }),
}

func readCatalogue(language string) (texts map[string]any, err error) {
	text, err := os.ReadFile("../../internal/pages/locales/" + language + ".toml")
	if err != nil {
		return nil, err
	}
	return texts, toml.Unmarshal(text, &texts)
}

// said returns what finds a text of the catalogue on a page.
func (s *stage) said(id string) *regexp.Regexp {
	s.Helper()
	texts, err := catalogue[s.view.Language]()
	if err != nil {
		s.Fatal(err)
	}
	var words []string
	switch text := texts[id].(type) {
	case string:
		words = []string{text}
	case map[string]any: // it depends on a count
		for _, form := range text {
			words = append(words, fmt.Sprint(form))
		}
	default:
		s.Fatalf("the catalogue has no text %q", id)
	}
	for i, w := range words {
		w = spaces.ReplaceAllString(markup.ReplaceAllString(w, " "), " ")
		words[i] = placeholder.ReplaceAllString(regexp.QuoteMeta(w), ".+?")
	}
	return regexp.MustCompile("(" + strings.Join(words, "|") + ")")
}

var digit = regexp.MustCompile(`\d`)

// checkWords looks for the error of the scene, for the word that announces it
// in the title, and for a number where none may stand (S-46).
func (s *stage) checkWords() {
	s.Helper()
	title, err := browser.Eval[string](s.tab, "document.title")
	s.must(err)
	announced := strings.HasPrefix(title, map[string]string{"ko": "오류: ", "en": "Error: "}[s.view.Language])
	if announced != (s.scene.Error != "") || !strings.HasSuffix(title, " - 한뼘책방") {
		s.Errorf("the title is %q", title)
	}
	at, err := browser.Eval[string](s.tab, "location.pathname + location.search + location.hash")
	s.must(err)
	if digit.MatchString(title) || digit.MatchString(at) {
		s.Errorf("the title %q or the address %s holds a digit", title, at)
	}
	kept, err := browser.Eval[int](s.tab, "localStorage.length + sessionStorage.length + document.cookie.length")
	s.must(err)
	if kept != 0 {
		s.Error("the page keeps something in the browser's storage, or scripts can read a cookie")
	}
	if s.scene.Error == "" {
		return
	}
	words, err := s.tab.Text("main")
	s.must(err)
	if !s.said(s.scene.Error).MatchString(spaces.ReplaceAllString(words, " ")) {
		s.Errorf("the page does not say %s but\n%s", s.scene.Error, words)
	}
}

// checkFocus wants the field at fault marked, its words tied to it, and the
// focus on it: the script's doing, unless the page is there for the field alone.
func (s *stage) checkFocus() {
	s.Helper()
	if s.scene.Field == "" {
		return
	}
	told, err := browser.Eval[string](s.tab, fmt.Sprintf(`(() => {
		const field = document.querySelector(%q);
		if (!field || field.getAttribute("aria-invalid") !== "true") return "";
		return document.getElementById(field.getAttribute("aria-describedby"))?.innerText ?? "";
	})()`, s.scene.Field))
	s.must(err)
	if told == "" {
		s.Errorf("%s is not marked as wrong, or says no reason", s.scene.Field)
	}
	if s.view.NoScript {
		return
	}
	first, err := browser.Eval[bool](s.tab, fmt.Sprintf(`(() => {
		const first = document.querySelector("input[aria-invalid]");
		return first === document.querySelector(%q) && document.activeElement === first;
	})()`, s.scene.Field))
	s.must(err)
	if !first {
		s.Errorf("%s is not the first field at fault, or has not the focus", s.scene.Field)
	}
}

// checkWidths looks at the page as a phone, a tablet and a desk show it, and at
// twice the size on the desk: half the window, each point doubled. Without
// scripts the page is the same to axe whatever its width.
func (s *stage) checkWidths() {
	s.Helper()
	s.sound("at 320 px")
	for _, width := range []int64{768, 1280} {
		s.must(s.tab.Resize(width, 800, 1))
		if name := fmt.Sprintf("at %d px", width); s.view.NoScript {
			s.fits(name)
		} else {
			s.sound(name)
		}
	}
	s.must(s.tab.Resize(640, 400, 2))
	s.fits("at 200 %")
}

// checkWeight: a page weighs under 60 KB without the font.
func (s *stage) checkWeight() {
	s.Helper()
	at, err := browser.Eval[string](s.tab, "location.href")
	s.must(err)
	if n := s.tab.Weight(at); n < 5_000 || n > 60_000 {
		s.Errorf("the page weighs %d bytes", n)
	}
}
