package browser_test

import (
	"testing"

	"github.com/sinpyo/sinpyo/test/browser"
)

// reader stands for a phone that can read the code in a text: deliver hands one
// over, and aborted says that nobody waits for it any longer.
const reader = `{
	window.OTPCredential = class {};
	navigator.credentials.get = (wanted) => new Promise((deliver, refuse) => {
		window.wanted = wanted.otp.transport.join();
		window.deliver = (code) => deliver({ code });
		wanted.signal.addEventListener("abort", () => {
			sessionStorage.setItem("aborted", "yes");
			refuse(wanted.signal.reason);
		});
	});
}`

func TestWebOTP_TakesTheCodeFromTheText(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.must(p.tab.Beforehand(reader))
	p.start()
	p.text()
	p.must(p.tab.Until("window.wanted === 'sms'"))
	_, err := browser.Eval[bool](p.tab, "window.deliver('"+p.code+"'), true")
	p.must(err)
	p.must(p.tab.See("#name"))
}

func TestWebOTP_IsGivenUpWhenTheCodeIsSent(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.must(p.tab.Beforehand(reader))
	p.start()
	p.text()
	p.must(p.tab.Type("#code", p.code[:3]+" "+p.code[3:]))
	p.must(p.tab.Until("sessionStorage.getItem('aborted') === null"))
	p.must(p.tab.Press("main .main"))
	p.must(p.tab.See("#name"))
	p.must(p.tab.Until("sessionStorage.getItem('aborted') === 'yes'"))
}
