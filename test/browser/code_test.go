package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/sinpyo/sinpyo/test/browser"
)

// TestRow24_OneFieldTakesACodeHoweverItIsPasted puts a code into the field all
// at once, as pasting does, in every form it comes in. S-45 says what the field
// must be.
func TestRow24_OneFieldTakesACodeHoweverItIsPasted(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(string) string{
		"spaced":   func(c string) string { return c[:3] + " " + c[3:] },
		"hyphened": func(c string) string { return c[:3] + "-" + c[3:] },
		"the whole text": func(c string) string {
			return "[Web발신] [한뼘책방] 인증번호 " + c + " 타인에게 알려주지 마세요 @localhost #" + c
		},
	} {
		for _, noScript := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/noscript=%t", name, noScript), func(t *testing.T) {
				t.Parallel()
				p := open(t, browser.View{Width: 390, Height: 844, NoScript: noScript})
				p.start()
				p.text()
				fields, err := browser.Eval[string](p.tab, `[...document.querySelectorAll("main input:not([type=hidden])")].map((f) =>
					[f.type, f.inputMode, f.autocomplete, f.maxLength, f.pattern, f.required, f.form.noValidate].join(" ")).join()`)
				p.must(err)
				if want := "text numeric one-time-code -1  false true"; fields != want {
					t.Errorf("the page has the fields %q, want %q", fields, want)
				}
				p.must(p.tab.Click("#code"))
				_, err = chromedp.Call(p.tab.Ctx, input.InsertText, input.InsertTextParams{Text: spell(p.code)})
				p.must(err)
				p.must(p.tab.Press("main .main"))
				p.must(p.tab.See("#name"))
			})
		}
	}
}

// TestRow25_ReloadAndBackSendNothing reloads the waiting page, goes back to the
// number and forward again. The page stands where it stood, the browser never
// asks whether to send a form again, and one text comes.
func TestRow25_ReloadAndBackSendNothing(t *testing.T) {
	t.Parallel()
	for _, noScript := range []bool{false, true} {
		t.Run(fmt.Sprintf("noscript=%t", noScript), func(t *testing.T) {
			t.Parallel()
			p := open(t, browser.View{Width: 390, Height: 844, NoScript: noScript})
			p.start()
			p.text()
			for range 3 {
				p.must(chromedp.Do(p.tab.Ctx, chromedp.Reload()))
				p.must(p.tab.See("#code"))
			}
			p.must(chromedp.Do(p.tab.Ctx, chromedp.NavigateBack()))
			p.must(chromedp.Do(p.tab.Ctx, chromedp.NavigateForward()))
			p.must(p.tab.See("#code"))
			p.shows(p.spelled())
			texts, err := program.Texts(p.Context(), p.number)
			p.must(err)
			if len(texts) != 1 {
				t.Errorf("%d texts came, want 1", len(texts))
			}
		})
	}
}
