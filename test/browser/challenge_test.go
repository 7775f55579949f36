package browser_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/challenge"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/pages"
	"github.com/sinpyo/sinpyo/internal/verify/verifytest"
	"github.com/sinpyo/sinpyo/internal/web"
	"github.com/sinpyo/sinpyo/test/browser"
)

// own has a tab's page speak to pages in this process, whose time stands still
// until it is moved.
func (p *page) own(formAction []string, options ...func(*pages.Options)) *verifytest.World {
	p.Helper()
	w := verifytest.New(p.T, verifytest.Options{Name: "한뼘책방"})
	factors, err := factor.New(factor.Options{DB: w.DB, Ring: w.Ring, Name: w.App.Name, Origin: &url.URL{Scheme: "http", Host: "localhost"}})
	p.must(err)
	o := pages.Options{
		Verify: w.Verifier, Accounts: account.New(account.Options{DB: w.DB, Ring: w.Ring, Verify: w.Verifier}),
		Challenges: challenge.New(w.DB, w.Ring), Consents: consent.New(consent.Options{DB: w.DB}), Factors: factors, Application: w.App, ServiceName: w.App.Name, Now: w.Clock.Now,
	}
	for _, option := range options {
		option(&o)
	}
	site, err := pages.New(o)
	p.must(err)
	mux := http.NewServeMux()
	site.Mount(mux)
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	public, err := url.Parse(address)
	p.must(err)
	server.Config.Handler, err = web.New(web.Options{
		Name: "public", Handler: mux, Log: slog.New(slog.DiscardHandler), Registerer: w.Registry,
		Now: w.Clock.Now, PublicURL: public, FormAction: formAction, Refuse: site.Refuse,
	})
	p.must(err)
	server.Start()
	p.Cleanup(server.Close)
	p.signup = address + "/signup"
	return w
}

// challenged opens a tab on pages that want a challenge solved for every text,
// and asks for one.
func challenged(t *testing.T, view browser.View, scripts ...string) (*page, *verifytest.World) {
	t.Helper()
	p := open(t, view)
	w := p.own(nil)
	w.AskChallenges(w.App.ID)
	for _, script := range scripts {
		p.must(p.tab.Beforehand(script))
	}
	p.ask()
	return p, w
}

// enter hands the text over and types its code.
func (p *page) enter(w *verifytest.World) {
	p.Helper()
	w.Drive()
	texts := w.Provider.Handset(p.number)
	if len(texts) != 1 {
		p.Fatalf("%d texts came, want 1", len(texts))
	}
	_, p.code, _ = strings.Cut(texts[0].Text, " #")
	p.must(p.tab.Type("#code", p.code))
	p.must(p.tab.Press("main .main"))
	p.must(p.tab.See("#name"))
}

func TestChallenge_IsSolvedByTheScriptAlone(t *testing.T) {
	t.Parallel()
	p, w := challenged(t, browser.View{Width: 320, Height: 800})
	p.must(p.tab.See("#code")) // nobody has pressed anything
	p.enter(w)
}

// slow lets the script work only every third second, as on a device that has
// better things to do.
const slow = `{
	const soon = window.setTimeout;
	window.setTimeout = (f, ms) => soon(f, f.name === "work" ? 3000 : ms);
}`

func TestChallenge_OnASlowDeviceItIsWaitedFor(t *testing.T) {
	t.Parallel()
	for language, words := range map[string]string{"ko": "확인하고 있어요… 보통 1~2초면 끝나요", "en": "Checking… It usually takes a second or two"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p, w := challenged(t, browser.View{Width: 320, Height: 800, Language: language}, slow)
			p.must(p.tab.See("#challenge [aria-busy]"))
			p.must(p.tab.Until("document.querySelector('#live').textContent === '" + words + "'"))
			working, soon, _ := strings.Cut(words, "… ")
			p.shows(working)
			p.shows(soon)
			p.must(p.tab.Click("main .main")) // too early: nothing is sent
			p.sound("the challenge while it works")
			w.Clock.Advance(challenge.Patience)
			_, err := browser.Eval[bool](p.tab, "Date.now = ((now) => () => now() + 20000)(Date.now), true")
			p.must(err)
			p.must(p.tab.See("#code"))
			p.enter(w)
		})
	}
}

func TestChallenge_IsWaitedForWithoutScripts(t *testing.T) {
	t.Parallel()
	p, w := challenged(t, browser.View{Width: 320, Height: 800, NoScript: true})
	p.must(p.tab.See("#challenge"))
	p.shows("잠시 확인할게요")
	p.shows("20초 뒤에 아래 버튼을 눌러 주세요")
	p.shows(p.spelled())
	p.sound("the challenge")
	w.Clock.Advance(8 * time.Second)
	p.must(p.tab.Press("main .main"))
	p.shows("조금 일러요. 12초 뒤에 다시 눌러 주세요")
	p.sound("the challenge, pressed early")
	w.Clock.Advance(12 * time.Second)
	p.must(p.tab.Press("main .main"))
	p.must(p.tab.See("#code"))
	p.enter(w)
}
