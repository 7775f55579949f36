package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/operator"
	"github.com/sinpyo/sinpyo/internal/verify"
	"github.com/sinpyo/sinpyo/test/browser"
)

// signedIn joins the console as its owner.
func (o *operatorAt) signedIn() {
	o.Helper()
	o.must(o.tab.Go(o.world.URL + operator.StartPath + "#" + o.world.FirstLink()))
	o.must(o.tab.Until(`document.querySelector("#link-code").value.length === 23`))
	o.must(o.tab.Press("form .main"))
	o.must(o.tab.Type("#name", "김하늘"))
	o.must(o.tab.Press("form .main"))
	o.must(o.tab.See(".passkey button"))
	o.must(o.tab.Click(".passkey button"))
	o.at("/")
}

// asks has the page ask for what changes now, instead of in a few seconds.
func (o *operatorAt) asks() {
	o.Helper()
	o.must(o.tab.Until(`window.htmx && document.querySelector("#live")._htmx`))
	_, err := browser.Eval[bool](o.tab, `document.dispatchEvent(new Event("visibilitychange"))`)
	o.must(err)
}

// TestConsole_ListFollowsWhatHappensAndHoldsStillForWhoIsBusyWithIt leaves a list
// open while texts are sent.
func TestConsole_ListFollowsWhatHappensAndHoldsStillForWhoIsBusyWithIt(t *testing.T) {
	t.Parallel()
	o := openConsole(t, browser.View{Width: 360, Height: 900, Language: "ko"})
	o.signedIn()
	o.must(o.tab.Go(o.world.URL + "/results"))
	o.asks()
	o.sendTexts()
	o.asks()
	o.must(o.tab.Until(`document.querySelectorAll("#texts tr").length > 5`)) // a page without a list is loaded anew

	o.world.Start("010-7777-0001", verify.Login)
	o.asks()
	o.must(o.tab.Until(`document.querySelector("#texts tr th").textContent === "010-****-0001"`))
	o.must(o.tab.Until(`document.querySelector("#fresh").textContent === "새 문자 1건"`))

	_, err := browser.Eval[bool](o.tab, `(document.querySelector("#texts tr:nth-child(7) a").focus(), scrollTo(0, 600), window.place = scrollY, true)`)
	o.must(err)
	o.world.Start("010-7777-0002", verify.Login)
	o.world.Clock.Advance(time.Second)
	o.world.Start("010-7777-0003", verify.Login)
	o.asks()
	o.must(o.tab.Until(`document.querySelector("#fresh a")?.textContent === "새 문자 2건"`))
	o.must(o.tab.Until(`document.querySelector("#texts tr th").textContent === "010-****-0001" && scrollY === window.place &&
		document.activeElement === document.querySelector("#texts tr:nth-child(7) a")`))
	o.sound("a list with new texts above")

	asked := len(o.tab.Requests())
	_, err = browser.Eval[bool](o.tab, `Object.defineProperty(document, "hidden", { get: () => true, configurable: true }) !== null`)
	o.must(err)
	o.asks()
	o.must(o.tab.Until(`document.querySelector("#fresh a") !== null`))
	if n := len(o.tab.Requests()); n != asked {
		t.Errorf("a page that nobody sees asked %d times", n-asked)
	}
	_, err = browser.Eval[bool](o.tab, `delete document.hidden`)
	o.must(err)

	o.must(o.tab.Press("#fresh a"))
	o.must(o.tab.Until(`document.querySelector("#texts tr th").textContent === "010-****-0003" && scrollY === 0`))

	o.world.Clock.Advance(operator.IdleFor)
	o.asks()
	o.at("/signin")
}

// TestConsole_WayOfATextIsFollowedToItsEnd looks at a text while its code is
// entered.
func TestConsole_WayOfATextIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	o := openConsole(t, browser.View{Width: 1440, Height: 900, Language: "ko"})
	o.signedIn()
	ref := o.world.Start("010-1234-5678", verify.Signup)
	o.must(o.tab.Go(o.world.URL + "/results"))
	o.must(o.tab.Press("#texts th a"))
	o.must(o.tab.Click(".unmask summary"))
	o.must(o.tab.Type("#reason", "ticket 7"))
	o.world.Clock.Advance(8 * time.Second)
	o.world.Enter("010-1234-5678", ref)
	o.asks()
	o.must(o.tab.Until(`document.querySelector("h1").textContent === "인증번호를 입력했어요"`))
	o.must(o.tab.Until(`document.querySelector("#reason").value === "ticket 7" && document.querySelector(".unmask").open`))
	o.world.Use(ref, "usr_1")
	o.must(o.tab.Until(`document.querySelector("#live") === null`))
}

// TestConsole_ChartTellsItsFiguresUnderThePointer points at the bar of an hour.
func TestConsole_ChartTellsItsFiguresUnderThePointer(t *testing.T) {
	t.Parallel()
	o := openConsole(t, browser.View{Width: 1440, Height: 900, Language: "ko"})
	o.signedIn()
	o.world.Fill()
	for _, dark := range []bool{false, true} {
		o.must(o.tab.Dark(dark))
		o.must(o.tab.Go(o.world.URL + "/"))
		o.must(o.tab.Until(`document.querySelector(".u-over")?.offsetWidth > 300`))
		_, err := browser.Eval[bool](o.tab, `(() => {
			const over = document.querySelector(".u-over"), at = over.getBoundingClientRect();
			const row = document.querySelector("#hours tr:nth-child(60)"), wide = Number(document.querySelector(".bars").dataset.wide);
			const x = at.left + (Number(row.dataset.bar) + .5) / wide * at.width;
			for (const what of ["mouseenter", "mousemove"]) over.dispatchEvent(new MouseEvent(what, { clientX: x, clientY: at.top + 60, bubbles: true }));
			return true;
		})()`)
		o.must(err)
		o.must(o.tab.Until(`(() => {
			const words = document.querySelector(".readout"), row = document.querySelector("#hours tr:nth-child(60)");
			const values = [...words.querySelectorAll("dd")].slice(1).map((value) => value.textContent).join(" ");
			return !words.hidden && words.querySelector("dt").textContent === row.cells[0].textContent &&
				values === [...row.cells].slice(1).map((cell) => cell.textContent).join(" ");
		})()`))
		o.sound("a chart that is pointed at")
	}
	for _, address := range o.tab.Requests() {
		if !strings.HasPrefix(address, o.world.URL) && !strings.HasPrefix(address, "data:") {
			t.Errorf("the page asked elsewhere: %s", address)
		}
	}
}
