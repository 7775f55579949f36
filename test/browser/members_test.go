package browser_test

import (
	"strings"
	"testing"

	"github.com/sinpyo/sinpyo/test/browser"
)

// at waits until the page is another one.
func (p *page) at(path string) {
	p.Helper()
	p.must(p.tab.Until(`location.pathname === "` + path + `" && document.readyState === "complete"`))
}

// TestPasskey_IsMadeAtTheWelcomeAndSignsIn walks from joining to signing in
// without a text, with a finger that is not known in between, and once more in a
// browser that neither reads nor writes the JSON of passkeys.
func TestPasskey_IsMadeAtTheWelcomeAndSignsIn(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{
		"now": "",
		"before": `delete PublicKeyCredential.parseCreationOptionsFromJSON; delete PublicKeyCredential.parseRequestOptionsFromJSON;
			PublicKeyCredential.prototype.toJSON = undefined; PublicKeyCredential.isConditionalMediationAvailable = undefined`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t, browser.View{Width: 390, Height: 844, Language: "ko"})
			if before != "" {
				p.must(p.tab.Beforehand(before))
			}
			device, err := p.tab.Passkeys()
			p.must(err)
			p.start()
			p.text()
			p.must(p.tab.Type("#code", p.code))
			p.must(p.tab.Press("form button.main"))
			p.must(p.tab.See("#name"))
			p.must(p.tab.Type("#name", "김하늘"))
			p.must(p.tab.Click("#agree-all"))
			p.must(p.tab.Press("form button.main"))

			p.must(p.tab.See(".offer button"))
			p.must(device.Recognise(false))
			p.must(p.tab.Click(".offer button"))
			p.must(p.tab.Until(`document.querySelector(".offer .slot").textContent !== ""`))
			p.shows("패스키를 만들지 못했어요")
			p.must(device.Recognise(true))
			p.must(p.tab.Click(".offer button"))
			p.must(p.tab.Until(`document.querySelector("h1").textContent.includes("패스키를 만들었어요")`))
			p.must(p.tab.Click("a.main"))
			p.at("/account")

			p.must(p.tab.Click(`form[action="/signout"] button`))
			p.at("/login")
			p.must(p.tab.See(".passkey button"))
			p.must(p.tab.Click(".passkey button"))
			p.at("/account")
			p.shows("김하늘")

			p.must(p.tab.Click(`form[action="/signout"] button`))
			p.at("/login")
			p.must(p.tab.Go(strings.TrimSuffix(p.signup, "/signup") + "/login?other"))
			if before != "" { // the browser does not offer it by itself
				p.must(p.tab.Click(".passkey button"))
			}
			p.at("/account")
		})
	}
}
