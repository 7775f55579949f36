package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
)

const thirdNumber = "010-4567-8901"

// change gives the member of a fresh session another number.
func (v *visitor) change(to string) {
	v.Helper()
	at := "/account/number"
	v.see(at)
	v.tell(at, at, "do", "start", "number", to)
	v.see(at, to)
	v.tell(at, "/account", "do", "check", "code", v.code(plain(to)))
	v.see("/account", to, "번호를 바꿨어요")
}

func TestRow30_ANumberChangesThereAndBackAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	me := v.user().ID
	other := v.second()
	before := v.session()
	v.change(otherNumber)
	if v.session() == before {
		t.Error("the token is the same as before")
	}
	other.leads("/account", "/login")
	w.Clock.Advance(2 * time.Minute)
	v.change(number)
	if got := v.user(); got.ID != me || got.Number.Display() != number {
		t.Errorf("%s has %s", got.ID, got.Number)
	}
	w.Clock.Advance(time.Minute)
	again := w.visitor("ko")
	again.door = "/login"
	again.start(number)
	again.do(http.StatusSeeOther, "check", "code", again.code(digits))
	again.isIn(me)
}

func TestRow30_TwoPeoplePendingOnOneNumberDoNotMix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.owner("ko")
	w.Clock.Advance(time.Minute)
	b := w.visitor("ko")
	b.join(otherNumber, "이바다")
	at := "/account/number"
	a.see(at)
	b.see(at)
	a.tell(at, at, "do", "start", "number", thirdNumber)
	codeOfA := a.code(plain(thirdNumber))
	w.Clock.Advance(time.Minute)
	b.tell(at, at, "do", "start", "number", thirdNumber)
	codeOfB := b.code(plain(thirdNumber))
	a.see(at)
	b.see(at)
	if codeOfA != codeOfB { // each code is good where it was asked for
		b.try(at, http.StatusUnprocessableEntity, "맞지 않아요", "do", "check", "code", codeOfA)
		a.try(at, http.StatusUnprocessableEntity, "맞지 않아요", "do", "check", "code", codeOfB)
	}
	b.tell(at, "/account", "do", "check", "code", codeOfB)
	a.try(at, http.StatusConflict, "다른 계정에서 쓰고 있는 번호예요", "do", "check", "code", codeOfA)
	if a.user().Number.Display() != number || b.user().Number.Display() != thirdNumber {
		t.Errorf("they have %s and %s", a.user().Number.Display(), b.user().Number.Display())
	}
}

func TestChange_TellsOfATakenNumberAfterTheProofAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.visitor("ko").join(otherNumber, "이바다")
	w.Clock.Advance(time.Minute)
	v := w.owner("ko")
	at := "/account/number"
	v.see(at)
	v.tell(at, at, "do", "start", "number", otherNumber)
	if page := v.see(at); strings.Contains(page.body, "다른 계정") {
		t.Error("a number is said to be taken before it is proved")
	}
	page := v.try(at, http.StatusConflict, "따로 있어요", "do", "check", "code", v.code(plain(otherNumber)))
	if strings.Contains(page.body, "이바다") {
		t.Error("the other account is shown")
	}
	v.see(at, "이 번호로 바꿀까요?")
	v.try(at, http.StatusConflict, "따로 있어요", "do", "finish")
	v.see(at)
	v.tell(at, at, "do", "change")
	v.see(at, "새 휴대폰 번호를 알려 주세요")
}

// A proof that grew old while the text was on its way is asked for again, and
// the number is not.
func TestChange_GoesOnWhereTheProofGrewOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	at := "/account/number"
	w.Clock.Advance(time.Minute)
	v.see(at)
	v.tell(at, at, "do", "start", "number", otherNumber)
	code := v.code(plain(otherNumber))
	w.Clock.Advance(4*time.Minute + 50*time.Second)
	v.see("/account/confirm/number")
	v.leads(at, "/account/confirm/number")
	v.withPassword(v.user().ID)
	v.get("/account/confirm/number")
	own := v.token
	v.token = ""
	v.get("/undo") // shows the step of the same number, with the flow's token
	v.tell(at, at, "do", "check", "code", code)
	v.leads(at, "/account/confirm/number")
	v.token = own
	v.tell("/account/confirm/number", at, "do", "prove", "by", "password", "answer", password)
	v.see(at, "이 번호로 바꿀까요?", otherNumber)
	v.tell(at, "/account", "do", "finish")
	v.see("/account", otherNumber)
}

// A proof by a text puts the number that was proved aside and takes it up again.
func TestChange_GoesOnAfterATextToTheOldNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	at := "/account/number"
	w.Clock.Advance(time.Minute)
	v.see(at)
	v.tell(at, at, "do", "start", "number", otherNumber)
	code := v.code(plain(otherNumber))
	v.see(at)
	w.Clock.Advance(4*time.Minute + 50*time.Second)
	v.tell(at, at, "do", "check", "code", code)
	v.proveSelf("number")
	v.see(at, "이 번호로 바꿀까요?", otherNumber)
	v.tell(at, "/account", "do", "finish")
	v.see("/account", otherNumber)
}

func TestChange_NeedsAFreshSessionForAText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	v.see("/account/number")
	v.age()
	texts := len(w.Provider.Handset(plain(otherNumber)))
	v.tell("/account/number", "/account/confirm/number", "do", "start", "number", otherNumber)
	w.dispatch()
	if got := len(w.Provider.Handset(plain(otherNumber))); got != texts {
		t.Error("a text was sent")
	}
}

func TestChange_SentTwiceChangesOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	at := "/account/number"
	v.see(at)
	v.tell(at, at, "do", "start", "number", otherNumber)
	v.see(at)
	twin := v.visitor("ko") // the same browser, which has not seen the first answer
	for name, value := range v.cookies {
		twin.cookies[name] = value
	}
	twin.token = v.token
	code := v.code(plain(otherNumber))
	v.tell(at, "/account", "do", "check", "code", code)
	twin.leads(at, "/login") // its token is of the session before
	v.cookies["__Host-flow"] = twin.cookies["__Host-flow"]
	v.tell(at, "/account", "do", "check", "code", code)
	v.see("/account", otherNumber)
}

// undone takes a change back by the number before.
func (v *visitor) undone(before string) {
	v.Helper()
	v.see("/undo")
	v.tell("/undo", "/undo", "do", "start", "number", before)
	v.see("/undo", before)
	v.tell("/undo", "/login", "do", "check", "code", v.code(plain(before)))
	v.see("/login", "번호를 되돌리고 모든 기기에서 로그아웃했어요")
}

func TestUndo_GivesTheNumberBackWithinADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	thief := w.owner("ko") // who has got hold of a session
	me := thief.user().ID
	thief.change(otherNumber)
	thief.see("/account", "되돌릴 수 있어요", "11월 23일")
	w.Clock.Advance(23 * time.Hour)
	owner := w.visitor("ko")
	owner.undone(number)
	thief.leads("/account", "/login")
	w.Clock.Advance(time.Minute)
	owner.door = "/login"
	owner.start(number)
	owner.do(http.StatusSeeOther, "check", "code", owner.code(digits))
	owner.isIn(me)
	owner.see("/account", number, "번호를 바꾸기 전으로 되돌렸어요")
}

func TestUndo_RefusesWhatCannotBeTakenBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(w *world, v *visitor)
		number string
		status int
		words  string
	}{
		"a day later":            {func(w *world, _ *visitor) { w.Clock.Advance(account.UndoFor) }, number, http.StatusNotFound, "되돌릴 변경이 없어요"},
		"of the new number":      {func(w *world, _ *visitor) { w.Clock.Advance(time.Minute) }, otherNumber, http.StatusNotFound, "되돌릴 변경이 없어요"},
		"of a number nobody has": {func(*world, *visitor) {}, thirdNumber, http.StatusNotFound, "되돌릴 변경이 없어요"},
		"of a number with a new account": {func(w *world, _ *visitor) {
			w.Clock.Advance(time.Minute)
			w.visitor("ko").join(number, "이바다")
			w.Clock.Advance(time.Minute)
		}, number, http.StatusConflict, "되돌릴 수 없는 번호예요"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v := w.owner("ko")
			v.change(otherNumber)
			c.before(w, v)
			o := w.visitor("ko")
			o.see("/undo")
			o.tell("/undo", "/undo", "do", "start", "number", c.number)
			o.see("/undo")
			o.try("/undo", c.status, c.words, "do", "check", "code", o.code(plain(c.number)))
			o.see("/undo", "이 번호로 되돌릴까요?")
			o.try("/undo", c.status, c.words, "do", "finish")
			o.tell("/undo", "/undo", "do", "change")
			v.see("/account", otherNumber)
		})
	}
}

// S-28: what a number is good for shows after it is proved.
func TestUndo_TellsNothingBeforeTheProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.owner("ko").change(otherNumber)
	w.Clock.Advance(time.Minute)
	look := func(to string) []string {
		v := w.visitor("ko")
		v.door = "/undo"
		first := v.get("/undo")
		started := v.do(http.StatusSeeOther, "start", "number", to)
		page := v.get("/undo")
		refused := v.do(http.StatusUnprocessableEntity, "check", "code", "000000")
		var seen []string
		for _, a := range []answer{first, started, page, refused} {
			body := strings.ReplaceAll(a.body, to, "NUMBER")
			for _, c := range chances {
				body = c.what.ReplaceAllString(body, c.name)
			}
			seen = append(seen, body)
		}
		return seen
	}
	changed, unknown := look(number), look(thirdNumber)
	for i := range changed {
		if changed[i] != unknown[i] {
			t.Errorf("answer %d differs", i)
		}
	}
}
