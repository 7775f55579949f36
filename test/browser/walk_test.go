package browser_test

import (
	"fmt"
	"testing"

	"github.com/sinpyo/sinpyo/test/browser"
)

// TestWalk_ASignUpIsSeenInTheConsole is the walk of the README, in the program as
// make run starts it: somebody signs up, the first owner comes in by the printed
// link, and finds that very text with its way, its cost and the carrier's verdict.
func TestWalk_ASignUpIsSeenInTheConsole(t *testing.T) {
	t.Parallel()
	person := open(t, browser.View{Width: 390, Height: 844, Language: "ko"})
	person.start()
	person.text()
	person.must(person.tab.Type("#code", person.code))
	person.must(person.tab.Press(".main"))
	person.must(person.tab.Type("#name", "김하늘"))
	person.must(person.tab.Click("#agree-age_14"))
	person.must(person.tab.Click("#agree-terms"))
	person.must(person.tab.Press("form .main"))
	person.must(person.tab.See("svg.mark"))

	owner := open(t, browser.View{Width: 1440, Height: 900, Language: "ko"})
	owner.signup = program.Console + "/signup" // its tab stays at the console's origin
	_, err := owner.tab.Passkeys()
	owner.must(err)
	owner.must(owner.tab.Go(program.Owner))
	owner.must(owner.tab.Press("form .main"))
	owner.must(owner.tab.Type("#name", "이바다"))
	owner.must(owner.tab.Press("form .main"))
	owner.must(owner.tab.Click(".passkey button"))
	owner.must(owner.tab.Until(`location.pathname === "/"`))

	owner.must(owner.tab.Go(program.Console + "/numbers"))
	owner.must(owner.tab.Type("#sought", person.spelled()))
	owner.must(owner.tab.Press("main form .main"))
	owner.shows("010-****-" + person.number[7:])
	owner.must(owner.tab.Press(`main a[href^="/results/"]`))
	for _, words := range []string{
		"인증을 시작했어요", "대기열에 넣었어요", "CoolSMS가 접수했어요", "휴대폰에 도착했어요", "인증번호를 입력했어요", "계정을 열었어요", "20원", "4000",
	} {
		owner.must(owner.tab.Until(fmt.Sprintf("document.body.innerText.includes(%q)", words))) // the page follows the text
	}
}
