package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/console/consoletest"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/test/browser"
)

// operatorAt is an operator's browser at the console.
type operatorAt struct {
	*page
	world  *consoletest.World
	device *browser.Authenticator
	seen   int
}

// openConsole opens a console of its own in a new tab with a passkey device.
func openConsole(t *testing.T, view browser.View) *operatorAt {
	t.Helper()
	p := open(t, view)
	w := consoletest.New(t, consoletest.Options{})
	p.signup = w.URL + "/signup"
	o := &operatorAt{page: p, world: w}
	if !view.NoScript {
		device, err := p.tab.Passkeys()
		p.must(err)
		o.device = device
	}
	return o
}

// look checks the page as it stands, light and dark, and takes its picture.
func (o *operatorAt) look(name string) {
	o.Helper()
	o.must(o.tab.Until(`document.readyState === "complete"`))
	for _, dark := range []bool{false, true} {
		o.must(o.tab.Dark(dark))
		o.sound(fmt.Sprintf("%s (dark %t)", name, dark))
		o.shoot(name, dark)
	}
	o.must(o.tab.Dark(false))
	title, err := browser.Eval[string](o.tab, "document.title")
	o.must(err)
	at, err := browser.Eval[string](o.tab, "location.pathname + location.search + location.hash")
	o.must(err)
	if strings.Contains(title, "하늘") || strings.Contains(title, "바다") || strings.Contains(at, "#") {
		o.Errorf("%s: the title %q or the address %s tells of somebody", name, title, at)
	}
	kept, err := browser.Eval[int](o.tab, "localStorage.length + sessionStorage.length + document.cookie.length")
	o.must(err)
	if kept != 0 {
		o.Errorf("%s: the page keeps something in the browser's storage, or scripts can read a cookie", name)
	}
	o.seen++
}

// shoot writes a picture of the page into the folder that SINPYO_TEST_SHOTS names,
// if it names one; dark ones of the Korean pages at a desk alone.
func (o *operatorAt) shoot(name string, dark bool) {
	o.Helper()
	folder := os.Getenv("SINPYO_TEST_SHOTS")
	look := "phone"
	if o.view.Width > 1000 {
		look = "wide"
	}
	look += "-" + o.view.Language
	if dark {
		look += "-dark"
	}
	if folder == "" || dark && look != "wide-ko-dark" {
		return
	}
	picture, err := o.tab.Whole()
	o.must(err)
	picture, err = browser.Reduce(picture)
	o.must(err)
	o.must(os.WriteFile(filepath.Join(folder, "console-"+name+"-"+look+".png"), picture, 0o644)) //nolint:gosec // pictures are for everybody
}

// TestConsole_IsJoinedByLinkAndPasskeyAndHasEveryPageSound walks from the printed
// link through every page, in both languages, wide and narrow, light and dark.
func TestConsole_IsJoinedByLinkAndPasskeyAndHasEveryPageSound(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"ko", "en"} {
		for _, width := range []int64{360, 1440} {
			t.Run(fmt.Sprintf("%s/%d", language, width), func(t *testing.T) {
				t.Parallel()
				o := openConsole(t, browser.View{Width: width, Height: 900, Language: language})
				o.walk()
			})
		}
	}
}

func (o *operatorAt) walk() {
	o.Helper()
	o.must(o.tab.Go(o.world.URL + operator.StartPath + "#" + o.world.FirstLink()))
	o.must(o.tab.Until(`document.querySelector("#link-code").value.length === 23 && location.hash === ""`))
	o.look("start")
	o.must(o.tab.Press("form .main"))
	o.must(o.tab.Type("#name", "김하늘"))
	o.look("join")
	o.must(o.tab.Press("form .main"))
	o.must(o.tab.See(".passkey button"))
	o.look("ways")
	o.must(o.tab.Click(".passkey button"))
	o.at("/")
	o.look("overview")
	o.world.Fill()
	for name, path := range map[string]string{
		"figures": "/", "figures-today": "/?days=1", "figures-month": "/?days=30", "traffic-day": "/traffic", "traffic-week": "/traffic?by=week",
		"traffic-carrier": "/traffic?by=carrier", "traffic-block": "/traffic?by=block", "senders": "/senders", "trial": "/senders/test",
	} {
		o.must(o.tab.Go(o.world.URL + path))
		o.look(name)
	}

	o.applications()
	o.must(o.tab.Go(o.world.URL + "/me"))
	o.look("me")
	o.must(o.tab.Go(o.world.URL + "/me/passkeys"))
	o.look("passkeys")
	o.must(o.tab.Go(o.world.URL + "/me/totp"))
	o.look("totp")
	o.must(o.tab.Press("form .main"))
	o.look("draft")

	o.crowd()
	o.must(o.tab.Go(o.world.URL + "/operators"))
	o.look("operators")
	o.must(o.tab.Press(`a[href="/operators/new"]`))
	o.look("invite")
	o.must(o.tab.Type("#name", "이바다"))
	o.must(o.tab.Press("form .main"))
	o.look("link")
	o.must(o.tab.Go(o.world.URL + "/operators"))
	o.must(o.tab.Press("tbody tr:nth-child(2) .act a"))
	o.look("operator")

	o.texts()
	o.people()
	o.limits()

	o.recorded()

	o.world.Clock.Advance(operator.FreshFor)
	o.must(o.tab.Go(o.world.URL + "/operators/new"))
	o.at("/confirm")
	o.must(o.tab.See(".passkey button"))
	o.look("confirm")
	o.must(o.tab.Click(".passkey button"))
	o.at("/operators/new")

	o.must(o.tab.Go(o.world.URL + "/nowhere"))
	o.look("missing")
	o.must(o.tab.Go(o.world.URL + "/me"))
	o.must(o.tab.Press(`form[action="/me/signout"] button`))
	o.at("/signin")
	o.look("signin")
	o.must(o.tab.Type("#name", "김하늘"))
	o.must(o.tab.Type("#code", "000000"))
	o.must(o.tab.Press(`form[novalidate] .main`))
	o.look("signin-refused")
	o.must(o.tab.Click(".passkey button"))
	o.at("/")
	if o.seen < 30 {
		o.Errorf("only %d pages were looked at", o.seen)
	}
}

// TestConsole_WorksWithoutScripts joins and signs in with an authenticator app
// where no script runs, and finds the menu.
func TestConsole_WorksWithoutScripts(t *testing.T) {
	t.Parallel()
	o := openConsole(t, browser.View{Width: 360, Height: 900, Language: "ko", NoScript: true})
	o.must(o.tab.Go(o.world.URL + "/start"))
	o.must(o.tab.Type("#link-code", strings.ToLower(o.world.FirstLink())))
	o.must(o.tab.Press("form .main"))
	o.must(o.tab.Type("#name", "김하늘"))
	o.must(o.tab.Press("form .main"))
	o.sound("ways without scripts")
	o.must(o.tab.Press("form:not([hidden]) .second"))
	secret, err := o.tab.Text("dd[translate]")
	o.must(err)
	code := func() string { return factortest.Code(o.T, secret, o.world.Clock.Now()) }
	o.must(o.tab.Type("#code", code()))
	o.must(o.tab.Press("form .main"))
	o.shows("계정을 만들었어요")
	o.must(o.tab.Go(o.world.URL + "/texts"))
	o.must(o.tab.Type("#name", "책방 모바일"))
	o.must(o.tab.Press(".try button"))
	o.shows("[책방 모바일] 인증번호 123456")
	o.sound("a name that is tried without scripts")
	o.must(o.tab.Click(".menu summary"))
	o.must(o.tab.See(`.menu a[href="/operators"]`))
	o.sound("the open menu")
	o.must(o.tab.Press(`.menu a[href="/me"]`))
	o.must(o.tab.Press(`form[action="/me/signout"] button`))
	o.world.Clock.Advance(31 * time.Second)
	o.must(o.tab.Type("#name", "김하늘"))
	o.must(o.tab.Type("#code", code()))
	o.must(o.tab.Press("form[novalidate] .main"))
	o.shows("여기에 나타나요")
}
