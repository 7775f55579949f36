package screenshots

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/coolsms"
	"github.com/sinpyo/sinpyo/internal/pages/pagestest"
	"github.com/sinpyo/sinpyo/sandbox"
	"github.com/sinpyo/sinpyo/test/browser"
)

var out = flag.String("out", "", "write the pictures into this `folder`")

// looks are the ways to look at each scene, by the end of the picture's name.
var looks = []struct {
	name string
	browser.View
}{
	{"phone-ko", browser.View{Width: 390, Height: 844, Scale: 2, Language: "ko"}},
	{"phone-en", browser.View{Width: 390, Height: 844, Scale: 2, Language: "en"}},
	{"wide-ko", browser.View{Width: 1280, Height: 800, Language: "ko"}},
	{"wide-en", browser.View{Width: 1280, Height: 800, Language: "en"}},
}

// consolePicture begins the names of the console's pictures, which the walk through
// it takes.
const consolePicture = "console-"

// inboxes are the pictures of the emulator.
var inboxes = []string{"inbox", "inbox-phones"}

// still stops the clock of a page.
const still = `Date.now = ((now) => () => now)(Date.now());`

func TestScreenshots(t *testing.T) {
	if *out == "" {
		t.Skip("writes into the repository: run it by make screenshots")
	}
	chromium, err := browser.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chromium.Close)
	sweep(t)
	t.Run("scenes", func(t *testing.T) {
		for _, scene := range pagestest.Scenes {
			for _, look := range looks {
				t.Run(scene.Name+"/"+look.name, func(t *testing.T) {
					t.Parallel()
					look.NoScript = scene.NoScript
					tab := openTab(t, chromium, look.View)
					must(t, tab.Beforehand(still+scene.Before))
					w := pagestest.New(t, scene.Options)
					p := w.Person(look.Language)
					scene.Walk(p, &browser.Hand{Tab: tab, Site: w.URL, Cookies: p.Cookies, Must: func(err error) { must(t, err) }})
					shoot(t, tab, scene.Name+"-"+look.name)
				})
			}
		}
	})
	t.Run("inbox", func(t *testing.T) { inbox(t, chromium) })
	index(t)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openTab(t *testing.T, chromium *browser.Browser, view browser.View) *browser.Tab {
	t.Helper()
	tab, err := chromium.Open(view)
	must(t, err)
	t.Cleanup(tab.Close)
	return tab
}

// inbox takes a picture of the emulator's phone, and one of several phones.
func inbox(t *testing.T, chromium *browser.Browser) {
	emulator := sandbox.New(sandbox.WithReportDelay(0))
	t.Cleanup(emulator.Close)
	server := httptest.NewServer(emulator)
	t.Cleanup(server.Close)
	key, secret := emulator.Key()
	client := coolsms.New(key, secret, coolsms.WithBaseURL(server.URL))
	for i, text := range []string{
		"[한뼘책방] Code 730291. Never share it.\n@hanppyeom.example #730291",
		"[한뼘책방] 인증번호 118204\n타인에게 알려주지 마세요\n@hanppyeom.example #118204",
		"[한뼘책방] 인증번호 482915\n타인에게 알려주지 마세요\n@hanppyeom.example #482915",
	} {
		group, err := client.Groups.Create(t.Context(), coolsms.CreateGroupParams{})
		must(t, err)
		_, err = client.Groups.Put(t.Context(), group.GroupID, []coolsms.Message{
			{To: fmt.Sprintf("010234567%02d", 80+i), From: "0215770000", Text: text},
		})
		must(t, err)
		_, err = client.Groups.Send(t.Context(), group.GroupID)
		must(t, err)
	}
	tab := openTab(t, chromium, browser.View{Width: 1440, Height: 900})
	must(t, tab.Go(server.URL))
	must(t, tab.See(".bubble"))
	shoot(t, tab, inboxes[0])
	for range 2 {
		must(t, tab.Press("li:not(.shown) .beside"))
	}
	shoot(t, tab, inboxes[1])
}

// shoot writes a picture of a tab, once nothing in it moves.
func shoot(t *testing.T, tab *browser.Tab, name string) {
	t.Helper()
	must(t, tab.Until("document.getAnimations().length === 0"))
	picture, err := tab.Shot()
	must(t, err)
	picture, err = browser.Reduce(picture)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(*out, name+".png"), picture, 0o644)) //nolint:gosec // pictures are for everybody
}

// sweep takes away the pictures of what is no longer there.
func sweep(t *testing.T) {
	t.Helper()
	wanted := slices.Clone(inboxes)
	for _, scene := range pagestest.Scenes {
		for _, look := range looks {
			wanted = append(wanted, scene.Name+"-"+look.name)
		}
	}
	there, err := filepath.Glob(filepath.Join(*out, "*.png"))
	must(t, err)
	for _, file := range there {
		name := strings.TrimSuffix(filepath.Base(file), ".png")
		if !slices.Contains(wanted, name) && !strings.HasPrefix(name, consolePicture) {
			must(t, os.Remove(file))
		}
	}
}

// index writes the page that shows all pictures.
func index(t *testing.T) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Screenshots\n\nWritten by `make screenshots`: every state of every page, on a phone and on a desk. " +
		"The states are listed in\n`internal/pages/pagestest`.\n\n| | 한국어 | English | 한국어 | English |\n|---|---|---|---|---|\n")
	for _, scene := range pagestest.Scenes {
		fmt.Fprintf(&b, "| `%s` |", scene.Name)
		for _, look := range looks {
			width := 140
			if look.Width > 1000 {
				width = 220
			}
			file := scene.Name + "-" + look.name + ".png"
			fmt.Fprintf(&b, ` <a href="%s"><img src="%s" width="%d" alt=""></a> |`, file, file, width)
		}
		b.WriteString("\n")
	}
	consolePages(t, &b)
	b.WriteString("\nThe emulator's phones:\n\n")
	for _, name := range inboxes {
		fmt.Fprintf(&b, "![%s](%s.png)\n", name, name)
	}
	must(t, os.WriteFile(filepath.Join(*out, "README.md"), []byte(b.String()), 0o644)) //nolint:gosec // a page of the repository
}

// consolePages adds the console's pictures to the page that shows all.
func consolePages(t *testing.T, b *strings.Builder) {
	t.Helper()
	const last = "-wide-ko-dark.png"
	pages, err := filepath.Glob(filepath.Join(*out, consolePicture+"*"+last))
	must(t, err)
	if len(pages) == 0 {
		t.Error("there are no pictures of the console: take them first, as make screenshots does")
	}
	b.WriteString("\nThe console, as the walk through it in `test/browser` finds it:\n\n" +
		"| | 한국어 | English | 한국어 | English | dark |\n|---|---|---|---|---|---|\n")
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), last)
		fmt.Fprintf(b, "| `%s` |", strings.TrimPrefix(name, consolePicture))
		for _, look := range []string{"phone-ko", "phone-en", "wide-ko", "wide-en", "wide-ko-dark"} {
			width := 220
			if strings.HasPrefix(look, "phone") {
				width = 100
			}
			fmt.Fprintf(b, ` <a href="%[1]s"><img src="%[1]s" width="%[2]d" alt=""></a> |`, name+"-"+look+".png", width)
		}
		b.WriteString("\n")
	}
}
