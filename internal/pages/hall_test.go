package pages_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
)

// Both doors lead the same way in, from either of them.
func TestDoors_LeadToTheSameHall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor("ko")
	v.door = "/login"
	if page := v.get("/login"); !strings.Contains(page.body, "<title>로그인 - 한뼘책방</title>") || !strings.Contains(page.body, `href="/signup"`) {
		t.Fatal("the door of members has other words, or no way to the other door")
	}
	v.do(http.StatusSeeOther, "start", "number", number)
	v.door = "/signup" // the rest in another tab
	v.get("/signup")
	v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
	v.do(http.StatusSeeOther, "finish", "name", "김하늘", "agree", "age_14", "agree", "terms")
	v.get("/signup")
	for _, door := range []string{"/login", "/signup"} {
		if a := v.get(door); a.Header().Get("Location") != "/account" {
			t.Errorf("%s does not lead a member on to the account: %d", door, a.Code)
		}
	}
}

// S-28, at the door of members: a known number looks like an unknown one.
func TestLogin_TellsNothingAboutANumberBeforeItIsProved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.visitor("ko").join(number, "김하늘")
	w.Clock.Advance(time.Minute)
	look := func(to string) []string {
		v := w.visitor("ko")
		v.door = "/login"
		first := v.get("/login")
		started := v.do(http.StatusSeeOther, "start", "number", to)
		page := v.get("/login")
		refused := v.do(http.StatusUnprocessableEntity, "check", "code", "000000")
		masked := "010-****-" + to[len(to)-4:]
		var seen []string
		for _, a := range []answer{first, started, page, refused} {
			body := strings.ReplaceAll(strings.ReplaceAll(a.body, to, "NUMBER"), masked, "MASKED")
			for _, c := range chances {
				body = c.what.ReplaceAllString(body, c.name)
			}
			var names []string
			for name := range a.Header() {
				names = append(names, name)
			}
			slices.Sort(names)
			seen = append(seen, strings.Join(names, " "), body)
		}
		return seen
	}
	if known, unknown := look(number), look("010-9876-5432"); !slices.Equal(known, unknown) {
		t.Error("a number with an account and one without are told apart")
	}
}

// A browser that signed in before has its text sent without typing a number,
// and is never shown more of it than the last digits.
func TestLogin_SendsToTheNumberItRemembersAndShowsItMasked(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.remembered()
	var pages []answer
	see := func(a answer) answer {
		pages = append(pages, a)
		return a
	}
	if page := see(v.get("/login")); !strings.Contains(page.body, "010-****-6789") || strings.Contains(page.body, `name="number"`) {
		t.Fatal("the number is not remembered")
	}
	see(v.do(http.StatusSeeOther, "known"))
	see(v.get("/login"))
	see(v.get("/signup"))
	see(v.tire("known"))
	see(v.do(http.StatusUnprocessableEntity, "check", "code", wrong(v.code("01023456789"))))
	see(v.do(http.StatusSeeOther, "change"))
	see(v.get("/login"))
	see(v.get("/signup"))
	see(v.do(http.StatusOK, "start", "number", "", "lang", "en"))

	v.Clock.Advance(24 * time.Hour)
	see(v.get("/login"))
	see(v.do(http.StatusSeeOther, "known"))
	stolen := strings.TrimSuffix(v.cookies["__Host-flow"], "known")
	kept := v.cookies["__Host-flow"]
	for _, cookie := range []string{stolen, strings.TrimSuffix(stolen, "."), strings.TrimRight(stolen, ".")} {
		v.cookies["__Host-flow"] = cookie
		for _, door := range []string{"/signup", "/login"} {
			see(v.get(door))
			see(v.post(door, "do", "change"))
		}
	}
	v.cookies["__Host-flow"] = kept
	see(v.get("/login"))
	for _, page := range pages {
		if strings.Contains(page.body, number) || strings.Contains(page.body, "01023456789") {
			t.Fatalf("the number is shown in full:\n%s", page.body)
		}
	}
	if a := v.do(http.StatusSeeOther, "check", "code", v.code("01023456789")); a.Header().Get("Location") != "/account" {
		t.Error("the code does not sign in")
	}
}

func TestLogin_ForgetsABrowserThatIsNoLongerTrusted(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(v *visitor){
		"forged": func(v *visitor) { v.cookies["__Host-device"] += "x" },
		"none":   func(v *visitor) { delete(v.cookies, "__Host-device") },
		"old":    func(v *visitor) { v.Clock.Advance(account.DeviceLife) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newWorld(t).visitor("ko")
			v.remembered()
			lose(v)
			if page := v.get("/login"); !strings.Contains(page.body, `name="number"`) || strings.Contains(page.body, "6789") {
				t.Error("the browser is still remembered")
			}
			v.get("/login")
			if a := v.do(http.StatusOK, "known"); !strings.Contains(a.body, `name="number"`) {
				t.Error("a text was sent to a number that nobody gave")
			}
		})
	}
}

func TestLogin_LetsAnotherNumberBeTyped(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.remembered()
	if page := v.get("/login?other"); !strings.Contains(page.body, `name="number"`) {
		t.Fatal("no other number can be typed")
	}
	v.do(http.StatusSeeOther, "start", "number", "010-9876-5432")
	if page := v.get("/login"); !strings.Contains(page.body, "010-****-5432") {
		t.Error("the other number is not the one that waits")
	}
}

// What was typed stays when the language is switched, and nothing is done.
func TestLanguageSwitch_KeepsWhatWasTypedAndDoesNothing(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.get("/signup")
	if a := v.do(http.StatusOK, "start", "number", "010-2345", "lang", "en"); !strings.Contains(a.body, `value="010-2345"`) || !strings.Contains(a.body, `lang="en"`) || strings.Contains(a.body, "<title>Error") {
		t.Errorf("the number step:\n%s", a.body)
	}
	v.do(http.StatusSeeOther, "start", "number", number)
	v.get("/signup")
	if a := v.do(http.StatusOK, "check", "code", "4829", "lang", "ko"); !strings.Contains(a.body, `value="4829"`) || !strings.Contains(a.body, "인증번호를<br>") {
		t.Errorf("the code step:\n%s", a.body)
	}
	// A number that is typed beside one that waits.
	v.do(http.StatusBadRequest, "start", "number", "02-345-6789")
	if a := v.do(http.StatusOK, "start", "number", "010-9876", "lang", "en"); !strings.Contains(a.body, `value="010-9876"`) {
		t.Errorf("another number:\n%s", a.body)
	}
	v.do(http.StatusSeeOther, "check", "code", v.code("01023456789"))
	v.get("/signup")
	a := v.do(http.StatusOK, "finish", "name", "Haneul", "agree", "terms", "lang", "ko")
	if !strings.Contains(a.body, `value="Haneul"`) || strings.Count(a.body, " checked") != 1 || strings.Contains(a.body, "data-state") {
		t.Errorf("the third step:\n%s", a.body)
	}
	if texts := v.Provider.Handset("01023456789"); len(texts) != 1 || v.cookies["__Host-session"] != "" {
		t.Error("switching the language did more than that")
	}
}

func TestLanguageSwitch_KeepsTheNumberThatHasToWait(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.spend()
	v.do(http.StatusTooManyRequests, "start", "number", number)
	if a := v.do(http.StatusOK, "start", "number", number, "lang", "en"); !strings.Contains(a.body, `value="`+number+`"`) {
		t.Error("the number is lost")
	}
}

func TestCookiesOff_IsSaidAfterTheFirstForm(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	at := opened(v.get("/signup"))
	post := func() answer {
		clear(v.cookies)
		v.cookies["of-a-neighbour"] = "1"
		return v.do(http.StatusForbidden, "start", "number", number, "opened", at)
	}
	for range 2 { // and again
		if a := post(); !strings.Contains(a.body, "쿠키를 켜 주세요") || !strings.Contains(a.body, `value="`+number+`"`) {
			t.Fatalf("the browser is not told:\n%s", a.body)
		}
	}
	// Once they are kept, the page that said so goes on.
	v.do(http.StatusSeeOther, "start", "number", number, "opened", at)
	// A page that stood open for too long is another matter.
	v.Clock.Advance(31 * time.Minute)
	if a := post(); strings.Contains(a.body, "쿠키") || !strings.Contains(a.body, "오래됐어요") {
		t.Errorf("an old page:\n%s", a.body)
	}
}

func TestFlow_LostMidWayIsSaid(t *testing.T) {
	t.Parallel()
	for _, act := range []string{"check", "resend", "change", "again", "finish"} {
		v := newWorld(t).visitor("ko")
		v.start(number)
		delete(v.cookies, "__Host-flow")
		v.cookies["__Host-lang"] = "ko"
		a := v.do(http.StatusForbidden, act, "code", "123456")
		if !strings.Contains(a.body, "찾지 못했어요. 번호부터 다시") || !strings.Contains(a.body, "<title>오류: ") {
			t.Errorf("%s:\n%s", act, a.body)
		}
		v.Clock.Advance(30 * time.Second)
		v.do(http.StatusSeeOther, "start", "number", number)
	}
}

func TestForms_SentTwiceDoTheirWorkOnce(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.start(number)
	v.get("/signup")
	right := v.code("01023456789")
	v.do(http.StatusSeeOther, "check", "code", right)
	v.do(http.StatusSeeOther, "check", "code", right)

	v.get("/signup")
	before, token := v.cookies["__Host-flow"], v.token
	finish := []string{"name", "김하늘", "agree", "age_14", "agree", "terms"}
	v.do(http.StatusSeeOther, "finish", finish...)
	in := v.cookies["__Host-session"]
	v.token = token
	for _, act := range []string{"finish", "check"} { // the browser has heard of the first
		if a := v.post("/signup", append([]string{"do", act}, finish...)...); a.Header().Get("Location") != "/account" {
			t.Errorf("%s again answered %d", act, a.Code)
		}
	}
	delete(v.cookies, "__Host-session")
	for _, act := range []string{"finish", "check"} { // it has not
		v.cookies["__Host-flow"] = before
		v.token = token
		a := v.do(http.StatusConflict, act, append(finish, "code", right)...)
		if !strings.Contains(a.body, "이미 마친 인증이에요") || !strings.Contains(a.body, `name="number"`) {
			t.Errorf("%s again:\n%s", act, a.body)
		}
	}
	v.cookies["__Host-session"] = in
	if a := v.get("/account"); a.Code != http.StatusOK {
		t.Error("the session of the first has ended")
	}
}

func TestBack_AfterSuccessLeadsToTheAccount(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.join(number, "김하늘")
	v.get("/signup")
	for _, door := range []string{"/signup", "/login"} {
		v.door = door
		for _, act := range []string{"start", "check", "resend", "change", "finish"} {
			if a := v.post(door, "do", act, "number", number, "code", "123456"); a.Header().Get("Location") != "/account" {
				t.Errorf("%s by an old page answered %d", act, a.Code)
			}
		}
	}
}

// Two tabs share one flow; the form of one does not speak of the other's number.
func TestTabs_DoNotSpeakOfEachOthersNumber(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.start(number)
	of := ofField(v.get("/signup"))
	first := v.code("01023456789")
	v.do(http.StatusSeeOther, "start", "number", "010-9876-5432")
	v.get("/signup")
	for _, act := range []string{"check", "resend", "change"} {
		a := v.do(http.StatusConflict, act, "of", of, "code", first)
		if !strings.Contains(a.body, "다른 탭에서") || !strings.Contains(a.body, "010-9876-5432") || strings.Contains(a.body, first) {
			t.Errorf("%s:\n%s", act, a.body)
		}
	}
	a := v.do(http.StatusUnprocessableEntity, "check", "of", ofField(v.get("/signup")), "code", wrong(v.code("01098765432")))
	if !strings.Contains(a.body, "4번 더") {
		t.Error("the other tab used up a try")
	}

	// A verification that was given up elsewhere.
	v.do(http.StatusSeeOther, "change")
	if a := v.do(http.StatusUnprocessableEntity, "check", "code", "123456"); !strings.Contains(a.body, "그만두었어요") || !strings.Contains(a.body, `value="010-9876-5432"`) {
		t.Errorf("given up:\n%s", a.body)
	}
}

// ofField is which verification the forms of a page speak of.
func ofField(page answer) string {
	_, rest, _ := strings.Cut(page.body, `name="of" value="`)
	of, _, _ := strings.Cut(rest, `"`)
	return of
}

func TestAgain_SendsToTheNumberOfTheFlow(t *testing.T) {
	t.Parallel()
	v := newWorld(t).visitor("ko")
	v.start(number)
	v.dispatch()
	v.Clock.Advance(5*time.Minute + time.Second)
	v.get("/signup")
	v.do(http.StatusSeeOther, "again")
	if v.code("01023456789"); len(v.Provider.Handset("01023456789")) != 2 {
		t.Error("no second text came")
	}
	if a := v.do(http.StatusTooManyRequests, "again"); !strings.Contains(a.body, "뒤에 다시 시도해 주세요") {
		t.Errorf("asked too soon:\n%s", a.body)
	}
}
