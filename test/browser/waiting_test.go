package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/test/browser"
)

// noSubscriber is the carrier's word for a number that nobody has.
const noSubscriber = "3032"

func TestWaitingPage_SaysThatTheTextArrived(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.start()
	p.must(p.tab.Until("document.querySelector('#code-note').dataset.state === 'delivered'"))
	p.shows("문자가 도착했어요")
	p.must(p.tab.Until("document.querySelector('#live').textContent === '문자가 도착했어요'"))
}

// Row 26: a human reason and a next step within three seconds of the report,
// which the emulator's carrier gives after one. At either door.
func TestWaitingPage_ShowsTheCarriersFailure(t *testing.T) {
	t.Parallel()
	for _, door := range []string{"/signup", "/login"} {
		t.Run(door[1:], func(t *testing.T) {
			t.Parallel()
			refused(open(t, browser.View{Width: 320, Height: 800}), door)
		})
	}
}

func refused(p *page, door string) {
	p.must(program.Decide(p.Context(), p.number, noSubscriber))
	p.must(p.tab.Go(strings.TrimSuffix(p.signup, "/signup") + door))
	p.must(p.tab.Type("#number", p.number))
	p.must(p.tab.Press("main .main"))
	began := time.Now()
	p.must(p.tab.Type("#code", "12"))
	p.must(p.tab.See("#number[aria-invalid]"))
	if took := time.Since(began); took > 4*time.Second {
		p.Errorf("the page changed after %v", took)
	}
	p.shows("문자를 보내지 못했어요")
	p.shows("문자를 받을 수 없는 번호예요")
	// What was being typed, and where, is not taken away.
	kept, err := browser.Eval[bool](p.tab, "document.activeElement.id === 'code' && document.activeElement.value === '12'")
	p.must(err)
	if !kept {
		p.Error("the focus or the typed digits are lost")
	}
	p.sound("the carrier's failure")

	// The number is corrected in place.
	p.number = p.number[:3] + "6" + p.number[4:]
	p.must(p.tab.Type("#number", p.number))
	p.must(p.tab.Press("main .main"))
	p.must(p.tab.See(".timer"))
	p.shows(p.number[7:])
	p.must(p.tab.Until("location.pathname === '" + door + "'"))
	p.text()
}

func TestWaitingPage_ShowsTheFailureByALinkWithoutScripts(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844, NoScript: true})
	p.must(program.Decide(t.Context(), p.number, "3043"))
	p.start()
	for began := time.Now(); ; {
		p.must(p.tab.See("#code-note a"))
		p.must(p.tab.Press("#code-note a"))
		if gone, err := browser.Eval[bool](p.tab, "document.querySelector('#number') !== null"); err == nil && gone {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("the failure does not show")
		}
	}
	p.shows("지금은 닿지 않는 번호예요")
	p.sound("the carrier's failure without scripts")
}

func TestTimer_EndsWithAnOfferOfANewCode(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 320, Height: 800})
	p.start()
	p.must(p.tab.Type("#code", "123"))
	// From here on the page asks no more, so that nothing sets its clock right.
	p.must(p.tab.Until("document.querySelector('#code-note').dataset.state === 'delivered'"))
	_, err := browser.Eval[bool](p.tab, "Date.now = ((now) => () => now() + 250000)(Date.now), true")
	p.must(err)
	p.must(p.tab.Until("document.querySelector('#live').textContent.includes('1분 남았어요')"))
	_, err = browser.Eval[bool](p.tab, "Date.now = ((now) => () => now() + 51000)(Date.now), true")
	p.must(err)
	p.must(p.tab.See(".afresh .main"))
	p.shows("00:00")
	p.shows("입력 시간이 지났어요")
	typed, err := browser.Eval[string](p.tab, "document.querySelector('#code').value")
	p.must(err)
	if typed != "123" {
		t.Errorf("the field holds %q", typed)
	}
	p.sound("the code step after its time")
}

func TestCode_IsSentByItselfOnlyWhenTheDeviceFilledItIn(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.start()
	p.text()
	p.must(p.tab.Type("#code", p.wrong()))
	_, err := browser.Eval[bool](p.tab, `
		const field = document.querySelector("#code");
		field.value = "";
		field.dispatchEvent(new InputEvent("input", {inputType: "deleteContentBackward"}));
		true`)
	p.must(err)
	p.must(p.tab.See(".timer")) // typed by hand: still there, nothing was sent
	if sent, err := browser.Eval[bool](p.tab, "document.querySelector('#code').form.dataset.sent === 'yes'"); err != nil || sent {
		t.Fatalf("typed digits were sent by themselves (%v)", err)
	}
	_, err = browser.Eval[bool](p.tab, `
		document.querySelector("#code").value = "`+p.code+`";
		document.querySelector("#code").dispatchEvent(new InputEvent("input", {inputType: "insertReplacementText"}));
		true`)
	p.must(err)
	p.must(p.tab.See("#name"))
}

func TestNumber_IsTidiedWhenTheFieldIsLeft(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.must(p.tab.Go(program.Signup))
	for typed, want := range map[string]string{
		"01012345678": "010-1234-5678", "+82 10 1234 5678": "010-1234-5678",
		"０１０ １２３４ ５６７８": "010-1234-5678", "010-1234": "010-1234", "02-123-4567": "02-123-4567",
	} {
		p.must(p.tab.Type("#number", typed))
		got, err := browser.Eval[string](p.tab, "document.activeElement.blur(), document.querySelector('#number').value")
		p.must(err)
		if got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
}

func TestConsents_AreMirroredByOneBox(t *testing.T) {
	t.Parallel()
	p := open(t, browser.View{Width: 390, Height: 844})
	p.start()
	p.text()
	p.must(p.tab.Type("#code", p.code))
	p.must(p.tab.Press(".main"))
	p.must(p.tab.See("#agree-all"))
	state := func(want string) {
		p.Helper()
		got, err := browser.Eval[string](p.tab, `[document.querySelector("#agree-all").indeterminate ? "some" :
			document.querySelector("#agree-all").checked ? "all" : "none",
			document.querySelectorAll("[name=agree]:checked").length].join(" ")`)
		p.must(err)
		if got != want {
			t.Errorf("the boxes say %q, want %q", got, want)
		}
	}
	state("none 0") // nothing is ticked beforehand
	p.must(p.tab.Click("#agree-terms"))
	state("some 1")
	p.must(p.tab.Click("#agree-all"))
	state("all 4")
	p.must(p.tab.Click("#agree-marketing_night"))
	state("some 3")
	p.must(p.tab.Click("#agree-all"))
	state("all 4")
	p.must(p.tab.Click("#agree-all"))
	state("none 0")
}
