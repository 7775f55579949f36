package pages_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sinpyo/sinpyo/internal/account"
	"github.com/sinpyo/sinpyo/internal/consent"
	"github.com/sinpyo/sinpyo/internal/factor"
	"github.com/sinpyo/sinpyo/internal/factor/factortest"
	"github.com/sinpyo/sinpyo/internal/pages"
)

// ownPaths are the pages for members alone, and matters those of them that ask
// for a proof first.
var (
	matters  = []string{"number", "passkeys", "password", "totp", "codes", "sessions", "data", "leave"}
	ownPaths = func() []string {
		paths := []string{"/account", "/account/name", "/account/consents"}
		for _, name := range matters {
			paths = append(paths, "/account/"+name, "/account/confirm/"+name)
		}
		return paths
	}()
)

func TestAccount_IsForMembersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	dead := v.session()
	for _, path := range ownPaths {
		stranger := w.visitor("ko")
		stranger.leads(path, "/login")
		stranger.tell(path, "/login")
	}
	v.tell("/signout", "/login")
	for _, path := range ownPaths {
		v.cookies["__Host-session"] = dead
		v.leads(path, "/login")
		if v.session() != "" {
			t.Errorf("%s leaves the browser the token of a session that has ended", path)
		}
		v.see("/login", "다시 로그인해 주세요")
		if strings.Contains(v.get("/login").body, "다시 로그인해 주세요") {
			t.Error("what happened is said more than once")
		}
	}
}

func TestAccount_AsksForAProofBeforeWhatMatters(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	for _, name := range matters {
		v.see("/account/" + name)
		v.leads("/account/confirm/"+name, "/account/"+name)
	}
	v.get("/account")
	v.age()
	for _, name := range matters {
		v.leads("/account/"+name, "/account/confirm/"+name)
	}
	for _, name := range []string{"passkeys", "password", "totp", "codes", "sessions", "data"} {
		v.tell("/account/"+name, "/account/confirm/"+name, "do", "all", "password", password)
	}
	v.tell("/account/leave", "/account/confirm/leave", "sure", "yes")
	v.see("/account/name")
	if a := v.get("/account/confirm/elsewhere"); a.Code != http.StatusNotFound {
		t.Errorf("a page that nobody knows answered %d", a.Code)
	}
	if got := v.user().Name; got != "김하늘" {
		t.Error("the account is gone")
	}
}

// A step-up leads back to where it was asked for, with a new token, and the old
// one is worth nothing (S-36).
func TestConfirm_LeadsBackWithANewToken(t *testing.T) {
	t.Parallel()
	ways := map[string]func(v *visitor, at string){
		"text": func(v *visitor, at string) {
			v.tell(at, at, "do", "start")
			v.see(at)
			v.try(at, http.StatusUnprocessableEntity, "인증번호가 맞지 않아요", "do", "check", "code", wrong(v.code(digits)))
			v.tell(at, "/account/codes", "do", "check", "code", v.code(digits))
		},
		"password": func(v *visitor, at string) {
			v.withPassword(v.user().ID)
			v.see(at, `name="by" value="password"`)
			v.try(at, http.StatusForbidden, "비밀번호가 맞지 않아요", "do", "prove", "by", "password", "answer", "another one")
			v.try(at, http.StatusBadRequest, "aria-invalid", "do", "prove", "by", "password", "answer", "")
			v.tell(at, "/account/codes", "do", "prove", "by", "password", "answer", password)
		},
		"totp": func(v *visitor, at string) {
			secret := v.withTOTP(v.user().ID)
			v.see(at, `name="by" value="totp"`)
			v.tell(at, "/account/codes", "do", "prove", "by", "totp", "answer", factortest.Code(v, secret, v.Clock.Now()))
		},
		"recovery code": func(v *visitor, at string) {
			v.withPasskey(v.user().ID)
			code := v.withCodes(v.user().ID)[3]
			v.see(at+"?by=recovery_code", `name="by" value="recovery_code"`)
			v.tell(at, "/account/codes", "do", "prove", "by", "recovery_code", "answer", strings.ToLower(code))
		},
		"passkey": func(v *visitor, at string) {
			v.withPasskey(v.user().ID)
			v.see(at, "data-options=\"/passkeys/proof\"")
			q := v.ask("/passkeys/proof")
			v.tell(at, "/account/codes", "do", "passkey", "ceremony", q.Ceremony, "response", string(v.phone.Get(v, q.Options)))
		},
	}
	for name, prove := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newWorld(t).owner("ko")
			v.age()
			v.leads("/account/codes", "/account/confirm/codes")
			v.see("/account/confirm/codes")
			before := v.session()
			prove(v, "/account/confirm/codes")
			if v.session() == before {
				t.Error("the token is the same as before")
			}
			v.see("/account/codes")
			old := v.visitor("ko")
			old.cookies["__Host-session"] = before
			old.leads("/account", "/login")
		})
	}
}

// S-50: a text is no proof of somebody who holds more.
func TestConfirm_TakesNoTextFromWhoHoldsMore(t *testing.T) {
	t.Parallel()
	for name, hold := range map[string]func(v *visitor){
		"passkey":  func(v *visitor) { v.withPasskey(v.user().ID) },
		"password": func(v *visitor) { v.withPassword(v.user().ID) },
		"totp":     func(v *visitor) { v.withTOTP(v.user().ID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newWorld(t).owner("ko")
			v.age()
			v.see("/account/confirm/leave", "010-****-6789")
			v.tell("/account/confirm/leave", "/account/confirm/leave", "do", "start")
			v.see("/account/confirm/leave")
			flowToken := v.token
			code := v.code(digits)
			hold(v)
			v.try("/account/confirm/leave", http.StatusForbidden, "문자만으로는", "do", "check", "code", code)
			if strings.Contains(v.see("/account/confirm/leave").body, `value="start"`) {
				t.Error("a text is offered")
			}
			v.try("/account/confirm/leave", http.StatusForbidden, "문자만으로는", "do", "start")
			v.token = flowToken
			v.try("/account/confirm/leave", http.StatusForbidden, "문자만으로는", "do", "again")
			v.leads("/account/leave", "/account/confirm/leave")
		})
	}
}

// A verification of another number, begun in another tab, proves nothing here.
func TestConfirm_TakesNoOtherNumber(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	v.age()
	v.see("/account/confirm/number")
	own := v.token
	v.get("/undo")
	v.tell("/undo", "/undo", "do", "start", "number", otherNumber)
	v.see("/undo")
	flowToken := v.token
	v.see("/account/confirm/number", "010-****-6789")
	v.token = flowToken
	v.post("/account/confirm/number", "do", "check", "code", v.code(plain(otherNumber)))
	v.post("/account/confirm/number", "do", "finish")
	v.token = own
	v.post("/account/confirm/number", "do", "finish")
	v.leads("/account/number", "/account/confirm/number")
}

func TestForms_OfTheAccountBelongToItsSession(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	for _, path := range []string{"/account", "/account/name", "/account/passkeys", "/account/password", "/account/totp", "/account/codes", "/account/sessions", "/account/consents", "/account/data", "/account/leave"} {
		v.see(path)
		for _, token := range []string{"", strings.Repeat("0", 32)} {
			v.token = token
			v.try(path, http.StatusForbidden, "화면을 연 지 오래됐어요", "do", "all", "sure", "yes", "name", "다른 이름", "password", password, "item", "marketing_sms")
		}
	}
	u := v.user()
	h, err := v.factors.Held(t.Context(), u.ID)
	if err != nil || u.Name != "김하늘" || h.Password || h.RecoveryCodes > 0 {
		t.Errorf("a form without its token did something: %+v, %+v (%v)", u, h, err)
	}
}

func TestName_IsChangedAndKeptAsItWasTyped(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	v.see("/account/name", `value="김하늘"`)
	v.try("/account/name", http.StatusBadRequest, "50자까지", "name", strings.Repeat("하", 51))
	v.try("/account/name", http.StatusOK, `value="김바다"`, "name", "김바다", "lang", "en")
	v.try("/account/name", http.StatusBadRequest, "Enter your name", "name", "")
	v.tell("/account/name", "/account", "name", " 김바다 ")
	v.see("/account", "<b>김바다</b>", "Your name is changed")
	if strings.Contains(v.see("/account").body, "Your name is changed") {
		t.Error("the news is told twice")
	}
	v.cookies["__Host-news"] = "<script>"
	if strings.Contains(v.see("/account").body, `class="news"`) {
		t.Error("news that no page has left is told")
	}
}

// A form of a tab that was left behind by a step-up in another is shown again
// with what was typed, and works then.
func TestForms_OfATabLeftBehindAreShownAgain(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	v.see("/account/name")
	left := v.token
	v.age()
	v.proveSelf("data")
	v.token = left
	v.try("/account/name", http.StatusForbidden, `value="김바다"`, "name", "김바다")
	v.tell("/account/name", "/account", "name", "김바다")
}

// Whoever comes to the browser after a member finds no number proved there.
func TestSignOut_ForgetsANumberThatWasProved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	at := "/account/number"
	v.see(at)
	v.tell(at, at, "do", "start", "number", otherNumber)
	v.see(at)
	v.withPassword(v.user().ID)
	code := v.code(plain(otherNumber))
	w.Clock.Advance(4*time.Minute + 58*time.Second)
	v.post(at, "do", "check", "code", code)
	v.see("/account")
	v.tell("/signout", "/login")
	if v.cookies["__Host-flow"] != "" {
		t.Error("the flow is still there")
	}
}

func TestPassword_IsSetChangedAndRemoved(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	at := "/account/password"
	v.see(at, "비밀번호를 만들어 주세요")
	for typed, words := range map[string]string{"": "입력해 주세요", "가나다": "8자", "password1": "널리", "010-2345-6789": "번호"} {
		if a := v.try(at, http.StatusBadRequest, words, "do", "set", "password", typed); typed != "" && strings.Contains(a.body, `value="`+typed) && typed != number {
			t.Error("a password stands in the page")
		}
	}
	v.tell(at, "/account", "do", "set", "password", password)
	v.see(at, "새 비밀번호를 정해 주세요")
	v.tell(at, "/account", "do", "set", "password", password+"!")
	if err := v.factors.CheckPassword(t.Context(), v.user().ID, password+"!"); err != nil {
		t.Error(err)
	}
	v.tell(at, "/account", "do", "remove")
	if h, err := v.factors.Held(t.Context(), v.user().ID); err != nil || h.Password {
		t.Errorf("the password is still there (%v)", err)
	}
}

func TestPassword_FollowsThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	id := w.withPassword(v.user().ID)
	at := "/account/password"
	w.reopen(func(o *pages.Options) { o.Factors = newFactors(w, factor.Required) })
	if strings.Contains(v.see(at).body, `value="remove"`) {
		t.Error("a password that is required can be removed")
	}
	v.post(at, "do", "remove")
	if h, err := w.factors.Held(t.Context(), id); err != nil || !h.Password {
		t.Errorf("a password that is required was removed (%v)", err)
	}
	w.reopen(func(o *pages.Options) { o.Factors = newFactors(w, factor.Off) })
	if strings.Contains(v.see(at, "계속 물어봐요").body, `type="password"`) {
		t.Error("a password can be set where they are off")
	}
	v.tell(at, "/account", "do", "remove")
	v.leads(at, "/account")
	if strings.Contains(v.see("/account").body, at) {
		t.Error("the account leads to passwords where they are off")
	}
}

func TestTOTP_CountsOnceACodeOfItHasBeenSeen(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	at := "/account/totp"
	v.see(at)
	first := secretKey.FindString(v.try(at, http.StatusOK, "otpauth://totp/", "do", "begin").body)
	again := v.try(at, http.StatusOK, "<svg", "do", "begin")
	if second := secretKey.FindString(again.body); second != first {
		t.Errorf("the key is %q on one page and %q on the next", first, second)
	}
	for _, secret := range []string{number, plain(number)} {
		if _, link, _ := strings.Cut(again.body, "otpauth://"); strings.Contains(link[:strings.Index(link, `"`)], secret) {
			t.Error("the number stands in the link for the app")
		}
	}
	v.try(at, http.StatusBadRequest, "aria-invalid", "do", "confirm", "code", "")
	v.try(at, http.StatusForbidden, "앱의 번호와 달라요", "do", "confirm", "code", "000000")
	v.see("/account", "쓰지 않아요")
	secret := v.makeTOTP()
	v.see(at, "인증 앱을 쓰고 있어요")
	v.try(at, http.StatusGone, "<h1>", "do", "confirm", "code", factortest.Code(v, secret, v.Clock.Now()))
	v.tell(at, "/account", "do", "remove")
	v.see(at, "인증 앱을 등록해요")
}

func TestCodes_AreShownOnceAndReplaced(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	first := v.makeCodes()
	if len(first) != 10 {
		t.Fatalf("%d codes are shown", len(first))
	}
	for _, path := range []string{"/account", "/account/codes"} {
		if page := v.see(path, "10개 남았어요"); strings.Contains(page.body, first[0]) {
			t.Errorf("%s shows a code again", path)
		}
	}
	if err := v.factors.UseRecoveryCode(t.Context(), v.user().ID, first[0]); err != nil {
		t.Fatal(err)
	}
	v.see("/account/codes", "9개 남았어요")
	second := v.makeCodes()
	if slices.Contains(second, first[1]) {
		t.Error("a set holds a code of the one before")
	}
	if err := v.factors.UseRecoveryCode(t.Context(), v.user().ID, first[1]); err == nil {
		t.Error("a code of a set that was replaced works")
	}
}

func TestPasskeys_AreMadeNamedAndRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	at := "/account/passkeys"
	v.see(at, `data-options="/passkeys/create"`)
	v.try(at, http.StatusGone, "<h1>", "do", "add", "ceremony", "none", "response", "{}")
	v.makePasskey()
	page := v.see(at, "Chrome · Android")
	_, id, _ := strings.Cut(page.body, `name="passkey" value="`)
	id = id[:strings.Index(id, `"`)]
	v.try(at, http.StatusBadRequest, `id="`+id+`-note" data-state="error"`, "do", "rename", "passkey", id, "label", "")
	v.tell(at, at, "do", "rename", "passkey", id, "label", "하늘의 휴대폰")
	v.see("/account", "하늘의 휴대폰")

	stranger := w.visitor("ko")
	w.Clock.Advance(time.Minute)
	stranger.join(otherNumber, "이바다")
	stranger.see(at)
	stranger.tell(at, at, "do", "remove", "passkey", id)
	stranger.tell(at, at, "do", "rename", "passkey", id, "label", "내 것")
	v.see("/account", "하늘의 휴대폰")

	v.age()
	v.tell(at, "/account/confirm/passkeys", "do", "remove", "passkey", id)
	q := func() question { v.see("/account/confirm/passkeys"); return v.ask("/passkeys/proof") }()
	v.tell("/account/confirm/passkeys", at, "do", "passkey", "ceremony", q.Ceremony, "response", string(w.phone.Get(v, q.Options)))
	v.see(at)
	v.tell(at, at, "do", "remove", "passkey", id)
	if strings.Contains(v.see(at).body, "하늘의 휴대폰") {
		t.Error("the passkey is still there")
	}
	v.tell(at, at, "do", "remove", "passkey", id) // by the same form sent twice
}

// S-32: where the number has gone to somebody else the last passkey stays.
func TestPasskeys_TheLastWayInStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	v.makePasskey()
	id0 := v.user().ID
	w.Clock.Advance(longAgo)
	next := w.visitor("ko")
	next.door = "/login"
	next.prove(number)
	next.get("/login")
	next.do(http.StatusSeeOther, "not_mine")
	me := w.visitor("ko")
	me.door = "/login"
	me.get("/login")
	me.touch(http.StatusSeeOther)
	me.see("/account", "등록된 번호가 없어요")
	page := me.see("/account/passkeys")
	_, id, _ := strings.Cut(page.body, `name="passkey" value="`)
	me.try("/account/passkeys", http.StatusConflict, "패스키로만", "do", "remove", "passkey", id[:strings.Index(id, `"`)])

	me.see("/account/number")
	me.tell("/account/number", "/account/number", "do", "start", "number", otherNumber)
	me.see("/account/number")
	me.tell("/account/number", "/account", "do", "check", "code", me.code(plain(otherNumber)))
	me.see("/account", otherNumber)
	if got := me.user().ID; got != id0 {
		t.Errorf("another account: %s, want %s", got, id0)
	}
}

func TestSessions_EndOneByOneAndAllAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	second := v.second()
	page := v.see("/account", "이 기기", "문자로 로그인")
	_, id, ok := strings.Cut(page.body, `name="session" value="`)
	if !ok {
		t.Fatal("the other session is not listed")
	}
	id = id[:strings.Index(id, `"`)]
	w.Clock.Advance(time.Minute)
	stranger := w.visitor("ko")
	stranger.join(otherNumber, "이바다")
	stranger.see("/account")
	stranger.tell("/account", "/account", "do", "end", "session", id)
	second.see("/account")
	v.tell("/account", "/account", "do", "end", "session", id)
	second.leads("/account", "/login")
	v.tell("/account", "/account", "do", "end", "session", id) // by the same form sent twice

	third := v.second()
	before := third.session()
	third.see("/account/sessions", "1대")
	third.tell("/account/sessions", "/account", "do", "others")
	if third.session() == before {
		t.Error("the session that is left has its old token")
	}
	third.see("/account", "다른 기기에서 모두 로그아웃했어요")
	v.leads("/account", "/login")

	fourth := third.second()
	fourth.see("/account/sessions")
	fourth.tell("/account/sessions", "/login", "do", "all")
	if fourth.session() != "" || fourth.cookies["__Host-device"] != "" {
		t.Error("the browser keeps what is worth nothing")
	}
	fourth.see("/login", "모든 기기에서 로그아웃했어요")
	third.leads("/account", "/login")
	stranger.see("/account")
}

func TestRow28_OptionalConsentsAreTakenBackAndGivenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.made.Consents.KeepTexts(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := w.owner("ko")
	at := "/account/consents"
	page := v.see(at, "먼저 필요해요")
	if strings.Contains(page.body, `value="marketing_night"`) || strings.Contains(page.body, `value="terms"`) {
		t.Error("a form is there for what cannot be agreed to, or taken back")
	}
	v.try(at, http.StatusConflict, "낮에 받는 것부터", "do", "agree", "item", "marketing_night")
	v.try(at, http.StatusConflict, "탈퇴할 수 있어요", "do", "withdraw", "item", "terms")
	v.try(at, http.StatusNotFound, "묻지 않는", "do", "agree", "item", "none")
	v.tell(at, at, "do", "agree", "item", "marketing_sms")
	v.tell(at, at, "do", "agree", "item", "marketing_night")
	w.Clock.Advance(time.Hour)
	v.see(at, "2026년 11월 22일 동의")
	v.tell(at, at, "do", "withdraw", "item", "marketing_sms")
	v.see(at, "동의를 거뒀어요", "오후 4:04 거둠", `href="/documents/marketing_sms/1"`)
	w.Clock.Advance(time.Hour)
	v.tell(at, at, "do", "agree", "item", "marketing_sms")
	list, err := w.made.Consents.Agreements(t.Context(), v.user().ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range list {
		if a.Screen == consent.Account {
			got = append(got, fmt.Sprint(a.Item, " ", a.Stands(), " ", a.WithdrawnScreen))
		}
	}
	want := []string{"marketing_sms false account", "marketing_sms true ", "marketing_night false account"}
	if !slices.Equal(got, want) {
		t.Errorf("the ledger says %q, want %q", got, want)
	}
}

func TestData_IsAFileOfEverything(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	v.withPassword(v.user().ID)
	v.see("/account/data")
	a := v.post("/account/data")
	if a.Code != http.StatusOK || a.Header().Get("Content-Disposition") != `attachment; filename="account.json"` || a.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("answered %d with %v", a.Code, a.Header())
	}
	var all account.Export
	if err := json.Unmarshal([]byte(a.body), &all); err != nil {
		t.Fatal(err)
	}
	if all.ID != v.user().ID || all.Name != "김하늘" || all.Phone == "" || len(all.Sessions) != 1 || !all.Factors.Password || all.Consents == nil {
		t.Errorf("the file says %s", a.body)
	}
	if strings.Contains(a.body, password) {
		t.Error("the file holds the password")
	}
}

func TestRecovery_IsCancelledOnTheAccountPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	v.makePassword()
	w.Clock.Advance(time.Minute)
	thief := w.visitor("ko")
	thief.at("/recover", number)
	thief.post("/recover", "do", "wait")
	page := v.see("/account", "계정 복구가 시작됐어요", "11월 23일")
	if n := strings.Count(page.body, `class="main"`); n > 1 {
		t.Errorf("%d filled buttons", n)
	}
	v.tell("/account", "/account", "do", "cancel")
	if strings.Contains(v.see("/account", "복구를 취소했어요").body, "계정 복구가 시작됐어요</b>") {
		t.Error("the recovery goes on")
	}
	if _, under, err := w.accounts.RecoveryOf(t.Context(), v.user().ID); err != nil || under {
		t.Errorf("the recovery goes on (%v)", err)
	}
}

// Every page of the account has at most one filled button, no personal data in
// its title, and is small.
func TestAccountPages_KeepToTheirBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.owner("ko")
	for range 5 {
		v.second()
		w.Clock.Advance(15 * time.Minute)
	}
	v.proveSelf("passkeys")
	v.makePasskey()
	for _, path := range ownPaths {
		a := v.get(path)
		if a.Code == http.StatusSeeOther {
			continue
		}
		filled := strings.Count(a.body, `class="main"`) + strings.Count(a.body, `class="main key"`)
		if filled > 1 {
			t.Errorf("%s has %d filled buttons", path, filled)
		}
		_, title, _ := strings.Cut(a.body, "<title>")
		if title = title[:strings.Index(title, "<")]; strings.ContainsAny(title, "0123456789") || strings.Contains(title, "김하늘") {
			t.Errorf("%s is called %q", path, title)
		}
		if len(a.body) > 20_000 {
			t.Errorf("%s has %d bytes", path, len(a.body))
		}
		if a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept", path)
		}
	}
	if !strings.Contains(v.see("/account").body, "<details") {
		t.Error("many sessions are not folded")
	}
}

// A cross-site form reaches nothing behind the account page.
func TestAccount_RefusesFormsOfOtherSites(t *testing.T) {
	t.Parallel()
	v := newWorld(t).owner("ko")
	for _, path := range append(ownPaths, "/undo") {
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			v.get(path)
			r := httptest.NewRequest(http.MethodPost, "https://id.example.kr"+path, strings.NewReader("token="+v.token+"&do=all&sure=yes"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(header, value)
			for name, cookie := range v.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: cookie})
			}
			rec := httptest.NewRecorder()
			v.ServeHTTP(rec, r)
			if rec.Code != http.StatusForbidden {
				t.Errorf("%s with %s: %s answered %d", path, header, value, rec.Code)
			}
		}
	}
}
