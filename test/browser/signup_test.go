package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sinpyo/sinpyo/test/browser"
)

// TestSignUp_WalksAtEveryWidthWithAndWithoutScripts goes the whole way with
// the mistakes people make on it.
func TestSignUp_WalksAtEveryWidthWithAndWithoutScripts(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{320, 1280} {
		for _, language := range []string{"ko", "en"} {
			for _, noScript := range []bool{false, true} {
				view := browser.View{Width: width, Height: 800, Language: language, NoScript: noScript}
				t.Run(fmt.Sprintf("%d/%s/noscript=%t", width, language, noScript), func(t *testing.T) {
					t.Parallel()
					walk(open(t, view))
				})
			}
		}
	}
}

func walk(p *page) {
	p.must(p.tab.Go(program.Signup))
	p.sound("the number step")
	p.must(p.tab.Type("#number", "02-345-6789"))
	p.must(p.tab.Press("main .main"))
	p.must(p.tab.See("#number[aria-invalid]"))
	p.sound("the number step with an error")

	p.start()
	p.sound("the code step")
	p.must(p.tab.Click("summary"))
	p.sound("the code step with help open")
	p.text()
	p.must(p.tab.Type("#code", p.wrong()))
	p.must(p.tab.Press(".main"))
	p.must(p.tab.See("#code[aria-invalid]"))
	p.sound("the code step with a wrong code")
	p.must(p.tab.Type("#code", p.code))
	p.must(p.tab.Press(".main"))

	p.must(p.tab.See("#name"))
	p.sound("the third step")
	p.must(p.tab.Press("form .main"))
	p.must(p.tab.See(".summary"))
	p.sound("the third step with errors")
	p.must(p.tab.Type("#name", "김하늘"))
	p.must(p.tab.Click("#agree-age_14"))
	p.must(p.tab.Click("#agree-terms"))
	p.must(p.tab.Press("form .main"))

	p.must(p.tab.See("svg.mark"))
	p.shows(p.spelled())
	p.sound("the welcome")
	if p.view.NoScript { // no passkey is offered, so that nothing can be put off
		p.must(p.tab.Press("a.main"))
	} else {
		p.must(p.tab.Press("a.later"))
	}
	p.must(p.tab.See(".item"))
	p.shows(p.spelled())
	p.sound("the account")

	p.must(p.tab.Press("header form button"))
	p.must(p.tab.See(".still"))
	p.shows("010-****-" + p.number[7:])
	p.sound("the door of members, who are remembered")
	p.must(p.tab.Press(".act"))
	p.must(p.tab.See("#number"))
	p.sound("the door of members")
	p.must(p.tab.Go(program.Signup[:len(program.Signup)-len("/signup")] + "/account"))
	p.must(p.tab.See(".still"))
}

// press types a key where the focus is.
func (p *page) press(keys string) {
	p.Helper()
	p.must(chromedp.Do(p.tab.Ctx, chromedp.KeyEvent(keys)))
}

// focusOn tabs on until an element has the focus.
func (p *page) focusOn(selector string) {
	p.Helper()
	for range 20 {
		there, err := browser.Eval[bool](p.tab, fmt.Sprintf("document.activeElement?.matches(%q) ?? false", selector))
		p.must(err)
		if there {
			return
		}
		p.press(kb.Tab)
	}
	p.Fatalf("%s cannot be reached by keyboard", selector)
}

func TestSignUp_WorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 1280, Height: 800})
	p.must(p.tab.Go(program.Signup))
	p.focusOn("#number")
	p.press(p.number + kb.Enter)
	p.must(p.tab.See("#code"))
	p.text()
	p.focusOn("#code")
	p.press(p.code + kb.Enter)
	p.must(p.tab.See("#name"))
	p.focusOn("#name")
	p.press("Haneul")
	for _, box := range []string{"#agree-age_14", "#agree-terms"} {
		p.focusOn(box)
		p.press(" ")
	}
	p.focusOn("form .main")
	p.press(kb.Enter)
	p.must(p.tab.See("svg.mark"))
}

func TestSignUp_SignsInANumberThatHasAnAccount(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844, NoScript: true})
	p.start()
	p.text()
	p.must(p.tab.Type("#code", p.code))
	p.must(p.tab.Press(".main"))
	p.must(p.tab.Type("#name", "김하늘"))
	p.must(p.tab.Click("#agree-age_14"))
	p.must(p.tab.Click("#agree-terms"))
	p.must(p.tab.Press("form .main"))
	p.must(p.tab.See("svg.mark"))
	// The welcome is shown once; back and reload lead to the account.
	p.must(p.tab.Go(program.Signup))
	p.must(p.tab.See(".item"))
}

func TestLanguageSwitch_KeepsTheStep(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.start()
	p.shows("인증번호를")
	p.must(p.tab.Type("#code", "48"))
	p.must(p.tab.Press("header button.switch"))
	p.must(p.tab.See("#code"))
	p.shows("Enter the code")
	p.shows(p.spelled())
	typed, err := browser.Eval[string](p.tab, "document.querySelector('#code').value")
	if p.must(err); typed != "48" {
		t.Errorf("what was typed has become %q", typed)
	}
}

// Everything a hurried thumb needs ends above the keypad.
func TestCodeStep_EndsAboveTheKeypad(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.start()
	// The dev-mode strip is not there in earnest.
	bottom, err := browser.Eval[float64](p.tab,
		"document.querySelector('.main').getBoundingClientRect().bottom - document.querySelector('.dev').offsetHeight")
	p.must(err)
	if bottom > 430 {
		t.Errorf("the button ends at %.0f px", bottom)
	}
}
